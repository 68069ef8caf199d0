import { pageOf } from '../../contracts/http/common.ts';
import {
  deliveryExample,
  deliveryParamsSchema,
  deliverySchema,
  listDeliveriesQuerySchema,
  redeliveredSchema,
  redeliverWebhookSchema,
  webhookParamsSchema,
  webhookTestSchema,
} from '../../contracts/http/webhook.ts';
import type { Principal } from '../../platform/tokens.ts';
import { inTransaction } from '../../prisma/client.ts';
import { recordAction } from '../../prisma/repositories/audit.ts';
import {
  findDelivery,
  listDeliveries,
  type Redelivery,
  setGoingAgain,
} from '../../prisma/repositories/webhook-deliveries.ts';
import { findEndpoint } from '../../prisma/repositories/webhook-endpoints.ts';
import type { Request } from 'express';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { testWebhook } from '../services/webhooks.ts';
import { decodeIdCursor, toPage } from '../views/cursor.ts';
import { viewDelivery } from '../views/webhook-view.ts';
import { actorOf, found } from './shared.ts';

const testWebhookRoute = declareRoute({
  method: 'post',
  path: '/api/webhooks/:id/test',
  operationId: 'testWebhook',
  summary: 'Send a test event now, and tell how that went',
  description:
    'The event has the type `webhook.test` and goes to this endpoint only, also when it is switched off or has not subscribed to it. ' +
    'It is sent once and does not appear among the deliveries.',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  responses: {
    200: {
      description: 'What came of it.',
      schema: webhookTestSchema,
      example: {
        webhookId: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b15',
        delivered: true,
        latencyMs: 84,
        status: 204,
        error: null,
        responseStart: '',
      },
    },
  },
  problems: [],
});

const listDeliveriesRoute = declareRoute({
  method: 'get',
  path: '/api/webhooks/:id/deliveries',
  operationId: 'listDeliveries',
  summary: 'List the deliveries to an endpoint with their attempts, newest first',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  query: listDeliveriesQuerySchema,
  responses: {
    200: {
      description: 'A page of deliveries.',
      schema: pageOf(deliverySchema),
      example: { items: [deliveryExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

const redeliverOneRoute = declareRoute({
  method: 'post',
  path: '/api/webhooks/:id/deliveries/:deliveryId/redeliver',
  operationId: 'redeliverDelivery',
  summary: 'Send a delivery again',
  description: 'Whatever became of it. It starts its schedule anew and keeps its `webhook-id`.',
  tag: 'webhooks',
  access: 'admin',
  params: deliveryParamsSchema,
  responses: {
    202: {
      description: 'It is on its way.',
      schema: deliverySchema,
      example: { ...deliveryExample, nextTryAt: '2026-11-21T07:00:02.000Z' },
    },
  },
  problems: ['wrong-state'],
});

const redeliverRoute = declareRoute({
  method: 'post',
  path: '/api/webhooks/:id/redeliver',
  operationId: 'redeliverWebhook',
  summary: 'Send all deliveries again that were parked since a time',
  description: 'They start their schedules anew and keep their `webhook-id`s.',
  tag: 'webhooks',
  access: 'admin',
  params: webhookParamsSchema,
  body: redeliverWebhookSchema,
  responses: {
    202: { description: 'They are on their way.', schema: redeliveredSchema, example: { redelivered: 12 } },
  },
  problems: ['wrong-state'],
});

/** What was sent to endpoints, and sending it again. */
export function mountWebhookDeliveries(router: ApiRouter, deps: AppDeps): void {
  const { workflows } = deps;
  const { pool } = deps.database;

  mountRoute(
    router,
    testWebhookRoute,
  )(async ({ params }) => {
    const { webhookId, latencyMs, status, error, responseStart } = await testWebhook(deps, params.id);
    return {
      status: 200,
      body: { webhookId, delivered: error === null, latencyMs, status, error, responseStart },
    };
  });

  mountRoute(
    router,
    listDeliveriesRoute,
  )(async ({ params, query: { status, limit, cursor } }) => {
    found(await findEndpoint(pool, params.id));
    const before = decodeIdCursor('deliveries', cursor);
    const deliveries = await listDeliveries(pool, params.id, { status, before, limit: limit + 1 });
    return { status: 200, body: toPage('deliveries', deliveries, limit, ({ id }) => id, viewDelivery) };
  });

  mountRoute(
    router,
    redeliverOneRoute,
  )(async ({ params, principal, request }) => {
    const { id, deliveryId } = params;
    const redelivered = await redeliver(id, { deliveryId }, principal, request);
    if (redelivered === 0) throw new HttpProblem('not-found', 'There is nothing at this address.');
    return { status: 202, body: viewDelivery(found(await findDelivery(pool, id, deliveryId))) };
  });

  mountRoute(
    router,
    redeliverRoute,
  )(async ({ params, body, principal, request }) => {
    const since = new Date(body.since);
    return { status: 202, body: { redelivered: await redeliver(params.id, { since }, principal, request) } };
  });

  /** @returns how many */
  async function redeliver(
    id: string,
    which: Redelivery,
    principal: Principal,
    request: Request,
  ): Promise<number> {
    const redelivered = await inTransaction(pool, async (client) => {
      const endpoint = found(await findEndpoint(client, id, true));
      if (!endpoint.active) {
        throw new HttpProblem('wrong-state', 'The endpoint is switched off. Switch it on first.');
      }
      const count = await setGoingAgain(client, id, which);
      if (count > 0) {
        const { id: action, by, via } = actorOf(principal, request);
        await recordAction(client, {
          ...{ id: action, actor: by, action: 'redeliver-webhook', jobId: null, via },
          before: { endpointId: id, ...which },
          after: { redelivered: count },
        });
      }
      return count;
    });
    if (redelivered > 0) await workflows.wakeEndpoint(id);
    return redelivered;
  }
}
