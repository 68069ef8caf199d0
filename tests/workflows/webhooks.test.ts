import type { Worker } from '@temporalio/worker';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWebhookActivities } from '../../activities/index.ts';
import { WEBHOOK_FEED_WORKFLOW_ID, webhookWorkflowId } from '../../contracts/temporal/ids.ts';
import { REDELIVER_SIGNAL, WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { inTransaction } from '../../prisma/client.ts';
import { wakeEndpoint, wakeFeed } from '../../platform/webhook-workflows.ts';
import { changeEndpoint, findEndpoint } from '../../prisma/repositories/webhook-endpoints.ts';
import { recordHistory } from '../support/histories.ts';
import { type ImportBench, openImportBench } from '../support/import-bench.ts';
import { TEST_LIMITS, TEST_RETENTION, TEST_WEBHOOKS } from '../support/limits.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { addEndpoint, webhookSteps, writeProduct } from '../support/webhook-bench.ts';
import {
  type Fault,
  OK,
  type ReceivedMessage,
  startWebhookReceiver,
  verifyMessage,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

let temporal: TestTemporal;
let bench: ImportBench;
let worker: Worker;
let ended: Promise<void>;
let receiver: WebhookReceiver;
let choose: (message: ReceivedMessage, before: number) => Fault;

beforeAll(async () => {
  temporal = await startTestTemporal();
  bench = await openImportBench();
  worker = await temporal.createWorker({
    taskQueue: TASK_QUEUES.webhooks,
    workflowBundle: await workflowBundle(),
    activities: createWebhookActivities({
      ...bench,
      limits: TEST_LIMITS,
      jobStart: { IMPORT_RETRY_DELAYS_MS: [], IMPORT_MAX_HISTORY_EVENTS: 3_500 },
      orderStart: { ORDER_RETRY_DELAYS_MS: [], ORDER_IMPORT_AT_WORK: 10 },
      retention: TEST_RETENTION,
      webhooks: TEST_WEBHOOKS,
    }),
  });
  ended = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await ended;
  await bench.close();
  await temporal.stop();
});
beforeEach(async () => {
  await bench.empty();
  choose = () => OK;
  receiver = await startWebhookReceiver((message, before) => choose(message, before));
});
afterEach(() => receiver.stop());

async function write(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await writeProduct(bench.db, { sku: `S-${n}`, changeId: uuidv7() });
}

/** Deliveries by endpoint and status. */
async function countOf(endpointId: string, status: string): Promise<number> {
  const { rowCount } = await bench.db.pool.query(
    'SELECT FROM webhook_deliveries WHERE endpoint_id = $1 AND status = $2::delivery_status',
    [endpointId, status],
  );
  return rowCount ?? 0;
}

const handleOf = (endpointId: string) => temporal.client.workflow.getHandle(webhookWorkflowId(endpointId));

async function switchActive(endpointId: string, active: boolean): Promise<void> {
  await inTransaction(bench.db.pool, async (client) => {
    const endpoint = (await findEndpoint(client, endpointId, true))!;
    await changeEndpoint(client, endpoint, { active });
  });
}

describe('the workflow of an endpoint', () => {
  test('delivers through every fault, each event under one id, and sleeps when nothing is left', async () => {
    const faults: Fault[] = [
      { kind: 'answer', status: 500 },
      { kind: 'answer', status: 302, headers: { location: receiver.urlOf('/inward') } },
      { kind: 'hang' },
      { kind: 'slow body' },
      { kind: 'huge body' },
      { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
    ];
    choose = ({ event }, before) => {
      const n = Number((event.data as { values: { sku: string } }).values.sku.slice(2));
      return before === 0 ? (faults[n] ?? OK) : OK;
    };
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await write(20);
    await webhookSteps(bench).announceEvents();
    await wakeEndpoint(temporal.client, endpoint.id);
    await until(async () => (await countOf(endpoint.id, 'delivered')) === 20);
    expect(new Set(receiver.takenAt('/a').map(({ id }) => id)).size).toBe(20);
    expect(receiver.messages.filter(({ path }) => path === '/inward')).toEqual([]);
    for (const message of receiver.messages) verifyMessage(message, endpoint.secret);
    await recordHistory('webhook-endpoint', handleOf(endpoint.id));
    expect((await handleOf(endpoint.id).describe()).status.name).toBe('RUNNING');
  });

  test('is not held up by another receiver that hangs', async () => {
    choose = ({ path }) => (path === '/slow' ? { kind: 'hang' } : OK);
    const slow = await addEndpoint(bench.db, receiver.urlOf('/slow'));
    const quick = await addEndpoint(bench.db, receiver.urlOf('/quick'));
    await write(50);
    await webhookSteps(bench).announceEvents();
    for (const { id } of [slow, quick]) await wakeEndpoint(temporal.client, id);
    await until(async () => (await countOf(quick.id, 'delivered')) === 50);
    expect(await countOf(slow.id, 'pending')).toBeGreaterThan(40);
    await switchActive(slow.id, false);
    await wakeEndpoint(temporal.client, slow.id);
    await handleOf(slow.id).result();
  });

  test('ends when its endpoint is switched off, and is started again when it is switched on', async () => {
    choose = () => ({ kind: 'answer', status: 410 });
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await write(3);
    await webhookSteps(bench).announceEvents();
    await wakeEndpoint(temporal.client, endpoint.id);
    await handleOf(endpoint.id).result();
    await recordHistory('webhook-endpoint-gone', handleOf(endpoint.id));
    expect(await countOf(endpoint.id, 'failed')).toBe(3);

    choose = () => OK;
    await switchActive(endpoint.id, true);
    await wakeEndpoint(temporal.client, endpoint.id);
    // From the command line: what can't be understood does no harm, and nothing said means all.
    await handleOf(endpoint.id).signal(REDELIVER_SIGNAL, { since: 'nonsense' });
    await handleOf(endpoint.id).signal(REDELIVER_SIGNAL);
    await until(async () => (await countOf(endpoint.id, 'delivered')) === 3);
    await recordHistory('webhook-endpoint-redelivered', handleOf(endpoint.id));
    const ids = receiver.takenAt('/a').map(({ id }) => id);
    expect(new Set(receiver.messages.map(({ id }) => id))).toEqual(new Set(ids));
  });

  test('goes on as a new run before its history is long', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    const handle = await temporal.client.workflow.start('WebhookEndpointWorkflow', {
      workflowId: webhookWorkflowId(endpoint.id),
      taskQueue: TASK_QUEUES.webhooks,
      args: [{ endpointId: endpoint.id, maxHistoryEvents: 30 }],
    });
    for (let round = 1; round <= 4; round += 1) {
      await write(5);
      await webhookSteps(bench).announceEvents();
      await handleOf(endpoint.id).signal(WAKE_SIGNAL);
      await until(async () => (await countOf(endpoint.id, 'delivered')) === 5 * round);
    }
    const first = temporal.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
    await until(async () => (await first.describe()).status.name === 'CONTINUED_AS_NEW');
    await recordHistory('webhook-endpoint-continued-as-new', first);
    expect(receiver.takenAt('/a')).toHaveLength(20);
  });
});

describe('the feed', () => {
  test('announces what it is told of, and what nobody told it of', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    const options = { workflowId: WEBHOOK_FEED_WORKFLOW_ID, taskQueue: TASK_QUEUES.webhooks };
    const input = { intervalMs: 100, maxHistoryEvents: 40 };
    const feed = await temporal.client.workflow.start('WebhookFeedWorkflow', { ...options, args: [input] });
    await write(1);
    await until(async () => (await countOf(endpoint.id, 'delivered')) === 1);
    const first = temporal.client.workflow.getHandle(feed.workflowId, feed.firstExecutionRunId);
    await until(async () => (await first.describe()).status.name === 'CONTINUED_AS_NEW');
    await recordHistory('webhook-feed', first);
    await temporal.client.workflow.getHandle(feed.workflowId).terminate();

    await write(1);
    await wakeFeed(temporal.client);
    await until(async () => (await countOf(endpoint.id, 'delivered')) === 2);
    await wakeFeed(temporal.client);
    await write(1);
    await wakeFeed(temporal.client);
    await until(async () => (await countOf(endpoint.id, 'delivered')) === 3);
    await temporal.client.workflow.getHandle(feed.workflowId).terminate();
  });

  test('wakes an endpoint whose workflow is gone', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await write(1);
    await webhookSteps(bench).announceEvents();
    await wakeFeed(temporal.client);
    await until(async () => (await countOf(endpoint.id, 'delivered')) === 1);
    await handleOf(endpoint.id).terminate();
    await temporal.client.workflow.getHandle(WEBHOOK_FEED_WORKFLOW_ID).terminate();
  });
});
