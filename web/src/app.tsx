import Box from '@mui/material/Box';
import { useRoutes } from 'react-router';
import { useSession } from './client/session.ts';
import { routes } from './routes.tsx';
import { SignIn } from './shell/sign-in.tsx';
import { ErrorNote, Loading } from './ui/states.tsx';

/** Shows the view of the address to who is signed in, and else the page to sign in. */
export function App() {
  const { session, error, retry } = useSession();
  const view = useRoutes(routes);
  if (session === null) return <SignIn />;
  if (session !== undefined) return view;
  if (error === null) return <Loading />;
  return (
    <Box sx={{ p: 2.5 }}>
      <ErrorNote error={error} onRetry={retry} />
    </Box>
  );
}
