import type { WorkflowHandle } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKeepOrders } from '../../activities/housekeeping/keep-orders.ts';
import { createFailureInterceptor } from '../../activities/failure-interceptor.ts';
import { orderWorkflowId } from '../../contracts/temporal/ids.ts';
import type { OrderVerbInput } from '../../contracts/temporal/messages.ts';
import type { OrderResult } from '../../contracts/temporal/order-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { OrderVerb } from '../../contracts/words.ts';
import { createLog } from '../../platform/log.ts';
import { startOrder, wakeOrder } from '../../platform/start-order.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import { recordHistory } from '../support/histories.ts';
import { openOrderBench, type OrderBench } from '../support/order-bench.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let bench: OrderBench;
let temporal: TestTemporal;
let stopWorker: () => Promise<void>;

beforeAll(async () => {
  [bench, temporal] = await Promise.all([openOrderBench(), startTestTemporal()]);
  const log = createLog('test', 'silent');
  const worker = await temporal.createWorker({
    taskQueue: TASK_QUEUES.orders,
    workflowBundle: await workflowBundle(),
    activities: bench.activities(),
    interceptors: { activity: [(ctx) => ({ inbound: createFailureInterceptor(ctx, log) })] },
  });
  const ended = worker.run();
  stopWorker = async () => {
    worker.shutdown();
    await ended;
  };
});
afterAll(async () => {
  await stopWorker();
  await temporal.stop();
  await bench.close();
});
beforeEach(async () => {
  await bench.empty();
  await bench.stock({ 'SKU-1': 10 });
});
afterEach(() => bench.expectSound());

type Handle = WorkflowHandle<() => Promise<OrderResult>>;

const handleOf = (orderId: string): Handle => temporal.client.workflow.getHandle(orderWorkflowId(orderId));

/** Starts an order as the API does. */
async function start(
  items: Record<string, number>,
  delays: number[] = [],
): Promise<{ orderId: string; handle: Handle }> {
  const orderId = await bench.place(items);
  await startOrder(temporal.client, { id: orderId, next: 'inventory' }, { ORDER_RETRY_DELAYS_MS: delays });
  return { orderId, handle: handleOf(orderId) };
}

async function send(handle: Handle, verb: OrderVerb, input?: OrderVerbInput): Promise<void> {
  await handle.signal(verb, input);
}

async function parkedAt(orderId: string, step: string): Promise<void> {
  await until(async () => (await readOrderState(bench.db.pool, orderId)).parked === step);
}

async function eventsOf(handle: Handle): Promise<string[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).map((event) => Object.keys(event).find((key) => key.endsWith('Attributes')) ?? '');
}

describe('the workflow of an order', () => {
  test('ships it within one workflow task', async () => {
    const { handle } = await start({ 'SKU-1': 2 });
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    const events = await eventsOf(handle);
    expect(events.filter((name) => name === 'workflowTaskCompletedEventAttributes')).toHaveLength(1);
    expect(events.filter((name) => name.startsWith('activityTask'))).toEqual([]);
    await recordHistory('order-shipped', handle);
  });

  test('ends where stock lacks', async () => {
    const { handle } = await start({ 'SKU-1': 20 });
    expect(await handle.result()).toEqual({ status: 'INVENTORY_FAILED' });
    await recordHistory('order-inventory-failed', handle);
  });

  test('releases the stock of what is declined', async () => {
    bench.providers.plan.authorise.push('no');
    const { handle } = await start({ 'SKU-1': 2 });
    expect(await handle.result()).toEqual({ status: 'PAYMENT_FAILED' });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    await recordHistory('order-payment-failed', handle);
  });

  test('refunds and releases what the carrier refuses', async () => {
    bench.providers.plan.ship.push('no');
    const { handle } = await start({ 'SKU-1': 2 });
    expect(await handle.result()).toEqual({ status: 'REFUNDED' });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    await recordHistory('order-refunded', handle);
  });

  test('tries a step again whose provider is away or does not answer, by the delays it was given', async () => {
    bench.providers.plan.authorise.push('unavailable', 'lost', 'unavailable');
    const { orderId, handle } = await start({ 'SKU-1': 2 }, [10, 20, 30]);
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    expect(bench.providers.requests.filter((request) => request.startsWith('authorise'))).toHaveLength(4);
    expect([...bench.providers.charges.keys()]).toEqual([`${orderId}:payment:1`]);
    await recordHistory('order-tried-again', handle);
  });

  test('parks it once the attempts are used up, and goes on when an operator says so', async () => {
    bench.providers.plan.ship.push('unavailable', 'unavailable');
    const { orderId, handle } = await start({ 'SKU-1': 2 }, [10]);
    await parkedAt(orderId, 'shipping');
    expect(await bench.db.prisma.order.findUnique({ where: { id: orderId } })).toMatchObject({
      status: 'PAYMENT_AUTHORIZED',
      attentionCode: 'provider_unavailable',
      attentionAttempts: 2,
    });
    await send(handle, 'retry', { step: 'payment' });
    await send(handle, 'retry', { by: 'ada', reason: 'the carrier is back' });
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    expect(bench.providers.charges.size).toBe(1);
    expect(await bench.db.prisma.auditEntry.findMany({ where: { orderId } })).toMatchObject([
      { action: 'retry', actor: 'ada', part: 'shipping', via: 'temporal' },
    ]);
    await recordHistory('order-parked-and-retried', handle);
  });

  test('parks it at once where trying again can not help', async () => {
    bench.providers.plan.authorise.push('misconfigured');
    const { orderId, handle } = await start({ 'SKU-1': 2 }, [60_000]);
    await parkedAt(orderId, 'payment');
    await send(handle, 'compensate', { action: 'releaseInventory' });
    expect(await handle.result()).toEqual({ status: 'PAYMENT_FAILED' });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    await recordHistory('order-parked-and-released', handle);
  });

  test('gives everything back when a parked one is cancelled', async () => {
    bench.providers.plan.ship.push('misconfigured');
    const { orderId, handle } = await start({ 'SKU-1': 2 });
    await parkedAt(orderId, 'shipping');
    await send(handle, 'cancel');
    expect(await handle.result()).toEqual({ status: 'CANCELLED' });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 10, reserved: 0 });
    expect([...bench.providers.charges.values()]).toMatchObject([{ isRefunded: true }]);
    await recordHistory('order-parked-and-cancelled', handle);
  });

  test('parks it where an undo fails, and never forgets the undo', async () => {
    bench.providers.plan.ship.push('no');
    bench.providers.plan.undo.push('misconfigured');
    const { orderId, handle } = await start({ 'SKU-1': 2 });
    await parkedAt(orderId, 'refund');
    await send(handle, 'compensate', { action: 'refundPayment' });
    expect(await handle.result()).toEqual({ status: 'REFUNDED' });
    await recordHistory('order-undo-parked', handle);
  });

  test('hears an operator between steps that take their time, and ships nothing that was cancelled meanwhile', async () => {
    bench.pace.quickMs = 0;
    const orderId = await bench.place({ 'SKU-1': 2 });
    const handle = handleOf(orderId);
    bench.providers.onRequest = async (request) => {
      if (request.startsWith('authorise')) await send(handle, 'cancel', { by: 'ada' });
    };
    await startOrder(temporal.client, { id: orderId, next: 'inventory' }, { ORDER_RETRY_DELAYS_MS: [10] });
    expect(await handle.result()).toEqual({ status: 'CANCELLED' });
    expect(bench.providers.requests.filter((request) => request.startsWith('ship'))).toEqual([]);
    expect([...bench.providers.charges.values()]).toEqual([{ amount: '20.00', isRefunded: true }]);
    await recordHistory('order-slow-and-cancelled', handle);
  });

  test('goes on step by step, each tried again by the delays it was given, where steps take their time', async () => {
    bench.pace.quickMs = 0;
    bench.providers.plan.ship.push('unavailable', 'lost');
    const { orderId, handle } = await start({ 'SKU-1': 2 }, [10, 20]);
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    expect([...bench.providers.parcels.keys()]).toEqual([`${orderId}:shipping:1`]);
    expect(bench.providers.requests.filter((request) => request.startsWith('ship'))).toHaveLength(3);
    await recordHistory('order-slow', handle);
  });

  test('is too late to cancel once the goods are on their way', async () => {
    bench.providers.plan.ship.push('lost');
    const { orderId, handle } = await start({ 'SKU-1': 2 });
    await parkedAt(orderId, 'shipping');
    await send(handle, 'cancel');
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    await recordHistory('order-cancelled-too-late', handle);
  });

  test('does what an operator asks without waiting for the next attempt', async () => {
    bench.providers.plan.authorise.push('unavailable', 'unavailable', 'unavailable', 'unavailable');
    const { orderId, handle } = await start({ 'SKU-1': 2 }, [10, 3_600_000]);
    await until(async () => (await handle.describe()).raw.pendingActivities?.[0]?.attempt === 2);
    await send(handle, 'cancel');
    expect(await handle.result()).toEqual({ status: 'CANCELLED' });
    expect(await readOrderState(bench.db.pool, orderId)).toMatchObject({ status: 'CANCELLED', goal: null });
    await recordHistory('order-cancelled-while-retrying', handle);
  });

  test('does so also before the second attempt', async () => {
    bench.providers.plan.authorise.push('unavailable');
    const { handle } = await start({ 'SKU-1': 2 }, [3_600_000]);
    await until(async () => (await eventsOf(handle)).includes('timerStartedEventAttributes'));
    await send(handle, 'retry');
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    await recordHistory('order-tried-at-once', handle);
  });

  test('takes a cancellation of the workflow as the verb', async () => {
    bench.providers.plan.authorise.push('misconfigured');
    const { orderId, handle } = await start({ 'SKU-1': 2 });
    await parkedAt(orderId, 'payment');
    await handle.cancel();
    expect(await handle.result()).toEqual({ status: 'CANCELLED' });
    expect(await bench.db.prisma.auditEntry.findMany({ where: { orderId } })).toMatchObject([
      { action: 'cancel', actor: 'temporal', via: 'temporal' },
    ]);
    await recordHistory('order-cancelled-from-outside', handle);
  });

  test('runs again under the same id when an ended order is retried', async () => {
    const { orderId, handle } = await start({ 'SKU-1': 12 });
    expect(await handle.result()).toEqual({ status: 'INVENTORY_FAILED' });
    await bench.stock({ 'SKU-1': 12 });
    const { state } = await bench.ask(orderId, { verb: 'retry' });
    expect(state).toMatchObject({ goal: 'fulfil', next: 'inventory' });
    await wakeOrder(temporal.client, { id: orderId, next: state.next }, { ORDER_RETRY_DELAYS_MS: [] });
    expect(await handle.result()).toEqual({ status: 'SHIPPED' });
    await recordHistory('order-again-after-its-end', handle);
  });

  test('finds out by itself what is left, when it is started without a word or in the middle', async () => {
    const orderId = await bench.place({ 'SKU-1': 1 });
    await bench.step(orderId, 'inventory');
    await startOrder(temporal.client, { id: orderId, next: null }, { ORDER_RETRY_DELAYS_MS: [] });
    expect(await handleOf(orderId).result()).toEqual({ status: 'SHIPPED' });
    await recordHistory('order-started-by-housekeeping', handleOf(orderId));
    // A second start meets an order that has ended.
    await startOrder(temporal.client, { id: orderId, next: 'inventory' }, { ORDER_RETRY_DELAYS_MS: [] });
    expect(await handleOf(orderId).result()).toEqual({ status: 'SHIPPED' });
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 9, reserved: 0 });
  });

  describe('is looked after:', () => {
    const settings = { ORDER_RETRY_DELAYS_MS: [] };

    /** A round of housekeeping, some time after the last thing that happened to the orders. */
    async function keepOrders(): Promise<{ started: number; closed: number; failing: number }> {
      await bench.db.pool.query(`UPDATE orders SET updated_at = updated_at - interval '1 minute'`);
      const environment = new MockActivityEnvironment({}, { client: temporal.client });
      return await environment.run(createKeepOrders({ db: bench.db, orderStart: settings }));
    }

    test('what nobody could start is started', async () => {
      const orderId = await bench.place({ 'SKU-1': 1 });
      expect(await keepOrders()).toEqual({ started: 1, closed: 0, failing: 0 });
      expect(await handleOf(orderId).result()).toEqual({ status: 'SHIPPED' });
      expect(await keepOrders()).toEqual({ started: 0, closed: 0, failing: 0 });
    });

    test('one whose workflow was terminated needs attention, and goes on where it was when it is retried', async () => {
      bench.providers.plan.authorise.push('lost');
      const { orderId, handle } = await start({ 'SKU-1': 1 }, [3_600_000]);
      await until(async () => (await eventsOf(handle)).includes('timerStartedEventAttributes'));
      expect(await keepOrders()).toEqual({ started: 0, closed: 0, failing: 0 });
      await handle.terminate();
      expect(await keepOrders()).toEqual({ started: 0, closed: 1, failing: 0 });
      expect(await bench.db.prisma.order.findUnique({ where: { id: orderId } })).toMatchObject({
        status: 'INVENTORY_RESERVED',
        attentionCode: 'workflow_closed',
        attentionStep: 'payment',
      });
      const { state } = await bench.ask(orderId, { verb: 'retry' });
      await wakeOrder(temporal.client, { id: orderId, next: state.next }, settings);
      expect(await handleOf(orderId).result()).toEqual({ status: 'SHIPPED' });
      expect([...bench.providers.charges.keys()]).toEqual([`${orderId}:payment:1`]);
    });
  });

  test('fails for an order that there is not', async () => {
    const options = { ORDER_RETRY_DELAYS_MS: [] };
    await startOrder(temporal.client, { id: 'nobody', next: 'inventory' }, options);
    await expect(handleOf('nobody').result()).rejects.toThrow();
    expect((await handleOf('nobody').describe()).status.name).toBe('FAILED');
  });
});
