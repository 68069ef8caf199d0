import { emptyTables } from '../support/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jobSchema } from '../../contracts/http/job.ts';
import { problemSchema } from '../../contracts/http/problem.ts';
import { recordChangeSchemaOf } from '../../contracts/http/record.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { KEPT_PARTS, type KeptPart } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { markExpired, removeJobs } from '../../prisma/repositories/retention.ts';
import { csv } from '../support/csv.ts';
import { importFile } from '../support/import-bench.ts';
import type { TestImport } from '../support/imports.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

/** What is no longer kept answers so, and everything else as before. */
let api: ApiUnderTest;
const workflows = createFakeWorkflows();

beforeAll(async () => {
  api = await startApi({ workflows });
});
afterAll(() => api.stop());
beforeEach(async () => {
  workflows.closed.clear();
  await emptyTables(
    api.database.pool,
    'jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, turns, products, customers, record_changes, audit',
  );
});

const ONE_REJECTED = csv('sku,name,price', 'a,A,1', 'b,B,cheap');

/** An import that has ended, of which the parts are no longer kept. */
async function imported(expired: readonly KeptPart[], given: Partial<TestImport> = {}): Promise<string> {
  const data = { db: api.database, storage: api.storage };
  const { jobId } = await importFile(data, { content: ONE_REJECTED, ...given });
  await expire(jobId, expired);
  return jobId;
}

async function expire(jobId: string, parts: readonly KeptPart[]): Promise<void> {
  const { pool } = api.database;
  await pool.query(`UPDATE jobs SET finished_at = now() - interval '10 days' WHERE id = $1`, [jobId]);
  for (const part of KEPT_PARTS.filter((known) => parts.includes(known)))
    await markExpired(pool, part, 5, 10);
}

function ask(jobId: string, path: string, method = 'GET', body?: unknown): Promise<Response> {
  return api.as('admin')(`/api/jobs/${jobId}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function expectExpired(response: Response): Promise<void> {
  expect(response.status).toBe(410);
  expect(problemSchema.parse(await response.json())).toMatchObject({
    type: '/problems/expired',
    status: 410,
  });
}

const REPAIR = { values: { price: '2' } };
const JOB = ['files', 'staging', 'outcomes', 'changes'] as const;

describe('a job of which nothing is kept but itself', () => {
  test('says so, and shows its counts and chunks as ever', async () => {
    const jobId = await imported(JOB);
    const job = jobSchema.parse(await (await ask(jobId, '')).json());
    expect(job).toMatchObject({
      status: 'completed',
      expired: JOB,
      counts: { total: 2, created: 1, rejected: 1 },
    });
    expect((await ask(jobId, '/chunks')).status).toBe(200);
    expect((await ask(jobId, '/reading')).status).toBe(200);
    expect((await ask(jobId, '/audit')).status).toBe(200);
    expect((await ask(jobId, '/recovery')).status).toBe(200);
  });

  test.each<[string, string, unknown?]>([
    ['GET', '/rows'],
    ['GET', '/rows?outcome=rejected'],
    ['GET', '/errors.csv'],
    ['HEAD', '/unprocessed.csv'],
    ['GET', '/unprocessed.csv'],
    ['PATCH', '/rows/2', REPAIR],
    ['POST', '/retry-rejected'],
    ['POST', '/reset'],
    ['POST', '/undo'],
  ])('answers 410 to %s %s, and changes nothing', async (method, path, body) => {
    const jobId = await imported(JOB);
    const before = await api.database.prisma.job.findMany();
    const response = await ask(jobId, path, method, body);
    if (method === 'HEAD') expect(response.status).toBe(410);
    else await expectExpired(response);
    expect(await api.database.prisma.job.findMany()).toEqual(before);
    expect(await api.database.prisma.auditEntry.count()).toBe(0);
    // A job that can not begin again keeps the workflow that it has.
    expect(workflows.closed.size).toBe(0);
  });
});

test('a job says of what is kept that it is there', async () => {
  const jobId = await imported([]);
  expect(jobSchema.parse(await (await ask(jobId, '')).json()).expired).toEqual([]);
  for (const path of ['/rows', '/errors.csv', '/unprocessed.csv'])
    expect((await ask(jobId, path)).status).toBe(200);
});

describe('without its file', () => {
  test('a dry run can not be confirmed', async () => {
    const jobId = await imported(['files'], { options: { dryRun: true } });
    await expectExpired(await ask(jobId, '/confirm', 'POST'));
    expect(await api.countJobs()).toBe(1);
  });

  test('one that was confirmed in time names its import for ever', async () => {
    const jobId = await imported([], { options: { dryRun: true } });
    const first = await ask(jobId, '/confirm', 'POST');
    expect(first.status).toBe(202);
    await api.database.pool.query(
      `UPDATE jobs SET status = 'completed', finished_at = now() WHERE status = 'pending'`,
    );
    await expire(jobId, ['files']);
    const again = await ask(jobId, '/confirm', 'POST');
    expect([again.status, again.headers.get('location')]).toEqual([200, first.headers.get('location')]);
  });

  test('rejected rows can still be listed, downloaded and repaired', async () => {
    const jobId = await imported(['files']);
    const text = await (await ask(jobId, '/errors.csv')).text();
    expect(text).toContain('b,B,cheap');
    expect((await ask(jobId, '/rows/2', 'PATCH', REPAIR)).status).toBe(200);
    expect((await ask(jobId, '/retry-rejected', 'POST')).status).toBe(202);
  });

  test('a job begins again where all of its rows were staged, and not where some stand in the file only', async () => {
    const staged = await imported(['files']);
    const cancelled = await imported(['files']);
    expect((await ask(staged, '/reset', 'POST')).status).toBe(202);
    await api.database.pool.query(
      `UPDATE chunks SET staged_at = NULL, created = 0, rejected = 0 FROM jobs j WHERE j.number = job_number AND j.id = $1`,
      [cancelled],
    );
    await expectExpired(await ask(cancelled, '/reset', 'POST'));
    await expectExpired(await ask(cancelled, '/unprocessed.csv'));
  });
});

test('a job can be undone as long as what it changed and created is known', async () => {
  for (const expired of [['changes'], ['staging', 'outcomes']] as const) {
    const old = await imported(expired);
    await expectExpired(await ask(old, '/undo', 'POST'));
  }
  const young = await imported(['files', 'staging']);
  expect((await ask(young, '/undo', 'POST')).status).toBe(202);
});

test('a record and its history outlive the changes and the job that wrote it', async () => {
  const jobId = await imported([], { content: csv('sku,name,price', 'a,A,1') });
  const second = await imported([], { content: csv('sku,name,price', 'a,B,2') });
  const { id } = await api.database.prisma.product.findUniqueOrThrow({ where: { skuKey: 'a' } });
  await expire(jobId, JOB);
  await expire(second, JOB);
  const { pool } = api.database;
  await pool.query(`DELETE FROM record_changes; UPDATE jobs SET removing = '{}'`);
  expect(await removeJobs(pool, 5, 10)).toBe(2);

  const record = await (await api.as('viewer')(`/api/products/${id}`)).json();
  expect(record).toMatchObject({ name: 'B', lastChange: { changeId: second, row: 1, source: null } });
  const history = await api.as('viewer')(`/api/products/${id}/history`);
  const { items } = pageOf(recordChangeSchemaOf(KINDS.products)).parse(await history.json());
  expect(items).toMatchObject([{ operation: 'created', changesRemoved: true, source: null }]);
  expect((await ask(second, '')).status).toBe(404);
  expect((await ask(uuidv7(), '/rows')).status).toBe(404);
});

test('the page of the problem says what to do', async () => {
  const page = await fetch(`${api.url}/problems/expired`);
  expect(await page.json()).toMatchObject({
    status: 410,
    explanation: expect.stringContaining('upload it again') as string,
  });
});
