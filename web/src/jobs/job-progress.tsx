import Box from '@mui/material/Box';
import LinearProgress from '@mui/material/LinearProgress';
import type { Job } from '../client/api.ts';
import { formatCount, formatPercent } from '../ui/format.ts';
import { OneLine } from '../ui/one-line.tsx';
import { isEnded, OUTCOME_WORDS, outcomesOf } from './words.ts';

/** Of an ended job this much is told of what became of its rows. */
const MOST_TOLD = 3;

/** How far a job is, which is not known while its file is being read; of one that has ended, what became of its rows. */
export function JobProgress({ job }: { job: Job }) {
  const { percent, status } = job;
  if (isEnded(status)) {
    const told = outcomesOf(job)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${formatCount(count)} ${OUTCOME_WORDS[name].toLowerCase()}`)
      .slice(0, MOST_TOLD)
      .join(', ');
    return (
      <OneLine title={told} color="text.secondary">
        {told === '' ? '–' : told}
      </OneLine>
    );
  }
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
      <Box
        component="span"
        sx={{ minWidth: 48, textAlign: 'right', fontSize: '0.8125rem', fontVariantNumeric: 'tabular-nums' }}
      >
        {percent === null ? '' : formatPercent(percent)}
      </Box>
    </Box>
  );
}
