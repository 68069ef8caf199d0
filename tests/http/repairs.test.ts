import { emptyTables } from '../support/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditEntrySchema } from '../../contracts/http/audit.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { jobSchema } from '../../contracts/http/job.ts';
import { problemSchema } from '../../contracts/http/problem.ts';
import type { ImportOptions, Role } from '../../contracts/words.ts';
import { inTransaction } from '../../prisma/client.ts';
import { enterStage } from '../../prisma/repositories/parked-parts.ts';
import { csv } from '../support/csv.ts';
import { hold, waitingConnections } from '../support/hold.ts';
import { importFile } from '../support/import-bench.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

/** What is done to an import after it has ended, and what the audit log keeps of it. */
let api: ApiUnderTest;
const workflows = createFakeWorkflows();

beforeAll(async () => {
  api = await startApi({
    workflows: {
      ...workflows,
      async startJob(start) {
        await workflows.startJob(start);
        // As a workflow begins.
        await inTransaction(api.database.pool, (client) => enterStage(client, start.id, 'resolving'));
      },
    },
  });
});
afterAll(() => api.stop());
beforeEach(async () => {
  workflows.started.length = 0;
  await emptyTables(
    api.database.pool,
    'jobs, chunks, parked_parts, staged_rows, row_outcomes, products, record_changes, audit',
  );
});

async function send(method: string, path: string, body?: unknown, role: Role = 'operator') {
  return await api.as(role, 'ada')(path, {
    method,
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const repair = (job: string, row: number, values: object) =>
  send('PATCH', `/api/jobs/${job}/rows/${String(row)}`, { values });
const retry = (job: string, body?: object) => send('POST', `/api/jobs/${job}/retry-rejected`, body);
const confirm = (job: string, body?: object) => send('POST', `/api/jobs/${job}/confirm`, body);

/** @returns the id of an ended import of which the rows 2 and 3 are rejected */
async function endedImport(options: Partial<ImportOptions> = {}): Promise<string> {
  const content = csv('sku,name,price', 'a,A,1', 'b,B,cheap', 'c,C,dear');
  const { jobId } = await importFile({ db: api.database, storage: api.storage }, { content, options });
  return jobId;
}

async function auditOf(job: string) {
  const response = await api.as('viewer')(`/api/jobs/${job}/audit`);
  return pageOf(auditEntrySchema).parse(await response.json()).items;
}

async function expectWrongState(response: Response, currentStatus: string): Promise<void> {
  expect(response.status).toBe(409);
  expect(problemSchema.parse(await response.json())).toMatchObject({
    type: '/problems/wrong-state',
    currentStatus,
  });
}

describe('a repaired row', () => {
  test('stands in the audit log with its values before and after', async () => {
    const job = await endedImport();
    expect((await repair(job, 2, { price: 2.5 })).status).toBe(200);
    const others = { sku: 'b', name: 'B', description: null, active: null, stock: null };
    expect(await auditOf(job)).toEqual([
      {
        id: expect.any(String),
        at: expect.any(String),
        actor: 'ada',
        action: 'repair-row',
        jobId: job,
        orderId: null,
        part: 'row 2',
        reason: null,
        before: { values: { ...others, price: null } },
        after: { values: { ...others, price: '2.5' } },
        via: 'api',
      },
    ]);
    expect((await repair(job, 2, { price: 3 })).status).toBe(200);
    expect((await auditOf(job))[0]).toMatchObject({
      before: { values: { price: '2.5' } },
      after: { values: { price: '3' } },
    });
  });

  test('that is refused leaves nothing in it', async () => {
    const job = await endedImport();
    expect((await repair(job, 2, { price: 'free' })).status).toBe(422);
    expect((await repair(job, 2, { colour: 'red' })).status).toBe(422);
    expect((await repair(job, 9, { price: 1 })).status).toBe(404);
    await expectWrongState(await repair(job, 1, { price: 1 }), 'completed');
    await expectWrongState(await repair(await endedImport({ dryRun: true }), 2, { price: 1 }), 'completed');
    expect(await auditOf(job)).toEqual([]);
  });

  test('is refused when the job is opened again in the same moment', async () => {
    const job = await endedImport();
    expect((await repair(job, 2, { price: 2.5 })).status).toBe(200);
    const release = await hold(api.database, 'SELECT FROM jobs WHERE id = $1 FOR UPDATE', [job]);
    // Both have seen a completed job, and now wait for each other's outcome, in this order.
    const retried = retry(job);
    await waiting(1);
    const repaired = repair(job, 3, { price: 3 });
    await waiting(2);
    await release();
    expect((await retried).status).toBe(200);
    const { status, currentStatus } = problemSchema.parse(await (await repaired).json());
    expect(status).toBe(409);
    expect(['pending', 'processing']).toContain(currentStatus);
    expect((await auditOf(job)).map(({ action }) => action)).toEqual(['retry-rejected', 'repair-row']);
  });

  async function waiting(sessions: number): Promise<void> {
    await until(async () => (await waitingConnections(api.database, 'test')).length === sessions);
  }
});

describe('rejected rows that are applied again', () => {
  test('stand in the audit log once, with who asked and why', async () => {
    const job = await endedImport();
    await expectWrongState(await retry(job), 'completed');
    expect(await auditOf(job)).toEqual([]);
    await repair(job, 2, { price: 2 });
    await repair(job, 3, { price: 3 });
    const id = uuidv7();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const response = await retry(job, { id, reason: 'the supplier called back' });
      expect([response.status, jobSchema.parse(await response.json()).status]).toEqual([200, 'processing']);
    }
    expect(workflows.started).toEqual([job]);
    const [entry, ...repairs] = await auditOf(job);
    expect(entry).toEqual({
      id,
      at: expect.any(String),
      actor: 'ada',
      action: 'retry-rejected',
      jobId: job,
      orderId: null,
      part: null,
      reason: 'the supplier called back',
      before: { status: 'completed' },
      after: { status: 'pending', rows: 2 },
      via: 'api',
    });
    expect(repairs.map(({ action }) => action)).toEqual(['repair-row', 'repair-row']);
  });
});

describe('a dry run that is confirmed', () => {
  test('stands in the audit log once, with the import that came of it', async () => {
    const dryRun = await endedImport({ dryRun: true });
    const id = uuidv7();
    const accepted = await confirm(dryRun, { id, reason: 'looks good' });
    expect(accepted.status).toBe(202);
    const made = jobSchema.parse(await accepted.json());
    const again = await confirm(dryRun, { reason: 'once more' });
    expect([again.status, jobSchema.parse(await again.json()).id]).toEqual([200, made.id]);
    expect(await auditOf(dryRun)).toEqual([
      {
        id,
        at: expect.any(String),
        actor: 'ada',
        action: 'confirm',
        jobId: dryRun,
        orderId: null,
        part: null,
        reason: 'looks good',
        before: { confirmedAs: null },
        after: { confirmedAs: made.id },
        via: 'api',
      },
    ]);
    expect(await auditOf(made.id)).toEqual([]);
  });

  test('leaves nothing in it where there is nothing to confirm', async () => {
    const job = await endedImport();
    await expectWrongState(await confirm(job), 'completed');
    expect(await auditOf(job)).toEqual([]);
  });
});
