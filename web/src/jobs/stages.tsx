import { mdiCheckCircle, mdiCircleOutline, mdiProgressClock } from '@mdi/js';
import Box from '@mui/material/Box';
import type { Job } from '../client/api.ts';
import { Icon } from '../ui/icon.tsx';
import { STAGE_WORDS } from './words.ts';

type Stage = NonNullable<Job['stage']>;

const STAGES_OF: Record<Job['type'], readonly Stage[]> = {
  import: ['reading', 'staging', 'resolving', 'applying', 'finishing'],
  undo: ['reading', 'applying', 'finishing'],
  bulk_delete: ['applying', 'finishing'],
};

/** Which stages of a job are behind it, which is under way, and which are to come. */
export function Stages({ job }: { job: Job }) {
  const stages = STAGES_OF[job.type];
  const isDone = job.status === 'completed';
  const at = isDone ? stages.length : job.stage === null ? -1 : stages.indexOf(job.stage);
  return (
    <Box
      component="ol"
      aria-label="Stages"
      sx={{ display: 'flex', flexWrap: 'wrap', columnGap: 2, rowGap: 0.5, m: 0, p: 0 }}
    >
      {stages.map((stage, index) => {
        const state = index < at ? 'done' : index === at ? 'under way' : 'to come';
        return (
          <Box
            component="li"
            key={stage}
            aria-current={state === 'under way' ? 'step' : undefined}
            sx={{
              display: 'flex',
              alignItems: 'center',
              gap: 0.5,
              fontSize: '0.8125rem',
              fontWeight: state === 'under way' ? 600 : 400,
              color: state === 'to come' ? 'text.secondary' : 'text.primary',
            }}
          >
            <Icon
              path={
                state === 'done'
                  ? mdiCheckCircle
                  : state === 'under way'
                    ? mdiProgressClock
                    : mdiCircleOutline
              }
              titleAccess={state}
              sx={{
                fontSize: 16,
                color:
                  state === 'done'
                    ? 'success.main'
                    : state === 'under way'
                      ? 'primary.main'
                      : 'text.secondary',
              }}
            />
            {job.type === 'undo' && stage === 'reading' ? 'Find what to set back' : STAGE_WORDS[stage]}
          </Box>
        );
      })}
    </Box>
  );
}
