import type { Request } from 'express';
import {
  sessionSchema,
  signInBodySchema,
  ticketBodySchema,
  ticketSchema,
} from '../../contracts/http/session.ts';
import { readBearer, unauthenticated, verified } from '../auth/authenticate.ts';
import { clearSessionCookie, setSessionCookie } from '../auth/session-cookie.ts';
import type { AppDeps } from '../deps.ts';
import { invalidField } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, type Route } from '../http/route.ts';

const signIn = declareRoute({
  method: 'post',
  path: '/api/session',
  operationId: 'signIn',
  summary: 'Sign in a browser',
  description:
    'Turns a token, from the Authorization header or from the body, into a cookie that scripts can not read. The cookie is ' +
    'accepted on GET only.',
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
  problems: ['unauthenticated'],
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
export function mountSession(router: ApiRouter, { config, tokens }: AppDeps, others: readonly Route[]): void {
  mountRoute(
    router,
    signIn,
  )(async ({ request, response, body }) => {
    const token = readBearer(request) ?? body?.token;
    if (token === undefined)
      throw unauthenticated('Send a token in the Authorization header or as "token".', false);
    const principal = await verified(() => tokens.verify(token));
    setSessionCookie(response, token, principal, config.SECURE_COOKIES);
    const { subject, role, expiresAt } = principal;
    return { status: 200, body: { subject, role, expiresAt: expiresAt.toISOString() }, headers: NOT_KEPT };
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

const NOT_KEPT = { 'Cache-Control': 'no-store' };

function isStream(path: Request['path'], declarations: readonly Route[]): boolean {
  return declarations.some((declaration) => {
    if (declaration.stream !== true) return false;
    const pattern = declaration.path.replaceAll('.', '\\.').replaceAll(/:\w+/g, '[\\w.-]{1,64}');
    return new RegExp(`^${pattern}$`).test(path);
  });
}
