import type { Request } from 'express';
import { isLoopback } from '../../platform/loopback.ts';
import type { Principal } from '../../platform/tokens.ts';
import type { Guest } from '../auth/authenticate.ts';

/** Who comes without a token where LEGACY_OPEN is set. */
const GUEST: Principal = {
  subject: 'legacy',
  role: 'operator',
  // Of no token, so at no time: the last one that a date can say.
  expiresAt: new Date(8.64e15),
};

/**
 * Lets clients in that have no token, when they are on this machine. The API listens on loopback then, but a browser on this
 * machine also runs pages of strangers: what such a page sends (with its origin, or under a name that it made lead here) is not
 * let in, nor what a proxy passes on.
 *
 * @param origins of the web apps that may call the API from a browser (CORS_ORIGINS)
 */
export function createGuest(origins: readonly string[]): Guest {
  const allowed = new Set(origins.map((origin) => new URL(origin).origin));
  return (request) => (isForThisMachine(request) && isOfOwnPage(request, allowed) ? GUEST : null);
}

function isForThisMachine({ headers }: Request): boolean {
  if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) return false;
  const url = `http://${headers.host ?? ''}`;
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}

/** Programs that are no browsers send neither header. */
function isOfOwnPage({ headers }: Request, allowed: ReadonlySet<string>): boolean {
  const { origin, host = '' } = headers;
  if (origin !== undefined) return allowed.has(origin) || origin === `http://${host}`;
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'same-origin' || site === 'none';
}
