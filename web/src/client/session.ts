import { useQuery } from '@tanstack/react-query';
import { SESSION_KEY } from './query-client.ts';
import { type OpenSession, readSession } from './write-token.ts';

export type Role = OpenSession['role'];

/** In ascending order: each may do what those before it may. */
const ROLES: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Who is signed in: null when nobody is, undefined while that is not known. */
export function useSession(): {
  session: OpenSession | null | undefined;
  error: Error | null;
  retry: () => void;
} {
  const { data, error, refetch } = useQuery({
    queryKey: SESSION_KEY,
    queryFn: readSession,
    staleTime: Infinity,
    gcTime: Infinity,
  });
  return { session: data, error, retry: () => void refetch() };
}

/** Whether the one who is signed in has this role. The API refuses what it must; this only hides what would be refused. */
export function useAllowed(role: Role): boolean {
  const { session } = useSession();
  return session != null && ROLES.indexOf(session.role) >= ROLES.indexOf(role);
}
