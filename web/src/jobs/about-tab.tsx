import Box from '@mui/material/Box';
import Link from '@mui/material/Link';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { POLICY_WORDS } from '../import/words.ts';
import { api, bodyOf, type Job } from '../client/api.ts';
import { Facts } from '../ui/facts.tsx';
import { formatBytes, formatPercent, formatTime } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';

/** With which policies a job was accepted, how its file was read, and what it has to do with other jobs. */
export function AboutTab({ job }: { job: Job }) {
  const { options, workflow } = job;
  return (
    <Box sx={{ display: 'grid', gap: 2.5, overflowY: 'auto' }}>
      <Facts
        facts={{
          Id: job.id,
          Accepted: formatTime(job.createdAt),
          Began: job.startedAt === null ? null : formatTime(job.startedAt),
          Ended: job.finishedAt === null ? null : formatTime(job.finishedAt),
          Size: job.sizeBytes === null ? null : formatBytes(job.sizeBytes),
          'SHA-256': job.sha256,
          Workflow:
            workflow.url === null ? (
              workflow.id
            ) : (
              <Link href={workflow.url} target="_blank" rel="noreferrer">
                {workflow.id}
              </Link>
            ),
          'No longer kept': job.expired.length === 0 ? null : job.expired.join(', '),
        }}
      />
      {options !== null && (
        <section>
          <Typography variant="h2" sx={{ mb: 1 }}>
            How it goes in
          </Typography>
          <Facts
            facts={{
              [POLICY_WORDS.mode.question]: POLICY_WORDS.mode.answers[options.mode],
              [POLICY_WORDS.blanks.question]: POLICY_WORDS.blanks.answers[options.blanks],
              [POLICY_WORDS.duplicates.question]: POLICY_WORDS.duplicates.answers[options.duplicates],
              [POLICY_WORDS.onError.question]: POLICY_WORDS.onError.answers[options.onError],
              [POLICY_WORDS.notify.question]: POLICY_WORDS.notify.answers[options.notify],
            }}
          />
        </section>
      )}
      <Related job={job} />
      {job.links.reading !== undefined && <Reading job={job} />}
    </Box>
  );
}

function Related({ job }: { job: Job }) {
  const { targetJobId, undoneBy, earlierImport } = job;
  if (targetJobId === null && undoneBy === null && earlierImport === null) return null;
  const link = (id: string) => <TextLink to={`/jobs/${id}`}>{id}</TextLink>;
  return (
    <section>
      <Typography variant="h2" sx={{ mb: 1 }}>
        Other jobs
      </Typography>
      <Facts
        facts={{
          'This is about': targetJobId === null ? null : link(targetJobId),
          'Undone by': undoneBy === null ? null : link(undoneBy),
          'The same file went in before': earlierImport === null ? null : link(earlierImport.jobId),
        }}
      />
    </section>
  );
}

function Reading({ job }: { job: Job }) {
  const { data, error } = useQuery({
    queryKey: ['job-parts', job.id, 'reading'],
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/jobs/{id}/reading', { params: { path: { id: job.id } }, signal })),
  });
  return (
    <section>
      <Typography variant="h2" sx={{ mb: 1 }}>
        How the file was read
      </Typography>
      {error !== null && <ErrorNote error={error} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && (
        <Facts
          facts={{
            Encoding: `${data.encoding} (${formatPercent(data.encodingConfidence * 100)} sure)`,
            'Cells are parted by': data.dialect.delimiter === '\t' ? 'tab' : data.dialect.delimiter,
            Header: data.headerLine === null ? 'none' : `line ${String(data.headerLine)}`,
            Columns: data.columns
              .map(({ header, column, position }) => {
                const name = header === '' ? `column ${String(position)}` : header;
                return column === null ? `${name} (ignored)` : name === column ? name : `${name} → ${column}`;
              })
              .join(', '),
          }}
        />
      )}
    </section>
  );
}
