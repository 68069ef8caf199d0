import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useId } from 'react';
import { CopyField } from '../ui/copy-field.tsx';

/** Shows a secret, the one time that it can be seen. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  const titleId = useId();
  return (
    <Dialog
      open
      aria-labelledby={titleId}
      onClose={(_event, reason) => {
        // A slip would lose it.
        if (reason !== 'backdropClick') onClose();
      }}
    >
      <DialogTitle id={titleId}>The secret of the endpoint</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 2, '&&': { pt: 1 } }}>
        <Alert severity="warning">
          It is shown now and never again. The receiver verifies signatures with it.
        </Alert>
        <CopyField label="Secret" value={secret} />
      </DialogContent>
      <DialogActions>
        <Button variant="contained" onClick={onClose}>
          I have kept it
        </Button>
      </DialogActions>
    </Dialog>
  );
}
