import { mdiClose } from '@mdi/js';
import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { type ReactNode, useId } from 'react';
import { Icon } from './icon.tsx';

interface SidePanelProps {
  title: string;
  /** Under the title. */
  actions?: ReactNode;
  onClose: () => void;
  children: ReactNode;
}

/** One thing of a list, over the list: closed again, the list is where it was. */
export function SidePanel({ title, actions, onClose, children }: SidePanelProps) {
  const titleId = useId();
  return (
    <Drawer
      open
      anchor="right"
      onClose={onClose}
      slotProps={{
        paper: {
          role: 'dialog',
          'aria-modal': true,
          'aria-labelledby': titleId,
          sx: { width: { xs: '100%', sm: 560 }, maxWidth: '100%' },
        },
      }}
    >
      <Box
        sx={{
          position: 'sticky',
          top: 0,
          zIndex: 1,
          bgcolor: 'background.paper',
          borderBottom: 1,
          borderColor: 'divider',
          px: 2,
          py: 1.5,
          display: 'grid',
          gap: 1,
        }}
      >
        <Box sx={{ display: 'flex', alignItems: 'start', gap: 1 }}>
          <Typography id={titleId} variant="h1" component="h2" sx={{ flex: 1, overflowWrap: 'anywhere' }}>
            {title}
          </Typography>
          <IconButton aria-label="Close" onClick={onClose}>
            <Icon path={mdiClose} />
          </IconButton>
        </Box>
        {actions !== undefined && <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>{actions}</Box>}
      </Box>
      <Box sx={{ p: 2, display: 'grid', gap: 2.5 }}>{children}</Box>
    </Drawer>
  );
}
