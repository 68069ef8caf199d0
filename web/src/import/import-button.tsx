import { mdiTrayArrowUp } from '@mdi/js';
import Button from '@mui/material/Button';
import { Link } from 'react-router';
import { useAllowed } from '../client/session.ts';
import { Icon } from '../ui/icon.tsx';

/** Leads to the import of a file; nothing for who may not. */
export function ImportButton() {
  if (!useAllowed('operator')) return null;
  return (
    <Button component={Link} to="/import" variant="contained" startIcon={<Icon path={mdiTrayArrowUp} />}>
      Import a file
    </Button>
  );
}
