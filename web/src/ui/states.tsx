import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import CircularProgress from '@mui/material/CircularProgress';
import Typography from '@mui/material/Typography';
import type { ReactNode } from 'react';
import { ApiProblem, messageOf } from '../client/problem.ts';

/** Something is being read that was not there before. */
export function Loading({ what = 'Loading' }: { what?: string }) {
  return (
    <Box role="status" aria-label={what} sx={{ display: 'grid', placeItems: 'center', p: 4 }}>
      <CircularProgress size={24} aria-hidden />
    </Box>
  );
}

/** There is nothing, and what one can do about that. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Box sx={{ display: 'grid', placeItems: 'center', gap: 1, p: 4, textAlign: 'center' }}>
      <Typography sx={{ fontWeight: 600 }}>{title}</Typography>
      {children !== undefined && (
        <Typography component="div" variant="body2" color="textSecondary">
          {children}
        </Typography>
      )}
    </Box>
  );
}

/** What went wrong, in the API's own words, with each field that it names. */
export function ErrorNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = error instanceof ApiProblem ? error : null;
  // Where only one field is wrong, what is said of it is all that there is to say.
  const fields = problem?.errors.filter(({ detail }) => !problem.message.includes(detail)) ?? [];
  return (
    <Alert
      severity="error"
      action={
        onRetry && (
          <Button color="inherit" onClick={onRetry}>
            Try again
          </Button>
        )
      }
    >
      {problem !== null && problem.title !== problem.message && <AlertTitle>{problem.title}</AlertTitle>}
      {messageOf(error)}
      {fields.length > 0 && (
        <Box component="ul" sx={{ m: 0, pl: 2 }}>
          {fields.map(({ pointer, detail }) => (
            <li key={pointer + detail}>
              {pointer.replace(/^#\//, '')}: {detail}
            </li>
          ))}
        </Box>
      )}
    </Alert>
  );
}
