import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import LinearProgress from '@mui/material/LinearProgress';
import Typography from '@mui/material/Typography';
import { formatBytes, formatClock } from '../ui/format.ts';
import type { UploadState } from './upload.ts';

/** How much of a file was sent, or that the line broke. */
export function UploadProgress({ state, onGiveUp }: { state: UploadState; onGiveUp: () => void }) {
  return (
    <Box sx={{ display: 'grid', gap: 1 }} aria-live="polite">
      {state.step === 'sending' ? (
        <>
          <Typography variant="body2">
            Sending: {formatBytes(state.sentBytes)} of {formatBytes(state.totalBytes)}
          </Typography>
          <LinearProgress
            variant="determinate"
            aria-label="Upload"
            value={state.totalBytes === 0 ? 0 : (state.sentBytes / state.totalBytes) * 100}
          />
        </>
      ) : (
        <Alert severity="warning">
          The connection broke. The file is sent again at {formatClock(new Date(state.retryAt))}, or as soon
          as the connection is back; it goes in once only.
        </Alert>
      )}
      <Button onClick={onGiveUp}>Give up</Button>
    </Box>
  );
}
