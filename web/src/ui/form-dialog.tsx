import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import type { ReactNode } from 'react';
import { FirmDialog } from './firm-dialog.tsx';
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
  return (
    <FirmDialog title={title} onClose={onClose}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
        style={{ display: 'contents' }}
      >
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
    </FirmDialog>
  );
}
