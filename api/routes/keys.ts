import { z } from 'zod';
import { pageOf } from '../../contracts/http/common.ts';
import {
  apiKeyExample,
  apiKeySchema,
  apiKeyWithSecretSchema,
  createKeySchema,
  keyParamsSchema,
  listKeysQuerySchema,
} from '../../contracts/http/key.ts';
import { findApiKey, listApiKeys } from '../../prisma/repositories/api-keys.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { createKey, revokeKey } from '../services/keys.ts';
import { decodeIdCursor, toPage } from '../views/cursor.ts';
import { viewKey } from '../views/key-view.ts';
import { actorOf, found } from './shared.ts';

const listKeysRoute = declareRoute({
  method: 'get',
  path: '/api/keys',
  operationId: 'listKeys',
  summary: 'List the keys of programs, newest first',
  tag: 'keys',
  access: 'admin',
  query: listKeysQuerySchema,
  responses: {
    200: {
      description: 'A page of keys, also those that are revoked, without what they are proved by.',
      schema: pageOf(apiKeySchema),
      example: { items: [apiKeyExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

const createKeyRoute = declareRoute({
  method: 'post',
  path: '/api/keys',
  operationId: 'createKey',
  summary: 'Make a key for a program',
  description:
    'A key takes the place of a token in the Authorization header, until it is revoked or too old. The answer holds it; it is kept ' +
    'as a digest only and can not be shown again.',
  tag: 'keys',
  access: 'admin',
  body: createKeySchema,
  responses: {
    201: {
      description: 'Made.',
      schema: apiKeyWithSecretSchema,
      example: {
        ...apiKeyExample,
        lastUsedAt: null,
        key: 'lsk_bm90IGEga2V5LCBidXQgYXMgbG9uZyBhcyBvbmUgaXM',
      },
      headers: z.object({
        Location: z.string().meta({ example: '/api/keys/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b15' }),
      }),
    },
  },
  problems: ['name-taken'],
});

const getKeyRoute = declareRoute({
  method: 'get',
  path: '/api/keys/:id',
  operationId: 'getKey',
  summary: 'Read about a key',
  tag: 'keys',
  access: 'admin',
  params: keyParamsSchema,
  responses: {
    200: {
      description: 'The key, without what it is proved by.',
      schema: apiKeySchema,
      example: apiKeyExample,
    },
  },
  problems: [],
});

const revokeKeyRoute = declareRoute({
  method: 'delete',
  path: '/api/keys/:id',
  operationId: 'revokeKey',
  summary: 'Revoke a key',
  description:
    'The next request with it is refused, whichever process gets it. It stays in the list, since its name stands in the audit log.',
  tag: 'keys',
  access: 'admin',
  params: keyParamsSchema,
  responses: { 204: { description: 'It is good for nothing now.' } },
  problems: [],
});

/** The keys of programs. */
export function mountKeys(router: ApiRouter, deps: AppDeps): void {
  const { pool } = deps.database;

  mountRoute(
    router,
    listKeysRoute,
  )(async ({ query: { limit, cursor } }) => {
    const keys = await listApiKeys(pool, decodeIdCursor('keys', cursor), limit + 1);
    return { status: 200, body: toPage('keys', keys, limit, ({ id }) => id, viewKey) };
  });

  mountRoute(
    router,
    createKeyRoute,
  )(async ({ body, principal, request }) => {
    const expiresAt = body.expiresAt === undefined ? null : new Date(body.expiresAt);
    const { apiKey, key } = await createKey(deps, { ...body, expiresAt }, actorOf(principal, request));
    return {
      status: 201,
      body: { ...viewKey(apiKey), key },
      headers: { Location: `/api/keys/${apiKey.id}`, 'Cache-Control': 'no-store' },
    };
  });

  mountRoute(
    router,
    getKeyRoute,
  )(async ({ params }) => ({ status: 200, body: viewKey(found(await findApiKey(pool, params.id))) }));

  mountRoute(
    router,
    revokeKeyRoute,
  )(async ({ params, principal, request }) => {
    await revokeKey(deps, params.id, actorOf(principal, request));
    return { status: 204 };
  });
}
