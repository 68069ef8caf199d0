import { mdiAccessPointNetwork, mdiAccessPointNetworkOff } from '@mdi/js';
import Box from '@mui/material/Box';
import { type LiveState, useLiveState } from '../client/live.ts';
import { Icon } from '../ui/icon.tsx';

const WORDS: Record<LiveState, string> = {
  idle: 'Not live',
  connecting: 'Connecting',
  live: 'Live',
  lost: 'Connection lost, trying again',
};

/** Whether what is shown is of this moment. */
export function Connection() {
  const state = useLiveState();
  return (
    <Box
      role="status"
      data-live={state}
      sx={{
        display: 'flex',
        alignItems: 'center',
        gap: 0.75,
        fontSize: '0.75rem',
        color: state === 'lost' ? 'error.main' : 'text.secondary',
      }}
    >
      <Icon
        path={state === 'lost' ? mdiAccessPointNetworkOff : mdiAccessPointNetwork}
        sx={{ fontSize: 16, color: state === 'live' ? 'success.main' : 'inherit' }}
      />
      {WORDS[state]}
    </Box>
  );
}
