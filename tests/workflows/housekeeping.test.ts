import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { HOUSEKEEPING_WORKFLOW_ID } from '../../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { recordHistory } from '../support/histories.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

test('a round of housekeeping starts what is pending, looks for workflows that are gone, of jobs and of orders, removes what was kept for its time and then what nobody owns, and says how much', async () => {
  const calls: string[] = [];
  const expired = { parts: 4, rows: 5, keys: 6, jobs: 7 };
  const activities: HousekeepingActivities = {
    startPendingJobs: () => {
      calls.push('start');
      return Promise.resolve({ started: 2 });
    },
    watchWorkflows: () => {
      calls.push('watch');
      return Promise.resolve({ found: 1 });
    },
    keepOrders: () => {
      calls.push('orders');
      return Promise.resolve({ started: 8, closed: 9, failing: 0 });
    },
    removeExpired: () => {
      calls.push('expire');
      return Promise.resolve(expired);
    },
    removeOrphanFiles: () => {
      calls.push('remove');
      return Promise.resolve({ removed: 3 });
    },
    indexLeftovers: () => {
      calls.push('index');
      return Promise.resolve({ waiting: true });
    },
    wakeWebhooks: () => {
      calls.push('wake');
      return Promise.resolve();
    },
    removeOldDeliveries: () => {
      calls.push('removeOld');
      return Promise.resolve({ removed: 4 });
    },
  };
  const workers = await Promise.all([
    temporal.createWorker({ taskQueue: TASK_QUEUES.workflows, workflowBundle: await workflowBundle() }),
    temporal.createWorker({ taskQueue: TASK_QUEUES.apply, activities }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  const handle = await temporal.client.workflow.start('HousekeepingWorkflow', {
    workflowId: HOUSEKEEPING_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.workflows,
  });
  expect(await handle.result()).toEqual({
    started: 2,
    found: 1,
    orders: { started: 8, closed: 9, failing: 0 },
    removed: 3,
    expired,
    indexing: true,
    oldEvents: 4,
  });
  expect(calls).toEqual(['start', 'watch', 'orders', 'expire', 'remove', 'index', 'wake', 'removeOld']);
  await recordHistory('housekeeping-with-orders', handle);
  for (const worker of workers) worker.shutdown();
  await ended;
});
