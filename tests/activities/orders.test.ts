import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { createKeepOrders } from '../../activities/housekeeping/keep-orders.ts';
import type { NewOrder } from '../../domain/orders/new-order.ts';
import { countWaiting, listWaiting } from '../../prisma/repositories/attention.ts';
import { readOrderSnapshot } from '../../prisma/repositories/orders.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createFakeClient } from '../support/fake-client.ts';
import { newOrder, openOrderBench, type OrderBench } from '../support/order-bench.ts';

let bench: OrderBench;

beforeAll(async () => {
  bench = await openOrderBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.empty();
  await bench.stock({ 'SKU-1': 10, 'SKU-2': 5 });
});
afterEach(() => bench.expectSound());

/** A row of the ledgers of an order, for looking. */
async function ledgers(orderId: string) {
  const [payments, shipments, reservations] = await Promise.all([
    bench.db.prisma.payment.findMany({ where: { orderId }, orderBy: { round: 'asc' } }),
    bench.db.prisma.shipment.findMany({ where: { orderId }, orderBy: { round: 'asc' } }),
    bench.db.prisma.reservation.findMany({ where: { orderId }, orderBy: { round: 'asc' } }),
  ]);
  return {
    payments: payments.map(({ status }) => status),
    shipments: shipments.map(({ status }) => status),
    reservations: reservations.map(({ status }) => status),
  };
}

const RESERVED = 'inventory.InventoryReserved INVENTORY_RESERVED';
const CREATED = 'order.OrderCreated CREATED';
const AUTHORIZED = 'payment.PaymentAuthorized PAYMENT_AUTHORIZED';
const SHIPPED = 'shipping.OrderShipped SHIPPED';
const RELEASED = 'inventory.InventoryReleased';
const REFUSED = 'shipping.ShippingFailed SHIPPING_FAILED';
const DECLINED = 'payment.PaymentFailed PAYMENT_FAILED';

describe('an order', () => {
  test('is reserved, paid and shipped, and its stock leaves the house', async () => {
    const orderId = await bench.place({ 'SKU-1': 2, 'sku-2': 1 });
    expect(await bench.step(orderId, 'inventory')).toEqual({
      status: 'INVENTORY_RESERVED',
      goal: 'fulfil',
      next: 'payment',
      parked: null,
    });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 2 });
    expect(await bench.run(orderId)).toEqual({ status: 'SHIPPED', goal: null, next: null, parked: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 8, reserved: 0 });
    expect(await bench.stockOf('SKU-2')).toEqual({ stock: 4, reserved: 0 });
    expect(await bench.timeline(orderId)).toEqual([CREATED, RESERVED, AUTHORIZED, SHIPPED]);
    expect(bench.providers.charges).toEqual(
      new Map([[`${orderId}:payment:1`, { amount: '30.00', isRefunded: false }]]),
    );
    expect([...bench.providers.parcels.values()]).toEqual([
      {
        items: [
          { sku: 'SKU-1', qty: 2 },
          { sku: 'sku-2', qty: 1 },
        ],
      },
    ]);
    const events = await bench.db.prisma.orderEvent.findMany({ where: { orderId }, orderBy: { seq: 'asc' } });
    expect(events.map(({ causationId }) => causationId)).toEqual([
      null,
      ...events.slice(0, -1).map(({ id }) => id),
    ]);
  });

  test('with a sku that there is not, or with too little stock, fails with the lines that lack and holds nothing', async () => {
    const orderId = await bench.place({ 'SKU-1': 2, 'SKU-2': 6, NONE: 1 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'INVENTORY_FAILED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    const [, failed] = await bench.db.prisma.orderEvent.findMany({
      where: { orderId },
      orderBy: { seq: 'asc' },
    });
    expect(failed?.payload).toEqual({
      orderId,
      reason: 'unknown_sku',
      lacking: [
        { line: 2, sku: 'SKU-2', qty: 6, available: 5 },
        { line: 3, sku: 'NONE', qty: 1, available: null },
      ],
    });
    expect(await bench.db.prisma.payment.count()).toBe(0);
  });

  test('with one sku on several lines needs their sum', async () => {
    const line = { sku: 'SKU-2', quantity: 3, unitPrice: null };
    const orderId = await bench.place({}, { lines: [line, { ...line, sku: 'sku-2 ' }] });
    expect(await bench.run(orderId)).toMatchObject({ status: 'INVENTORY_FAILED' });
    const second = await bench.place({}, { lines: [line, { ...line, quantity: 2 }] });
    expect(await bench.run(second)).toMatchObject({ status: 'SHIPPED' });
    expect(await bench.stockOf('SKU-2')).toEqual({ stock: 0, reserved: 0 });
  });

  test('that is declined is PAYMENT_FAILED, and exactly what it held is free again', async () => {
    bench.providers.plan.authorise.push('no');
    const orderId = await bench.place({ 'SKU-1': 4 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'PAYMENT_FAILED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    expect(await bench.timeline(orderId)).toEqual([CREATED, RESERVED, DECLINED, RELEASED]);
    expect(await ledgers(orderId)).toEqual({
      payments: ['declined'],
      shipments: [],
      reservations: ['released'],
    });
  });

  test('that the carrier refuses is refunded and released, and ends REFUNDED', async () => {
    bench.providers.plan.ship.push('no');
    const orderId = await bench.place({ 'SKU-1': 4 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'REFUNDED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    expect(await bench.timeline(orderId)).toEqual([
      ...[CREATED, RESERVED, AUTHORIZED, REFUSED],
      ...['payment.PaymentRefunded REFUNDED', RELEASED],
    ]);
  });

  test('whose answers get lost is paid once and shipped once: the same request tells', async () => {
    bench.providers.plan.authorise.push('lost');
    bench.providers.plan.ship.push('lost');
    const orderId = await bench.place({ 'SKU-1': 1 });
    await bench.step(orderId, 'inventory');
    await expect(bench.step(orderId, 'payment')).rejects.toThrow('no answer in time');
    await bench.step(orderId, 'payment');
    await expect(bench.step(orderId, 'shipping')).rejects.toThrow('no answer in time');
    expect(await bench.step(orderId, 'shipping')).toMatchObject({ status: 'SHIPPED' });
    expect(bench.providers.charges.size).toBe(1);
    expect(bench.providers.parcels.size).toBe(1);
  });

  test('that costs nothing asks no provider of payments', async () => {
    await bench.stock({ FREE: 1 }, '0');
    const orderId = await bench.place({ FREE: 1 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED' });
    expect(bench.providers.charges.size).toBe(0);
  });

  test('that there is not is an error', async () => {
    await expect(bench.step('nobody', 'inventory')).rejects.toThrow('there is no order nobody');
    await expect(bench.ask('nobody', { verb: 'cancel' })).rejects.toThrow('there is no order nobody');
    const failure = { code: 'program_error', message: 'no', attempts: 1 };
    await expect(
      bench.steps().parkOrder({ orderId: 'nobody', retryDelaysMs: [], step: 'payment', failure }),
    ).rejects.toThrow('there is no order nobody');
  });

  test('that can not be had does not block those after it', async () => {
    const bad = await Promise.all(Array.from({ length: 50 }, () => bench.place({ NONE: 1 })));
    const good = await bench.place({ 'SKU-1': 1 });
    expect(await bench.run(good)).toMatchObject({ status: 'SHIPPED' });
    for (const orderId of bad) expect(await bench.run(orderId)).toMatchObject({ status: 'INVENTORY_FAILED' });
  });

  test('of less than one piece is refused by the database itself', async () => {
    for (const quantity of [0, -1]) {
      const lines = [
        { sku: 'SKU-1', quantity, unitPrice: null },
        { sku: 'SKU-2', quantity: 3, unitPrice: null },
      ];
      await expect(bench.accept(newOrder({}, { lines }))).rejects.toThrow('order_lines_quantity');
    }
    expect(await bench.db.prisma.order.count()).toBe(0);
  });
});

describe('creating an order', () => {
  const order = (more: Partial<NewOrder> = {}): NewOrder => newOrder({ 'SKU-1': 2 }, more);

  test('twice under one id makes it once, and another content is refused', async () => {
    const given = order({ orderId: 'mine-1', email: 'Ada@Example.com' });
    expect(await bench.accept(given)).toEqual({ result: 'created', orderId: 'mine-1' });
    expect(await bench.accept({ ...given, email: 'ada@example.com' })).toEqual({
      result: 'repeated',
      orderId: 'mine-1',
    });
    expect(await bench.accept({ ...given, total: '20' })).toMatchObject({ result: 'id-taken' });
    // Also when the prices have changed since.
    await bench.stock({ 'SKU-1': 10 }, '11.00');
    const withTotal = order({ orderId: 'mine-2', total: '22' });
    expect(await bench.accept(withTotal)).toMatchObject({ result: 'created' });
    await bench.stock({ 'SKU-1': 10 }, '12.00');
    expect(await bench.accept(withTotal)).toMatchObject({ result: 'repeated' });
    expect(await bench.db.prisma.orderEvent.count()).toBe(2);
  });

  test('twice under one key makes it once, also at the same time', async () => {
    const accepted = await Promise.all(Array.from({ length: 4 }, () => bench.accept(order(), 'key-1')));
    expect(accepted.filter(({ result }) => result === 'created')).toHaveLength(1);
    expect(accepted.filter(({ result }) => result === 'repeated')).toHaveLength(3);
    expect(await bench.db.prisma.order.count()).toBe(1);
    expect(await bench.accept(order({ total: '20' }), 'key-1')).toEqual({ result: 'mismatch' });
  });

  test('at the same time under one id makes it once', async () => {
    const accepted = await Promise.all(
      Array.from({ length: 4 }, () => bench.accept(order({ orderId: 'same' }))),
    );
    expect(accepted.filter(({ result }) => result === 'created')).toHaveLength(1);
    expect(await bench.db.prisma.orderLine.count()).toBe(1);
  });

  test('holds the total against the lines, unless they bring their own prices', async () => {
    expect(await bench.accept(order({ total: '19.99' }), 'key-2')).toEqual({
      result: 'refused',
      problem: { code: 'total_mismatch', expected: '20.00' },
    });
    // What was refused has not used the key up.
    expect(await bench.accept(order({ total: '20' }), 'key-2')).toMatchObject({ result: 'created' });
    const own = order({ lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: '9.95' }], total: '24.8' });
    const accepted = await bench.accept(own);
    expect(accepted).toMatchObject({ result: 'created' });
    const made = await bench.db.prisma.order.findFirstOrThrow({ orderBy: { number: 'desc' } });
    expect(made.total?.toString()).toBe('24.8');
  });

  test('in another currency than the products needs its own prices', async () => {
    expect(await bench.accept(order({ currency: 'USD' }))).toMatchObject({
      problem: { code: 'foreign_currency' },
    });
    const own = order({ currency: 'USD', lines: [{ sku: 'SKU-1', quantity: 2, unitPrice: '1' }] });
    expect(await bench.accept(own)).toMatchObject({ result: 'created' });
  });

  test('that costs more than can be kept is refused', async () => {
    const lines = [{ sku: 'SKU-1', quantity: 1_000_000, unitPrice: '999999999999999' }];
    expect(await bench.accept(order({ lines }))).toMatchObject({ problem: { code: 'out_of_range' } });
  });

  test('takes a sku that there is not, whose price is known once it is reserved', async () => {
    const orderId = await bench.place({ LATER: 3 }, { total: '30' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'INVENTORY_FAILED' });
    await bench.stock({ LATER: 3 }, '10');
    await bench.ask(orderId, { verb: 'retry' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED' });
    expect([...bench.providers.charges.values()]).toEqual([{ amount: '30.00', isRefunded: false }]);

    // The total that came with it is held against the price then.
    const other = await bench.place({ LATEST: 3 }, { total: '30' });
    await bench.stock({ LATEST: 3 }, '11');
    expect(await bench.run(other)).toMatchObject({ status: 'INVENTORY_FAILED' });
    expect(await bench.db.prisma.order.findUnique({ where: { id: other } })).toMatchObject({
      reason: 'total_mismatch',
    });
  });
});

describe('a retry', () => {
  test('of shipping never ships an order that was never paid', async () => {
    bench.providers.plan.authorise.push('no');
    const orderId = await bench.place({ 'SKU-1': 1 });
    await bench.run(orderId);
    expect(await bench.ask(orderId, { verb: 'retry', step: 'shipping' })).toMatchObject({
      effect: 'refused',
    });
    expect(bench.providers.parcels.size).toBe(0);
    // Nor does the step itself, whoever runs it.
    await bench.step(orderId, 'shipping');
    expect(bench.providers.requests.some((request) => request.startsWith('ship'))).toBe(false);
  });

  test('of payment, asked for twice, takes the money once', async () => {
    bench.providers.plan.authorise.push('no');
    const orderId = await bench.place({ 'SKU-1': 1 });
    await bench.run(orderId);
    expect(await bench.ask(orderId, { verb: 'retry', step: 'payment' })).toMatchObject({ effect: 'done' });
    expect(await bench.ask(orderId, { verb: 'retry', step: 'payment' })).toMatchObject({ effect: 'already' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED' });
    expect(await bench.ask(orderId, { verb: 'retry', step: 'payment' })).toMatchObject({
      effect: 'refused',
      detail: 'The order has been shipped.',
    });
    expect([...bench.providers.charges.keys()]).toEqual([`${orderId}:payment:2`]);
    expect(await ledgers(orderId)).toEqual({
      payments: ['declined', 'authorized'],
      shipments: ['shipped'],
      reservations: ['released', 'shipped'],
    });
  });

  test('of a payment without an answer asks under the same key', async () => {
    bench.providers.plan.authorise.push('lost');
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'INVENTORY_RESERVED', parked: 'payment' });
    await bench.ask(orderId, { verb: 'retry' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED' });
    expect([...bench.providers.charges.keys()]).toEqual([`${orderId}:payment:1`]);
  });

  test('of shipping after a refund reserves and pays again', async () => {
    bench.providers.plan.ship.push('no');
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'REFUNDED' });
    await bench.ask(orderId, { verb: 'retry', step: 'shipping' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED' });
    expect(await ledgers(orderId)).toEqual({
      payments: ['refunded', 'authorized'],
      shipments: ['refused', 'shipped'],
      reservations: ['released', 'shipped'],
    });
  });

  test('while the order is at work, or being undone, is refused and says why', async () => {
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await bench.ask(orderId, { verb: 'retry' })).toMatchObject({ detail: 'The order is at work.' });
    bench.providers.plan.authorise.push('no');
    await bench.step(orderId, 'inventory');
    await bench.step(orderId, 'payment');
    expect(await bench.ask(orderId, { verb: 'retry' })).toMatchObject({
      detail: 'The order is being undone.',
    });
    await bench.run(orderId);
  });
});

describe('a compensation', () => {
  test('refuses to refund an order that was never paid', async () => {
    const orderId = await bench.place({ NONE: 1 });
    await bench.run(orderId);
    expect(await bench.ask(orderId, { verb: 'compensate', action: 'refundPayment' })).toMatchObject({
      effect: 'refused',
      detail: 'The order was never paid.',
    });
    expect(bench.providers.requests).toEqual([]);
    expect(await bench.ask(orderId, { verb: 'compensate', action: 'releaseInventory' })).toMatchObject({
      effect: 'already',
    });
  });

  test('refunds a shipped order, whose goods stay where they are', async () => {
    const orderId = await bench.place({ 'SKU-1': 1 });
    await bench.run(orderId);
    expect(await bench.ask(orderId, { verb: 'compensate', action: 'releaseInventory' })).toMatchObject({
      effect: 'refused',
    });
    await bench.ask(orderId, { verb: 'compensate', action: 'refundPayment' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'REFUNDED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 9, reserved: 0 });
    expect(await bench.ask(orderId, { verb: 'compensate', action: 'refundPayment' })).toMatchObject({
      effect: 'already',
    });
    expect(await bench.ask(orderId, { verb: 'retry', step: 'shipping' })).toMatchObject({
      effect: 'refused',
    });
  });

  test('releases the stock of an order that waits for its payment, once that is known not to happen', async () => {
    bench.providers.plan.authorise.push('lost');
    const orderId = await bench.place({ 'SKU-1': 3 });
    await bench.run(orderId);
    expect(await bench.ask(orderId, { verb: 'compensate', action: 'refundPayment' })).toMatchObject({
      effect: 'refused',
    });
    await bench.ask(orderId, { verb: 'compensate', action: 'releaseInventory' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'PAYMENT_FAILED', goal: null });
    expect([...bench.providers.charges.values()]).toEqual([{ amount: '30.00', isRefunded: true }]);
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
  });

  test('that fails parks the order, and is done once it is asked for again', async () => {
    bench.providers.plan.ship.push('no');
    bench.providers.plan.undo.push('unavailable');
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPING_FAILED', parked: 'refund' });
    expect(await bench.ask(orderId, { verb: 'retry', step: 'shipping' })).toMatchObject({
      detail: 'The order waits at its step refund.',
    });
    expect(await bench.ask(orderId, { verb: 'compensate', action: 'releaseInventory' })).toMatchObject({
      detail: 'The order is paid: refund the payment.',
    });
    await bench.ask(orderId, { verb: 'compensate', action: 'refundPayment' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'REFUNDED', goal: null });
    expect(await bench.timeline(orderId)).toContain('ops.DeadLetter');
  });
});

describe('cancelling', () => {
  test('before anything was done ends the order at once', async () => {
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await bench.ask(orderId, { verb: 'cancel', reason: 'changed my mind' })).toMatchObject({
      state: { status: 'CANCELLED', goal: null },
    });
    expect(await bench.timeline(orderId)).toEqual([
      ...[CREATED, 'ops.CancellationRequested'],
      'order.OrderCancelled CANCELLED',
    ]);
    expect(await bench.ask(orderId, { verb: 'cancel' })).toMatchObject({ effect: 'already' });
    expect(await bench.ask(orderId, { verb: 'retry' })).toMatchObject({ effect: 'refused' });
  });

  test('of an order that waits for the carrier gives back money and stock', async () => {
    bench.providers.plan.ship.push('unavailable');
    const orderId = await bench.place({ 'SKU-1': 2 });
    expect(await bench.run(orderId)).toMatchObject({ status: 'PAYMENT_AUTHORIZED', parked: 'shipping' });
    await bench.ask(orderId, { verb: 'cancel' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'CANCELLED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    expect(await ledgers(orderId)).toEqual({
      payments: ['refunded'],
      shipments: ['recalled'],
      reservations: ['released'],
    });
  });

  test('of an order whose goods are on their way after all comes too late', async () => {
    bench.providers.plan.ship.push('lost');
    const orderId = await bench.place({ 'SKU-1': 2 });
    await bench.run(orderId);
    await bench.ask(orderId, { verb: 'cancel' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED', goal: null });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 8, reserved: 0 });
    expect(await bench.ask(orderId, { verb: 'cancel' })).toMatchObject({
      effect: 'refused',
      detail: 'The order has been shipped.',
    });
  });

  test('while a payment is under way gives back what that takes', async () => {
    const orderId = await bench.place({ 'SKU-1': 2 });
    await bench.step(orderId, 'inventory');
    // The request is on its way when somebody cancels.
    bench.providers.onRequest = async (request) => {
      if (request.startsWith('authorise')) await bench.ask(orderId, { verb: 'cancel' });
    };
    expect(await bench.step(orderId, 'payment')).toMatchObject({ goal: 'cancel', next: 'refund' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'CANCELLED' });
    expect([...bench.providers.charges.values()]).toEqual([{ amount: '20.00', isRefunded: true }]);
  });
});

describe('a verb', () => {
  test('with an id that has been done does nothing, and is in the audit log once', async () => {
    const id = uuidv7();
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await bench.ask(orderId, { verb: 'cancel', id, reason: 'why' })).toMatchObject({ effect: 'done' });
    expect(await bench.ask(orderId, { verb: 'cancel', id })).toMatchObject({ effect: 'repeated' });
    const entries = await bench.db.prisma.auditEntry.findMany({ where: { orderId } });
    expect(entries).toMatchObject([
      {
        id,
        actor: 'operator',
        action: 'cancel',
        reason: 'why',
        before: { status: 'CREATED', goal: 'fulfil' },
        after: { status: 'CANCELLED', goal: null },
      },
    ]);
  });
});

test('a step that is done again, or too late, changes nothing', async () => {
  const orderId = await bench.place({ 'SKU-1': 1 });
  await bench.step(orderId, 'inventory');
  await bench.step(orderId, 'inventory');
  expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 1 });
  for (const step of ['recall', 'refund', 'release'] as const) {
    expect(await bench.step(orderId, step)).toMatchObject({ next: 'payment' });
  }
  await bench.run(orderId);
  const before = await readOrderState(bench.db.pool, orderId);
  for (const step of ['inventory', 'payment', 'shipping', 'recall', 'refund', 'release'] as const) {
    expect(await bench.step(orderId, step)).toEqual(before);
  }
  expect(await bench.stockOf('SKU-1')).toEqual({ stock: 9, reserved: 0 });
});

describe('a step that goes on with those after it', () => {
  const onward = (orderId: string) =>
    bench.steps().reserveStock({ orderId, retryDelaysMs: [], onward: true });

  test('makes all of an order', async () => {
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await onward(orderId)).toEqual({ status: 'SHIPPED', goal: null, next: null, parked: null });
    expect(await bench.timeline(orderId)).toEqual([CREATED, RESERVED, AUTHORIZED, SHIPPED]);
  });

  test('names the one that fails, and has not begun those behind it', async () => {
    bench.providers.plan.authorise.push('unavailable');
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await onward(orderId)).toMatchObject({
      status: 'INVENTORY_RESERVED',
      next: 'payment',
      failed: {
        step: 'payment',
        retryable: true,
        failure: { code: 'provider_unavailable', attempts: 1 },
      },
    });
    expect(bench.providers.parcels.size).toBe(0);
  });

  test('does not wait for one that hangs, and takes nothing twice when it is made again', async () => {
    const hanging = Promise.withResolvers<undefined>();
    bench.providers.onRequest = () => hanging.promise;
    bench.pace.waitedMs = 100;
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await onward(orderId)).toMatchObject({
      status: 'INVENTORY_RESERVED',
      next: 'payment',
      isSlow: true,
    });
    hanging.resolve(undefined);
    expect(await bench.run(orderId)).toMatchObject({ status: 'SHIPPED' });
    expect([...bench.providers.charges.keys()]).toEqual([`${orderId}:payment:1`]);
    expect((await ledgers(orderId)).payments).toEqual(['authorized']);
  });

  test('begins no further one where those before took their time, and says so', async () => {
    bench.providers.onRequest = () => {
      bench.pace.quickMs = 0;
    };
    const orderId = await bench.place({ 'SKU-1': 1 });
    expect(await onward(orderId)).toEqual({
      status: 'PAYMENT_AUTHORIZED',
      goal: 'fulfil',
      next: 'shipping',
      parked: null,
      isSlow: true,
    });
  });
});

test('an order whose workflow can not go on with the deployed code needs attention until it can, and nothing of it is decided', async () => {
  const orderId = await bench.place({ 'SKU-1': 1 });
  await bench.step(orderId, 'inventory');
  const before = await readOrderState(bench.db.pool, orderId);
  let attempts = 0;
  const { client } = createFakeClient(() => attempts);
  const keepOrders = async () => {
    await bench.db.pool.query(`UPDATE orders SET updated_at = updated_at - interval '1 minute'`);
    const keep = createKeepOrders({ db: bench.db, orderStart: { ORDER_RETRY_DELAYS_MS: [] } });
    return await new MockActivityEnvironment({}, { client }).run(keep);
  };
  const attention = async () => (await readOrderSnapshot(bench.db.pool, orderId))?.attention;

  attempts = 2;
  expect(await keepOrders()).toMatchObject({ failing: 0 });
  expect(await attention()).toBeNull();
  attempts = 7;
  expect(await keepOrders()).toMatchObject({ failing: 1 });
  expect(await attention()).toMatchObject({ step: 'payment', code: 'workflow_failing' });
  expect((await listWaiting(bench.db.pool, null, 10)).map(({ id }) => id)).toEqual([orderId]);
  expect((await countWaiting(bench.db.pool)).orders).toBe(1);
  expect(await readOrderState(bench.db.pool, orderId)).toEqual(before);

  attempts = 0;
  expect(await keepOrders()).toMatchObject({ failing: 0 });
  expect(await attention()).toBeNull();
  expect(await listWaiting(bench.db.pool, null, 10)).toEqual([]);

  attempts = 7;
  await keepOrders();
  // Code that fits was deployed: the next step shows it at once.
  expect(await bench.step(orderId, 'payment')).toMatchObject({ status: 'PAYMENT_AUTHORIZED' });
  expect(await attention()).toBeNull();
});
