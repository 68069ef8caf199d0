import { z } from 'zod';
import { createOrderSchema, MAX_ORDER_BYTES, orderParamsSchema } from '../../contracts/http/order.ts';
import { orderEventName } from '../../contracts/events/order-events.ts';
import { COMPENSATIONS, FORWARD_STEPS, ORDER_STATUSES, type OrderStatus } from '../../contracts/words.ts';
import { readOrderProgress, readTimelines } from '../../prisma/repositories/order-timelines.ts';
import {
  listRecentOrders,
  type OrderEventRow,
  type OrderSnapshot,
  readOrderSnapshot,
} from '../../prisma/repositories/orders.ts';
import type { AppDeps } from '../deps.ts';
import type { HttpProblem } from '../http/http-problem.ts';
import { mountRoute } from '../http/mount-route.ts';
import { toSeq } from '../routes/order-streams.ts';
import { actorOf, found } from '../routes/shared.ts';
import { acceptOrder } from '../services/create-order.ts';
import { askOfOrder } from '../services/order-verbs.ts';
import { PROGRESS_LIMIT } from '../streams/order-watch.ts';
import { answerWithOrderStream } from '../streams/stream-order.ts';
import { toNewOrder } from '../views/new-order.ts';
import { ANY_QUERY, json, legacyRoute, type LegacyRouter, type LegacySystem } from './legacy-system.ts';

/** The event-driven order pipeline: its orders, timelines, live streams and operator's commands. */
export const ordersSystem: LegacySystem = { base: '/legacy/orders', mount: mountLegacyOrders, renderProblem };

const BASE = ordersSystem.base;

/** Orders in the list, those that were changed last. */
const LISTED_ORDERS = 100;

interface LegacyEntry {
  type: string;
  at: string;
  details: object;
}

interface LegacyOrder {
  _id: string;
  currentStatus: OrderStatus;
  timeline: LegacyEntry[];
  createdAt: string;
  updatedAt: string;
}

interface LegacyOrderDetails extends LegacyOrder {
  items: { sku: string; qty: number }[];
  /** A number, as it was there; null while a price is unknown. */
  total: number | null;
  status: OrderStatus;
  history: { status: OrderStatus; at: string }[];
  correlationId: string;
}

/** Fields that it did not know were no fault there. */
const { items, total, orderId } = createOrderSchema.shape;
const createBody = z.object({
  items: z
    .array(z.object(items.element.shape).pick({ sku: true, qty: true }))
    .min(1)
    .max(500),
  total,
  orderId,
});

const createOrder = legacyRoute({
  method: 'post',
  path: `${BASE}/orders`,
  access: 'operator',
  query: ANY_QUERY,
  body: createBody,
  maxBodyBytes: MAX_ORDER_BYTES,
  responses: { 201: json<{ orderId: string }>() },
});

const listOrders = legacyRoute({
  method: 'get',
  path: `${BASE}/orders`,
  access: 'viewer',
  // A text, and nothing that a query could be made of.
  query: z.strictObject({ status: z.string().max(100).optional() }),
  responses: { 200: json<LegacyOrder[]>() },
});

const getOrder = legacyRoute({
  method: 'get',
  path: `${BASE}/orders/:id`,
  access: 'viewer',
  params: orderParamsSchema,
  query: ANY_QUERY,
  responses: { 200: json<LegacyOrderDetails>() },
});

const streamOrder = legacyRoute({
  method: 'get',
  path: `${BASE}/orders/:id/stream`,
  access: 'viewer',
  stream: true,
  params: orderParamsSchema,
  query: ANY_QUERY,
  responses: { 200: {}, 204: {} },
});

const retryOrder = legacyRoute({
  method: 'post',
  path: `${BASE}/admin/retry/:id`,
  access: 'operator',
  params: orderParamsSchema,
  query: ANY_QUERY,
  body: z.object({ step: z.enum(FORWARD_STEPS).default('inventory') }).default({ step: 'inventory' }),
  responses: { 200: json<{ ok: true }>() },
});

const compensateOrder = legacyRoute({
  method: 'post',
  path: `${BASE}/admin/compensate/:id`,
  access: 'operator',
  params: orderParamsSchema,
  query: ANY_QUERY,
  body: z
    .object({ action: z.enum(COMPENSATIONS).default('releaseInventory') })
    .default({ action: 'releaseInventory' }),
  responses: { 200: json<{ ok: true }>() },
});

const health = legacyRoute({
  method: 'get',
  path: `${BASE}/health`,
  access: 'public',
  responses: { 200: json<{ ok: true }>() },
});

function mountLegacyOrders(router: LegacyRouter, deps: AppDeps): void {
  const { pool } = deps.database;

  mountRoute(
    router,
    createOrder,
  )(async ({ body, principal }) => {
    const asked = toNewOrder(body, deps.config.CURRENCY);
    const { order } = await acceptOrder(deps, asked, { by: principal.subject, idempotencyKey: null });
    return { status: 201, body: { orderId: order.id } };
  });

  mountRoute(
    router,
    listOrders,
  )(async ({ query }) => {
    const wanted = query.status === undefined || query.status === '' ? null : query.status;
    const status = ORDER_STATUSES.find((known) => known === wanted) ?? null;
    // No order has a status that there is not.
    if (status === null && wanted !== null) return { status: 200, body: [] };
    const orders = await listRecentOrders(pool, status, LISTED_ORDERS);
    const timelines = await readTimelines(
      pool,
      orders.map(({ id }) => id),
    );
    return { status: 200, body: orders.map((order) => viewListed(order, timelines.get(order.id) ?? [])) };
  });

  mountRoute(
    router,
    getOrder,
  )(async ({ params: { id } }) => {
    const order = found(await readOrderSnapshot(pool, id));
    const timeline = (await readTimelines(pool, [id])).get(id) ?? [];
    return { status: 200, body: viewDetails(order, timeline) };
  });

  mountRoute(
    router,
    streamOrder,
  )(async ({ params, request, response }) => {
    const afterSeq = toSeq(request.get('last-event-id'));
    const now = found(await readOrderProgress(pool, params.id, afterSeq, PROGRESS_LIMIT));
    let { status } = now;
    return answerWithOrderStream({ request, response }, afterSeq, now, deps, {
      render: (entry) => {
        status = entry.status ?? status;
        return JSON.stringify({ ...viewEntry(entry), status });
      },
    });
  });

  mountRoute(
    router,
    retryOrder,
  )(async ({ params, body: { step }, principal, request }) => {
    await askOfOrder(deps, params.id, 'retry', { ...actorOf(principal, request), step });
    return OK;
  });

  mountRoute(
    router,
    compensateOrder,
  )(async ({ params, body: { action }, principal, request }) => {
    await askOfOrder(deps, params.id, 'compensate', { ...actorOf(principal, request), action });
    return OK;
  });

  mountRoute(router, health)(() => OK);
}

const OK = { status: 200, body: { ok: true } } as const;

function viewEntry({ type, at, payload }: OrderEventRow): LegacyEntry {
  return { type: orderEventName(type), at: at.toISOString(), details: payload };
}

function viewListed(order: OrderSnapshot, timeline: readonly OrderEventRow[]): LegacyOrder {
  return {
    _id: order.id,
    currentStatus: order.status,
    timeline: timeline.map(viewEntry),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
}

function viewDetails(order: OrderSnapshot, timeline: readonly OrderEventRow[]): LegacyOrderDetails {
  return {
    ...viewListed(order, timeline),
    items: order.lines.map(({ sku, quantity }) => ({ sku, qty: quantity })),
    total: order.total === null ? null : Number(order.total),
    status: order.status,
    history: timeline.flatMap(({ status, at }) =>
      status === null ? [] : [{ status, at: at.toISOString() }],
    ),
    correlationId: order.id,
  };
}

/** `{ error }`, as that system answered. */
function renderProblem({ code, status, detail, options }: HttpProblem): {
  status: number;
  contentType: string;
  body: object;
} {
  const answer = (as: number, error: string) => ({
    status: as,
    contentType: 'application/json',
    body: { error },
  });
  switch (code) {
    case 'not-found':
      return answer(status, 'not found');
    case 'unauthenticated': {
      const isInvalid = options.headers?.['WWW-Authenticate']?.includes('invalid_token') ?? false;
      return answer(status, isInvalid ? 'invalid token' : 'missing token');
    }
    case 'invalid':
      return answer(400, detail);
    default:
      return answer(status, detail);
  }
}
