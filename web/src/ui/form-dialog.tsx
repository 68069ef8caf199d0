import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { type ReactNode, useId } from 'react';
import { ErrorNote } from './states.tsx';

interface FormDialogProps {
  title: string;
  children: ReactNode;
  /** On the button that sends it. */
  submit: string;
  isBusy: boolean;
  error: unknown;
  onSubmit: () => void;
  onClose: () => void;
}

/** Fields to fill in. It stays, with all that was typed, until it was taken. */
export function FormDialog({ title, children, submit, isBusy, error, onSubmit, onClose }: FormDialogProps) {
  const titleId = useId();
  return (
    <Dialog
      open
      aria-labelledby={titleId}
      onClose={(_event, reason) => {
        // A slip beside it throws nothing away.
        if (reason !== 'backdropClick') onClose();
      }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
        style={{ display: 'contents' }}
      >
        <DialogTitle id={titleId}>{title}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 2, '&&': { pt: 1 } }}>
          {children}
          {error != null && <ErrorNote error={error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" variant="contained" loading={isBusy}>
            {submit}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
