import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import { CopyField } from '../ui/copy-field.tsx';
import { FirmDialog } from '../ui/firm-dialog.tsx';

/** Shows a secret, the one time that it can be seen. */
export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <FirmDialog title="The secret of the endpoint" onClose={onClose}>
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
    </FirmDialog>
  );
}
