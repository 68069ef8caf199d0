import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { type ReactNode, useId, useState } from 'react';
import { ErrorNote } from './states.tsx';

interface ConfirmDialogProps {
  title: string;
  /** What will happen, and what will not. */
  children: ReactNode;
  /** On the button that does it. */
  confirm: string;
  isDestructive?: boolean;
  /** Asks why, for the audit log. */
  asksReason?: boolean;
  /** False while something is missing for it. */
  isReady?: boolean;
  isBusy: boolean;
  error: unknown;
  onConfirm: (reason: string | undefined) => void;
  onClose: () => void;
}

/** Asks before something is done, and stays until it is done or has failed. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirm, isDestructive = false, asksReason = false, isBusy, error } = props;
  const { isReady = true } = props;
  const { onConfirm, onClose } = props;
  const [reason, setReason] = useState('');
  const titleId = useId();
  return (
    <Dialog open onClose={onClose} aria-labelledby={titleId}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onConfirm(reason.trim() === '' ? undefined : reason.trim());
        }}
      >
        <DialogTitle id={titleId}>{title}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 2 }}>
          <DialogContentText component="div">{children}</DialogContentText>
          {asksReason && (
            <TextField
              autoFocus
              label="Reason (kept in the audit log)"
              value={reason}
              onChange={(event) => {
                setReason(event.target.value);
              }}
              slotProps={{ htmlInput: { maxLength: 500 } }}
            />
          )}
          {error != null && <ErrorNote error={error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose}>Back</Button>
          <Button
            type="submit"
            variant="contained"
            color={isDestructive ? 'error' : 'primary'}
            loading={isBusy}
            disabled={!isReady}
            autoFocus={!asksReason}
          >
            {confirm}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
