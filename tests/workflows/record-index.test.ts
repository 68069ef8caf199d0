import { afterAll, beforeAll, expect, test } from 'vitest';
import { RECORD_INDEX_WORKFLOW_ID } from '../../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { RecordIndexActivities } from '../../contracts/temporal/record-index-activities.ts';
import { recordHistory } from '../support/histories.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';

let temporal: TestTemporal;
beforeAll(async () => {
  temporal = await startTestTemporal();
});
afterAll(async () => {
  await temporal.stop();
});

test('the search tables are filled until nothing is waiting, also what comes in while they are', async () => {
  const rounds = [
    { chunks: 9, records: 900, more: true },
    { chunks: 1, records: 50, more: false },
    { chunks: 2, records: 100, more: false },
  ];
  let calls = 0;
  const wake = () =>
    temporal.client.workflow.signalWithStart('RecordIndexWorkflow', {
      workflowId: RECORD_INDEX_WORKFLOW_ID,
      taskQueue: TASK_QUEUES.workflows,
      signal: WAKE_SIGNAL,
    });
  const activities: RecordIndexActivities = {
    indexRecords: async () => {
      const round = rounds[calls] ?? { chunks: 0, records: 0, more: false };
      calls += 1;
      // A job ends while this round, which found nothing more, is at work.
      if (calls === 2) await wake();
      return round;
    },
  };
  const workers = await Promise.all([
    temporal.createWorker({ taskQueue: TASK_QUEUES.workflows, workflowBundle: await workflowBundle() }),
    temporal.createWorker({ taskQueue: TASK_QUEUES.apply, activities }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  const handle = await wake();
  expect(await handle.result()).toEqual({ chunks: 12, records: 1_050 });
  expect(calls).toBe(3);
  await recordHistory('record-index', handle);
  for (const worker of workers) worker.shutdown();
  await ended;
});
