import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createWorkflows, type Workflows } from '../../api/temporal-client.ts';
import type {
  EraseActivities,
  EraseRequest,
  EraseResult,
} from '../../contracts/temporal/erase-activities.ts';
import { eraseWorkflowId } from '../../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { createApiMetrics } from '../../platform/metrics.ts';
import { recordHistory } from '../support/histories.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';

let temporal: TestTemporal;
let workflows: Workflows;
let stopWorkers: () => Promise<void>;
/** What the activity is asked for, and what it does. */
const asked: EraseRequest[] = [];
let erase: () => Promise<EraseResult>;

const RESULT: EraseResult = {
  outcome: 'erased',
  erased: { record: true, changes: 1, stagedRows: 2, outcomes: 2, orders: 0 },
  files: [],
  filesTotal: 0,
};

beforeAll(async () => {
  temporal = await startTestTemporal();
  const activities: EraseActivities = {
    eraseRecord: (request) => {
      asked.push(request);
      return erase();
    },
  };
  const workers = await Promise.all([
    temporal.createWorker({ taskQueue: TASK_QUEUES.workflows, workflowBundle: await workflowBundle() }),
    temporal.createWorker({ taskQueue: TASK_QUEUES.apply, activities }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run()));
  stopWorkers = async () => {
    for (const worker of workers) worker.shutdown();
    await ended;
  };
  workflows = createWorkflows(
    {
      TEMPORAL_ADDRESS: temporal.server.address,
      TEMPORAL_NAMESPACE: 'default',
      IMPORT_RETRY_DELAYS_MS: [],
      ORDER_RETRY_DELAYS_MS: [],
      IMPORT_MAX_HISTORY_EVENTS: 1_000,
    },
    createApiMetrics({
      database: () => Promise.reject(new Error('none')),
      queues: () => Promise.resolve([]),
    }),
    pino({ level: 'silent' }),
  );
});
afterAll(async () => {
  await workflows.close();
  await stopWorkers();
  await temporal.stop();
});

const request = (recordId: string): EraseRequest => ({
  kind: 'customers',
  recordId,
  action: { id: '0195d3c5-9b1f-7d10-8a51-3c1f0a4c2b22', by: 'ada', via: 'api' },
});

test('a person is erased although the first attempts fail, and whoever asked gets the outcome', async () => {
  let failures = 1;
  erase = () => {
    failures -= 1;
    return failures < 0 ? Promise.resolve(RESULT) : Promise.reject(new Error('the database is away'));
  };
  const id = '0195d3c5-8a10-7bb2-8f43-2f7b0a4c2b77';
  expect(await workflows.erase(request(id))).toEqual(RESULT);
  expect(asked).toEqual([request(id), request(id)]);
  await recordHistory('erase', temporal.client.workflow.getHandle(eraseWorkflowId(id)));
});

test('what takes long goes on without whoever asked, and is joined by who asks again', async () => {
  let finish: (result: EraseResult) => void = () => undefined;
  erase = () =>
    new Promise((resolve) => {
      finish = resolve;
    });
  const id = '0195d3c5-8a10-7bb2-8f43-2f7b0a4c2b78';
  asked.length = 0;
  expect(await workflows.erase(request(id))).toBeNull();
  const again = workflows.erase(request(id));
  finish(RESULT);
  expect(await again).toEqual(RESULT);
  expect(asked).toEqual([request(id)]);
});
