import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import type { OrderStep } from '../../contracts/words.ts';
import type { Database } from '../../prisma/client.ts';
import { createOrder } from '../../prisma/repositories/order-create.ts';
import { applyOrderVerb } from '../../prisma/repositories/order-verbs.ts';
import { type CommitLosingProxy, startCommitLosingProxy } from '../support/commit-losing-proxy.ts';
import { openTestDatabase } from '../support/database.ts';
import { CURRENCY, newOrder, openOrderBench, type OrderBench } from '../support/order-bench.ts';
import { until } from '../support/until.ts';

let bench: OrderBench;
let proxy: CommitLosingProxy;
/** Through the proxy, as the steps see it. */
let lossy: Database;

beforeAll(async () => {
  bench = await openOrderBench();
  proxy = await startCommitLosingProxy(Number(new URL(bench.url).port));
  const url = new URL(bench.url);
  url.port = String(proxy.port);
  lossy = openTestDatabase(url.href);
});
afterAll(async () => {
  await lossy.close();
  await proxy.close();
  await bench.close();
});
beforeEach(async () => {
  await bench.empty();
  await bench.stock({ 'SKU-1': 10, 'SKU-2': 10 });
});
afterEach(() => bench.expectSound());

/** The statement that is the transaction of a step that ends this way; null where it ends with a COMMIT. */
const STATEMENTS = {
  reserved: null,
  authorized: 'order-change-authorized',
  declined: 'order-change-declined',
  shipped: 'order-change-shipped',
  refused: 'order-change-not-shipped',
  refunded: 'order-change-refunded',
  released: 'order-change-released',
} as const;

/** Runs a step whose commit is not acknowledged, and then again, as the server would. */
async function twice(orderId: string, step: OrderStep, ending: keyof typeof STATEMENTS) {
  const before = proxy.lost();
  const statement = STATEMENTS[ending];
  if (statement === null) proxy.loseCommits(1);
  else proxy.loseStatement(statement);
  await expect(bench.step(orderId, step, lossy)).rejects.toThrow(/Connection terminated/);
  expect(proxy.lost()).toBe(before + 1);
  return await bench.step(orderId, step, lossy);
}

describe('a commit whose acknowledgement is lost', () => {
  test('has happened once when the step is repeated, on the whole way to SHIPPED', async () => {
    const orderId = await bench.place({ 'SKU-1': 2, 'SKU-2': 3 });
    expect(await twice(orderId, 'inventory', 'reserved')).toMatchObject({ next: 'payment' });
    expect(await twice(orderId, 'payment', 'authorized')).toMatchObject({ next: 'shipping' });
    expect(await twice(orderId, 'shipping', 'shipped')).toMatchObject({ status: 'SHIPPED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 8, reserved: 0 });
    expect(await bench.stockOf('SKU-2')).toEqual({ stock: 7, reserved: 0 });
    expect(await bench.timeline(orderId)).toHaveLength(4);
  });

  test('and on the whole way back', async () => {
    bench.providers.plan.ship.push('no');
    const orderId = await bench.place({ 'SKU-1': 2, 'SKU-2': 3 });
    await bench.step(orderId, 'inventory');
    await bench.step(orderId, 'payment');
    expect(await twice(orderId, 'shipping', 'refused')).toMatchObject({ next: 'refund' });
    expect(await twice(orderId, 'refund', 'refunded')).toMatchObject({ next: 'release' });
    expect(await twice(orderId, 'release', 'released')).toMatchObject({ status: 'REFUNDED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    expect(await bench.timeline(orderId)).toHaveLength(6);
  });

  test('and where the payment is declined', async () => {
    bench.providers.plan.authorise.push('no');
    const orderId = await bench.place({ 'SKU-1': 2 });
    await bench.step(orderId, 'inventory');
    expect(await twice(orderId, 'payment', 'declined')).toMatchObject({ next: 'release' });
    await bench.run(orderId);
  });

  test('has made one order', async () => {
    const given = { order: newOrder({ 'SKU-1': 1 }, { orderId: 'once' }), createdBy: 'tester' };
    proxy.loseStatement('create-order');
    await expect(createOrder(lossy, { ...given, idempotencyKey: null }, CURRENCY)).rejects.toThrow();
    expect(await createOrder(lossy, { ...given, idempotencyKey: null }, CURRENCY)).toMatchObject({
      result: 'repeated',
    });
    proxy.loseCommits(1);
    const keyed = { ...given, order: newOrder({ 'SKU-1': 1 }), idempotencyKey: 'key' };
    await expect(createOrder(lossy, keyed, CURRENCY)).rejects.toThrow();
    expect(await createOrder(lossy, keyed, CURRENCY)).toMatchObject({ result: 'repeated' });
    expect(await bench.db.prisma.order.count()).toBe(2);
  });

  test('has done a verb once', async () => {
    const orderId = await bench.place({ 'SKU-1': 1 });
    const verb = { verb: 'cancel' as const, by: 'ada', id: uuidv7(), key: 'k' };
    proxy.loseCommits(1);
    await expect(applyOrderVerb(lossy.pool, orderId, verb, true)).rejects.toThrow(/Connection terminated/);
    expect(await applyOrderVerb(lossy.pool, orderId, verb, true)).toMatchObject({
      effect: 'repeated',
      state: { status: 'CANCELLED' },
    });
    expect(await bench.db.prisma.auditEntry.count({ where: { orderId } })).toBe(1);
  });

  test('has parked a step once', async () => {
    bench.providers.plan.authorise.push('misconfigured');
    const orderId = await bench.place({ 'SKU-1': 1 });
    await bench.step(orderId, 'inventory');
    const { parkOrder } = bench.steps(lossy);
    const failure = { code: 'provider_refused', message: 'wrong key', attempts: 1 };
    const park = () => parkOrder({ orderId, retryDelaysMs: [], step: 'payment', failure });
    proxy.loseStatement('order-change-plain');
    await expect(park()).rejects.toThrow(/Connection terminated/);
    expect(await park()).toMatchObject({ parked: 'payment' });
    expect(await bench.timeline(orderId)).toHaveLength(3);
  });
});

describe('a zombie attempt that still runs while its successor does', () => {
  test('has its effect once, and both hear the same', async () => {
    const orderId = await bench.place({ 'SKU-1': 2 });
    // Somebody has the product in hand: both get stuck in the middle of the step.
    const holder = await bench.db.pool.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM products WHERE sku_key = 'sku-1' FOR UPDATE`);
    const attempts = [bench.step(orderId, 'inventory', lossy), bench.step(orderId, 'inventory', lossy)];
    await until(async () => {
      const { rows } = await bench.db.pool.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
      );
      return rows[0]?.waiting === 2;
    });
    await holder.query('COMMIT');
    holder.release();
    const [zombie, successor] = await Promise.all(attempts);
    expect(zombie).toEqual(successor);
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 2 });

    const [one, other] = await Promise.all([
      bench.step(orderId, 'payment', lossy),
      bench.step(orderId, 'payment', lossy),
    ]);
    expect(one).toEqual(other);
    expect(bench.providers.charges.size).toBe(1);
    expect(await bench.timeline(orderId)).toHaveLength(3);
  });
});
