import type { Schemas } from '../client/api.ts';
import { formatCount } from '../ui/format.ts';
import { TextLink } from '../ui/text-link.tsx';

const JOB_WORDS: Record<Schemas['ChangeSource']['type'], string> = {
  import: 'import',
  undo: 'undo',
  bulk_delete: 'bulk delete',
  request: 'single change',
};

interface SourceLinkProps {
  source: Schemas['ChangeSource'] | null;
  row: number | null;
}

/** What wrote a record: the job, where there is one, and the row of its file. */
export function SourceLink({ source, row }: SourceLinkProps) {
  const inRow = row === null ? '' : `, row ${formatCount(row)}`;
  if (source === null) return <>job that is no longer kept{inRow}</>;
  const words = JOB_WORDS[source.type];
  if (source.jobId === null) return <>{words}</>;
  return (
    <>
      <TextLink to={`/jobs/${source.jobId}`} underline="always">
        {words}
      </TextLink>
      {inRow}
    </>
  );
}
