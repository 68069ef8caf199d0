import { mdiAlertCircle, mdiCheckCircle } from '@mdi/js';
import Box from '@mui/material/Box';
import { useQuery } from '@tanstack/react-query';
import { ApiProblem } from '../client/problem.ts';
import { Icon } from '../ui/icon.tsx';
import { ErrorNote, Loading } from '../ui/states.tsx';

const WORDS: Readonly<Record<string, string>> = {
  database: 'Database',
  temporal: 'Temporal',
  storage: 'File storage',
};
/** No stream tells of these; whoever looks at them wants to see them heal. */
const ASK_MS = 15_000;

type Checks = Record<string, 'ok' | 'down'>;

/** Whether each part that the API stands on can be reached. */
export function Health() {
  const { data, error, refetch } = useQuery({
    queryKey: ['health'],
    queryFn: readChecks,
    refetchInterval: ASK_MS,
    retry: false,
  });
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <Box component="ul" sx={{ display: 'grid', gap: 0.75, m: 0, p: 0, listStyle: 'none' }}>
      {Object.entries(data).map(([name, state]) => (
        <Box
          component="li"
          key={name}
          sx={{ display: 'flex', alignItems: 'center', gap: 1, fontSize: '0.875rem' }}
        >
          <Icon
            path={state === 'ok' ? mdiCheckCircle : mdiAlertCircle}
            sx={{ fontSize: 18, color: state === 'ok' ? 'success.main' : 'error.main' }}
          />
          <Box sx={{ flex: 1 }}>{WORDS[name] ?? name}</Box>
          <Box sx={{ color: state === 'ok' ? 'text.secondary' : 'error.main' }}>
            {state === 'ok' ? 'reachable' : 'can not be reached'}
          </Box>
        </Box>
      ))}
    </Box>
  );
}

/** With a part down the answer is 503, and still says which. */
async function readChecks({ signal }: { signal: AbortSignal }): Promise<Checks> {
  const response = await fetch('/health/ready', { signal });
  const body = (await response.json()) as { checks?: Checks };
  if (body.checks !== undefined) return body.checks;
  throw new ApiProblem(response.status, body);
}
