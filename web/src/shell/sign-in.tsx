import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { api } from '../client/api.ts';
import { queryClient, SESSION_KEY } from '../client/query-client.ts';
import { readSession } from '../client/write-token.ts';
import { ErrorNote } from '../ui/states.tsx';

/** By a link, which carries what it needs behind the `#`, or by a token. It stands at the address that one came for. */
export function SignIn() {
  const { pathname, hash } = useLocation();
  const navigate = useNavigate();
  const [token, setToken] = useState('');
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (body: { token: string } | { link: string }) => {
      await api.POST('/api/session', { body });
      return await readSession();
    },
    onSuccess: (session) => {
      queryClient.setQueryData(SESSION_KEY, session);
      if (pathname === '/sign-in') void navigate('/', { replace: true });
    },
  });
  const link = pathname === '/sign-in' ? hash.slice(1) : '';
  useEffect(() => {
    if (link === '') return;
    // What signs in does not stay in the history.
    void navigate('/sign-in', { replace: true });
    mutate({ link });
  }, [link, mutate, navigate]);
  return (
    <Box component="main" sx={{ display: 'grid', placeItems: 'center', minHeight: '100dvh', p: 2 }}>
      <Paper
        component="form"
        onSubmit={(event) => {
          event.preventDefault();
          mutate({ token: token.trim() });
        }}
        sx={{ display: 'grid', gap: 2, p: 3, width: '100%', maxWidth: 420 }}
      >
        <Typography variant="h1">Longshore</Typography>
        <Typography variant="body2" color="textSecondary">
          Open the link that <code>npm start</code> printed, or paste a token. <code>npm run -s token</code>{' '}
          prints one.
        </Typography>
        <TextField
          autoFocus
          required
          type="password"
          label="Token"
          autoComplete="off"
          value={token}
          onChange={(event) => {
            setToken(event.target.value);
          }}
        />
        {error !== null && <ErrorNote error={error} />}
        <Button type="submit" variant="contained" loading={isPending}>
          Sign in
        </Button>
      </Paper>
    </Box>
  );
}
