import type { CookieOptions, Request, Response } from 'express';
import type { Principal } from '../../platform/tokens.ts';

const NAME = 'longshore_session';

/** The cookie is out of reach of scripts and is not sent with anything that another site starts. */
function attributes(secure: boolean): CookieOptions {
  return { httpOnly: true, sameSite: 'strict', path: '/', secure };
}

/** @param secure whether browsers may send it over https only */
export function setSessionCookie(
  response: Response,
  token: string,
  principal: Principal,
  secure: boolean,
): void {
  const maxAge = Math.max(0, principal.expiresAt.getTime() - Date.now());
  response.cookie(NAME, token, { ...attributes(secure), maxAge });
}

export function clearSessionCookie(response: Response, secure: boolean): void {
  response.clearCookie(NAME, attributes(secure));
}

/** @returns the token in the session cookie, or null when there is none */
export function readSessionCookie(request: Request): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.split('=', 2);
    // A token has only characters that a cookie needs no encoding for.
    if (name?.trim() === NAME && value !== undefined) return value.trim();
  }
  return null;
}
