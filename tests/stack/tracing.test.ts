import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { Worker } from '@temporalio/worker';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorkflows, type Workflows } from '../../api/temporal-client.ts';
import { loadWorkerConfig } from '../../platform/config.ts';
import { createApiMetrics } from '../../platform/metrics.ts';
import { startTracing, type Tracing } from '../../platform/tracing.ts';
import { applyWorker, ordersWorker, parseWorker, workflowsWorker } from '../../workers/definitions.ts';
import { createWorker, type WorkerDeps } from '../../workers/run-worker.ts';
import { traceWork } from '../../workers/trace-work.ts';
import { createSimulatedCarrier, createSimulatedPayments } from '../../adapters/simulator/in-process.ts';
import type { Job } from '../../contracts/http/job.ts';
import { jobWorkflowId, orderWorkflowId } from '../../contracts/temporal/ids.ts';
import { type ApiUnderTest, startApi } from '../http/api-under-test.ts';
import { UNHURRIED } from '../support/order-bench.ts';
import { csv } from '../support/csv.ts';
import { startTestTemporal, type TestTemporal, workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';

const exporter = new InMemorySpanExporter();
let tracing: Tracing;
let temporal: TestTemporal;
let workflows: Workflows;
let api: ApiUnderTest;
let workers: Worker[];
let ended: Promise<unknown>;

beforeAll(async () => {
  const started = await startTracing('test', { OTEL_TRACES_SAMPLER_ARG: 1 }, exporter);
  if (started === null) throw new Error('traces are off');
  tracing = started;
  temporal = await startTestTemporal();
  const log = pino({ level: 'silent' });
  const none = { database: () => Promise.reject(new Error('none')), queues: () => Promise.resolve([]) };
  const config = loadWorkerConfig({
    DATABASE_URL: 'postgresql://127.0.0.1/none',
    TEMPORAL_ADDRESS: temporal.server.address,
    TEMPORAL_NAMESPACE: temporal.server.namespace,
  });
  workflows = createWorkflows(config, createApiMetrics(none), log);
  api = await startApi({ workflows, isTraced: true });
  const deps: WorkerDeps = {
    config,
    log,
    isTraced: true,
    db: api.database,
    storage: api.storage,
    limits: config,
    jobStart: config,
    orderStart: config,
    payments: createSimulatedPayments(),
    carrier: createSimulatedCarrier(),
    orderNotifier: api.orders.orderNotifier,
    pace: UNHURRIED,
    webhooks: config,
    retention: config,
  };
  const work = await traceWork(tracing);
  workers = await Promise.all(
    [workflowsWorker, parseWorker, applyWorker, ordersWorker].map((definition) =>
      createWorker(definition, deps, temporal.native, work),
    ),
  );
  ended = Promise.all(workers.map((worker) => worker.run()));
}, 240_000);

afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await ended;
  await api.stop();
  await temporal.stop();
  await tracing.stop();
});

/** Names of a span's ancestors, the nearest first. */
function wayUp(spans: readonly ReadableSpan[], span: ReadableSpan): string[] {
  const byId = new Map(spans.map((one) => [one.spanContext().spanId, one]));
  const way: string[] = [];
  for (let at = byId.get(span.parentSpanId ?? ''); at !== undefined; at = byId.get(at.parentSpanId ?? '')) {
    way.push(at.name);
  }
  return way;
}

/** All of the trace to which the only span of a name belongs, once the workflow in it has told of its end. */
async function traceOf(name: string, workflow: string): Promise<ReadableSpan[]> {
  let trace: ReadableSpan[] = [];
  await until(() => {
    const spans = exporter.getFinishedSpans();
    const id = spans.find((span) => span.name === name)?.spanContext().traceId;
    trace = spans.filter((span) => span.spanContext().traceId === id);
    return trace.some((span) => span.name === `RunWorkflow:${workflow}`);
  });
  return trace;
}

function statementsBelow(trace: readonly ReadableSpan[], name: string): string[][] {
  return trace
    .filter((span) => span.attributes['db.system.name'] === 'postgresql')
    .map((span) => wayUp(trace, span))
    .filter(([nearest]) => nearest === name);
}

async function expectReplay(workflowId: string): Promise<void> {
  const history = await temporal.client.workflow.getHandle(workflowId).fetchHistory();
  await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history, workflowId);
}

describe('a trace', () => {
  test('goes from the upload through client, workflow and activities to the statements', async () => {
    const form = new FormData();
    form.set('file', new Blob([csv('sku,name,price', 'TR-1,Very private mug,19.90')]), 'secret-name.csv');
    form.set('kind', 'products');
    const as = api.as('operator', 'secret-person');
    const response = await as('/api/imports', { method: 'POST', body: form });
    expect(response.status).toBe(202);
    const job = (await response.json()) as Job;
    await until(async () => {
      const { status } = (await (await as(`/api/jobs/${job.id}`)).json()) as Job;
      return status === 'completed';
    });

    const trace = await traceOf('POST /api/imports', 'ImportWorkflow');
    for (const activity of ['stageChunk', 'applyChunk']) {
      const ways = statementsBelow(trace, `RunActivity:${activity}`);
      expect(ways.length, activity).toBeGreaterThan(2);
      expect(ways[0]).toEqual([
        `RunActivity:${activity}`,
        `StartActivity:${activity}`,
        'RunWorkflow:ImportWorkflow',
        'StartWorkflow:ImportWorkflow',
        'POST /api/imports',
      ]);
    }
    expect(trace.some(({ name }) => name === 'COPY')).toBe(true);
    const root = trace.find(({ name }) => name === 'POST /api/imports');
    expect(root?.attributes).toMatchObject({
      'http.route': '/api/imports',
      'http.response.status_code': 202,
      'longshore.correlation_id': response.headers.get('x-request-id'),
    });
    const told = JSON.stringify(trace.map(({ name, attributes, events }) => ({ name, attributes, events })));
    for (const secret of ['private', 'secret', '19.90', 'Bearer']) expect(told).not.toContain(secret);
    await expectReplay(jobWorkflowId(job));
  });

  test('goes through the steps of an order, which are made within one activity', async () => {
    await api.database.pool.query(
      `INSERT INTO products (sku, sku_key, name, price, stock, last_change) VALUES ('TR-2', 'tr-2', 'Mug', 10, 5, uuidv7())`,
    );
    const response = await api.as('operator')('/api/orders', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: 'traced', items: [{ sku: 'TR-2', qty: 1 }] }),
    });
    expect(response.status).toBe(201);
    const trace = await traceOf('POST /api/orders', 'OrderWorkflow');
    for (const step of ['inventory', 'payment', 'shipping']) {
      const [way] = statementsBelow(trace, `step ${step}`);
      expect(way?.slice(0, 2), step).toEqual([`step ${step}`, 'RunActivity:reserveStock']);
      expect(way?.at(-1), step).toBe('POST /api/orders');
    }
    await expectReplay(orderWorkflowId('traced'));
  });

  test('that a caller has begun goes on here', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    await api.as('viewer')('/api/jobs?limit=1', { headers });
    await until(() =>
      exporter
        .getFinishedSpans()
        .some((span) => span.name === 'GET /api/jobs' && span.spanContext().traceId === traceId),
    );
    const statements = exporter
      .getFinishedSpans()
      .filter((span) => span.spanContext().traceId === traceId && 'db.query.text' in span.attributes);
    expect(statements.length).toBeGreaterThan(0);
  });
});
