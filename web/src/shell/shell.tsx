import { mdiLogoutVariant, mdiMenu, mdiThemeLightDark, mdiWeatherNight, mdiWhiteBalanceSunny } from '@mdi/js';
import AppBar from '@mui/material/AppBar';
import Badge from '@mui/material/Badge';
import Box from '@mui/material/Box';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import List from '@mui/material/List';
import ListItem from '@mui/material/ListItem';
import ListItemButton from '@mui/material/ListItemButton';
import ListItemIcon from '@mui/material/ListItemIcon';
import ListItemText from '@mui/material/ListItemText';
import { useColorScheme, useTheme } from '@mui/material/styles';
import Toolbar from '@mui/material/Toolbar';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { Suspense, useState } from 'react';
import { NavLink, Outlet, useLocation } from 'react-router';
import { api } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { queryClient, SESSION_KEY } from '../client/query-client.ts';
import { useAllowed, useSession } from '../client/session.ts';
import { forgetSession } from '../client/write-token.ts';
import { Icon } from '../ui/icon.tsx';
import { Loading } from '../ui/states.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { useAttentionCount } from './attention-count.ts';
import { Connection } from './connection.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { PLACES } from './navigation.ts';

const NAV_WIDTH = 208;

/** What stands around every view: the places, what needs attention, who is signed in, and whether the data is live. */
export function Shell() {
  useLiveTopic('attention');
  const theme = useTheme();
  const isWide = useMediaQuery(theme.breakpoints.up('md'));
  const [isOpen, setOpen] = useState(false);
  const { pathname } = useLocation();
  const close = () => {
    setOpen(false);
  };
  return (
    <Box sx={{ display: 'flex', flexDirection: { xs: 'column', md: 'row' }, height: '100dvh' }}>
      <Box
        component="a"
        href="#content"
        sx={{
          position: 'absolute',
          top: -100,
          zIndex: 2000,
          p: 1,
          bgcolor: 'background.paper',
          '&:focus': { top: 8, left: 8 },
        }}
      >
        To the content
      </Box>
      {isWide ? (
        <Box
          component="header"
          sx={{
            width: NAV_WIDTH,
            flexShrink: 0,
            borderRight: 1,
            borderColor: 'divider',
            bgcolor: 'background.paper',
            overflowY: 'auto',
          }}
        >
          <Navigation onChoose={close} />
        </Box>
      ) : (
        <>
          <AppBar position="static" color="default" sx={{ borderBottom: 1, borderColor: 'divider' }}>
            <Toolbar variant="dense" sx={{ gap: 1 }}>
              <IconButton
                edge="start"
                aria-label="Menu"
                onClick={() => {
                  setOpen(true);
                }}
              >
                <AttentionBadge>
                  <Icon path={mdiMenu} />
                </AttentionBadge>
              </IconButton>
              <Typography sx={{ fontWeight: 700, flex: 1 }}>Longshore</Typography>
              <Connection />
            </Toolbar>
          </AppBar>
          <Drawer open={isOpen} onClose={close}>
            <Box sx={{ width: NAV_WIDTH + 32, height: '100%' }}>
              <Navigation onChoose={close} />
            </Box>
          </Drawer>
        </>
      )}
      <Box
        component="main"
        id="content"
        tabIndex={-1}
        sx={{ flex: 1, minWidth: 0, minHeight: 0, overflowY: 'auto', outline: 0 }}
      >
        <ErrorBoundary key={pathname}>
          <Suspense fallback={<Loading />}>
            <Outlet />
          </Suspense>
        </ErrorBoundary>
      </Box>
    </Box>
  );
}

function Navigation({ onChoose }: { onChoose: () => void }) {
  const isOperator = useAllowed('operator');
  const isAdmin = useAllowed('admin');
  const mayUse = { viewer: true, operator: isOperator, admin: isAdmin };
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', minHeight: '100%' }}>
      <Typography sx={{ fontWeight: 700, px: 2, pt: 2, pb: 1, letterSpacing: 0.2 }}>Longshore</Typography>
      <Box component="nav" aria-label="Main" sx={{ flex: 1 }}>
        <List dense sx={{ px: 1 }}>
          {PLACES.filter(({ role }) => mayUse[role]).map(({ to, title, icon }) => (
            <ListItem key={to} disablePadding>
              <ListItemButton
                component={NavLink}
                to={to}
                end={to === '/'}
                onClick={onChoose}
                sx={{ borderRadius: 1, '&.active': { bgcolor: 'action.selected', fontWeight: 600 } }}
              >
                <ListItemIcon sx={{ minWidth: 34, color: 'inherit' }}>
                  {to === '/attention' ? (
                    <AttentionBadge>
                      <Icon path={icon} />
                    </AttentionBadge>
                  ) : (
                    <Icon path={icon} />
                  )}
                </ListItemIcon>
                <ListItemText primary={title} slotProps={{ primary: { sx: { fontWeight: 'inherit' } } }} />
              </ListItemButton>
            </ListItem>
          ))}
        </List>
      </Box>
      <Foot />
    </Box>
  );
}

function AttentionBadge({ children }: { children: React.ReactNode }) {
  const count = useAttentionCount() ?? 0;
  return (
    <Badge
      color="error"
      badgeContent={count}
      max={99}
      slotProps={{ badge: { 'aria-label': `${String(count)} need attention` } }}
    >
      {children}
    </Badge>
  );
}

const SCHEMES = {
  system: { next: 'light', title: 'Colours as the system has them', icon: mdiThemeLightDark },
  light: { next: 'dark', title: 'Light colours', icon: mdiWhiteBalanceSunny },
  dark: { next: 'system', title: 'Dark colours', icon: mdiWeatherNight },
} as const;

function Foot() {
  const { session } = useSession();
  const { mode = 'system', setMode } = useColorScheme();
  const toasts = useToasts();
  const { next, title, icon } = SCHEMES[mode];
  const signOut = async () => {
    try {
      await api.DELETE('/api/session');
      forgetSession();
      queryClient.setQueryData(SESSION_KEY, null);
      // What was read is not for whoever signs in next.
      queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
    } catch (error) {
      toasts.failed(error);
    }
  };
  return (
    <Box sx={{ p: 2, borderTop: 1, borderColor: 'divider', display: 'grid', gap: 1 }}>
      <Connection />
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5 }}>
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Typography variant="body2" noWrap title={session?.subject}>
            {session?.subject}
          </Typography>
          <Typography variant="body2" color="textSecondary" sx={{ fontSize: '0.75rem' }}>
            {session?.role}
          </Typography>
        </Box>
        <Tooltip title={title}>
          <IconButton
            aria-label={title}
            onClick={() => {
              setMode(next);
            }}
          >
            <Icon path={icon} />
          </IconButton>
        </Tooltip>
        <Tooltip title="Sign out">
          <IconButton aria-label="Sign out" onClick={() => void signOut()}>
            <Icon path={mdiLogoutVariant} />
          </IconButton>
        </Tooltip>
      </Box>
    </Box>
  );
}
