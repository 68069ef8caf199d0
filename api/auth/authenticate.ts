import type { Request } from 'express';
import { type Role, ROLES } from '../../contracts/words.ts';
import { KeysUnavailableError } from '../../platform/foreign-tokens.ts';
import { type Principal, TokenError } from '../../platform/tokens.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Credentials } from './credentials.ts';
import { readSessionCookie } from './session-cookie.ts';

/** @returns the token in the Authorization header, or null when the header is missing */
export function readBearer(request: Request): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (token === undefined)
    throw unauthenticated('The Authorization header is not "Bearer" and a token.', true);
  return token;
}

/**
 * Finds out who asks. The header counts before the cookie, the cookie before the ticket; one that is there but not valid is
 * an error, not a reason to look at the next.
 *
 * @param takesTicket whether the route is a stream, which browsers open without headers of their own
 * @returns null when the request carries nothing to tell by
 * @throws {HttpProblem} `unauthenticated`
 */
async function identify(
  request: Request,
  credentials: Credentials,
  takesTicket: boolean,
): Promise<Principal | null> {
  const bearer = readBearer(request);
  if (bearer !== null) return await verified(() => credentials.verify(bearer));

  // A form on another site can send a POST; where the cookie is not looked at, it gains nothing by that.
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const cookie = reads ? readSessionCookie(request) : null;
  if (cookie !== null) return await verified(() => credentials.verifyCookie(cookie));

  const ticket: unknown = takesTicket && request.method === 'GET' ? request.query.ticket : undefined;
  if (typeof ticket === 'string') return await verified(() => credentials.verifyTicket(ticket, request.path));
  return null;
}

/** Whom a request counts as that brings nothing to tell by; null where it is nobody. */
export type Guest = (request: Request) => Principal | null;

/**
 * @param guest where requests without a token may come in
 * @returns who asks
 * @throws {HttpProblem} `unauthenticated`, or `forbidden` when the role is too low
 */
export async function authorise(
  request: Request,
  credentials: Credentials,
  role: Role,
  takesTicket: boolean,
  guest: Guest = () => null,
): Promise<Principal> {
  const principal = (await identify(request, credentials, takesTicket)) ?? guest(request);
  if (principal === null) throw unauthenticated('Send a token as "Authorization: Bearer ...".', false);
  // The roles stand in ascending order: each may do what those before it may.
  if (ROLES.indexOf(principal.role) < ROLES.indexOf(role)) {
    throw new HttpProblem('forbidden', `This needs the role ${role}; yours is ${principal.role}.`);
  }
  return principal;
}

/** Verifies a token and turns its failure into the answer for it. */
export async function verified<P extends Principal>(verify: () => Promise<P>): Promise<P> {
  try {
    return await verify();
  } catch (error) {
    if (error instanceof TokenError) {
      throw unauthenticated('The token is malformed, expired or not meant for this.', true, error);
    }
    if (error instanceof KeysUnavailableError) {
      const detail = 'The identity provider does not answer at the moment. Try again soon.';
      throw new HttpProblem('unavailable', detail, { cause: error });
    }
    throw error;
  }
}

/** @param given whether there was a token at all (RFC 6750, section 3.1) */
export function unauthenticated(detail: string, given: boolean, cause?: unknown): HttpProblem {
  const challenge = given ? 'Bearer realm="longshore", error="invalid_token"' : 'Bearer realm="longshore"';
  return new HttpProblem('unauthenticated', detail, { headers: { 'WWW-Authenticate': challenge }, cause });
}
