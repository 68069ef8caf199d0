import { emptyTables } from '../support/database.ts';
import { EVENTS } from '../../contracts/events/index.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEraseRecord } from '../../activities/erase/erase-record.ts';
import { auditEntrySchema } from '../../contracts/http/audit.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { type Erasure, erasureSchema } from '../../contracts/http/erase.ts';
import { jobSchema } from '../../contracts/http/job.ts';
import { problemSchema } from '../../contracts/http/problem.ts';
import type { ImportOptions, JobStatus, RecordKind, Role } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { listWrongDeletions } from '../../prisma/repositories/bulk-delete-invariants.ts';
import {
  listUnaccountedRows,
  listUpdatesWithoutChange,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { refreshSearch } from '../../prisma/repositories/record-search.ts';
import { csv } from '../support/csv.ts';
import { importFile, importSteps, undoJob } from '../support/import-bench.ts';
import { TEST_RETENTION } from '../support/limits.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

/** A person is forgotten wherever there is a trace, and nobody else is. */
let api: ApiUnderTest;
let isWorkerThere = true;

beforeAll(async () => {
  const workflows = createFakeWorkflows();
  api = await startApi({
    workflows: {
      ...workflows,
      // Done as the worker does it, but in this process.
      erase: async (request) => {
        if (!isWorkerThere) return null;
        const deps = { db: api.database, retention: TEST_RETENTION };
        return await new MockActivityEnvironment().run(createEraseRecord(deps), request);
      },
    },
  });
});
afterAll(() => api.stop());
beforeEach(async () => {
  await emptyTables(
    api.database.pool,
    'jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, turns, products, customers, customers_search, record_changes, audit, events, webhook_endpoints, webhook_deliveries, webhook_attempts, orders, order_lines, reservations, payments, shipments, order_events',
  );
});

const HEADER = 'email,name,company,phone';

async function imported(
  lines: string[],
  { kind = 'customers', options }: { kind?: RecordKind; options?: Partial<ImportOptions> } = {},
): Promise<string> {
  const header = kind === 'customers' ? HEADER : 'sku,name,price';
  const given = { content: csv(header, ...lines), kind, ...(options === undefined ? {} : { options }) };
  return (await importFile({ db: api.database, storage: api.storage }, given)).jobId;
}

async function idOf(emailKey: string): Promise<string> {
  return (await api.database.prisma.customer.findUniqueOrThrow({ where: { emailKey } })).id;
}

async function post(path: string, body?: unknown, role: Role = 'admin'): Promise<Response> {
  return await api.as(role)(path, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function erase(id: string, body?: unknown): Promise<Erasure> {
  const response = await post(`/api/customers/${id}/erase`, body);
  expect(response.status).toBe(200);
  return erasureSchema.parse(await response.json());
}

async function problem(response: Response, status: number) {
  expect(response.status).toBe(status);
  return problemSchema.parse(await response.json());
}

/** Everything that the database holds, as text. */
async function everything(): Promise<string> {
  const { rows: tables } = await api.database.pool.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`,
  );
  expect(tables.length).toBeGreaterThan(9);
  let text = '';
  for (const { name } of tables) {
    const { rows } = await api.database.pool.query<{ text: string }>(
      `SELECT t::text AS text FROM "${name}" t`,
    );
    text += rows.map((row) => row.text).join('\n');
  }
  return text.toLowerCase();
}

async function setStatus(jobId: string, status: JobStatus): Promise<void> {
  await api.database.prisma.job.update({ where: { id: jobId }, data: { status } });
}

async function broken(): Promise<string[]> {
  const { pool } = api.database;
  const questions = [listWrongCounters, listUnaccountedRows, listUpdatesWithoutChange, listWrongDeletions];
  return (await Promise.all(questions.map((question) => question(pool)))).flat();
}

const NAMED = ['ada@', 'lovelace', 'engines', 'ext zz'];

describe('erasing a customer', () => {
  test('takes a person out of files of orders too, with all lines of the order, and leaves the others', async () => {
    await imported(['ada@example.com,Ada,Engines,']);
    const { jobId } = await importFile(
      { db: api.database, storage: api.storage },
      {
        kind: 'orders',
        options: { mode: 'create' },
        content: csv(
          'order_number,email,sku,quantity',
          'a1,Ada@Example.com,SKU-1,1',
          'b1,bob@example.com,SKU-1,1',
          'a1,,SKU-2,1',
          'a2,ada@example.com,SKU-3,none',
          'a2,,SKU-4,1',
          'b2,,SKU-5,1,surplus ada@example.com',
        ),
      },
    );
    const { erased, files } = await erase(await idOf('ada@example.com'));
    expect(erased).toMatchObject({ record: true, stagedRows: 6, orders: 1 });
    expect(files.map((file) => [file.jobId, file.holds])).toContainEqual([jobId, 'yes']);
    const left = await everything();
    expect(left).not.toContain('ada@example.com');
    expect(left).toContain('bob@example.com');
    expect(await broken()).toEqual([]);
    const { rows } = await api.database.pool.query<{ key: string | null }>(
      'SELECT key FROM staged_rows JOIN jobs ON jobs.number = job_number WHERE jobs.id = $1 ORDER BY "row"',
      [jobId],
    );
    expect(rows.map(({ key }) => key)).toEqual([null, 'b1', null, null, null, null]);
  });

  test('is told to those who want to hear of deletions, once and with nothing but the id', async () => {
    await imported(['ada@example.com,Ada Lovelace,Engines,ext zz']);
    const id = await idOf('ada@example.com');
    await erase(id);
    await post(`/api/customers/${id}/erase`);
    const { rows } = await api.database.pool.query<{ type: string; data: unknown; correlation_id: string }>(
      `SELECT id, type, version, data, correlation_id, created_at FROM events WHERE type = 'customer.deleted' AND data ->> 'id' = $1`,
      [id],
    );
    expect(rows).toMatchObject([{ type: 'customer.deleted', data: { id, by: 'tester', values: null } }]);
    const [event] = rows as unknown as [Record<string, unknown> & { created_at: Date }];
    EVENTS['customer.deleted'].schema.parse({
      id: event.id,
      type: event.type,
      version: event.version,
      timestamp: event.created_at.toISOString(),
      correlationId: event.correlation_id,
      data: event.data,
    });
  });

  test('leaves no trace in any table, and touches nobody else', async () => {
    const first = await imported([
      'Ada@example.com,Ada Lovelace,Engines,ext zz',
      'ben@example.com,Ben,Acme,1',
    ]);
    const second = await imported([
      'ben@example.com,Ben B,Acme,1',
      'ADA@example.com,Ada K. Lovelace,Engines,ext zz0',
      'ada@example.com,,Engines,ext zz',
    ]);
    const third = await imported([
      `"ada@example.com,broken` + `",,,`,
      'not ada@example.com at all,Ada Lovelace,Engines,ext zz',
    ]);
    const id = await idOf('ada@example.com');
    const ben = await api.database.prisma.customer.findUniqueOrThrow({
      where: { emailKey: 'ben@example.com' },
    });

    await refreshSearch(api.database.pool, KINDS.customers, [id, ben.id]);

    const { erased, files } = await erase(id, { reason: 'asked by letter of 3 March' });
    expect(erased).toMatchObject({ record: true, changes: 1, outcomes: 2 });
    expect(erased.stagedRows).toBeGreaterThanOrEqual(4);
    expect(files.map(({ jobId, holds }) => [jobId, holds]).sort()).toEqual(
      [first, second, third].map((jobId) => [jobId, 'yes']).sort(),
    );

    const text = await everything();
    for (const trace of NAMED) expect(text).not.toContain(trace);
    expect(text).toContain('ben@example.com');
    expect(
      await api.database.prisma.customer.findUniqueOrThrow({ where: { emailKey: 'ben@example.com' } }),
    ).toEqual(ben);
    const history = await api.as('viewer')(`/api/customers/${ben.id}/history`);
    expect(await history.json()).toMatchObject({ items: [{ before: { name: 'Ben' } }, {}] });
    expect(await broken()).toEqual([]);
  });

  test('also leaves no trace in what can be read over the API', async () => {
    const jobId = await imported([
      'ada@example.com,Ada Lovelace,,ext zz',
      'ben@example.com,Ben,,1',
      'ada@example.com,Ada Lovelace,Engines,ext zz',
    ]);
    await setStatus(jobId, 'failed');
    const id = await idOf('ada@example.com');
    await erase(id);
    for (const path of ['rows', 'errors.csv', 'unprocessed.csv']) {
      const response = await api.as('admin')(`/api/jobs/${jobId}/${path}`);
      expect(response.status).toBe(200);
      const text = (await response.text()).toLowerCase();
      for (const trace of NAMED) expect(text).not.toContain(trace);
      if (path === 'errors.csv') expect(text).toContain('ben@example.com');
    }
    const rows = await (await api.as('viewer')(`/api/jobs/${jobId}/rows?outcome=rejected`)).json();
    expect(rows).toMatchObject({
      items: [{ row: 1, key: null, raw: null, errors: [{ code: 'erased' }] }, { row: 2 }],
    });
    await problem(await api.as('viewer')(`/api/customers/${id}`), 404);
    await problem(await api.as('viewer')(`/api/customers/${id}/history`), 404);
  });

  test('says when the files that hold the person go, and which may', async () => {
    const holds = await imported(['ada@example.com,Ada,Engines,1']);
    const cancelled = await imported(['cleo@example.com,Cleo,Engines,1']);
    await imported(['ben@example.com,Ben,Acme,1']);
    await api.database.pool.query(
      `UPDATE chunks SET staged_at = NULL FROM jobs j WHERE j.number = job_number AND j.id = $1`,
      [cancelled],
    );
    await setStatus(cancelled, 'cancelled');
    await api.database.pool.query(`UPDATE jobs SET finished_at = '2026-11-01T07:00:00Z'`);
    const { files } = await erase(await idOf('ada@example.com'));
    const until = '2026-12-01T07:00:00.000Z';
    expect(files).toEqual([
      { jobId: holds, holds: 'yes', until },
      { jobId: cancelled, holds: 'unknown', until },
    ]);
  });

  test('has a row that was never applied end as failed, so that it never will be', async () => {
    await imported(['ada@example.com,Ada,Engines,1']);
    const aborted = await imported(
      ['ada@example.com,Ada Lovelace,Engines,1', 'ben@example.com,Ben,Acme,1', 'c,C,C,'],
      {
        options: { onError: 'abort' },
      },
    );
    await erase(await idOf('ada@example.com'));
    const response = await api.as('viewer')(`/api/jobs/${aborted}`);
    expect(await response.json()).toMatchObject({
      status: 'failed',
      counts: { total: 3, pending: 1, failed: 1, rejected: 1 },
    });
    expect(await broken()).toEqual([]);
  });

  test('does not let what is left of a rejected row be repaired', async () => {
    const jobId = await imported(['ada@example.com,Ada,,1', 'ada@example.com,Ada,Engines,1']);
    const repair = (): Promise<Response> =>
      api.as('operator')(`/api/jobs/${jobId}/rows/1`, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ values: { company: 'Lovelace Ltd' } }),
      });
    expect((await repair()).status).toBe(200);
    await erase(await idOf('ada@example.com'));
    expect(await problem(await repair(), 410)).toMatchObject({ type: '/problems/expired' });
    await problem(await post(`/api/jobs/${jobId}/retry-rejected`, undefined, 'operator'), 409);
    // The log names the columns of a person's row, not the values.
    expect(await everything()).not.toContain('lovelace');
  });
});

describe('the answer', () => {
  test('is in the audit log, by id alone, and the same when asked again under the same id', async () => {
    await imported(['ada@example.com,Ada Lovelace,Engines,ext zz']);
    const id = await idOf('ada@example.com');
    const action = uuidv7();
    const first = await erase(id, { id: action, reason: 'letter 17' });
    expect(await erase(id, { id: action, reason: 'letter 17' })).toEqual(first);
    const log = await api.as('admin')('/api/audit?action=erase');
    const { items } = pageOf(auditEntrySchema).parse(await log.json());
    expect(items).toMatchObject([
      { id: action, actor: 'tester', jobId: null, reason: 'letter 17', before: { kind: 'customers', id } },
    ]);
    expect(items[0]!.after).toEqual({ erased: first.erased, files: first.files, filesTotal: 1 });
  });

  test('is 202 as long as it is not done', async () => {
    await imported(['ada@example.com,Ada,Engines,1']);
    const id = await idOf('ada@example.com');
    isWorkerThere = false;
    const response = await post(`/api/customers/${id}/erase`);
    isWorkerThere = true;
    expect([response.status, await response.json()]).toEqual([202, { id, requested: true }]);
  });

  test('is 404 for one that is not there, and for one that was erased under another id', async () => {
    await imported(['ada@example.com,Ada,Engines,1']);
    const id = await idOf('ada@example.com');
    await erase(id);
    await problem(await post(`/api/customers/${id}/erase`), 404);
    await problem(await post(`/api/customers/${uuidv7()}/erase`), 404);
  });

  test('is for admins only, and of kinds that are people only', async () => {
    await imported(['ada@example.com,Ada,Engines,1']);
    const id = await idOf('ada@example.com');
    await problem(await post(`/api/customers/${id}/erase`, undefined, 'operator'), 403);
    await problem(await post(`/api/products/${id}/erase`), 404);
    expect(await idOf('ada@example.com')).toBe(id);
  });
});

test('goes from orders, which stay', async () => {
  await imported(['ada@example.com,Ada Lovelace,Engines,ext zz']);
  const id = await idOf('ada@example.com');
  const place = (orderId: string, email: string, goal: string | null) =>
    api.database.pool.query(
      `INSERT INTO orders (id, goal, email, email_key, currency, payment_token, request, created_by)
       VALUES ($1, $2::order_goal, $3, lower($3), 'EUR', 'token', 'x', 'x')`,
      [orderId, goal, email],
    );
  await place('ended', 'Ada@example.com', null);
  await place('at-work', 'ada@example.com', 'fulfil');
  await place('other', 'bob@example.com', null);
  expect((await erase(id)).erased).toMatchObject({ record: true, orders: 2 });
  const { rows } = await api.database.pool.query(
    'SELECT id, email, email_key, payment_token FROM orders ORDER BY number',
  );
  expect(rows).toEqual([
    { id: 'ended', email: null, email_key: null, payment_token: null },
    { id: 'at-work', email: null, email_key: null, payment_token: 'token' },
    { id: 'other', email: 'bob@example.com', email_key: 'bob@example.com', payment_token: 'token' },
  ]);
});

test('one that was deleted before is erased where its changes still name it', async () => {
  const jobId = await imported(['ada@example.com,Ada Lovelace,Engines,ext zz']);
  await imported(['ada@example.com,Ada L.,Engines,ext zz']);
  const id = await idOf('ada@example.com');
  const deleted = await api.as('operator')(`/api/customers/${id}`, {
    method: 'DELETE',
    headers: { 'If-Match': '*' },
  });
  expect(deleted.status).toBe(204);
  const { erased, files } = await erase(id);
  expect(erased).toEqual({ record: false, changes: 2, stagedRows: 2, outcomes: 2, orders: 0 });
  expect(files.map((file) => file.jobId)).toContain(jobId);
  const text = await everything();
  for (const trace of NAMED) expect(text).not.toContain(trace);
  await problem(await post(`/api/customers/${id}/erase`), 404);
});

test('what webhooks are told of one goes too, and of others stays', async () => {
  await imported(['ada@example.com,Ada,Engines,1', 'bob@example.com,Bob,Engines,2']);
  const [id, other] = [await idOf('ada@example.com'), await idOf('bob@example.com')];
  const change = (of: string, key: string) => ({ operation: 'created', id: of, key, row: 1 });
  const batch = (changes: object[]) => JSON.stringify({ kind: 'customers', changes });
  await api.database.pool.query(
    `INSERT INTO events (id, type, correlation_id, data)
     VALUES ('one', 'customer.updated', 'one', $1), ('both', 'records.changed', 'x', $2), ('alone', 'records.changed', 'x', $3)`,
    [
      JSON.stringify({ id, values: { email: 'ada@example.com' } }),
      batch([change(id, 'ada@example.com'), change(other, 'bob@example.com')]),
      batch([change(id, 'ada@example.com')]),
    ],
  );
  await erase(id);
  const { rows } = await api.database.pool.query<{ id: string; data: object }>(
    `SELECT id, data FROM events WHERE id IN ('one', 'both', 'alone')`,
  );
  expect(rows).toEqual([
    { id: 'both', data: JSON.parse(batch([change(other, 'bob@example.com')])) as object },
  ]);
});

test('two attempts at the same time, as after a lost answer, erase once and say the same', async () => {
  await imported(['ada@example.com,Ada,Engines,1']);
  const id = await idOf('ada@example.com');
  const body = { id: uuidv7() };
  const [one, other] = await Promise.all([erase(id, body), erase(id, body)]);
  expect(one).toEqual(other);
  expect(await erase(id, body)).toEqual(one);
  expect(await api.database.prisma.auditEntry.count()).toBe(1);
});

test('one who had another address before is erased under both', async () => {
  const jobId = await imported(['ada@example.com,Ada Lovelace,Engines,ext zz']);
  const id = await idOf('ada@example.com');
  for (const email of ['ada@maiden.example', 'ada@married.example']) {
    const changed = await api.as('operator')(`/api/customers/${id}`, {
      method: 'PATCH',
      headers: { 'If-Match': '*', 'Content-Type': 'application/json' },
      body: JSON.stringify({ email }),
    });
    expect(changed.status).toBe(200);
  }
  await imported(['ada@maiden.example,Ada,Engines,ext zz', 'ada@other.example,Other Ada,Acme,1'], {
    options: { dryRun: true },
  });
  const { erased, files } = await erase(id);
  expect(erased).toEqual({ record: true, changes: 2, stagedRows: 2, outcomes: 1, orders: 0 });
  expect(files.map((file) => file.jobId)).toContain(jobId);
  const text = await everything();
  for (const trace of ['ada@example', 'ada@m', 'lovelace', 'engines']) expect(text).not.toContain(trace);
  expect(text).toContain('ada@other.example');
});

test('one whose creation was undone is erased from the import and from the undo', async () => {
  const jobId = await imported(['ada@example.com,Ada Lovelace,Engines,ext zz', 'ben@example.com,Ben,Acme,1']);
  const id = await idOf('ada@example.com');
  const { pool } = api.database;
  await pool.query(
    `INSERT INTO jobs (id, type, kind, status, options, created_by, target_job_id, read_at, finished_at)
     SELECT uuidv7(), 'undo', kind, 'completed', '{}', 'tester', id, now(), now() FROM jobs WHERE id = $1`,
    [jobId],
  );
  await pool.query(
    `INSERT INTO job_targets (job_number, "row", record_id, key, operation, source_row)
     SELECT undo.number, o."row", o.record_id, s.key, 'created', o."row"
       FROM jobs undo
       JOIN jobs j ON j.id = undo.target_job_id
       JOIN row_outcomes o ON o.job_number = j.number
       JOIN staged_rows s ON s.job_number = j.number AND s."row" = o."row"`,
  );
  await pool.query(
    `INSERT INTO row_outcomes (job_number, "row", outcome, record_id, errors)
     SELECT job_number, "row", CASE "row" WHEN 1 THEN 'failed' ELSE 'reversed' END::outcome, record_id,
            CASE "row" WHEN 1 THEN '[{"column": null, "value": "ada@example.com", "code": "data_refused", "message": "ada@"}]'::jsonb END
       FROM job_targets`,
  );
  await pool.query('DELETE FROM customers');
  const { erased } = await erase(id);
  expect(erased).toEqual({ record: false, changes: 0, stagedRows: 1, outcomes: 2, orders: 0 });
  const text = await everything();
  for (const trace of NAMED) expect(text).not.toContain(trace);
  expect(text).toContain('ben@example.com');
  expect(await api.database.prisma.jobTarget.findMany({ orderBy: { row: 'asc' } })).toMatchObject([
    { row: 1, recordId: null, key: null },
    { row: 2, key: 'ben@example.com' },
  ]);
  await problem(await post(`/api/customers/${id}/erase`), 404);
});

test('one that a bulk delete took is erased from it and from its undo, which finds nothing to bring back', async () => {
  await imported(['ada@example.com,Ada Lovelace,Engines,ext zz', 'ben@example.com,Ben,Acme,1']);
  const id = await idOf('ada@example.com');
  const data = { db: api.database, storage: api.storage };
  const { pool, prisma } = api.database;
  await refreshSearch(pool, KINDS.customers, [id]);
  const accepted = await post('/api/customers/bulk-delete', { filter: { q: 'lovelace' }, notify: 'rows' });
  expect(accepted.status).toBe(202);
  const { id: jobId } = jobSchema.parse(await accepted.json());
  expect((await problem(await post(`/api/customers/${id}/erase`), 409)).detail).toContain(jobId);
  const steps = importSteps(data);
  const ref = { jobId, retryDelaysMs: [] };
  await steps.enterStage({ ...ref, stage: 'applying' });
  expect(await steps.deleteChunk({ ...ref, chunk: 1 })).toMatchObject({ deleted: 1 });
  await steps.finishJob(ref);
  await refreshSearch(pool, KINDS.customers, [id]);

  const { erased } = await erase(id);
  expect(erased).toMatchObject({ record: false, changes: 1, stagedRows: 1 });
  const text = await everything();
  for (const trace of NAMED) expect(text).not.toContain(trace);
  expect(text).toContain('ben@example.com');
  expect(await broken()).toEqual([]);
  expect((await undoJob(data, jobId))?.counts).toMatchObject({ total: 0 });
  expect(await prisma.customer.count()).toBe(1);
});

describe('a job that has not ended', () => {
  test.each<JobStatus>(['processing', 'paused', 'needs_attention', 'pending'])(
    'and is %s stands in the way when it holds the person, and is named',
    async (status) => {
      await imported(['ada@example.com,Ada,Engines,1']);
      const running = await imported(['ada@example.com,Ada,Engines,2']);
      const id = await idOf('ada@example.com');
      await setStatus(running, status);
      const before = await everything();
      const refused = await problem(await post(`/api/customers/${id}/erase`), 409);
      expect(refused).toMatchObject({ type: '/problems/wrong-state', currentStatus: status });
      expect(refused.detail).toContain(running);
      expect(await everything()).toBe(before);
      await setStatus(running, 'completed');
      await erase(id);
    },
  );

  test('stands in the way when it works on a job that holds the person', async () => {
    const target = await imported(['ada@example.com,Ada,Engines,1']);
    const id = await idOf('ada@example.com');
    const undo = await imported(['ben@example.com,Ben,Acme,1']);
    await api.database.prisma.job.update({
      where: { id: undo },
      data: { type: 'undo', targetJobId: target, status: 'processing' },
    });
    expect((await problem(await post(`/api/customers/${id}/erase`), 409)).detail).toContain(undo);
  });

  test('does not when it is about others', async () => {
    await imported(['ada@example.com,Ada,Engines,1']);
    await setStatus(await imported(['ben@example.com,Ben,Acme,1']), 'processing');
    await setStatus(await imported(['ada@example.com,Ada,1'], { kind: 'products' }), 'processing');
    expect((await erase(await idOf('ada@example.com'))).erased.record).toBe(true);
  });
});

test('an erasure that was cut off is finished by the next one', async () => {
  const jobs = [
    await imported(['ada@example.com,Ada Lovelace,Engines,ext zz']),
    await imported(['ada@example.com,Ada L.,Engines,ext zz']),
  ];
  const id = await idOf('ada@example.com');
  // The API died when it had done the rows of the first job.
  await api.database.pool.query(
    `UPDATE staged_rows s SET key = NULL, cells = '{}' FROM jobs j WHERE j.number = s.job_number AND j.id = $1`,
    [jobs[0]],
  );
  await api.database.pool.query(
    `UPDATE row_outcomes o SET record_id = NULL FROM jobs j WHERE j.number = o.job_number AND j.id = $1`,
    [jobs[0]],
  );
  await erase(id);
  const text = await everything();
  for (const trace of NAMED) expect(text).not.toContain(trace);
});
