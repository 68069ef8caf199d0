import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiProblem } from './problem.ts';

export const SESSION_KEY = ['session'] as const;

/** A session that ended shows the page to sign in, at the address where one was. */
function onError(error: unknown): void {
  if (error instanceof ApiProblem && error.status === 401) queryClient.setQueryData(SESSION_KEY, null);
}

/** What was read. Streams say when it is out of date; nothing is asked again by the clock. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // What the API has judged stays so; a line that broke, or a part that is away, is tried again.
      retry: (count, error) =>
        count < 3 && (!(error instanceof ApiProblem) || error.status === 503 || error.status === 429),
      refetchOnWindowFocus: false,
    },
    mutations: { retry: false },
  },
});
