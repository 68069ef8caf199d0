import { parse } from 'csv-parse/sync';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Chunk } from '../../contracts/http/chunk.ts';
import type { Job } from '../../contracts/http/job.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { freePort } from '../../scripts/stack/ports.ts';
import { csv } from '../support/csv.ts';
import { cutConnections, holdCustomers, waitingConnections } from '../support/hold.ts';
import { readJobEvents } from '../support/job-events.ts';
import { ROOT, startNode } from '../support/run-node.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** What the users of the customer import were promised, from the upload to the records. */

const RETRIES = 3;

let under: StackUnderTest;

beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: '2', IMPORT_RETRY_DELAYS_MS: '50,100,200' },
  });
}, 240_000);
afterAll(() => under.stop());
beforeEach(async () => {
  await under.db.pool.query('TRUNCATE customers');
});

const FILE = csv(
  'name,email,company',
  ...['ada', 'ben', 'cleo', 'dan', 'eve'].map((name) => `${name},${name}@example.com,Acme`),
);
const ROWS = 5;

function fixture(name: string): Promise<string> {
  return readFile(join(ROOT, 'samples', 'fixtures', `${name}.csv`), 'utf8');
}

async function imported(content: string): Promise<Job> {
  const { id } = await under.post(content, 'customers');
  return under.waitFor(id, 'completed', 'failed', 'needs_attention');
}

async function emails(): Promise<string[]> {
  const customers = await under.db.prisma.customer.findMany({ orderBy: { emailKey: 'asc' } });
  return customers.map(({ email }) => email);
}

async function chunksOf({ links }: Job): Promise<Chunk[]> {
  const { items } = (await (await under.get(links.chunks)).json()) as { items: Chunk[] };
  return items;
}

async function errorsOf({ links }: Job): Promise<Record<string, string>[]> {
  const text = await (await under.get(links.errors ?? '')).text();
  return parse(text, { bom: true, columns: true });
}

/** The lines that a process of the stack has written to its log. */
async function linesOf(service: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(join(under.folder, 'data', 'logs', `${service}.log`), 'utf8');
  // The last one may be half there.
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return whole.filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What a worker of its own says about its dependencies. */
async function readinessOf(env: Record<string, string>): Promise<[number, unknown]> {
  const port = String(await freePort());
  const worker = startNode(['workers/apply.ts'], {
    env: {
      DATABASE_URL: under.stack.databaseUrl,
      TEMPORAL_ADDRESS: under.stack.temporalAddress,
      TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
      STORAGE_DIR: join(under.folder, 'data', 'files'),
      READINESS_PORT: port,
      ...env,
    },
  });
  try {
    const ask = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/health/ready`);
    // The port opens a moment before the worker runs.
    await until(async () => {
      const report = await ask().then(
        (response) => response.json() as Promise<{ checks: { worker: string } }>,
        () => null,
      );
      return report?.checks.worker === 'ok';
    });
    const response = await ask();
    return [response.status, await response.json()];
  } finally {
    worker.process.kill('SIGTERM');
    await worker.ended;
  }
}

const retry = ({ links }: Job): Promise<Response> => under.send(`${links.self}/retry`);

/** Cuts the connection of the apply worker in the middle of its work, so often. */
async function cutInTheMiddle(times: number): Promise<void> {
  const cut: number[] = [];
  while (cut.length < times) {
    await until(async () => {
      const waiting = await waitingConnections(under.db, 'apply-worker');
      return waiting.some((pid) => !cut.includes(pid));
    });
    const waiting = await waitingConnections(under.db, 'apply-worker');
    cut.push(...waiting.filter((pid) => !cut.includes(pid)));
    await cutConnections(under.db, cut);
  }
}

test('happy path: a file is accepted, read and applied, and customers match by email whatever its case and blanks', async () => {
  const accepted = await under.post(await fixture('happy-path'), 'customers');
  expect(accepted).toMatchObject({ type: 'import', kind: 'customers', createdBy: 'tester' });
  const job = await under.waitFor(accepted.id, 'completed', 'failed', 'needs_attention');
  expect(job).toMatchObject({
    status: 'completed',
    stage: null,
    percent: 100,
    failure: null,
    counts: { total: 5, created: 5, updated: 0, rejected: 0, failed: 0, pending: 0 },
  });
  expect(await emails()).toHaveLength(5);
  expect(await errorsOf(job)).toEqual([]);

  const again = await imported(csv('name,email,company', 'Ada King,  ADA.LOVELACE@Example.COM ,Engines'));
  expect(again.counts).toMatchObject({ total: 1, created: 0, updated: 1 });
  expect(await emails()).toHaveLength(5);
});

test('malformed CSV: the job fails and names the line, and no customer comes in', async () => {
  const job = await imported(await fixture('parse-failure'));
  expect(job).toMatchObject({
    status: 'failed',
    failure: { code: 'malformed_csv', message: expect.stringContaining('line 3') },
  });
  expect(await emails()).toEqual([]);
  expect((await retry(job)).status).toBe(409);
});

test('partial failure: good rows come in, each bad one is told with its line, its column and what is wrong', async () => {
  const job = await imported(await fixture('partial-failure'));
  expect(job).toMatchObject({
    status: 'completed',
    counts: { total: 6, created: 2, rejected: 4, failed: 0, pending: 0 },
  });
  expect(await emails()).toEqual(['ada.lovelace@example.com', 'donald.knuth@example.net']);
  const errors = await errorsOf(job);
  expect(
    errors.map((error) => [error.longshore_line, error.longshore_columns, error.longshore_codes]),
  ).toEqual([
    ['3', 'email', 'invalid_email'],
    ['4', 'name', 'required'],
    ['6', 'company', 'required'],
    ['7', '', 'wrong_column_count'],
  ]);
});

describe('duplicate delivery', () => {
  test('under the same Idempotency-Key is one job, at once and later, and does nothing twice', async () => {
    const headers = { 'Idempotency-Key': 'supplier-7' };
    const first = await Promise.all([1, 2, 3].map(() => under.post(FILE, 'customers', headers)));
    const [{ id }] = first as [Job];
    await under.waitFor(id, 'completed');
    const later = await under.post(FILE, 'customers', headers);
    expect(later).toMatchObject({ id, status: 'completed', counts: { created: ROWS } });
    expect(new Set(first.map((job) => job.id))).toEqual(new Set([id]));
    const customers = await under.db.prisma.customer.findMany();
    expect(customers.map(({ version, lastChange }) => [version, lastChange])).toEqual(
      customers.map(() => [1, id]),
    );
    expect(customers).toHaveLength(ROWS);
    await under.expectInvariants();
  });

  test('without one is another job, and finds everything as it is', async () => {
    await imported(FILE);
    expect((await imported(FILE)).counts).toMatchObject({
      total: ROWS,
      created: 0,
      updated: 0,
      unchanged: ROWS,
    });
  });
});

test('transient failure that recovers: it is retried until it is done, and nobody is asked', async () => {
  const letGo = await holdCustomers(under.db, ['dan@example.com']);
  const job = await under.post(FILE, 'customers');
  const events = readJobEvents(await under.get(job.links.stream));
  await cutInTheMiddle(RETRIES);
  await letGo();
  expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
    status: 'completed',
    counts: { total: ROWS, created: ROWS, failed: 0 },
  });
  await events.ended;
  expect(events.jobs.map(({ status }) => status)).not.toContain('needs_attention');
  const attempts = (await chunksOf(job)).map((chunk) => chunk.attempts);
  expect(attempts[1]).toBe(RETRIES + 1);
  await under.expectInvariants();
});

test('retries exhausted: the job waits for an operator, who sees why, and completes when it is retried', async () => {
  const letGo = await holdCustomers(under.db, ['dan@example.com']);
  const { id } = await under.post(FILE, 'customers');
  await cutInTheMiddle(RETRIES + 1);
  const parked = await under.waitFor(id, 'completed', 'failed', 'needs_attention');
  expect(parked).toMatchObject({ status: 'needs_attention', failure: { code: 'database_unavailable' } });
  expect((await chunksOf(parked))[1]).toMatchObject({
    state: 'parked',
    parked: { stage: 'applying', code: 'database_unavailable', attempts: RETRIES + 1 },
  });
  await under.expectInvariants();

  await letGo();
  expect((await retry(parked)).status).toBe(200);
  const job = await under.waitFor(id, 'completed', 'failed', 'needs_attention');
  expect(job).toMatchObject({ status: 'completed', failure: null, counts: { total: ROWS, created: ROWS } });
  expect((await chunksOf(job)).map(({ state, parked }) => [state, parked])).toEqual(
    Array.from({ length: 3 }, () => ['applied', null]),
  );
  expect(await emails()).toHaveLength(ROWS);
  await under.expectInvariants();
});

test('an error that no retry can heal is not retried: the job waits for an operator at once', async () => {
  await under.db.pool.query('ALTER TABLE customers RENAME TO customers_away');
  try {
    const { id } = await under.post(FILE, 'customers');
    const job = await under.waitFor(id, 'completed', 'failed', 'needs_attention');
    await until(async () => (await chunksOf(job)).every(({ state }) => state === 'parked'));
    for (const { parked } of await chunksOf(job)) {
      expect(parked).toMatchObject({ stage: 'applying', code: 'database_error', attempts: 1 });
    }
    await under.expectInvariants();
    await under.db.pool.query('ALTER TABLE customers_away RENAME TO customers');
    expect((await retry(job)).status).toBe(200);
    expect(await under.waitFor(id, 'completed', 'failed')).toMatchObject({
      status: 'completed',
      counts: { created: ROWS, failed: 0 },
    });
  } finally {
    await under.db.pool.query('ALTER TABLE IF EXISTS customers_away RENAME TO customers');
  }
  await under.expectInvariants();
});

test('permanent business failures: the rows are rejected on the normal path, tried once, and never reach an operator', async () => {
  const job = await under.post(
    csv(
      'name,email,company',
      'ada,no address,Acme',
      'ben,,Acme',
      ',cleo@example.com,Acme',
      'dan,dan@example.com,',
      'eve,eve@,Acme',
    ),
    'customers',
  );
  const events = readJobEvents(await under.get(job.links.stream));
  await events.ended;
  expect(events.jobs.at(-1)).toMatchObject({
    status: 'completed',
    failure: null,
    counts: { total: 5, rejected: 5, created: 0, failed: 0 },
  });
  expect(events.jobs.map(({ status }) => status)).not.toContain('needs_attention');
  for (const chunk of await chunksOf(job)) expect(chunk).toMatchObject({ attempts: 1, parked: null });
  expect(await under.db.prisma.parkedPart.count({ where: { job: { id: job.id } } })).toBe(0);
  expect(await emails()).toEqual([]);
});

test('parsing and applying run apart, in their own processes, each on a task queue of its own', async () => {
  const job = await imported(FILE);
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
  const handle = temporal.workflow.getHandle(jobWorkflowId(job));
  // The job shows its end a moment before its workflow has ended.
  await handle.result();
  const { events } = await handle.fetchHistory();
  await temporal.connection.close();

  const queues = new Map<string, string>();
  const processes = new Map<string, Set<string>>();
  for (const { eventId, activityTaskScheduledEventAttributes: scheduled } of events ?? []) {
    if (scheduled == null) continue;
    const queue = scheduled.taskQueue?.name ?? '';
    queues.set(scheduled.activityType?.name ?? '', queue);
    const started = events?.find(
      ({ activityTaskStartedEventAttributes: start }) => String(start?.scheduledEventId) === String(eventId),
    );
    const pid = started?.activityTaskStartedEventAttributes?.identity?.split('@', 1)[0] ?? '';
    processes.set(queue, (processes.get(queue) ?? new Set()).add(pid));
  }
  expect(queues.get('stageChunk')).toBe('parse');
  expect(queues.get('applyChunk')).toBe('apply');
  for (const service of ['parse', 'apply']) {
    expect(processes.get(service)).toEqual(new Set([String(under.stack.services.get(service)?.pid)]));
  }
});

test('what a worker process is started as says which queues it polls, and it polls no other', async () => {
  for (const service of ['workflows', 'parse', 'apply', 'webhooks']) {
    const started = (await linesOf(service)).filter(({ event }) => event === 'worker_started');
    expect(started.map(({ queues }) => queues)).toEqual([[service]]);
  }
});

test('structured JSON logs: every line says service, level and event, and those of an import its import_job_id and correlation_id', async () => {
  const { id } = await under.post(FILE, 'customers', { 'X-Request-Id': 'upload-of-today' });
  await under.waitFor(id, 'completed');
  await until(async () =>
    (await linesOf('apply')).some((line) => line.event === 'job_ended' && line.import_job_id === id),
  );

  const names = { api: 'api', workflows: 'workflows-worker', parse: 'parse-worker', apply: 'apply-worker' };
  for (const [log, service] of Object.entries(names)) {
    for (const line of await linesOf(log)) {
      expect(line).toMatchObject({
        service,
        level: expect.stringMatching(/^(trace|debug|info|warn|error|fatal)$/),
        event: expect.stringMatching(/^[a-z_]+$/),
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        message: expect.any(String),
      });
    }
  }
  // From the request to its job, and from the job to what became of it.
  const ofRequest = (await linesOf('api')).filter((line) => line.correlation_id === 'upload-of-today');
  expect(ofRequest.map(({ event, import_job_id }) => [event, import_job_id])).toEqual([
    ['import_accepted', id],
    ['http_request', undefined],
  ]);
  const ofJob = (await linesOf('apply')).filter((line) => line.import_job_id === id);
  expect(ofJob).toContainEqual(
    expect.objectContaining({
      event: 'job_ended',
      correlation_id: id,
      status: 'completed',
      counts: expect.objectContaining({ total: ROWS }),
    }),
  );
  // A failed attempt of an earlier import names it too.
  const failed = (await linesOf('apply')).filter(({ event }) => event === 'activity_failed');
  expect(failed.length).toBeGreaterThan(0);
  for (const line of failed) {
    expect(line).toMatchObject({ correlation_id: line.import_job_id, import_job_id: expect.any(String) });
  }
});

test('readiness checks of a worker do an authenticated handshake with every dependency', async () => {
  const all = { database: 'ok', temporal: 'ok', storage: 'ok', worker: 'ok' };
  expect(await readinessOf({})).toEqual([200, { status: 'ok', checks: all }]);
  const url = new URL(under.stack.databaseUrl);
  // The server is there, and would let others in.
  url.password = 'wrong';
  expect(await readinessOf({ DATABASE_URL: url.href })).toEqual([
    503,
    { status: 'unavailable', checks: { ...all, database: 'down' } },
  ]);
});
