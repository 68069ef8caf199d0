import Box from '@mui/material/Box';
import Typography from '@mui/material/Typography';
import { useSearchParams } from 'react-router';
import type { Job } from '../client/api.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/format.ts';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { ChunkMap } from './chunk-map.tsx';
import { type Chunk, useChunks } from './use-chunks.ts';
import { OUTCOME_WORDS, outcomesOf } from './words.ts';

const COLUMNS: readonly Column<Chunk>[] = [
  {
    id: 'number',
    title: 'Chunk',
    width: '70px',
    align: 'right',
    render: ({ number }) => formatCount(number),
  },
  { id: 'state', title: 'State', width: '90px', render: ({ state }) => state },
  {
    id: 'line',
    title: 'From line',
    width: '100px',
    align: 'right',
    from: 'md',
    render: ({ firstLine, firstRow }) => formatCount(firstLine ?? firstRow),
  },
  { id: 'rows', title: 'Rows', width: '90px', align: 'right', render: ({ rows }) => formatCount(rows) },
  {
    id: 'counts',
    title: 'What became of them',
    width: 'minmax(200px, 3fr)',
    render: (chunk) =>
      chunk.parked === null ? (
        outcomesOf(chunk)
          .filter(([, count]) => count > 0)
          .map(([name, count]) => `${OUTCOME_WORDS[name].toLowerCase()} ${formatCount(count)}`)
          .join(', ')
      ) : (
        <Typography variant="body2" color="error">
          {chunk.parked.message}
        </Typography>
      ),
  },
  {
    id: 'attempts',
    title: 'Attempts',
    width: '90px',
    align: 'right',
    from: 'md',
    render: ({ attempts }) => formatCount(attempts),
  },
  {
    id: 'at',
    title: 'Last step',
    width: '120px',
    from: 'sm',
    render: ({ parked, appliedAt, stagedAt }) => {
      const at = parked?.since ?? appliedAt ?? stagedAt;
      return at === null ? '' : <Time at={at} />;
    },
  },
];

/** The pieces in which a job works, and why one waits. */
export function ChunksTab({ job }: { job: Job }) {
  const { data: chunks, error, refetch } = useChunks(job.id);
  const [search] = useSearchParams();
  const chosen = Number(search.get('chunk'));
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (chunks === undefined) return <Loading />;
  if (chunks.length === 0) return <Empty title="The file has not been cut into chunks yet" />;
  const shown = chunks.some(({ number }) => number === chosen)
    ? chunks.filter(({ number }) => number === chosen)
    : chunks;
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 2, flex: 1, minHeight: 0 }}>
      <ChunkMap chunks={chunks} />
      <DataTable
        label="Chunks of the job"
        columns={COLUMNS}
        rows={shown}
        keyOf={({ number }) => number}
        empty={null}
      />
    </Box>
  );
}
