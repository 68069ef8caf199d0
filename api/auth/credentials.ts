import type { Principal, Tokens } from '../../platform/tokens.ts';
import { looksLikeKey, verifyKey } from '../services/keys.ts';
import type { AppDeps } from '../deps.ts';

/** Everything that a caller may prove itself with. */
export interface Credentials {
  /** A token or a key. @throws {TokenError} when it is not good now */
  verify(credential: string): Promise<Principal>;
  /** A token: sessions are for people. @throws {TokenError} */
  verifyCookie: Tokens['verify'];
  /** @throws {TokenError} */
  verifyTicket: Tokens['verifyTicket'];
}

export function createCredentials(deps: Pick<AppDeps, 'tokens' | 'database'>): Credentials {
  const { tokens } = deps;
  return {
    verify: (credential) =>
      looksLikeKey(credential) ? verifyKey(deps, credential) : tokens.verify(credential),
    verifyCookie: (token) => tokens.verify(token),
    verifyTicket: (ticket, path) => tokens.verifyTicket(ticket, path),
  };
}
