import { randomUUID } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { JOSEError } from 'jose/errors';
import { isRole, type Role } from '../contracts/words.ts';
import type { ForeignTokens } from './foreign-tokens.ts';
import { isUsableSubject } from './subjects.ts';
import { TokenError } from './token-error.ts';

export { TokenError };

const ISSUER = 'longshore';
const API_AUDIENCE = 'longshore-api';
/** Of its own, so that a ticket is worth nothing where a token is asked for, and the other way round. */
const TICKET_AUDIENCE = 'longshore-ticket';
const ALGORITHM = 'HS256';
const TICKET_LIFE_SECONDS = 60;
/** What a link of `npm start` carries: good for one signing in, and for nothing else. */
const LINK_AUDIENCE = 'longshore-sign-in';

/** Who asks, as a valid token says. */
export interface Principal {
  subject: string;
  role: Role;
  /** When the token stops being good. */
  expiresAt: Date;
  /** Whether it is a program with a key of its own. */
  isKey?: boolean;
}

/** Signs and verifies what callers prove themselves with. No algorithm is ever taken from a token: this signs with HS256 only. */
export interface Tokens {
  /** @returns a token for the API */
  sign(subject: string, role: Role, lifeSeconds: number): Promise<string>;
  /**
   * Of whose the token is, it says itself (`iss`); that one's verifier then believes nothing that it does not find signed.
   *
   * @throws {TokenError} when the token is not good for the API now
   */
  verify(token: string): Promise<Principal>;
  /** @returns a ticket that opens exactly one path for 60 s */
  signTicket(principal: Principal, path: string): Promise<{ ticket: string; expiresAt: Date }>;
  /** @throws {TokenError} when the ticket is not good for this path now */
  verifyTicket(ticket: string, path: string): Promise<Principal>;
  /** @returns what a browser signs in with, once: whoever verifies it sees to that by its `id` */
  signLink(subject: string, role: Role, lifeSeconds: number): Promise<string>;
  /** @throws {TokenError} when it is no link, or is too old */
  verifyLink(link: string): Promise<Principal & { id: string }>;
}

/**
 * @param secret at least 32 random bytes, the same for all processes (AUTH_SECRET)
 * @param foreign where tokens of an identity provider are taken too
 */
export function createTokens(secret: string, foreign: ForeignTokens | null = null): Tokens {
  const key = new TextEncoder().encode(secret);

  const sign = (
    audience: string,
    subject: string,
    claims: Record<string, string>,
    lifeSeconds: number,
  ): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(nowSeconds() + lifeSeconds)
      .sign(key);

  const verify = async (
    token: string,
    audience: string,
  ): Promise<Principal & { path: unknown; id: string | undefined }> => {
    try {
      const { payload } = await jwtVerify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience,
        requiredClaims: ['exp', 'sub', 'role'],
      });
      const { sub, exp, role } = payload;
      if (!isUsableSubject(sub)) throw new TokenError('the subject is not usable');
      if (exp === undefined) throw new TokenError('the token does not expire');
      if (!isRole(role)) throw new TokenError('the role is not known');
      return { subject: sub, role, expiresAt: new Date(exp * 1_000), path: payload.path, id: payload.jti };
    } catch (error) {
      if (error instanceof JOSEError) throw new TokenError(error.message, { cause: error });
      throw error;
    }
  };

  return {
    sign: (subject, role, lifeSeconds) => sign(API_AUDIENCE, subject, { role }, lifeSeconds),

    async verify(token) {
      if (foreign?.isIssuerOf(token) === true) return await foreign.verify(token);
      const { subject, role, expiresAt } = await verify(token, API_AUDIENCE);
      return { subject, role, expiresAt };
    },

    async signTicket(principal, path) {
      // A ticket never outlives the token that it was made from.
      const left = Math.floor(principal.expiresAt.getTime() / 1_000) - nowSeconds();
      const life = Math.max(0, Math.min(TICKET_LIFE_SECONDS, left));
      const expiresAt = new Date((nowSeconds() + life) * 1_000);
      const ticket = await sign(TICKET_AUDIENCE, principal.subject, { role: principal.role, path }, life);
      return { ticket, expiresAt };
    },

    async verifyTicket(ticket, path) {
      const { path: bound, subject, role, expiresAt } = await verify(ticket, TICKET_AUDIENCE);
      if (bound !== path) throw new TokenError('the ticket is for another path');
      return { subject, role, expiresAt };
    },

    signLink: (subject, role, lifeSeconds) =>
      sign(LINK_AUDIENCE, subject, { role, jti: randomUUID() }, lifeSeconds),

    async verifyLink(link) {
      const { id, subject, role, expiresAt } = await verify(link, LINK_AUDIENCE);
      if (id === undefined) throw new TokenError('the link has no id');
      return { id, subject, role, expiresAt };
    },
  };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
