import { ApiProblem, problemOf } from './problem.ts';

/** Who is signed in, and what writes for them. */
export interface OpenSession {
  subject: string;
  role: 'viewer' | 'operator' | 'admin';
  /** ISO 8601. */
  expiresAt: string;
  token: string;
  tokenExpiresAt: string;
}

/** A token that ends during a request is of no use. */
const MARGIN_MS = 60_000;

/** In memory only: what lasts is the cookie, which no script can read. */
let session: OpenSession | null = null;
let asking: Promise<OpenSession | null> | null = null;

/**
 * Asks who is signed in.
 * @returns null when nobody is
 */
export function readSession(): Promise<OpenSession | null> {
  asking ??= ask().finally(() => {
    asking = null;
  });
  return asking;
}

async function ask(): Promise<OpenSession | null> {
  const response = await fetch('/api/session');
  if (response.status === 401) session = null;
  else if (!response.ok) throw await problemOf(response);
  else session = (await response.json()) as OpenSession;
  return session;
}

/** Signed out: what was good for writing is gone. */
export function forgetSession(): void {
  session = null;
}

/**
 * @returns a token for requests that write, good for the next minute at least
 * @throws {ApiProblem} 401 when nobody is signed in
 */
export async function writeToken(): Promise<string> {
  const good = session !== null && Date.parse(session.tokenExpiresAt) - Date.now() > MARGIN_MS;
  const open = good ? session : await readSession();
  if (open === null) throw new ApiProblem(401, { title: 'Sign in first', detail: 'The session has ended.' });
  return open.token;
}
