import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type LegacyUnderTest, readEvents, startLegacy } from './legacy-under-test.ts';
import { createOrderRunner, type OrderRunner, removeOrders, stockUp } from './orders-under-test.ts';

/** Requests as the clients of the order pipeline sent them: only host, base path and token are others. */
let legacy: LegacyUnderTest;
let orders: OrderRunner;

beforeAll(async () => {
  legacy = await startLegacy('/legacy/orders');
  orders = createOrderRunner(legacy.api.database, legacy.api.orders.orderNotifier);
});
afterAll(() => legacy.api.stop());
beforeEach(async () => {
  await removeOrders(legacy.api.database);
  await stockUp(legacy.api.database, { 'SKU-1': 100 });
});

interface LegacyOrder {
  _id: string;
  currentStatus: string;
  timeline: { type: string; at: string; details: object }[];
  createdAt: string;
  updatedAt: string;
}

const post = (body: string | undefined): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  ...(body === undefined ? {} : { body }),
});

async function place(body = '{"items":[{"sku":"SKU-1","qty":2}],"total":20}'): Promise<string> {
  const answer = (await legacy.json('/orders', post(body), 201)) as { orderId: string };
  expect(Object.keys(answer)).toEqual(['orderId']);
  return answer.orderId;
}

/** An order that was placed like that, after its steps. Its workflow has ended. */
async function done(body?: string): Promise<string> {
  const orderId = await place(body);
  await orders.run(orderId);
  legacy.workflows.closed.add(orderId);
  return orderId;
}

/** Lets the provider say no, which the older system's clients had no word for. */
async function declined(): Promise<string> {
  const orderId = await place();
  await legacy.api.database.pool.query(`UPDATE orders SET payment_token = 'sim_decline' WHERE id = $1`, [
    orderId,
  ]);
  await orders.run(orderId);
  legacy.workflows.closed.add(orderId);
  return orderId;
}

describe('POST /orders', () => {
  test('answers 201 with the id of the order, which goes its way', async () => {
    const orderId = await done();
    expect(await legacy.json(`/orders/${orderId}`)).toMatchObject({ status: 'SHIPPED' });
  });

  test("takes the caller's id, once", async () => {
    const body = '{"orderId":"o-1","items":[{"sku":"SKU-1","qty":1}],"total":10}';
    expect(await place(body)).toBe('o-1');
    expect(await place(body)).toBe('o-1');
    expect(await legacy.json('/orders')).toHaveLength(1);
    const other = '{"orderId":"o-1","items":[{"sku":"SKU-1","qty":2}],"total":20}';
    expect(await legacy.json('/orders', post(other), 409)).toEqual({ error: expect.any(String) });
  });

  test('does not mind fields that it does not know', async () => {
    await place('{"items":[{"sku":"SKU-1","qty":1,"note":"gift"}],"total":10,"channel":"web"}');
  });

  test.each([
    '{"items":[{"sku":"SKU-1","qty":-1}],"total":10}',
    '{"items":[{"sku":"SKU-1","qty":0}],"total":0}',
    '{"items":[],"total":0}',
    '{"total":10}',
    '{"items":[{"sku":{"$ne":null},"qty":1}],"total":10}',
    '{"items":[{"sku":"SKU-1","qty":1}],"total":-10}',
    'not json',
  ])('refuses %s with 400 and an error', async (body) => {
    expect(await legacy.json('/orders', post(body), 400)).toEqual({ error: expect.any(String) });
    expect(await legacy.json('/orders')).toEqual([]);
  });
});

describe('GET /orders', () => {
  test('is a bare array, what changed last first, in the shape that was known', async () => {
    const first = await place();
    const second = await place();
    await orders.run(first);
    const list = (await legacy.json('/orders')) as LegacyOrder[];
    expect(list.map(({ _id }) => _id)).toEqual([first, second]);
    expect(Object.keys(list[0]!).sort()).toEqual([
      '_id',
      'createdAt',
      'currentStatus',
      'timeline',
      'updatedAt',
    ]);
    expect(list[0]!.timeline.map(({ type, ...rest }) => [type, Object.keys(rest)])).toEqual([
      ['order.OrderCreated.v1', ['at', 'details']],
      ['inventory.InventoryReserved.v1', ['at', 'details']],
      ['payment.PaymentAuthorized.v1', ['at', 'details']],
      ['shipping.OrderShipped.v1', ['at', 'details']],
    ]);
  });

  test('takes a status, and nothing but a plain text', async () => {
    const shipped = await done();
    await place();
    const list = async (query: string) => (await legacy.json(`/orders${query}`)) as LegacyOrder[];
    expect((await list('?status=SHIPPED')).map(({ _id }) => _id)).toEqual([shipped]);
    expect(await list('?status=')).toHaveLength(2);
    expect(await list('?status=NO_SUCH')).toEqual([]);
    for (const query of ['?status[$ne]=SHIPPED', '?status=SHIPPED&status=CREATED']) {
      expect(await legacy.json(`/orders${query}`, undefined, 400), query).toEqual({
        error: expect.any(String),
      });
    }
  });

  test('has at most the hundred that changed last', async () => {
    const { pool } = legacy.api.database;
    await pool.query(
      `WITH made AS (INSERT INTO orders (id, currency, request, created_by, updated_at)
                     SELECT 'o-' || n, 'EUR', 'x', 'x', now() - make_interval(secs => n) FROM generate_series(1, 120) n
                     RETURNING id, number)
       INSERT INTO order_lines (order_id, order_number, number, sku, sku_key, quantity, price_given)
       SELECT id, number, 1, 'A', 'a', 1, false FROM made`,
    );
    const list = (await legacy.json('/orders')) as LegacyOrder[];
    expect([list.length, list[0]?._id, list.at(-1)?._id]).toEqual([100, 'o-1', 'o-100']);
  });
});

describe('GET /orders/:id', () => {
  test('has what the list has, and items, total, status, history and correlationId', async () => {
    const orderId = await done();
    const order = await legacy.json(`/orders/${orderId}`);
    expect(order).toEqual({
      _id: orderId,
      currentStatus: 'SHIPPED',
      status: 'SHIPPED',
      items: [{ sku: 'SKU-1', qty: 2 }],
      total: 20,
      correlationId: orderId,
      history: ['CREATED', 'INVENTORY_RESERVED', 'PAYMENT_AUTHORIZED', 'SHIPPED'].map((status) => ({
        status,
        at: expect.any(String),
      })),
      timeline: expect.any(Array),
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
    });
  });

  test('is 404 with the words that were known where there is none', async () => {
    for (const path of ['/orders/nobody', '/orders/nobody/stream', '/nothing/here']) {
      expect(await legacy.json(path, undefined, 404), path).toEqual({ error: 'not found' });
    }
  });
});

test('GET /orders/:id/stream sends unnamed events with type, at, details and status, and ends', async () => {
  const orderId = await done();
  const events = await readEvents(await legacy.send(`/orders/${orderId}/stream`));
  expect(events.map(({ name, data }) => [name, Object.keys(data), data.type, data.status])).toEqual(
    [
      ['order.OrderCreated.v1', 'CREATED'],
      ['inventory.InventoryReserved.v1', 'INVENTORY_RESERVED'],
      ['payment.PaymentAuthorized.v1', 'PAYMENT_AUTHORIZED'],
      ['shipping.OrderShipped.v1', 'SHIPPED'],
    ].map(([type, status]) => [undefined, ['type', 'at', 'details', 'status'], type, status]),
  );
  // A browser comes back by itself, with the last id.
  const again = await legacy.send(`/orders/${orderId}/stream`, { headers: { 'last-event-id': '4' } });
  expect(again.status).toBe(204);
});

describe('the commands of an operator', () => {
  test('retry a step', async () => {
    const orderId = await declined();
    expect(await legacy.json(`/orders/${orderId}`)).toMatchObject({ status: 'PAYMENT_FAILED' });
    expect(await legacy.json(`/admin/retry/${orderId}`, post('{"step":"payment"}'))).toEqual({ ok: true });
    await legacy.api.database.pool.query('UPDATE orders SET payment_token = NULL');
    await orders.run(orderId);
    expect(await legacy.json(`/orders/${orderId}`)).toMatchObject({ status: 'SHIPPED' });
  });

  test('retry the inventory when they name no step', async () => {
    await stockUp(legacy.api.database, { 'SKU-1': 0 });
    const orderId = await done();
    expect(await legacy.json(`/orders/${orderId}`)).toMatchObject({ status: 'INVENTORY_FAILED' });
    await stockUp(legacy.api.database, { 'SKU-1': 5 });
    expect(await legacy.json(`/admin/retry/${orderId}`, post(undefined))).toEqual({ ok: true });
    await orders.run(orderId);
    expect(await legacy.json(`/orders/${orderId}`)).toMatchObject({ status: 'SHIPPED' });
  });

  test('refund a payment, and release stock when they name no action', async () => {
    const paid = await done();
    const refund = post('{"action":"refundPayment"}');
    expect(await legacy.json(`/admin/compensate/${paid}`, refund)).toEqual({ ok: true });
    await orders.run(paid);
    expect(await legacy.json(`/orders/${paid}`)).toMatchObject({ status: 'REFUNDED' });
    const unpaid = await declined();
    expect(await legacy.json(`/admin/compensate/${unpaid}`, post('{}'))).toEqual({ ok: true });
  });

  test('never ship what is not paid, refund what was never paid, or pay twice', async () => {
    const unpaid = await declined();
    for (const [path, body] of [
      [`/admin/retry/${unpaid}`, '{"step":"shipping"}'],
      [`/admin/compensate/${unpaid}`, '{"action":"refundPayment"}'],
    ] as const) {
      expect(await legacy.json(path, post(body), 409), path).toEqual({ error: expect.any(String) });
    }
    const shipped = await done();
    await legacy.json(`/admin/retry/${shipped}`, post('{"step":"payment"}'), 409);
    const payments = await legacy.api.database.prisma.payment.findMany({ where: { orderId: shipped } });
    expect(payments).toMatchObject([{ round: 1, status: 'authorized' }]);
  });

  test('know no order that there is not, and no step or action either', async () => {
    const unknown = { error: 'not found' };
    expect(await legacy.json('/admin/retry/nobody', post('{"step":"payment"}'), 404)).toEqual(unknown);
    expect(await legacy.json('/admin/compensate/nobody', post('{}'), 404)).toEqual(unknown);
    const orderId = await done();
    await legacy.json(`/admin/retry/${orderId}`, post('{"step":"refund"}'), 400);
    await legacy.json(`/admin/compensate/${orderId}`, post('{"action":"ship"}'), 400);
  });
});

test('GET /health answers everybody', async () => {
  expect(await legacy.json('/health')).toEqual({ ok: true });
});

describe('a client without a good token', () => {
  test('is told so with the words that were known', async () => {
    const closed = await import('./api-under-test.ts').then(({ startApi }) => startApi());
    try {
      const ask = async (headers: Record<string, string>) => {
        const response = await fetch(`${closed.url}/legacy/orders/orders`, { headers });
        return [response.status, await response.json()];
      };
      expect(await ask({})).toEqual([401, { error: 'missing token' }]);
      expect(await ask({ authorization: 'Bearer nonsense' })).toEqual([401, { error: 'invalid token' }]);
      const viewer = await closed.as('viewer')('/legacy/orders/admin/retry/x', { method: 'POST' });
      expect([viewer.status, await viewer.json()]).toEqual([403, { error: expect.any(String) }]);
      expect((await fetch(`${closed.url}/legacy/orders/health`)).status).toBe(200);
    } finally {
      await closed.stop();
    }
  });
});
