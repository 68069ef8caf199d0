import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import type { Job, Schemas } from '../client/api.ts';
import { formatCount } from '../ui/format.ts';
import { Time } from '../ui/time.tsx';
import { VerbButtons } from './verb-buttons.tsx';

interface ParkedPartsProps {
  job: Job;
  parked: readonly Schemas['ParkedPart'][];
  verbs: Schemas['Recovery']['verbs'] | undefined;
}

const MOST_SHOWN = 5;

/** Why a job waits for an operator, part by part, with what can be done about each. */
export function ParkedParts({ job, parked, verbs }: ParkedPartsProps) {
  return (
    <Box sx={{ display: 'grid', gap: 1 }}>
      {parked.slice(0, MOST_SHOWN).map(({ part, code, message, attempts, since }) => (
        <Alert
          severity="warning"
          key={part}
          sx={{ py: 0.25, '& .MuiAlert-message': { flex: 1, minWidth: 0, overflowWrap: 'anywhere' } }}
        >
          <AlertTitle sx={{ fontSize: '0.8125rem', fontWeight: 600 }}>{message}</AlertTitle>
          {part} gave up after {formatCount(attempts)} {attempts === 1 ? 'attempt' : 'attempts'},{' '}
          <Time at={since} /> · <code>{code}</code>
          {parked.length > 1 && (
            <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, mt: 1 }}>
              <VerbButtons job={job} verbs={verbs} only={['retry', 'skip', 'abandon']} part={part} />
            </Box>
          )}
        </Alert>
      ))}
      {parked.length > MOST_SHOWN && (
        <Box sx={{ fontSize: '0.8125rem', color: 'text.secondary' }}>
          and {formatCount(parked.length - MOST_SHOWN)} more: the chunks show all of them.
        </Box>
      )}
    </Box>
  );
}
