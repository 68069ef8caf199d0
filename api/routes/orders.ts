import { z } from 'zod';
import { auditEntryExample, auditEntrySchema, listJobAuditQuerySchema } from '../../contracts/http/audit.ts';
import { pageOf } from '../../contracts/http/common.ts';
import {
  createOrderHeadersSchema,
  createOrderSchema,
  listOrdersQuerySchema,
  MAX_ORDER_BYTES,
  orderCountsSchema,
  orderExample,
  orderParamsSchema,
  orderSchema,
  orderWithTimelineSchema,
  timelineExample,
} from '../../contracts/http/order.ts';
import { listAudit } from '../../prisma/repositories/audit.ts';
import { readTimelines } from '../../prisma/repositories/order-timelines.ts';
import {
  countOrdersByStatus,
  listOrderSnapshots,
  readOrderSnapshot,
} from '../../prisma/repositories/orders.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { acceptOrder } from '../services/create-order.ts';
import { decodeCursor, toPage } from '../views/cursor.ts';
import { toNewOrder } from '../views/new-order.ts';
import { viewAuditEntry } from '../views/operator-views.ts';
import { viewOrder, viewTimelineEntry } from '../views/order-view.ts';
import { found } from './shared.ts';

const orderLocation = z.object({
  Location: z.string().meta({ description: 'Where the order is.', example: '/api/orders/shop-1001' }),
});

const createOrder = declareRoute({
  method: 'post',
  path: '/api/orders',
  operationId: 'createOrder',
  summary: 'Order',
  description:
    'The order is taken down, and its workflow reserves the stock, has the payment authorised and ships. A sku that there is not is ' +
    'no error here: the order ends as INVENTORY_FAILED. The same order under the same id, or the same request under the same ' +
    'Idempotency-Key, makes one order.',
  tag: 'orders',
  access: 'operator',
  headers: createOrderHeadersSchema,
  body: createOrderSchema,
  maxBodyBytes: MAX_ORDER_BYTES,
  responses: {
    200: {
      description: 'It was ordered before: this is the order.',
      schema: orderSchema,
      example: orderExample,
      headers: orderLocation,
    },
    201: {
      description: 'Taken.',
      schema: orderSchema,
      example: { ...orderExample, status: 'CREATED', isAtWork: true, payment: null, shipment: null },
      headers: orderLocation,
    },
  },
  problems: ['key-taken', 'idempotency-mismatch'],
});

const listOrders = declareRoute({
  method: 'get',
  path: '/api/orders',
  operationId: 'listOrders',
  summary: 'List orders, newest first',
  tag: 'orders',
  access: 'viewer',
  query: listOrdersQuerySchema,
  responses: {
    200: {
      description: 'A page of orders.',
      schema: pageOf(orderSchema),
      example: { items: [orderExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

const countOrders = declareRoute({
  method: 'get',
  path: '/api/order-counts',
  operationId: 'countOrders',
  summary: 'Count orders by their status',
  tag: 'orders',
  access: 'viewer',
  responses: {
    200: {
      description: 'As many as there are, at most 1,000 of each.',
      schema: orderCountsSchema,
      example: {
        counts: {
          ...{
            CREATED: 2,
            INVENTORY_RESERVED: 1,
            INVENTORY_FAILED: 4,
            PAYMENT_AUTHORIZED: 3,
            PAYMENT_FAILED: 7,
          },
          ...{ SHIPPED: 1_000, SHIPPING_FAILED: 0, REFUNDED: 12, CANCELLED: 31 },
        },
      },
    },
  },
  problems: [],
});

const getOrder = declareRoute({
  method: 'get',
  path: '/api/orders/:id',
  operationId: 'getOrder',
  summary: 'Read an order, with its timeline',
  tag: 'orders',
  access: 'viewer',
  params: orderParamsSchema,
  responses: {
    200: {
      description: 'The order as it is now.',
      schema: orderWithTimelineSchema,
      example: { ...orderExample, timeline: timelineExample },
    },
  },
  problems: [],
});

const listOrderAudit = declareRoute({
  method: 'get',
  path: '/api/orders/:id/audit',
  operationId: 'listOrderAudit',
  summary: 'List what operators did to an order, newest first',
  tag: 'audit',
  access: 'viewer',
  params: orderParamsSchema,
  query: listJobAuditQuerySchema,
  responses: {
    200: {
      description: 'A page of the audit log.',
      schema: pageOf(auditEntrySchema),
      example: { items: [{ ...auditEntryExample, jobId: null, orderId: 'shop-1001' }], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

/** Orders: taking them, finding them, reading them. */
export function mountOrders(router: ApiRouter, deps: AppDeps): void {
  const { config, database } = deps;
  const { pool } = database;

  mountRoute(
    router,
    createOrder,
  )(async ({ body, headers, principal }) => {
    const { order, isNew } = await acceptOrder(deps, toNewOrder(body, config.CURRENCY), {
      by: principal.subject,
      idempotencyKey: headers['idempotency-key'] ?? null,
    });
    const answer = { body: viewOrder(order, config), headers: { Location: `/api/orders/${order.id}` } };
    return isNew ? { status: 201, ...answer } : { status: 200, ...answer };
  });

  mountRoute(
    router,
    countOrders,
  )(async () => ({ status: 200, body: { counts: await countOrdersByStatus(pool) } }));

  mountRoute(
    router,
    listOrders,
  )(async ({ query: { cursor, limit, createdFrom, createdTo, ...filter } }) => {
    const orders = await listOrderSnapshots(
      pool,
      { ...filter, createdFrom: toDate(createdFrom), createdTo: toDate(createdTo) },
      decodeCursor('orders', cursor),
      limit + 1,
    );
    return {
      status: 200,
      body: toPage(
        'orders',
        orders,
        limit,
        ({ number }) => number,
        (order) => viewOrder(order, config),
      ),
    };
  });

  mountRoute(
    router,
    getOrder,
  )(async ({ params: { id } }) => {
    const order = found(await readOrderSnapshot(pool, id));
    // What happened since the order was read is for the next reader: the two are shown as of one moment.
    const timeline = (await readTimelines(pool, [id])).get(id) ?? [];
    const entries = timeline.filter(({ seq }) => seq <= order.lastSeq);
    return {
      status: 200,
      body: { ...viewOrder(order, config), timeline: entries.map(viewTimelineEntry) },
    };
  });

  mountRoute(
    router,
    listOrderAudit,
  )(async ({ params, query: { cursor, limit } }) => {
    found(await readOrderSnapshot(pool, params.id));
    const after = decodeCursor('audit', cursor);
    const entries = await listAudit(database.prisma, { orderId: params.id }, after, limit + 1);
    return { status: 200, body: toPage('audit', entries, limit, ({ number }) => number, viewAuditEntry) };
  });
}

function toDate(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
