import { emptyTables } from '../support/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditEntrySchema } from '../../contracts/http/audit.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { jobSchema, requestedJobSchema } from '../../contracts/http/job.ts';
import { problemSchema } from '../../contracts/http/problem.ts';
import { attentionSchema } from '../../contracts/http/attention.ts';
import { recoverySchema } from '../../contracts/http/recovery.ts';
import type { JobVerb, Role } from '../../contracts/words.ts';
import { inTransaction } from '../../prisma/client.ts';
import { applyVerb } from '../../prisma/repositories/job-verbs.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { type FixtureRow, insertJob } from './job-fixture.ts';

let api: ApiUnderTest;
const workflows = createFakeWorkflows();
/** What the workflow does with a verb; by default it does it. */
let answers = true;

beforeAll(async () => {
  api = await startApi({
    workflows: {
      ...workflows,
      async sendVerb(job, action, verb) {
        const isRunning = await workflows.sendVerb(job, action, verb);
        if (isRunning && answers) {
          const request = { ...verb, action, key: uuidv7() };
          await inTransaction(api.database.pool, (client) => applyVerb(client, job.id, request, true));
        }
        return isRunning;
      },
    },
  });
});
afterAll(() => api.stop());
beforeEach(async () => {
  answers = true;
  workflows.sent.length = 0;
  workflows.started.length = 0;
  workflows.closed.clear();
  await emptyTables(api.database.pool, 'jobs, chunks, parked_parts, staged_rows, row_outcomes, audit');
});

const post = (path: string, body?: unknown, role: Role = 'operator', headers = {}): Promise<Response> =>
  api.as(role)(path, {
    method: 'POST',
    headers: { ...headers, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const verb = (id: string, name: JobVerb | 'reset', body?: unknown): Promise<Response> =>
  post(`/api/jobs/${id}/${name}`, body, name === 'reset' ? 'admin' : 'operator');

const rows: FixtureRow[] = [
  { key: 'a', cells: ['a', 'x', '1'] },
  { key: 'b', cells: ['b', 'x', '1'] },
];

/** A job with two parked chunks. */
async function parkedJob(): Promise<string> {
  const id = await insertJob(api.database, {
    status: 'needs_attention',
    chunks: [rows, rows],
    data: { stage: 'applying', resolvedAt: new Date() },
  });
  await api.database.pool.query(`UPDATE chunks SET staged_at = now()`);
  await api.database.pool.query(
    `INSERT INTO parked_parts (job_number, stage, chunk, code, message, attempts)
     SELECT number, 'applying', chunk, 'database_error', 'refused', 4 FROM jobs, generate_series(1, 2) chunk WHERE id = $1`,
    [id],
  );
  return id;
}

async function audit(id: string) {
  const response = await api.as('viewer')(`/api/jobs/${id}/audit`);
  return pageOf(auditEntrySchema).parse(await response.json()).items;
}

describe('a verb', () => {
  test('hands id, reason, part and who asks to the workflow, and to the audit log', async () => {
    const job = await parkedJob();
    const id = uuidv7();
    const response = await verb(job, 'skip', { id, reason: ' known ', part: 'applying 2' });
    expect(response.status).toBe(200);
    expect(jobSchema.parse(await response.json())).toMatchObject({
      status: 'needs_attention',
      counts: { failed: 2, pending: 2 },
    });
    expect(workflows.sent).toEqual([
      { jobId: job, action: 'skip', by: expect.any(String), id, part: 'applying 2', reason: 'known' },
    ]);
    expect(await audit(job)).toMatchObject([
      {
        id,
        action: 'skip',
        part: 'applying 2',
        reason: 'known',
        via: 'api',
        before: { parked: ['applying 1', 'applying 2'] },
        after: { parked: ['applying 1'] },
      },
    ]);
    // The same request again, and the same verb under another id: where they lead to.
    expect((await verb(job, 'skip', { id, part: 'applying 2' })).status).toBe(200);
    expect((await verb(job, 'skip', { part: 'applying 2' })).status).toBe(200);
    expect(workflows.sent).toHaveLength(1);
    expect(await audit(job)).toHaveLength(1);
  });

  test.each([
    ['pause', 'processing', 200],
    ['pause', 'paused', 200],
    ['pause', 'completed', 409],
    ['resume', 'paused', 200],
    ['resume', 'processing', 200],
    ['resume', 'cancelled', 409],
    ['cancel', 'cancelled', 200],
    ['cancel', 'failed', 409],
    ['skip', 'processing', 409],
    ['skip', 'completed', 409],
    ['abandon', 'processing', 409],
    ['abandon', 'cancelled', 409],
  ] as const)('%s of a job that is %s: %i', async (name, status, code) => {
    const job = await insertJob(api.database, { status });
    const response = await verb(job, name);
    expect(response.status).toBe(code);
    if (code === 409) {
      expect(problemSchema.parse(await response.json())).toMatchObject({
        type: '/problems/wrong-state',
        currentStatus: status,
      });
      expect(await audit(job)).toEqual([]);
    }
  });

  test('answers 202 where nobody takes it up', async () => {
    answers = false;
    const response = await verb(await insertJob(api.database), 'pause');
    expect(response.status).toBe(202);
    expect(requestedJobSchema.parse(await response.json())).toMatchObject({
      status: 'processing',
      requested: true,
    });
  });

  test('skip of a whole stage, and of a part that is none, is refused', async () => {
    const job = await parkedJob();
    await api.database.pool.query(`UPDATE parked_parts SET stage = 'resolving', chunk = 0 WHERE chunk = 2`);
    expect((await verb(job, 'skip')).status).toBe(409);
    expect((await verb(job, 'retry', { part: 'applying 7' })).status).toBe(409);
    expect((await verb(job, 'retry', { part: 'somewhere' })).status).toBe(422);
    expect((await verb(job, 'pause', { part: 'applying 1' })).status).toBe(422);
  });

  test('on a job whose workflow is gone is done without it, or refused', async () => {
    const job = await parkedJob();
    workflows.closed.add(job);
    expect((await verb(job, 'skip')).status).toBe(409);
    answers = false;
    const retried = await verb(job, 'retry');
    expect(retried.status).toBe(202);
    expect(await retried.json()).toMatchObject({ status: 'pending', requested: true });
    expect(workflows.started).toEqual([job]);
    const other = await parkedJob();
    workflows.closed.add(other);
    const ended = await verb(other, 'abandon');
    expect([ended.status, await ended.json()]).toMatchObject([
      200,
      { status: 'failed', failure: { code: 'abandoned' } },
    ]);
  });

  test('of a script says so in the audit log', async () => {
    const job = await parkedJob();
    await post(`/api/jobs/${job}/retry`, {}, 'operator', { 'User-Agent': 'longshore-scripts' });
    expect(await audit(job)).toMatchObject([{ action: 'retry', via: 'script' }]);
  });
});

describe('reset', () => {
  test('puts the job back to the stage and starts it, for an admin only', async () => {
    const job = await parkedJob();
    expect((await post(`/api/jobs/${job}/reset`)).status).toBe(403);
    const id = uuidv7();
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const response = await verb(job, 'reset', { id, stage: 'resolving', reason: 'again' });
      expect(response.status).toBe(202);
      expect(await response.json()).toMatchObject({ status: 'pending', stage: 'resolving', failure: null });
    }
    expect(workflows.closed).toContain(job);
    expect(workflows.started).toEqual([job, job]);
    expect(await audit(job)).toMatchObject([{ id, action: 'reset', part: 'resolving', reason: 'again' }]);
  }, 30_000);

  test('to a stage that is not reached, or of a job that has not begun, is refused and ends no workflow', async () => {
    const unread = await insertJob(api.database, { header: null });
    const fresh = await insertJob(api.database, { status: 'pending', header: null });
    for (const [job, body] of [
      [unread, { stage: 'applying' }],
      [fresh, {}],
    ] as const) {
      expect((await verb(job, 'reset', body)).status).toBe(409);
      expect(workflows.closed).not.toContain(job);
    }
  });
});

describe('what operators see', () => {
  test('recovery: the parked parts, and what each verb would do', async () => {
    const job = await parkedJob();
    const response = await api.as('viewer')(`/api/jobs/${job}/recovery`);
    const recovery = recoverySchema.parse(await response.json());
    expect(recovery.parked.map(({ part, attempts }) => [part, attempts])).toEqual([
      ['applying 1', 4],
      ['applying 2', 4],
    ]);
    expect(recovery.retrying).toBeNull();
    expect(recovery.verbs.filter(({ possible }) => !possible).map((entry) => entry.verb)).toEqual(['resume']);
    expect((await api.as('viewer')(`/api/jobs/${uuidv7()}/recovery`)).status).toBe(404);
  });

  test('attention: the oldest first, page by page', async () => {
    const [first, second] = [await parkedJob(), await parkedJob()];
    await insertJob(api.database);
    const page = pageOf(attentionSchema);
    const one = page.parse(await (await api.as('viewer')('/api/attention?limit=1')).json());
    expect(one.items.map(({ job, parked }) => [job.id, parked.length])).toEqual([[first, 2]]);
    const two = page.parse(
      await (await api.as('viewer')(`/api/attention?limit=1&cursor=${one.nextCursor!}`)).json(),
    );
    expect([two.items.map(({ job }) => job.id), two.nextCursor]).toEqual([[second], null]);
    expect((await api.as('viewer')('/api/attention?cursor=nonsense')).status).toBe(400);
  });

  test('audit: newest first, page by page, by job, actor and action', async () => {
    const [first, second] = [await parkedJob(), await parkedJob()];
    await verb(first, 'pause');
    await verb(second, 'pause');
    await verb(first, 'resume');
    const page = pageOf(auditEntrySchema);
    const read = async (query: string) =>
      page.parse(await (await api.as('admin')(`/api/audit?${query}`)).json());
    expect((await read('')).items.map(({ action, jobId }) => [action, jobId])).toEqual([
      ['resume', first],
      ['pause', second],
      ['pause', first],
    ]);
    expect((await read(`jobId=${second}`)).items).toHaveLength(1);
    expect((await read('action=resume')).items).toHaveLength(1);
    expect((await read('actor=nobody')).items).toHaveLength(0);
    const one = await read('limit=2');
    expect((await read(`limit=2&cursor=${one.nextCursor!}`)).items).toHaveLength(1);
    expect((await api.as('operator')('/api/audit')).status).toBe(403);
    expect((await api.as('viewer')(`/api/jobs/${uuidv7()}/audit`)).status).toBe(404);
  });
});
