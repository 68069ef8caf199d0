import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { lazy } from 'react';
import type { Job } from '../client/api.ts';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { ratesOf } from './rate.ts';
import { useChunks } from './use-chunks.ts';

const RateChart = lazy(() => import('./rate-chart.tsx'));

/** How fast a job went, and goes. */
export default function RateTab({ job }: { job: Job }) {
  const { data: chunks, error, refetch, dataUpdatedAt } = useChunks(job.id);
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (chunks === undefined) return <Loading />;
  if (
    job.startedAt === null ||
    chunks.every(({ stagedAt, appliedAt }) => stagedAt === null && appliedAt === null)
  ) {
    return <Empty title="No chunk is done yet" />;
  }
  const from = Date.parse(job.startedAt);
  const until = job.finishedAt === null ? dataUpdatedAt : Date.parse(job.finishedAt);
  return (
    <Paper sx={{ p: 2 }}>
      <Typography variant="h2" sx={{ mb: 1 }}>
        Rows per second
      </Typography>
      <RateChart points={ratesOf(chunks, from, until)} hasStaging={job.type === 'import'} />
    </Paper>
  );
}
