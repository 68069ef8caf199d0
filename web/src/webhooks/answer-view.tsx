import Box from '@mui/material/Box';
import { formatCount } from '../ui/format.ts';
import { type Attempt, ERROR_WORDS } from './words.ts';

/** What came of one request to a receiver. */
export function AnswerView({
  answer,
}: {
  answer: Pick<Attempt, 'error' | 'status' | 'latencyMs' | 'responseStart'>;
}) {
  const { error, status, latencyMs, responseStart } = answer;
  return (
    <Box sx={{ display: 'grid', gap: 0.5, fontSize: '0.8125rem' }}>
      <div>
        {status === null ? 'No answer' : `Status ${String(status)}`}, {formatCount(latencyMs)} ms
      </div>
      {error !== null && <div>{ERROR_WORDS[error]}</div>}
      {responseStart !== null && responseStart !== '' && (
        <Box
          component="pre"
          // It may be long, and what scrolls must be reachable by keys.
          tabIndex={0}
          role="region"
          aria-label="How the answer begins"
          sx={{
            m: 0,
            p: 1,
            bgcolor: 'action.hover',
            borderRadius: 1,
            maxHeight: 180,
            overflow: 'auto',
            whiteSpace: 'pre-wrap',
            overflowWrap: 'anywhere',
            fontSize: '0.75rem',
          }}
        >
          {responseStart}
        </Box>
      )}
    </Box>
  );
}
