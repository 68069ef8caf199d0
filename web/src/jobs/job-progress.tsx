import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import type { Job } from '../client/api.ts';
import { formatPercent } from '../ui/format.ts';
import { isEnded } from './words.ts';

/** How far a job is. While its file is being read that is not known. */
export function JobProgress({ job }: { job: Job }) {
  const { percent, status } = job;
  if (isEnded(status) && percent === null) return <>–</>;
  const isUnknown = percent === null && status === 'processing';
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
      <LinearProgress
        aria-label="Progress"
        variant={isUnknown ? 'indeterminate' : 'determinate'}
        value={percent ?? 0}
        color={status === 'needs_attention' ? 'warning' : status === 'failed' ? 'error' : 'primary'}
        sx={{ flex: 1, height: 6, borderRadius: 3 }}
      />
      <Box component="span" sx={{ minWidth: 48, textAlign: 'right', fontVariantNumeric: 'tabular-nums' }}>
        {percent === null ? '' : formatPercent(percent)}
      </Box>
    </Box>
  );
}
