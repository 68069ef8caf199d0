import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useId } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { AnswerView } from './answer-view.tsx';

/** Sends a test event at once, and shows what came of it. */
export function TestDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const titleId = useId();
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () =>
      bodyOf<Schemas['WebhookTest']>(api.POST('/api/webhooks/{id}/test', { params: { path: { id } } })),
  });
  useEffect(() => {
    // Not twice where the view is set up twice, as in development.
    const timer = setTimeout(mutate);
    return () => {
      clearTimeout(timer);
    };
  }, [mutate]);
  return (
    <Dialog open onClose={onClose} aria-labelledby={titleId}>
      <DialogTitle id={titleId}>Test event</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 1.5 }} aria-live="polite">
        {isPending && <Loading what="Sending" />}
        {error !== null && <ErrorNote error={error} />}
        {data !== undefined && (
          <>
            <Alert severity={data.delivered ? 'success' : 'error'}>
              {data.delivered ? 'The receiver took it.' : 'The receiver did not take it.'}
            </Alert>
            <AnswerView answer={data} />
          </>
        )}
      </DialogContent>
      <DialogActions>
        <Button
          disabled={isPending}
          onClick={() => {
            mutate();
          }}
        >
          Send another
        </Button>
        <Button variant="contained" onClick={onClose} autoFocus>
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}
