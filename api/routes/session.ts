import type { Request } from 'express';
import type { Tokens } from '../../platform/tokens.ts';
import {
  openSessionSchema,
  sessionSchema,
  signInBodySchema,
  ticketBodySchema,
  ticketSchema,
} from '../../contracts/http/session.ts';
import type { Queryable } from '../../prisma/client.ts';
import { useLinkOnce } from '../../prisma/repositories/used-links.ts';
import { readBearer, unauthenticated, verified } from '../auth/authenticate.ts';
import { clearSessionCookie, setSessionCookie } from '../auth/session-cookie.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, type Route } from '../http/route.ts';

/** A day's work. */
const SESSION_SECONDS = 12 * 60 * 60;
/** Short, because it lies in the memory of a page; the page asks again in time. */
const WRITE_TOKEN_SECONDS = 15 * 60;

const signIn = declareRoute({
  method: 'post',
  path: '/api/session',
  operationId: 'signIn',
  summary: 'Sign in a browser',
  description:
    'Turns a token, from the Authorization header or from the body, into a cookie that scripts can not read. The cookie is ' +
    'accepted on GET only. A `link` is good once, and the session that it begins lasts 12 hours. A key of a program signs nobody in.',
  tag: 'session',
  access: 'public',
  body: signInBodySchema,
  responses: {
    200: {
      description: 'Signed in; the cookie is set.',
      schema: sessionSchema,
      example: { subject: 'ada', role: 'operator', expiresAt: '2026-11-21T19:00:00.000Z' },
    },
  },
  problems: ['unauthenticated', 'too-many-requests', 'unavailable'],
});

const getSession = declareRoute({
  method: 'get',
  path: '/api/session',
  operationId: 'getSession',
  summary: 'See who is signed in, and get a token to write with',
  description:
    'The cookie is accepted on GET only; a page of this origin asks here for what it writes with. The token is as good as the ' +
    'one that the session began with, for 15 minutes. No other site can read the answer. A key of a program gets none.',
  tag: 'session',
  access: 'viewer',
  responses: {
    200: {
      description: 'Who asks.',
      schema: openSessionSchema,
      example: {
        subject: 'ada',
        role: 'operator',
        expiresAt: '2026-11-21T19:00:00.000Z',
        token: 'eyJhbGciOiJIUzI1NiJ9.e30.x',
        tokenExpiresAt: '2026-11-21T07:15:00.000Z',
      },
    },
  },
  problems: ['forbidden'],
});

const signOut = declareRoute({
  method: 'delete',
  path: '/api/session',
  operationId: 'signOut',
  summary: 'Sign out a browser',
  tag: 'session',
  access: 'public',
  responses: { 204: { description: 'The cookie is gone.' } },
  problems: [],
});

const createTicket = declareRoute({
  method: 'post',
  path: '/api/tickets',
  operationId: 'createTicket',
  summary: 'Get a ticket for a stream',
  description:
    'For clients of streams that can not send headers: `?ticket=` opens exactly the named path, for 60 s.',
  tag: 'session',
  access: 'viewer',
  body: ticketBodySchema,
  responses: {
    201: {
      description: 'The ticket.',
      schema: ticketSchema,
      example: { ticket: 'eyJhbGciOiJIUzI1NiJ9.e30.x', expiresAt: '2026-11-21T07:01:00.000Z' },
    },
  },
  problems: [],
});

/** Signing in and out, and tickets for streams, also for those of `others`. */
export function mountSession(
  router: ApiRouter,
  { config, tokens, database }: AppDeps,
  others: readonly Route[],
): void {
  mountRoute(
    router,
    signIn,
  )(async ({ request, response, body }) => {
    await router.deps.limits.signIn(request);
    const link = body !== undefined && 'link' in body ? body.link : undefined;
    const given = body !== undefined && 'token' in body ? body.token : undefined;
    const token =
      link === undefined ? (readBearer(request) ?? given) : await useLink(link, tokens, database.pool);
    if (token === undefined)
      throw unauthenticated('Send a token in the Authorization header or as "token".', false);
    // The cookie is ours, whoever made the token: that of an identity provider may be longer than a cookie may be.
    const { subject, role, expiresAt } = await verified(() => tokens.verify(token));
    const own = await tokens.sign(subject, role, secondsUntil(expiresAt));
    setSessionCookie(response, own, { subject, role, expiresAt }, config.SECURE_COOKIES);
    return { status: 200, body: { subject, role, expiresAt: expiresAt.toISOString() }, headers: NOT_KEPT };
  });

  mountRoute(
    router,
    getSession,
  )(async ({ principal: { subject, role, expiresAt, isKey } }) => {
    // It would be good for a while after its key was revoked.
    if (isKey === true) throw new HttpProblem('forbidden', 'A key of a program gets no token.');
    const seconds = Math.min(WRITE_TOKEN_SECONDS, secondsUntil(expiresAt));
    const token = await tokens.sign(subject, role, seconds);
    const signed = await verified(() => tokens.verify(token));
    return {
      status: 200,
      body: {
        subject,
        role,
        expiresAt: expiresAt.toISOString(),
        token,
        tokenExpiresAt: signed.expiresAt.toISOString(),
      },
      headers: NOT_KEPT,
    };
  });

  mountRoute(
    router,
    signOut,
  )(({ response }) => {
    clearSessionCookie(response, config.SECURE_COOKIES);
    return { status: 204 };
  });

  mountRoute(
    router,
    createTicket,
  )(async ({ body, principal }) => {
    if (!isStream(body.path, [...router.declarations, ...others])) {
      throw invalidField('#/path', 'not_a_stream', 'Tickets are for the paths of live streams only.');
    }
    const { ticket, expiresAt } = await tokens.signTicket(principal, body.path);
    return { status: 201, body: { ticket, expiresAt: expiresAt.toISOString() }, headers: NOT_KEPT };
  });
}

function secondsUntil(time: Date): number {
  return Math.max(0, Math.floor((time.getTime() - Date.now()) / 1_000));
}

/** Turns a link into a token for the API, once. */
async function useLink(link: string, tokens: Tokens, db: Queryable): Promise<string> {
  const { id, subject, role, expiresAt } = await verified(() => tokens.verifyLink(link));
  const first = await useLinkOnce(db, id, expiresAt);
  if (!first) throw unauthenticated('This link has been used. Get a new one by `npm run token`.', true);
  return await tokens.sign(subject, role, SESSION_SECONDS);
}

const NOT_KEPT = { 'Cache-Control': 'no-store' };

function isStream(path: Request['path'], declarations: readonly Route[]): boolean {
  return declarations.some((declaration) => {
    if (declaration.stream !== true) return false;
    const pattern = declaration.path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[\\w.-]{1,64}');
    return new RegExp(`^${pattern}$`).test(path);
  });
}
