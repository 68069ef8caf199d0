import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { csv } from '../support/csv.ts';
import { stockUp } from '../http/orders-under-test.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** Files of orders through all processes. */
let underTest: StackUnderTest;

beforeAll(async () => {
  underTest = await startStackUnderTest({ env: { IMPORT_CHUNK_ROWS: '7', ORDER_IMPORT_AT_WORK: '5' } });
  await stockUp(underTest.db, { 'SKU-1': 1_000, 'SKU-2': 1_000 });
}, 300_000);
afterAll(() => underTest.stop());

/** What a shop writes: columns that are of no interest here among those that are, and each order's own only in its first row. */
const SHOP_HEADER =
  'Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Total,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem fulfillment status,Billing Name,Notes';

function shopFile(first: number, count: number): string {
  const rows = Array.from({ length: count }, (_, index) => {
    const name = `#S${String(first + index)}`;
    return [
      `${name},buyer${String(index)}@example.org,paid,2026-11-20 10:00:00 +0100,unfulfilled,EUR,30.00,0.00,30.00,1,Red teapot,10.00,SKU-1,pending,"Ada ""A"" L",`,
      `${name},,,,,,,,,2,"Notebook, green",10.00,SKU-2,pending,,`,
    ];
  });
  return csv(SHOP_HEADER, ...rows.flat());
}

async function send(path: string): Promise<Job> {
  const response = await fetch(`${underTest.stack.apiUrl}${path}`, {
    method: 'POST',
    headers: { authorization: underTest.authorization, 'content-type': 'application/json' },
    body: '{}',
  });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Waits until nothing is left to do for the orders of a job. */
async function finished(id: string): Promise<Job> {
  let job: Job | undefined;
  await until(async () => {
    job = (await (await underTest.get(`/api/jobs/${id}`)).json()) as Job;
    return job.orders !== null && job.orders.finished === job.orders.total;
  });
  return job!;
}

async function statuses(): Promise<Record<string, number>> {
  const groups = await underTest.db.prisma.order.groupBy({ by: ['status'], _count: true });
  return Object.fromEntries(groups.map(({ status, _count }) => [status, _count]));
}

describe('a file of orders', () => {
  test('as a shop exports it, ends with every order shipped; the same file again changes nothing', async () => {
    const content = shopFile(1, 40);
    const { id, orders } = await underTest.post(content, 'orders');
    expect(orders).toEqual({ total: 0, started: 0, finished: 0 });
    const job = await underTest.waitFor(id, 'completed', 'failed');
    expect(job).toMatchObject({ status: 'completed', counts: { total: 80, created: 80 } });
    expect((await finished(id)).orders).toEqual({ total: 40, started: 40, finished: 40 });
    expect(await statuses()).toEqual({ SHIPPED: 40 });
    const order = await underTest.get('/api/orders/S7');
    expect(await order.json()).toMatchObject({
      email: 'buyer6@example.org',
      total: '30.00',
      currency: 'EUR',
    });

    const again = await underTest.post(content, 'orders', {}, { mode: 'create' });
    const repeated = await underTest.waitFor(again.id, 'completed', 'failed');
    expect(repeated.counts).toMatchObject({ total: 80, unchanged: 80, created: 0 });
    expect(await statuses()).toEqual({ SHIPPED: 40 });
  });

  test('is undone as far as nothing was shipped', async () => {
    const content = csv(
      'order_number,sku,quantity',
      'u1,SKU-1,1',
      'u2,NO-SUCH-SKU,1',
      'u2,SKU-1,1',
      'u3,SKU-2,100000',
    );
    const { id } = await underTest.post(content, 'orders');
    await underTest.waitFor(id, 'completed');
    await finished(id);
    const undo = await send(`/api/jobs/${id}/undo`);
    const ended = await underTest.waitFor(undo.id, 'completed', 'failed');
    expect(ended).toMatchObject({ status: 'completed', counts: { total: 3, reversed: 2, kept: 1 } });
    const rows = (await (await underTest.get(`/api/jobs/${undo.id}/rows`)).json()) as {
      items: { key: string; outcome: string; errors: { code: string }[] }[];
    };
    expect(
      rows.items.map(({ key, outcome, errors }) => [key, outcome, ...errors.map(({ code }) => code)]),
    ).toEqual([
      ['u1', 'kept', 'shipped'],
      ['u2', 'reversed'],
      ['u3', 'reversed'],
    ]);
    expect(await (await underTest.get('/api/orders/u2')).json()).toMatchObject({ status: 'CANCELLED' });
  });

  test('goes in whole, order by order, once a bad line is repaired', async () => {
    const { id } = await underTest.post(
      csv('order_number,sku,quantity', 'r1,SKU-1,1', 'r2,SKU-1,1', 'r1,SKU-2,some'),
      'orders',
    );
    const job = await underTest.waitFor(id, 'completed');
    expect(job.counts).toMatchObject({ created: 1, rejected: 2 });
    const errors = await (await underTest.get(`/api/jobs/${id}/errors.csv`)).text();
    expect(errors.split('\r\n').slice(1, 3)).toEqual([
      expect.stringMatching(/^r1,SKU-1,1,1,2,,order_rejected,/),
      expect.stringMatching(/^r1,SKU-2,some,3,4,quantity,invalid_integer,/),
    ]);
    const repaired = await fetch(`${underTest.stack.apiUrl}/api/jobs/${id}/rows/3`, {
      method: 'PATCH',
      headers: { authorization: underTest.authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ values: { quantity: 2 } }),
    });
    expect(repaired.status).toBe(200);
    const retried = await fetch(`${underTest.stack.apiUrl}/api/jobs/${id}/retry-rejected`, {
      method: 'POST',
      headers: { authorization: underTest.authorization },
    });
    // 202 where the worker is busy: it is asked for all the same.
    expect([200, 202]).toContain(retried.status);
    await until(async () => (await underTest.get('/api/orders/r1')).status === 200);
    const again = await underTest.waitFor(id, 'completed');
    expect(again.counts).toMatchObject({ created: 3, rejected: 0 });
    expect((await finished(id)).orders).toEqual({ total: 2, started: 2, finished: 2 });
    await underTest.expectInvariants();
  });

  test('is worked off, each order once, though the worker of orders is killed while it starts them', async () => {
    const { id } = await underTest.post(shopFile(501, 60), 'orders');
    for (const least of [1, 20]) {
      await until(async () => {
        const { orders } = (await (await underTest.get(`/api/jobs/${id}`)).json()) as Job;
        return orders!.started >= least;
      });
      await underTest.kill('orders');
    }
    expect((await finished(id)).orders).toEqual({ total: 60, started: 60, finished: 60 });
    const { rows } = await underTest.db.pool.query(
      `SELECT o.status::text, count(*)::int AS orders, sum(p.payments)::int AS payments
         FROM orders o
         JOIN LATERAL (SELECT count(*) AS payments FROM payments WHERE order_id = o.id) p ON true
        WHERE o.id LIKE 'S5__'
        GROUP BY 1`,
    );
    expect(rows).toEqual([{ status: 'SHIPPED', orders: 60, payments: 60 }]);
    await underTest.expectInvariants();
  }, 120_000);

  test('with a mode that orders do not have is refused, and says so', async () => {
    const form = new FormData();
    form.set('file', new Blob([csv('order_number,sku,quantity', 'x,SKU-1,1')]), 'orders.csv');
    form.set('kind', 'orders');
    form.set('mode', 'upsert');
    const response = await fetch(`${underTest.stack.apiUrl}/api/imports`, {
      method: 'POST',
      headers: { authorization: underTest.authorization },
      body: form,
    });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      detail: 'An import of orders can only have the mode create, not upsert.',
      errors: [{ pointer: '#/mode', code: 'mode_not_possible' }],
    });
  });
});
