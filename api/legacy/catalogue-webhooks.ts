import { z } from 'zod';
import { DELIVERY_ERRORS } from '../../contracts/errors.ts';
import {
  changeWebhookSchema,
  createWebhookSchema,
  webhookParamsSchema,
} from '../../contracts/http/webhook.ts';
import { type ListedDelivery, listDeliveries } from '../../prisma/repositories/webhook-deliveries.ts';
import {
  findEndpoint,
  listEndpoints,
  type WebhookEndpoint,
} from '../../prisma/repositories/webhook-endpoints.ts';
import type { AppDeps } from '../deps.ts';
import { mountRoute } from '../http/mount-route.ts';
import { validate } from '../http/validate.ts';
import { actorOf, found } from '../routes/shared.ts';
import { addWebhook, changeWebhook, removeWebhook, testWebhook } from '../services/webhooks.ts';
import { ANY_QUERY, json, legacyRoute, type LegacyRouter } from './legacy-system.ts';
import { pageQueryOf } from './page-query.ts';

/** Endpoints in the list, the newest: it has no pages. */
const LISTED_WEBHOOKS = 500;

/** The one event that has another name here. */
const THEIR_BULK_DELETE = 'product.bulk_deleted';
const OUR_BULK_DELETE = 'bulk_delete.completed';

interface CatalogueWebhook {
  id: string;
  url: string;
  events: string[];
  enabled: boolean;
  created_at: string;
  updated_at: string;
}

interface CatalogueTest {
  success: boolean;
  response_code: number | null;
  response_time_ms: number;
  response_body: string | null;
  error: string | null;
}

interface CatalogueDelivery {
  id: string;
  webhook_id: string;
  event_type: string;
  status: 'pending' | 'success' | 'failed';
  response_code: number | null;
  response_time_ms: number | null;
  attempted_at: string;
  completed_at: string | null;
}

const newWebhook = z.object({
  url: z.string(),
  events: z.array(z.string()),
  enabled: z.boolean().default(true),
});
/** What is null stays as it is, like what is left out. */
const changedWebhook = z.object({
  url: z.string().nullish(),
  events: z.array(z.string()).nullish(),
  enabled: z.boolean().nullish(),
});

/** Webhooks. As in the main API they are an admin's: a URL may be as good as a password. */
export function mountCatalogueWebhooks(router: LegacyRouter, deps: AppDeps, path: string): void {
  const { pool } = deps.database;
  const all = { path, query: ANY_QUERY, access: 'admin' } as const;
  const one = { ...all, path: `${path}/:id`, params: webhookParamsSchema } as const;

  mountRoute(
    router,
    legacyRoute({ ...all, method: 'get', responses: { 200: json<CatalogueWebhook[]>() } }),
  )(async () => {
    const endpoints = await listEndpoints(pool, null, LISTED_WEBHOOKS);
    return { status: 200, body: endpoints.map(viewWebhook) };
  });

  mountRoute(
    router,
    legacyRoute({
      ...all,
      method: 'post',
      body: newWebhook,
      responses: { 201: json<CatalogueWebhook & { secret: string }>() },
    }),
  )(async ({ body, principal, request }) => {
    const { url, events, enabled } = body;
    const given = validate(createWebhookSchema, { url, events: events.map(toOurs), active: enabled });
    const { endpoint, secret } = await addWebhook(
      deps,
      { ...given, description: null },
      actorOf(principal, request),
    );
    // That system signed nothing. Who wants to verify what is sent finds the secret here, once.
    return { status: 201, body: { ...viewWebhook(endpoint), secret } };
  });

  mountRoute(
    router,
    legacyRoute({ ...one, method: 'get', responses: { 200: json<CatalogueWebhook>() } }),
  )(async ({ params }) => ({ status: 200, body: viewWebhook(found(await findEndpoint(pool, params.id))) }));

  mountRoute(
    router,
    legacyRoute({
      ...one,
      method: 'put',
      body: changedWebhook,
      responses: { 200: json<CatalogueWebhook>() },
    }),
  )(async ({ params, body: { url, events, enabled }, principal, request }) => {
    const given = {
      ...(url == null ? {} : { url }),
      ...(events == null ? {} : { events: events.map(toOurs) }),
      ...(enabled == null ? {} : { active: enabled }),
    };
    if (Object.keys(given).length === 0) {
      return { status: 200, body: viewWebhook(found(await findEndpoint(pool, params.id))) };
    }
    const change = validate(changeWebhookSchema, given);
    const changed = await changeWebhook(deps, params.id, change, undefined, actorOf(principal, request));
    return { status: 200, body: viewWebhook(changed) };
  });

  mountRoute(
    router,
    legacyRoute({ ...one, method: 'delete', responses: { 204: {} } }),
  )(async ({ params, principal, request }) => {
    await removeWebhook(deps, params.id, undefined, actorOf(principal, request));
    return { status: 204 };
  });

  mountRoute(
    router,
    legacyRoute({
      ...one,
      path: `${path}/:id/test`,
      method: 'post',
      responses: { 200: json<CatalogueTest>() },
    }),
  )(async ({ params }) => {
    const { status, latencyMs, responseStart, error } = await testWebhook(deps, params.id);
    return {
      status: 200,
      body: {
        success: error === null,
        response_code: status,
        response_time_ms: latencyMs,
        response_body: responseStart,
        error: error === null ? null : DELIVERY_ERRORS[error],
      },
    };
  });

  mountRoute(
    router,
    legacyRoute({
      ...one,
      path: `${path}/:id/deliveries`,
      method: 'get',
      query: z.object(pageQueryOf(50)),
      responses: { 200: json<CatalogueDelivery[]>() },
    }),
  )(async ({ params, query: { page, page_size: limit } }) => {
    found(await findEndpoint(pool, params.id));
    const place = { before: null, limit, offset: (page - 1) * limit };
    const deliveries = await listDeliveries(pool, params.id, place);
    return { status: 200, body: deliveries.map((delivery) => viewDelivery(delivery, params.id)) };
  });
}

function toOurs(event: string): string {
  return event === THEIR_BULK_DELETE ? OUR_BULK_DELETE : event;
}

function toTheirs(event: string): string {
  return event === OUR_BULK_DELETE ? THEIR_BULK_DELETE : event;
}

function viewWebhook({ id, url, events, active, createdAt, updatedAt }: WebhookEndpoint): CatalogueWebhook {
  return {
    id,
    url,
    events: events.map(toTheirs),
    enabled: active,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}

/** A delivery by its latest attempt; that system made one only. */
function viewDelivery(delivery: ListedDelivery, webhookId: string): CatalogueDelivery {
  const { id, eventType, status, createdAt, endedAt } = delivery;
  const [latest] = delivery.tries;
  return {
    id,
    webhook_id: webhookId,
    event_type: toTheirs(eventType),
    status: status === 'delivered' ? 'success' : status,
    response_code: latest?.status ?? null,
    response_time_ms: latest?.latencyMs ?? null,
    attempted_at: latest === undefined ? createdAt.toISOString() : new Date(latest.at).toISOString(),
    completed_at: endedAt?.toISOString() ?? null,
  };
}
