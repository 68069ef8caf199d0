import { z } from 'zod';
import { pageOf } from '../../contracts/http/common.ts';
import {
  changeWebhookSchema,
  createWebhookSchema,
  listWebhooksQuerySchema,
  rotateWebhookSchema,
  webhookExample,
  webhookParamsSchema,
  webhookSchema,
  webhookWithSecretSchema,
} from '../../contracts/http/webhook.ts';
import { findEndpoint, listEndpoints } from '../../prisma/repositories/webhook-endpoints.ts';
import type { AppDeps } from '../deps.ts';
import { IF_MATCH_PATTERN } from '../http/if-match.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { addWebhook, changeWebhook, removeWebhook, rotateWebhook } from '../services/webhooks.ts';
import { decodeIdCursor, toPage } from '../views/cursor.ts';
import { toEntityTag } from '../views/record-view.ts';
import { viewWebhook } from '../views/webhook-view.ts';
import { actorOf, found } from './shared.ts';

const entityTag = z.object({
  ETag: z.string().meta({ description: 'The version of the endpoint, in quotes.', example: '"1"' }),
});

/** Of settings, not of records: who does not send it says that he means whatever is there. */
const optionalIfMatch = z.object({
  'if-match': z
    .string()
    .max(200)
    .optional()
    .meta({
      description: 'The ETag of what you have read: the request is refused when it was changed since.',
      override: { pattern: IF_MATCH_PATTERN },
      example: '"3"',
    }),
});

const withSecretExample = {
  ...webhookExample,
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
};

const listWebhooksRoute = declareRoute({
  method: 'get',
  path: '/api/webhooks',
  operationId: 'listWebhooks',
  summary: 'List the endpoints that are told of events, newest first',
  tag: 'webhooks',
  // A URL may be as good as a password.
  access: 'admin',
  query: listWebhooksQuerySchema,
  responses: {
    200: {
      description: 'A page of endpoints, without their secrets.',
      schema: pageOf(webhookSchema),
      example: { items: [webhookExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

const createWebhookRoute = declareRoute({
  method: 'post',
  path: '/api/webhooks',
  operationId: 'createWebhook',
  summary: 'Add an endpoint',
  description: 'The answer holds the secret that verifies signatures. It is not shown again.',
  tag: 'webhooks',
  access: 'admin',
  body: createWebhookSchema,
  responses: {
    201: {
      description: 'Added. Events that happen from now on are sent to it.',
      schema: webhookWithSecretSchema,
      example: withSecretExample,
      headers: entityTag.extend({
        Location: z.string().meta({ example: '/api/webhooks/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b13' }),
      }),
    },
  },
  problems: [],
});

const getWebhookRoute = declareRoute({
  method: 'get',
  path: '/api/webhooks/:id',
  operationId: 'getWebhook',
  summary: 'Read an endpoint',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  responses: {
    200: {
      description: 'The endpoint, without its secret.',
      schema: webhookSchema,
      example: webhookExample,
      headers: entityTag,
    },
  },
  problems: [],
});

const changeWebhookRoute = declareRoute({
  method: 'patch',
  path: '/api/webhooks/:id',
  operationId: 'changeWebhook',
  summary: 'Change an endpoint, or switch it on or off',
  description:
    'Fields that are left out stay as they are. What is on its way to an endpoint that is switched off is parked; of events that ' +
    'happen meanwhile it hears nothing.',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  headers: optionalIfMatch,
  body: changeWebhookSchema,
  responses: {
    200: {
      description: 'The endpoint as it is now.',
      schema: webhookSchema,
      example: { ...webhookExample, version: 2 },
      headers: entityTag,
    },
  },
  problems: ['precondition-failed'],
});

const deleteWebhookRoute = declareRoute({
  method: 'delete',
  path: '/api/webhooks/:id',
  operationId: 'deleteWebhook',
  summary: 'Remove an endpoint with its deliveries',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  headers: optionalIfMatch,
  responses: { 204: { description: 'It is gone.' } },
  problems: ['precondition-failed'],
});

const rotateWebhookRoute = declareRoute({
  method: 'post',
  path: '/api/webhooks/:id/rotate',
  operationId: 'rotateWebhook',
  summary: 'Give an endpoint a new secret',
  description:
    'While they overlap both secrets sign, so that receivers can change over without missing anything. With `overlapSeconds` 0 the ' +
    'earlier one is void at once.',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  body: rotateWebhookSchema,
  responses: {
    200: {
      description: 'The endpoint with its new secret, which is not shown again.',
      schema: webhookWithSecretSchema,
      example: { ...withSecretExample, previousSecretUntil: '2026-11-22T07:00:00.000Z', version: 2 },
      headers: entityTag,
    },
  },
  problems: [],
});

/** The endpoints of webhooks. */
export function mountWebhooks(router: ApiRouter, deps: AppDeps): void {
  const { pool } = deps.database;

  mountRoute(
    router,
    listWebhooksRoute,
  )(async ({ query: { limit, cursor } }) => {
    const endpoints = await listEndpoints(pool, decodeIdCursor('webhooks', cursor), limit + 1);
    return { status: 200, body: toPage('webhooks', endpoints, limit, ({ id }) => id, viewWebhook) };
  });

  mountRoute(
    router,
    createWebhookRoute,
  )(async ({ body, principal, request }) => {
    const given = { ...body, description: body.description ?? null };
    const { endpoint, secret } = await addWebhook(deps, given, actorOf(principal, request));
    return {
      status: 201,
      body: { ...viewWebhook(endpoint), secret },
      headers: { Location: `/api/webhooks/${endpoint.id}`, ETag: toEntityTag(endpoint.version) },
    };
  });

  mountRoute(
    router,
    getWebhookRoute,
  )(async ({ params }) => {
    const endpoint = found(await findEndpoint(pool, params.id));
    return { status: 200, body: viewWebhook(endpoint), headers: { ETag: toEntityTag(endpoint.version) } };
  });

  mountRoute(
    router,
    changeWebhookRoute,
  )(async ({ params, headers, body, principal, request }) => {
    const actor = actorOf(principal, request);
    const changed = await changeWebhook(deps, params.id, body, headers['if-match'], actor);
    return { status: 200, body: viewWebhook(changed), headers: { ETag: toEntityTag(changed.version) } };
  });

  mountRoute(
    router,
    deleteWebhookRoute,
  )(async ({ params, headers, principal, request }) => {
    await removeWebhook(deps, params.id, headers['if-match'], actorOf(principal, request));
    return { status: 204 };
  });

  mountRoute(
    router,
    rotateWebhookRoute,
  )(async ({ params, body, principal, request }) => {
    const actor = actorOf(principal, request);
    const { endpoint, secret } = await rotateWebhook(deps, params.id, body.overlapSeconds, actor);
    return {
      status: 200,
      body: { ...viewWebhook(endpoint), secret },
      headers: { ETag: toEntityTag(endpoint.version) },
    };
  });
}
