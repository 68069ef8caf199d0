import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createKeepOrders } from '../../activities/housekeeping/keep-orders.ts';
import { createStartQueuedOrders } from '../../activities/orders/start-queued-orders.ts';
import { ORDER_START_WORKFLOW_ID, orderWorkflowId } from '../../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { startOrder } from '../../platform/start-order.ts';
import { takeQueuedOrders } from '../../prisma/repositories/order-queue.ts';
import { recordHistory } from '../support/histories.ts';
import { openOrderBench, type OrderBench } from '../support/order-bench.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';

let bench: OrderBench;
let temporal: TestTemporal;
let stopWorkers: () => Promise<void>;

const AT_WORK = 3;
const settings = { ORDER_RETRY_DELAYS_MS: [], ORDER_IMPORT_AT_WORK: AT_WORK };

/** Orders that were at work at the same time, at most, as each of them saw it when its stock was reserved. */
let most = 0;
/** Called as the stock of an order is to be reserved. */
let onReserve: () => Promise<void> = () => Promise.resolve();

async function countAtWork(): Promise<number> {
  return await bench.db.prisma.order.count({ where: { goal: { not: null }, queued: false } });
}

beforeAll(async () => {
  [bench, temporal] = await Promise.all([openOrderBench(), startTestTemporal()]);
  const activities = bench.activities();
  const workers = await Promise.all([
    temporal.createWorker({ taskQueue: TASK_QUEUES.workflows, workflowBundle: await workflowBundle() }),
    temporal.createWorker({
      taskQueue: TASK_QUEUES.orders,
      workflowBundle: await workflowBundle(),
      activities: {
        ...activities,
        startQueuedOrders: createStartQueuedOrders({ db: bench.db, orderStart: settings }),
        reserveStock: async (ref: Parameters<typeof activities.reserveStock>[0]) => {
          await onReserve();
          most = Math.max(most, await countAtWork());
          return await activities.reserveStock(ref);
        },
      },
    }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  stopWorkers = async () => {
    for (const worker of workers) worker.shutdown();
    await ended;
  };
});
afterAll(async () => {
  await stopWorkers();
  await temporal.stop();
  await bench.close();
});
beforeEach(async () => {
  await bench.empty();
  await bench.stock({ 'SKU-1': 1_000 });
  most = 0;
  onReserve = () => Promise.resolve();
});
afterEach(() => bench.expectSound());

/** Orders as an import leaves them. */
async function queueOrders(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let row = 1; row <= count; row += 1) ids.push(await bench.place({ 'SKU-1': 1 }));
  await bench.db.pool.query('UPDATE orders SET queued = true, import_number = 1, import_row = number::int');
  return ids;
}

const wake = () =>
  temporal.client.workflow.signalWithStart('OrderStartWorkflow', {
    workflowId: ORDER_START_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.workflows,
    workflowIdConflictPolicy: 'USE_EXISTING',
    signal: WAKE_SIGNAL,
  });

async function countShipped(): Promise<number> {
  return await bench.db.prisma.order.count({ where: { status: 'SHIPPED' } });
}

describe('orders of a file', () => {
  test('are started in their order, and never more are at work than may be', async () => {
    const ids = await queueOrders(25);
    const handle = await wake();
    expect(await handle.result()).toEqual({ started: 25 });
    await until(async () => (await countShipped()) === 25);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(AT_WORK);
    const first = await temporal.client.workflow.getHandle(orderWorkflowId(ids[0] ?? '')).describe();
    const last = await temporal.client.workflow.getHandle(orderWorkflowId(ids.at(-1) ?? '')).describe();
    expect(first.startTime.getTime()).toBeLessThanOrEqual(last.startTime.getTime());
    await recordHistory('order-start', handle);
  });

  test('wait while those before them get no further', async () => {
    await queueOrders(AT_WORK + 2);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    onReserve = () => held;
    await wake();
    await until(async () => (await countAtWork()) === AT_WORK);
    // Whoever else looks finds no place either.
    expect(await takeQueuedOrders(bench.db.pool, AT_WORK)).toEqual([]);
    expect(await bench.db.prisma.order.count({ where: { queued: true } })).toBe(2);
    release();
    await until(async () => (await countShipped()) === AT_WORK + 2);
    expect(most).toBeLessThanOrEqual(AT_WORK);
  });

  test('that were taken by a worker which died before it started them are started by the next one', async () => {
    await queueOrders(5);
    expect(await takeQueuedOrders(bench.db.pool, AT_WORK)).toHaveLength(AT_WORK);
    await wake();
    await until(async () => (await countShipped()) === 5);
    expect(most).toBeLessThanOrEqual(AT_WORK);
  });

  test('are not started by housekeeping, which has them started', async () => {
    await queueOrders(5);
    await bench.db.pool.query(`UPDATE orders SET updated_at = updated_at - interval '1 minute'`);
    const environment = new MockActivityEnvironment({}, { client: temporal.client });
    const kept = await environment.run(createKeepOrders({ db: bench.db, orderStart: settings }));
    expect(kept).toMatchObject({ started: 0, closed: 0 });
    await until(async () => (await countShipped()) === 5);
    expect(most).toBeLessThanOrEqual(AT_WORK);
  });

  test('that somebody cancels before their start never start, and make room for nobody twice', async () => {
    const [first = '', second = ''] = await queueOrders(2);
    await bench.ask(first, { verb: 'cancel' });
    // One that was started by somebody else meanwhile is started once.
    await startOrder(temporal.client, { id: second, next: 'inventory' }, settings);
    await wake();
    await until(async () => (await countShipped()) === 1);
    await expect(temporal.client.workflow.getHandle(orderWorkflowId(first)).describe()).rejects.toThrow();
    expect(await bench.stockOf('SKU-1')).toEqual({ stock: 999, reserved: 0 });
  });
});
