import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AuditEntryJson } from '../../contracts/http/audit.ts';
import type { Job } from '../../contracts/http/job.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { resolveTemporalBinary } from '../../scripts/stack/temporal-binary.ts';
import { csv } from '../support/csv.ts';
import { cutConnections, holdCustomers, waitingConnections } from '../support/hold.ts';
import { runNode } from '../support/run-node.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** Operators steer real imports: by the API, the scripts and the temporal command line, with nothing applied twice. */
let under: StackUnderTest;
let binary: string;

beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: '4', IMPORT_RETRY_DELAYS_MS: '50,50', HOUSEKEEPING_INTERVAL_MS: '1000' },
  });
  binary = await resolveTemporalBinary();
}, 240_000);
afterAll(() => under.stop());
afterEach(() => under.expectInvariants());

const TIMEOUT_MS = 120_000;
let files = 0;

/** Customers of a file of its own, four a chunk. */
function customers(count: number, name = 'Ann') {
  files += 1;
  const emails = Array.from({ length: count }, (_, row) => `c${String(row)}@file${String(files)}.example`);
  return { emails, content: csv('email,name,company', ...emails.map((email) => `${email},${name},Acme`)) };
}

const verb = (job: Job, name: string, body: object = {}): Promise<Response> =>
  under.send(`/api/jobs/${job.id}/${name}`, body);

async function temporal(...args: string[]): Promise<void> {
  await promisify(execFile)(binary, ['workflow', ...args, '--address', under.stack.temporalAddress]);
}

const signal = (job: Job, name: string, input?: object): Promise<void> =>
  temporal(
    ...['signal', '--name', name, '--workflow-id', jobWorkflowId(job)],
    ...(input === undefined ? [] : ['--input', JSON.stringify(input)]),
  );

const resetByCli = (job: Job, ...args: string[]): Promise<void> =>
  temporal(
    ...['reset', '--type', 'FirstWorkflowTask', '--reason', 'a test'],
    ...['--workflow-id', jobWorkflowId(job), ...args],
  );

async function getJson<T>(path: string): Promise<T> {
  return (await (await under.get(path)).json()) as T;
}

async function auditOf(job: Job): Promise<AuditEntryJson[]> {
  return (await getJson<{ items: AuditEntryJson[] }>(`/api/jobs/${job.id}/audit`)).items.reverse();
}

const actionsOf = async (job: Job) => (await auditOf(job)).map(({ action }) => action);

/** Starts an import and catches it in the middle: its first two chunks are at work, and nothing else can be. */
async function caughtImport(count = 16) {
  const { emails, content } = customers(count);
  const release = await holdCustomers(under.db, [emails[0]!, emails[4]!]);
  const job = await under.post(content, 'customers');
  await until(async () => (await waitingConnections(under.db, 'apply-worker')).length === 2);
  return { job, emails, release };
}

/** An import of which every chunk is parked until the table is back under its name. */
async function parkedImport(count = 8) {
  const { emails, content } = customers(count);
  await under.db.pool.query('ALTER TABLE customers RENAME TO customers_away');
  const job = await under.post(content, 'customers');
  const bringBack = async (): Promise<void> => {
    await under.db.pool.query('ALTER TABLE IF EXISTS customers_away RENAME TO customers');
  };
  onTestFinished(bringBack);
  await until(async () => {
    const { parked } = await getJson<Recovery>(`/api/jobs/${job.id}/recovery`);
    return parked.length === count / 4;
  });
  await bringBack();
  return { job, emails };
}

/** Proof that each row had one effect: every record is as it was created, and no write of it left a change behind. */
async function expectCreatedOnce(job: Job, emails: string[]): Promise<void> {
  const { rows } = await under.db.pool.query<{ version: number; change: string }>(
    'SELECT version, last_change AS change FROM customers WHERE email_key = ANY ($1)',
    [emails],
  );
  expect(rows).toEqual(emails.map(() => ({ version: 1, change: job.id })));
  expect(await under.db.prisma.recordChange.count({ where: { changeId: job.id } })).toBe(0);
}

describe('a running import', () => {
  test(
    'pauses: chunks under way end, no other starts; resumes and completes',
    async () => {
      const { job, emails, release } = await caughtImport();
      const id = uuidv7();
      const paused = await verb(job, 'pause', { id, reason: 'month end' });
      expect([paused.status, ((await paused.json()) as Job).status]).toEqual([200, 'paused']);
      await release();
      await until(async () => (await getJson<Job>(`/api/jobs/${job.id}`)).counts.created === 8);
      for (const body of [{ id }, {}]) expect((await verb(job, 'pause', body)).status).toBe(200);
      expect((await getJson<Job>(`/api/jobs/${job.id}`)).counts).toMatchObject({ created: 8, pending: 8 });
      const refused = await verb(job, 'skip');
      expect([refused.status, await refused.json()]).toMatchObject([
        409,
        { type: '/problems/wrong-state', currentStatus: 'paused' },
      ]);
      expect((await verb(job, 'resume')).status).toBe(200);
      expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 16 });
      await expectCreatedOnce(job, emails);
      const [first, ...others] = await auditOf(job);
      expect(first).toMatchObject({
        id,
        actor: 'tester',
        via: 'api',
        reason: 'month end',
        after: { status: 'paused' },
      });
      expect(others.map(({ action }) => action)).toEqual(['resume']);
    },
    TIMEOUT_MS,
  );

  test(
    'is cancelled: what was applied stays, the rest is in unprocessed.csv, and the verb answers 202 while chunks are at work',
    async () => {
      const { job, emails, release } = await caughtImport();
      const [one, two] = await Promise.all([verb(job, 'cancel'), verb(job, 'cancel')]);
      expect([one.status, two.status]).toEqual([202, 202]);
      expect(await one.json()).toMatchObject({ requested: true });
      await release();
      const ended = await under.waitFor(job.id, 'cancelled');
      expect(ended.counts).toMatchObject({ total: 16, created: 8, pending: 8 });
      const unprocessed = await (await under.get(`/api/jobs/${job.id}/unprocessed.csv`)).text();
      expect(unprocessed.trim().split(/\r?\n/).slice(1)).toEqual(
        emails.slice(8).map((email) => `${email},Ann,Acme`),
      );
      expect((await verb(job, 'cancel')).status).toBe(200);
      expect((await verb(job, 'pause')).status).toBe(409);
      expect(await actionsOf(job)).toEqual(['cancel']);
    },
    TIMEOUT_MS,
  );

  test(
    'is cancelled by a cancellation of its workflow, as from the Web UI',
    async () => {
      const { job, release } = await caughtImport();
      await temporal('cancel', '--workflow-id', jobWorkflowId(job));
      await until(async () => (await actionsOf(job)).length === 1);
      await release();
      expect((await under.waitFor(job.id, 'cancelled')).counts).toMatchObject({ created: 8, pending: 8 });
      expect(await auditOf(job)).toMatchObject([{ action: 'cancel', actor: 'temporal', via: 'temporal' }]);
    },
    TIMEOUT_MS,
  );
});

test(
  'recovery reads show a step that is still being retried, with its error, until it is through, by the API and by inspect:recovery',
  async () => {
    const { job, emails, release } = await caughtImport();
    const retrying = async () => (await getJson<Recovery>(`/api/jobs/${job.id}/recovery`)).retrying;
    expect(await retrying()).toEqual([]);
    const [caught] = await waitingConnections(under.db, 'apply-worker');
    await cutConnections(under.db, [caught!]);
    // Its next attempt is caught as well.
    await until(async () => {
      const now = await waitingConnections(under.db, 'apply-worker');
      return now.length === 2 && !now.includes(caught!);
    });
    const steps = await retrying();
    expect(steps).toEqual([
      {
        step: expect.stringMatching(/^applying [12]$/),
        activity: 'applyChunk',
        attempt: 2,
        lastError: { code: 'database_unavailable', message: expect.any(String) },
        nextAttemptAt: null,
      },
    ]);
    const shown = await runNode([
      'scripts/inspect-recovery.ts',
      ...['--data-dir', `${under.folder}/data`, '--job-id', job.id],
    ]);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain('no part is parked');
    expect(shown.stdout).toMatch(/being tried again[^]*applying [12] +applyChunk +2 .*database_unavailable/);
    await release();
    expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 16 });
    await until(async () => (await retrying()) === null);
    await expectCreatedOnce(job, emails);
  },
  TIMEOUT_MS,
);

describe('a parked import', () => {
  test(
    'says what is parked and what can be done, and is among those that need attention',
    async () => {
      const { job } = await parkedImport();
      const recovery = await getJson<Recovery>(`/api/jobs/${job.id}/recovery`);
      expect(recovery).toMatchObject({
        job: { status: 'needs_attention', failure: { code: 'database_error' } },
        parked: [
          { part: 'applying 1', attempts: 1 },
          { part: 'applying 2', attempts: 1 },
        ],
        retrying: [],
      });
      expect(recovery.verbs.filter(({ possible }) => possible).map((entry) => entry.verb)).toEqual([
        ...['pause', 'cancel', 'retry', 'skip', 'abandon'],
      ]);
      const { items } = await getJson<{ items: { job: Job; parked: object[] }[] }>('/api/attention');
      expect(items.find((item) => item.job.id === job.id)?.parked).toHaveLength(2);
      expect((await verb(job, 'retry', { part: 'applying 2' })).status).toBe(200);
      await until(async () => (await getJson<Job>(`/api/jobs/${job.id}`)).counts.created === 4);
      expect((await verb(job, 'retry', { part: 'applying 9' })).status).toBe(409);
      expect((await verb(job, 'retry')).status).toBe(200);
      await under.waitFor(job.id, 'completed');
      expect(await actionsOf(job)).toEqual(['retry', 'retry']);
    },
    TIMEOUT_MS,
  );

  test(
    'is shown by inspect:recovery and replayed by recover:job, and the audit log says who did it and why',
    async () => {
      const { job, emails } = await parkedImport();
      const dataDir = `${under.folder}/data`;
      const args = ['--data-dir', dataDir, '--job-id', job.id];
      const shown = await runNode(['scripts/inspect-recovery.ts', ...args]);
      expect(shown).toMatchObject({ code: 0, stderr: '' });
      expect(shown.stdout).toMatch(/applying 1 .*database_error/);
      const recovered = await runNode(['scripts/recover-job.ts', ...args, '--reason', 'the table is back']);
      expect(recovered).toMatchObject({ code: 0, stderr: '' });
      await under.waitFor(job.id, 'completed');
      await expectCreatedOnce(job, emails);
      expect(await auditOf(job)).toMatchObject([
        { action: 'retry', via: 'script', reason: 'the table is back' },
      ]);
    },
    TIMEOUT_MS,
  );

  test(
    'is repaired, passed over and given up by signals of the temporal command line',
    async () => {
      const { job } = await parkedImport(16);
      await signal(job, 'skip', { part: 'applying 2', by: 'grace', reason: 'known' });
      await until(async () => (await actionsOf(job)).length === 1);
      await signal(job, 'retry', { part: 'applying 1' });
      await until(async () => (await getJson<Job>(`/api/jobs/${job.id}`)).counts.created === 4);
      await signal(job, 'abandon');
      const ended = await under.waitFor(job.id, 'failed');
      expect(ended).toMatchObject({
        failure: { code: 'abandoned' },
        counts: { created: 4, failed: 4, pending: 8 },
      });
      expect(await auditOf(job)).toMatchObject([
        { action: 'skip', actor: 'grace', via: 'temporal', part: 'applying 2', reason: 'known' },
        { action: 'retry', actor: 'temporal' },
        { action: 'abandon', actor: 'temporal', after: { failureCode: 'abandoned', parked: [] } },
      ]);
      const errors = await (await under.get(`/api/jobs/${job.id}/errors.csv`)).text();
      const lines = errors.trim().split(/\r?\n/).slice(1);
      expect(lines).toHaveLength(4);
      expect(lines[0]).toMatch(/^c4@file\d+\.example,Ann,Acme,5,6,,database_error,/);
    },
    TIMEOUT_MS,
  );
});

test(
  'a row that the database refuses is failed, and its neighbours go in',
  async () => {
    await under.db.pool.query(
      `ALTER TABLE customers ADD CONSTRAINT no_poison CHECK (name <> 'poison') NOT VALID`,
    );
    onTestFinished(async () => {
      await under.db.pool.query('ALTER TABLE customers DROP CONSTRAINT no_poison');
    });
    const { emails, content } = customers(8);
    const job = await under.post(content.replace(`${emails[5]!},Ann`, `${emails[5]!},poison`), 'customers');
    const ended = await under.waitFor(job.id, 'completed');
    expect(ended.counts).toMatchObject({ created: 7, failed: 1, pending: 0 });
    expect(await getJson(`/api/jobs/${job.id}/rows?outcome=failed`)).toMatchObject({
      items: [{ row: 6, line: 7, outcome: 'failed', errors: [{ code: 'data_refused' }] }],
    });
    const errors = await (await under.get(`/api/jobs/${job.id}/errors.csv`)).text();
    expect(errors).toContain(`${emails[5]!},poison,Acme,6,7,,data_refused,`);
  },
  TIMEOUT_MS,
);

describe('a workflow that is closed from outside', () => {
  test.each(['terminate', 'delete'])(
    'by %s is noticed, and retried where it was',
    async (how) => {
      const { job, emails, release } = await caughtImport();
      await temporal(how, '--workflow-id', jobWorkflowId(job));
      await release();
      const noticed = await under.waitFor(job.id, 'needs_attention');
      expect(noticed.failure).toMatchObject({ code: 'workflow_closed' });
      await under.expectInvariants();
      expect((await verb(job, 'pause')).status).toBe(409);
      const retried = await verb(job, 'retry', { reason: 'it was me' });
      expect(retried.status).toBe(200);
      expect(await under.waitFor(job.id, 'completed')).toMatchObject({
        failure: null,
        counts: { created: 16 },
      });
      await expectCreatedOnce(job, emails);
      expect(await actionsOf(job)).toEqual(['retry']);
    },
    TIMEOUT_MS,
  );

  test(
    'can be cancelled without it, at once',
    async () => {
      const { job, release } = await caughtImport();
      await temporal('terminate', '--workflow-id', jobWorkflowId(job));
      await release();
      await until(async () => (await waitingConnections(under.db, 'apply-worker')).length === 0);
      expect((await verb(job, 'cancel')).status).toBe(200);
      const ended = await under.waitFor(job.id, 'cancelled');
      expect((ended.counts.created ?? 0) + ended.counts.pending).toBe(16);
      expect(await actionsOf(job)).toEqual(['cancel']);
    },
    TIMEOUT_MS,
  );
});

describe('a reset', () => {
  test(
    'by the API of a running import goes on, and applies no row twice',
    async () => {
      const { job, emails, release } = await caughtImport();
      const answer = verb(job, 'reset', { stage: 'staging', reason: 'to be sure' });
      await until(async () => (await actionsOf(job)).length === 1);
      await release();
      expect((await answer).status).toBe(200);
      expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 16 });
      await expectCreatedOnce(job, emails);
      const done = await verb(job, 'reset', { stage: 'reading' });
      expect(done.status).toBe(200);
      const again = await under.waitFor(job.id, 'completed');
      expect(again.counts).toMatchObject({ created: 16 });
      await expectCreatedOnce(job, emails);
      expect(await actionsOf(job)).toEqual(['reset', 'reset']);
    },
    TIMEOUT_MS,
  );

  test(
    'by the API of a parked and of a cancelled import does what is left',
    async () => {
      const { job, emails } = await parkedImport();
      expect((await verb(job, 'reset', { stage: 'finishing' })).status).toBe(422);
      expect((await verb(job, 'reset')).status).toBe(200);
      await under.waitFor(job.id, 'completed');
      await expectCreatedOnce(job, emails);
      const caught = await caughtImport();
      const cancelled = verb(caught.job, 'cancel');
      await until(async () => (await actionsOf(caught.job)).length === 1);
      await caught.release();
      await cancelled;
      await under.waitFor(caught.job.id, 'cancelled');
      expect((await verb(caught.job, 'reset')).status).toBe(200);
      expect((await under.waitFor(caught.job.id, 'completed')).counts).toMatchObject({ created: 16 });
      await expectCreatedOnce(caught.job, caught.emails);
      expect(await actionsOf(caught.job)).toEqual(['cancel', 'reset']);
    },
    TIMEOUT_MS,
  );

  test(
    'by the temporal command line of a running, paused import does no harm',
    async () => {
      const { job, emails, release } = await caughtImport();
      await verb(job, 'pause');
      await resetByCli(job);
      await release();
      await until(async () => (await getJson<Job>(`/api/jobs/${job.id}`)).counts.created === 8);
      expect((await getJson<Job>(`/api/jobs/${job.id}`)).status).toBe('paused');
      await verb(job, 'resume');
      expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 16 });
      await expectCreatedOnce(job, emails);
      expect(await actionsOf(job)).toEqual(['pause', 'resume']);
    },
    TIMEOUT_MS,
  );

  test.each([[[]], [['--reapply-exclude', 'All']]])(
    'by the temporal command line of a parked import does no harm (%j)',
    async (args) => {
      const { job, emails } = await parkedImport();
      await resetByCli(job, ...args);
      // The table is back: what was parked is done in the new run.
      expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 8 });
      await expectCreatedOnce(job, emails);
      expect(await actionsOf(job)).toEqual([]);
    },
    TIMEOUT_MS,
  );

  test.each([[[]], [['--reapply-exclude', 'All']]])(
    'by the temporal command line of an ended import leaves it as it ended (%j)',
    async (args) => {
      const { job, release } = await caughtImport();
      const cancelled = verb(job, 'cancel');
      await until(async () => (await actionsOf(job)).length === 1);
      await release();
      await cancelled;
      const ended = await under.waitFor(job.id, 'cancelled');
      await resetByCli(job, ...args);
      await under.expectInvariants();
      expect(await getJson<Job>(`/api/jobs/${job.id}`)).toEqual(ended);
      expect(await actionsOf(job)).toEqual(['cancel']);
    },
    TIMEOUT_MS,
  );
});
