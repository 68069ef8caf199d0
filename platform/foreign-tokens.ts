import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { JOSEError, JWKSTimeout } from 'jose/errors';
import { isRole, type Role, ROLES } from '../contracts/words.ts';
import { isUsableSubject } from './subjects.ts';
import { TokenError } from './token-error.ts';
import type { Principal } from './tokens.ts';

/** An identity provider whose tokens are taken. */
export interface JwksSettings {
  /** Where its public keys are. */
  AUTH_JWKS_URL?: string | undefined;
  AUTH_JWKS_ISSUER?: string | undefined;
  AUTH_JWKS_AUDIENCE?: string | undefined;
  AUTH_JWKS_ALGORITHM: 'RS256' | 'PS256' | 'ES256' | 'EdDSA';
  /** Which claim holds the role. */
  AUTH_JWKS_ROLE_CLAIM: string;
}

/** Verifies tokens that an identity provider has signed. */
export interface ForeignTokens {
  /** Whether a token says that it is of this provider; that is not verified here. */
  isIssuerOf(token: string): boolean;
  /**
   * @throws {TokenError} when the token is not good now
   * @throws {KeysUnavailableError} when the provider's keys can not be had
   */
  verify(token: string): Promise<Principal>;
}

/** The identity provider does not give out its keys at the moment. */
export class KeysUnavailableError extends Error {
  constructor(options: ErrorOptions) {
    super('the keys of the identity provider can not be read', options);
    this.name = 'KeysUnavailableError';
  }
}

const TIMEOUT_MS = 5_000;

/**
 * A verifier of one algorithm: a public key is never taken for a secret, whatever a token says of itself. Keys are asked for when
 * one is needed that is not known, at most every 30 s, and kept for 10 minutes.
 *
 * @returns null where no provider is set
 */
export function createForeignTokens(settings: JwksSettings): ForeignTokens | null {
  const { AUTH_JWKS_URL: url, AUTH_JWKS_ISSUER: issuer, AUTH_JWKS_AUDIENCE: audience } = settings;
  if (url === undefined || issuer === undefined || audience === undefined) return null;
  const keys = createRemoteJWKSet(new URL(url), { timeoutDuration: TIMEOUT_MS });

  return {
    isIssuerOf(token) {
      try {
        return decodeJwt(token).iss === issuer;
      } catch {
        return false;
      }
    },

    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: [settings.AUTH_JWKS_ALGORITHM],
          issuer,
          audience,
          requiredClaims: ['exp', 'sub'],
        });
        const { sub, exp } = payload;
        if (!isUsableSubject(sub)) throw new TokenError('the subject is not usable');
        if (exp === undefined) throw new TokenError('the token does not expire');
        const role = highestRole(payload[settings.AUTH_JWKS_ROLE_CLAIM]);
        if (role === null) throw new TokenError('the role is not known');
        return { subject: sub, role, expiresAt: new Date(exp * 1_000) };
      } catch (error) {
        if (error instanceof TokenError) throw error;
        // Of a token the library complains by a class of its own each; of keys that can't be had by these.
        const aboutToken =
          error instanceof JOSEError && !(error instanceof JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC';
        if (aboutToken) throw new TokenError(error.message, { cause: error });
        throw new KeysUnavailableError({ cause: error });
      }
    },
  };
}

/** A claim holds a role or a list of them, among others that mean something elsewhere. */
function highestRole(claim: unknown): Role | null {
  const roles = (Array.isArray(claim) ? (claim as unknown[]) : [claim]).filter((word) => isRole(word));
  return ROLES.findLast((role) => roles.includes(role)) ?? null;
}
