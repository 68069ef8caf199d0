import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { ORDER_EVENTS, toOrderEventEnvelope } from '../../contracts/events/order-events.ts';
import {
  orderCountsSchema,
  type OrderJson,
  orderSchema,
  orderWithTimelineSchema,
  timelineEntrySchema,
} from '../../contracts/http/order.ts';
import type { Problem } from '../../contracts/http/problem.ts';
import { readTimelines } from '../../prisma/repositories/order-timelines.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { type LegacyEvent, readEvents } from './legacy-under-test.ts';
import { createOrderRunner, type OrderRunner, removeOrders, stockUp } from './orders-under-test.ts';

let api: ApiUnderTest;
let workflows: ReturnType<typeof createFakeWorkflows>;
let orders: OrderRunner;

beforeAll(async () => {
  workflows = createFakeWorkflows();
  api = await startApi({ workflows });
  orders = createOrderRunner(api.database, api.orders.orderNotifier);
});
afterAll(() => api.stop());
beforeEach(async () => {
  await removeOrders(api.database);
  await stockUp(api.database, { 'SKU-1': 100, 'SKU-2': 5 });
  workflows.startedOrders.length = 0;
  workflows.sentToOrders.length = 0;
  workflows.closed.clear();
});

type OrderWithTimeline = z.infer<typeof orderWithTimelineSchema>;

async function send(path: string, body: object | string, headers: Record<string, string> = {}) {
  return await api.as('operator')(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function place(body: object = {}): Promise<OrderJson> {
  const response = await send('/api/orders', { items: [{ sku: 'SKU-1', qty: 2 }], ...body });
  if (response.status !== 201) throw new Error(await response.text());
  return orderSchema.parse(await response.json());
}

async function read(id: string): Promise<OrderWithTimeline> {
  const response = await api.as('viewer')(`/api/orders/${id}`);
  expect(response.status).toBe(200);
  return orderWithTimelineSchema.parse(await response.json());
}

async function problemOf(response: Response): Promise<Problem> {
  return (await response.json()) as Problem;
}

describe('an order that is created', () => {
  test('is answered with 201 and where it is, and its workflow is started', async () => {
    const response = await send('/api/orders', {
      orderId: 'shop-1001',
      items: [{ sku: 'SKU-1', qty: 2 }],
      total: 20,
      email: 'Ada@Example.com',
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe('/api/orders/shop-1001');
    expect(orderSchema.parse(await response.json())).toMatchObject({
      id: 'shop-1001',
      orderId: 'shop-1001',
      status: 'CREATED',
      isAtWork: true,
      total: '20.00',
      currency: 'EUR',
      email: 'Ada@Example.com',
      items: [{ line: 1, sku: 'SKU-1', qty: 2, unitPrice: '10.00', reserved: false }],
      payment: null,
      shipment: null,
      createdBy: 'tester',
    });
    expect(workflows.startedOrders).toEqual(['shop-1001']);
  });

  test('gets an id where the caller has none', async () => {
    expect((await place()).id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7/);
  });

  test('is the same order when it is sent again, under its id or under the key', async () => {
    const body = { orderId: 'shop-7', items: [{ sku: 'SKU-1', qty: 2 }] };
    expect((await send('/api/orders', body)).status).toBe(201);
    const again = await send('/api/orders', body);
    expect([again.status, orderSchema.parse(await again.json()).id]).toEqual([200, 'shop-7']);

    const unnamed = { items: [{ sku: 'SKU-2', qty: 1 }] };
    const key = { 'idempotency-key': 'k-1' };
    const [first, second] = await Promise.all([
      send('/api/orders', unnamed, key),
      send('/api/orders', unnamed, key),
    ]);
    expect([first.status, second.status].sort()).toEqual([200, 201]);
    const ids = [orderSchema.parse(await first.json()).id, orderSchema.parse(await second.json()).id];
    expect(new Set(ids).size).toBe(1);
    expect(await api.database.prisma.order.count()).toBe(2);
  });

  test('is not mistaken for another one', async () => {
    await place({ orderId: 'shop-7' });
    const taken = await send('/api/orders', { orderId: 'shop-7', items: [{ sku: 'SKU-1', qty: 3 }] });
    expect(await problemOf(taken)).toMatchObject({
      status: 409,
      type: '/problems/key-taken',
      existingId: 'shop-7',
    });
    const key = { 'idempotency-key': 'k-2' };
    await send('/api/orders', { items: [{ sku: 'SKU-1', qty: 1 }] }, key);
    const other = await send('/api/orders', { items: [{ sku: 'SKU-1', qty: 2 }] }, key);
    expect(await problemOf(other)).toMatchObject({ status: 422, type: '/problems/idempotency-mismatch' });
  });

  test('keeps amounts to the last digit, as texts or numbers', async () => {
    const { items, total } = await place({
      items: [
        { sku: 'SKU-1', qty: 3, unitPrice: '0.1' },
        { sku: 'SKU-2', qty: 1, unitPrice: 12345.6789 },
      ],
    });
    expect(items.map(({ unitPrice }) => unitPrice)).toEqual(['0.10', '12345.6789']);
    expect(total).toBe('12345.9789');
  });

  test('may have a total of its own where it brings all prices', async () => {
    const order = await place({ items: [{ sku: 'SKU-1', qty: 2, unitPrice: '5' }], total: '13.50' });
    expect(order.total).toBe('13.50');
  });

  test.each<[string, object, string, string]>([
    ['no items', { items: [] }, '#/items', 'too_small'],
    ['a quantity of none', { items: [{ sku: 'SKU-1', qty: 0 }] }, '#/items/0/qty', 'too_small'],
    ['a negative quantity', { items: [{ sku: 'SKU-1', qty: -1 }] }, '#/items/0/qty', 'too_small'],
    ['half a piece', { items: [{ sku: 'SKU-1', qty: 0.5 }] }, '#/items/0/qty', 'invalid_type'],
    ['a quantity as a text', { items: [{ sku: 'SKU-1', qty: '2' }] }, '#/items/0/qty', 'invalid_type'],
    ['no sku', { items: [{ sku: ' ', qty: 1 }] }, '#/items/0/sku', 'required'],
    ['a total that is not the sum', { total: 21 }, '#/total', 'total_mismatch'],
    ['more decimals than can be kept', { total: '20.00001' }, '#/total', 'too_precise'],
    ['a negative total', { total: -20 }, '#/total', 'negative'],
    ['an address that is none', { email: 'ada' }, '#/email', 'invalid_email'],
    ['another currency without prices', { currency: 'USD' }, '#/currency', 'foreign_currency'],
    ['an id with a slash', { orderId: 'a/b' }, '#/orderId', 'invalid_format'],
    ['a field that there is not', { price: 1 }, '#/price', 'unknown_field'],
    ['a NUL', { payment: { token: 'a\0b' } }, '#/payment/token', 'custom'],
  ])('is refused with %s', async (_what, body, pointer, code) => {
    const response = await send('/api/orders', { items: [{ sku: 'SKU-1', qty: 2 }], ...body });
    expect(response.status).toBe(422);
    expect((await problemOf(response)).errors).toEqual([expect.objectContaining({ pointer, code })]);
    expect(await api.database.prisma.order.count()).toBe(0);
  });

  test('is not refused for a sku that there is not: it ends as INVENTORY_FAILED, and says which', async () => {
    const { id } = await place({ items: [{ sku: 'SKU-404', qty: 1 }] });
    await orders.run(id);
    const order = await read(id);
    expect(order).toMatchObject({
      status: 'INVENTORY_FAILED',
      isAtWork: false,
      reason: 'unknown_sku',
      total: null,
    });
    expect(order.timeline.at(-1)?.details).toMatchObject({ lacking: [{ line: 1, sku: 'SKU-404', qty: 1 }] });
  });
});

describe('an order that is read', () => {
  test('shows its timeline, its payment and its parcel', async () => {
    const { id } = await place();
    await orders.run(id);
    const order = await read(id);
    expect(order).toMatchObject({
      status: 'SHIPPED',
      isAtWork: false,
      payment: { status: 'authorized', amount: '20.00', provider: 'simulator' },
      shipment: { status: 'shipped', carrier: 'simulated' },
    });
    expect(order.timeline.map(({ seq, type, status }) => [seq, type, status])).toEqual([
      [1, 'order.OrderCreated', 'CREATED'],
      [2, 'inventory.InventoryReserved', 'INVENTORY_RESERVED'],
      [3, 'payment.PaymentAuthorized', 'PAYMENT_AUTHORIZED'],
      [4, 'shipping.OrderShipped', 'SHIPPED'],
    ]);
  });

  test('writes entries that keep their published contracts, whatever happens to it', async () => {
    const ids = [
      await place(),
      await place({ items: [{ sku: 'SKU-404', qty: 1 }] }),
      await place({ payment: { token: 'sim_decline' } }),
      await place({ shipping: { service: 'sim_refuse' } }),
      await place({ payment: { token: 'sim_unavailable' } }),
      await place({ shipping: { service: 'sim_timeout' } }),
    ].map(({ id }) => id);
    for (const id of ids) {
      workflows.closed.add(id);
      await orders.run(id);
    }
    for (const id of ids.slice(4)) {
      await send(`/api/orders/${id}/cancel`, {});
      await orders.run(id);
    }
    const timelines = [...(await readTimelines(api.database.pool, ids)).values()].flat();
    expect(new Set(timelines.map(({ type }) => type)).size).toBeGreaterThan(12);
    for (const entry of timelines) {
      const result = ORDER_EVENTS[entry.type].safeParse(toOrderEventEnvelope(entry));
      expect(result.error?.issues ?? [], entry.type).toEqual([]);
    }
  });

  test('is found by status, customer, sku and day, newest first, page by page', async () => {
    const first = await place({ email: 'ada@example.com' });
    const second = await place({ items: [{ sku: 'sku-2', qty: 1 }] });
    const third = await place({ email: 'ADA@example.com' });
    await orders.run(third.id);
    const list = async (query: string): Promise<string[]> => {
      const response = await api.as('viewer')(`/api/orders?${query}`);
      expect(response.status).toBe(200);
      return ((await response.json()) as { items: OrderJson[] }).items.map(({ id }) => id);
    };
    expect(await list('')).toEqual([third.id, second.id, first.id]);
    expect(await list('status=SHIPPED')).toEqual([third.id]);
    expect(await list('email=Ada@example.com')).toEqual([third.id, first.id]);
    expect(await list('sku=SKU-2')).toEqual([second.id]);
    expect(await list('createdFrom=2999-01-01')).toEqual([]);
    expect(await list('createdTo=2999-01-01&createdFrom=2020-01-01')).toHaveLength(3);
    const page = (await (await api.as('viewer')('/api/orders?limit=2')).json()) as {
      items: OrderJson[];
      nextCursor: string;
    };
    expect(page.items.map(({ id }) => id)).toEqual([third.id, second.id]);
    expect(await list(`limit=2&cursor=${page.nextCursor}`)).toEqual([first.id]);
  });

  test.each([
    'status[$ne]=SHIPPED',
    'status[]=SHIPPED',
    'status=SHIPPED&status=CREATED',
    'status=x',
    'limit=0',
  ])('takes no query but of plain texts: ?%s is refused', async (query) => {
    await place();
    expect((await api.as('viewer')(`/api/orders?${query}`)).status).toBe(422);
  });

  test('is not found where there is none', async () => {
    for (const path of ['/api/orders/nobody', '/api/orders/a%2Fb', '/api/orders/nobody/stream']) {
      expect((await api.as('viewer')(path)).status, path).toBe(404);
    }
    expect((await send('/api/orders/nobody/retry', {})).status).toBe(404);
  });
});

describe('a verb', () => {
  test('is handed to the workflow, with who asked and why, and answered once it has taken effect', async () => {
    const { id } = await place({ payment: { token: 'sim_fail_1_times' } });
    expect((await orders.run(id)).parked).toBe('payment');
    const answer = send(`/api/orders/${id}/retry`, { step: 'payment', reason: 'it is back' });
    await until(() => workflows.sentToOrders.length > 0);
    const [sent] = workflows.sentToOrders;
    expect(sent).toMatchObject({
      orderId: id,
      verb: 'retry',
      by: 'tester',
      step: 'payment',
      reason: 'it is back',
    });
    // As its workflow does.
    const { applyOrderVerb } = await import('../../prisma/repositories/order-verbs.ts');
    const request = { verb: 'retry', step: 'payment', by: 'tester', id: sent!.id!, key: sent!.id! } as const;
    await applyOrderVerb(api.database.pool, id, request, true);
    api.orders.orderNotifier.changed(id);
    const response = await answer;
    expect(response.status).toBe(200);
    expect(orderSchema.parse(await response.json())).toMatchObject({ attention: null, isAtWork: true });
  });

  test('without a workflow is done at once, audited, and a workflow is started that goes on', async () => {
    const { id } = await place({ payment: { token: 'sim_decline' } });
    await orders.run(id);
    workflows.closed.add(id);
    workflows.startedOrders.length = 0;
    const response = await send(`/api/orders/${id}/retry`, { step: 'payment', reason: 'another card' });
    expect(response.status).toBe(200);
    expect(workflows.startedOrders).toEqual([id]);
    const audit = await (await api.as('viewer')(`/api/orders/${id}/audit`)).json();
    expect(audit).toMatchObject({
      items: [
        { action: 'retry', orderId: id, jobId: null, actor: 'tester', reason: 'another card', via: 'api' },
      ],
    });
    const all = await (await api.as('admin')(`/api/audit?orderId=${id}`)).json();
    expect(all).toEqual(audit);
  });

  test('with an id is done once', async () => {
    const { id } = await place({ payment: { token: 'sim_decline' } });
    await orders.run(id);
    workflows.closed.add(id);
    const body = { step: 'payment', id: '0195d3c5-9b1f-7d10-8a51-3c1f0a4c2b22' };
    expect((await send(`/api/orders/${id}/retry`, body)).status).toBe(200);
    await orders.run(id);
    expect((await send(`/api/orders/${id}/retry`, body)).status).toBe(200);
    const { timeline } = await read(id);
    expect(timeline.filter(({ type }) => type === 'ops.RetryRequested')).toHaveLength(1);
  });

  test('at a wrong moment is 409, and says why and where the order stands', async () => {
    const { id } = await place();
    await orders.run(id);
    for (const [verb, body] of [
      ['cancel', {}],
      ['retry', { step: 'shipping' }],
      ['compensate', { action: 'releaseInventory' }],
    ] as const) {
      const response = await send(`/api/orders/${id}/${verb}`, body);
      expect(await problemOf(response), verb).toMatchObject({
        status: 409,
        type: '/problems/wrong-state',
        currentStatus: 'SHIPPED',
      });
    }
  });

  test('needs an operator', async () => {
    const { id } = await place();
    for (const verb of ['retry', 'compensate', 'cancel']) {
      const response = await api.as('viewer')(`/api/orders/${id}/${verb}`, { method: 'POST' });
      expect(response.status, verb).toBe(403);
    }
    const body = JSON.stringify({ items: [{ sku: 'SKU-1', qty: 1 }] });
    const headers = { 'content-type': 'application/json' };
    expect((await api.as('viewer')('/api/orders', { method: 'POST', headers, body })).status).toBe(403);
    expect((await fetch(`${api.url}/api/orders`)).status).toBe(401);
  });
});

test('orders are counted by their status, and one with none is there with 0', async () => {
  await place();
  const { id } = await place({ payment: { token: 'sim_decline' } });
  await orders.run(id);
  const { counts } = orderCountsSchema.parse(await (await api.as('viewer')('/api/order-counts')).json());
  expect(counts).toEqual({
    ...{ CREATED: 1, INVENTORY_RESERVED: 0, INVENTORY_FAILED: 0, PAYMENT_AUTHORIZED: 0, PAYMENT_FAILED: 1 },
    ...{ SHIPPED: 0, SHIPPING_FAILED: 0, REFUNDED: 0, CANCELLED: 0 },
  });
});

test('what waits for an operator lists parked orders, page by page', async () => {
  const ids: string[] = [];
  for (let made = 0; made < 3; made += 1) {
    const { id } = await place({ payment: { token: 'sim_unavailable' } });
    await orders.run(id);
    ids.push(id);
  }
  const list = async (query: string) =>
    (await (await api.as('viewer')(`/api/attention${query}`)).json()) as {
      items: { order: OrderJson }[];
      nextCursor: string | null;
    };
  const { items, nextCursor } = await list('?limit=2');
  expect(items.map(({ order }) => order.id)).toEqual(ids.slice(0, 2));
  expect(items[0]?.order.attention).toMatchObject({
    step: 'payment',
    error: { code: 'provider_unavailable' },
  });
  const rest = await list(`?limit=2&cursor=${nextCursor ?? ''}`);
  expect(rest.items.map(({ order }) => order.id)).toEqual(ids.slice(2));
  expect(rest.nextCursor).toBeNull();
});

async function open(path: string, lastEventId?: string) {
  const abort = new AbortController();
  const events: LegacyEvent[] = [];
  const response = await api.as('viewer')(path, {
    signal: abort.signal,
    headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
  });
  const ended =
    response.status === 200
      ? readEvents(response, (event) => events.push(event)).catch(() => undefined)
      : Promise.resolve();
  return { response, events, ended, leave: () => abort.abort() };
}

describe('the stream of an order', () => {
  test('sends each entry once, as it happens, then the end', async () => {
    const { id } = await place();
    const client = await open(`/api/orders/${id}/stream`);
    await until(() => client.events.length === 1);
    await orders.step(id);
    await until(() => client.events.length === 2);
    await orders.run(id);
    await client.ended;
    expect(client.events.map(({ name, id: seq, data }) => [name, seq, data.status])).toEqual([
      [undefined, '1', 'CREATED'],
      [undefined, '2', 'INVENTORY_RESERVED'],
      [undefined, '3', 'PAYMENT_AUTHORIZED'],
      [undefined, '4', 'SHIPPED'],
      ['end', '4', 'SHIPPED'],
    ]);
    for (const { data } of client.events.slice(0, -1)) timelineEntrySchema.parse(data);
  });

  test('of an order that has ended sends its timeline and ends; who has seen all stays away', async () => {
    const { id } = await place();
    await orders.run(id);
    const late = await open(`/api/orders/${id}/stream`);
    await late.ended;
    expect(late.events.map(({ id: seq }) => seq)).toEqual(['1', '2', '3', '4', '4']);
    const behind = await open(`/api/orders/${id}/stream`, '2');
    await behind.ended;
    expect(behind.events.map(({ id: seq }) => seq)).toEqual(['3', '4', '4']);
    expect((await open(`/api/orders/${id}/stream`, '4')).response.status).toBe(204);
  });

  test('is forgotten when its client leaves, and shares reads with the others of its order', async () => {
    const { id } = await place();
    const clients = await Promise.all(Array.from({ length: 5 }, () => open(`/api/orders/${id}/stream`)));
    await until(() => clients.every(({ events }) => events.length === 1));
    expect([api.openStreams(), api.orders.orderWatch.size()]).toEqual([5, 1]);
    for (const client of clients) client.leave();
    await until(() => api.openStreams() === 0);
    expect(api.orders.orderWatch.size()).toBe(0);
  });
});

describe('the stream of all orders', () => {
  test('begins now, and replays what came after an id', async () => {
    await place({ orderId: 'before' });
    // While an older transaction is open in any database of the server, what it may precede counts as not yet told.
    await until(async () => {
      const { rowCount } = await api.database.pool.query(
        `SELECT FROM order_events
          WHERE order_id = 'before' AND tx >= (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint`,
      );
      return rowCount === 0;
    });
    const client = await open('/api/orders/stream');
    await until(() => api.orders.orderFeed.size() === 1);
    // It begins once the database has said where.
    await until(async () => {
      await place();
      return client.events.length > 0;
    });
    expect(client.events.some(({ data }) => data.orderId === 'before')).toBe(false);
    await place({ orderId: 'a' });
    await place({ orderId: 'b' });
    await orders.run('a');
    await until(() => client.events.some(({ data }) => data.orderId === 'a' && data.status === 'SHIPPED'));
    client.leave();

    const at = client.events.findIndex(({ data }) => data.orderId === 'a');
    const again = await open('/api/orders/stream', client.events[at]!.id);
    const rest = client.events.slice(at + 1);
    await until(() => again.events.length >= rest.length);
    const shown = ({ id, data }: LegacyEvent) => [id, data.orderId, data.seq];
    expect(again.events.slice(0, rest.length).map(shown)).toEqual(rest.map(shown));
    await place({ orderId: 'c' });
    await until(() => again.events.some(({ data }) => data.orderId === 'c'));
    expect(new Set(again.events.map(({ id }) => id)).size).toBe(again.events.length);
    again.leave();
    await until(() => api.orders.orderFeed.size() === 0);
  });

  test('loses nothing where transactions commit in another order than they began', async () => {
    const client = await open('/api/orders/stream', '0-0');
    const slow = await api.database.pool.connect();
    await slow.query('BEGIN');
    await slow.query(
      `WITH made AS (INSERT INTO orders (id, currency, request, created_by, last_seq) VALUES ('slow', 'EUR', 'x', 'x', 1) RETURNING id)
       INSERT INTO order_events (order_id, seq, type, version, status, payload)
       SELECT id, 1, 'order.OrderCreated', 1, 'CREATED', '{}' FROM made`,
    );
    await place({ orderId: 'fast' });
    // It is held back: what the slow one wrote comes before it.
    const other = await open('/api/orders/fast/stream');
    await until(() => other.events.length === 1);
    expect(client.events).toEqual([]);
    await slow.query('COMMIT');
    slow.release();
    await until(() => client.events.length === 2);
    expect(client.events.map(({ data }) => data.orderId)).toEqual(['slow', 'fast']);
    client.leave();
    other.leave();
  });

  test('refuses an id that is none of its own', async () => {
    expect((await open('/api/orders/stream', 'x')).response.status).toBe(422);
  });
});
