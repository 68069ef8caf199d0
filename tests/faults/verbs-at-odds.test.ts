import type { Client } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { csv } from '../support/csv.ts';
import { cutConnections, holdCustomers, waitingConnections } from '../support/hold.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/**
 * Operators who act at the same moment, too early, or on what a reset has changed under their hands. What one operator does
 * at his time is in tests/e2e/operator-control.test.ts.
 */
let under: StackUnderTest;
let temporal: Client;

beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: '4', IMPORT_RETRY_DELAYS_MS: '50,50', HOUSEKEEPING_INTERVAL_MS: '1000' },
  });
  temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
}, 240_000);
afterAll(async () => {
  await temporal.connection.close();
  await under.stop();
});
afterEach(() => under.expectInvariants(), 120_000);

const TIMEOUT_MS = 120_000;
let files = 0;

/** An import of customers of its own, four a chunk. */
function customers(count: number) {
  files += 1;
  const emails = Array.from({ length: count }, (_, row) => `c${row}@odds${files}.example`);
  return { emails, content: csv('email,name,company', ...emails.map((email) => `${email},Ann,Acme`)) };
}

const verb = async (job: Job, name: string, body: object = {}): Promise<number> =>
  (await under.send(`/api/jobs/${job.id}/${name}`, body)).status;

const signal = (job: Job, name: string, input?: object): Promise<void> =>
  temporal.workflow.getHandle(jobWorkflowId(job)).signal(name, input);

async function recoveryOf(job: Job): Promise<Recovery> {
  return (await (await under.get(`/api/jobs/${job.id}/recovery`)).json()) as Recovery;
}

async function auditOf(job: Job) {
  const entries = await under.db.prisma.auditEntry.findMany({
    where: { jobId: job.id },
    orderBy: { number: 'asc' },
  });
  return entries.map(({ action, part }) => (part === null ? action : `${action} ${part}`));
}

/** Takes the table away from under imports. @returns brings it back */
async function takeTableAway(): Promise<() => Promise<void>> {
  await under.db.pool.query('ALTER TABLE customers RENAME TO customers_away');
  const bringBack = async (): Promise<void> => {
    await under.db.pool.query('ALTER TABLE IF EXISTS customers_away RENAME TO customers');
  };
  onTestFinished(bringBack);
  return bringBack;
}

/** An import with every chunk parked, while the table is away. */
async function parkedImport(chunks: number) {
  const { emails, content } = customers(4 * chunks);
  const bringBack = await takeTableAway();
  const job = await under.post(content, 'customers');
  await until(async () => (await recoveryOf(job)).parked.length === chunks);
  return { job, emails, bringBack };
}

/** Waits until nothing of a job's workflow is under way. */
async function untilIdle(job: Job): Promise<void> {
  await until(async () => {
    const { raw } = await temporal.workflow.getHandle(jobWorkflowId(job)).describe();
    return (raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null;
  });
}

async function expectCreatedOnce(job: Job, emails: string[]): Promise<void> {
  const { rows } = await under.db.pool.query<{ version: number; change: string }>(
    'SELECT version, last_change AS change FROM customers WHERE email_key = ANY ($1)',
    [emails],
  );
  expect(rows).toEqual(emails.map(() => ({ version: 1, change: job.id })));
}

describe('two operators at once', () => {
  test.each([
    ['retry', 'completed', { created: 12 }],
    ['skip', 'completed', { failed: 12 }],
    ['abandon', 'failed', { pending: 12 }],
    ['cancel', 'cancelled', { pending: 12 }],
  ] as const)(
    '%s a parked import: it is done once',
    async (action, status, counts) => {
      const { job, emails, bringBack } = await parkedImport(3);
      await bringBack();
      const answers = await Promise.all([verb(job, action), verb(job, action)]);
      expect(answers).toContain(200);
      // What is completed can't be retried or skipped: so it is told who comes that late.
      const mayBeLate = status === 'completed';
      for (const answer of answers) expect(mayBeLate ? [200, 409] : [200]).toContain(answer);
      expect(await under.waitFor(job.id, 'completed', 'failed', 'cancelled')).toMatchObject({
        status,
        counts: { total: 12, ...counts },
      });
      expect(await auditOf(job)).toEqual([action]);
      if (action === 'retry') await expectCreatedOnce(job, emails);
    },
    TIMEOUT_MS,
  );

  test(
    'who want different things: each chunk has one of the two fates, and the log says which',
    async () => {
      const { job, emails, bringBack } = await parkedImport(3);
      await bringBack();
      // Whatever they are answered: the second finds less, or nothing, to do.
      await Promise.all([verb(job, 'retry', { part: 'applying 2' }), verb(job, 'skip')]);
      const { counts } = await under.waitFor(job.id, 'completed');
      const actions = await auditOf(job);
      const skippedAll = counts.failed === 12;
      expect(counts).toMatchObject(skippedAll ? { created: 0 } : { created: 4, failed: 8 });
      if (skippedAll) expect(actions).toContain('skip');
      else expect(actions.toSorted()).toEqual(['retry applying 2', 'skip']);
      if (!skippedAll) await expectCreatedOnce(job, emails.slice(4, 8));
    },
    TIMEOUT_MS,
  );

  test(
    'send the same request at the same time by the API and by a signal: it is one action',
    async () => {
      const { job, emails, bringBack } = await parkedImport(2);
      await bringBack();
      const id = uuidv7();
      await Promise.all([
        signal(job, 'retry', { id }),
        signal(job, 'retry', { id }),
        verb(job, 'retry', { id }),
        verb(job, 'retry', { id }),
      ]);
      await under.waitFor(job.id, 'completed');
      expect(await auditOf(job)).toEqual(['retry']);
      await expectCreatedOnce(job, emails);
    },
    TIMEOUT_MS,
  );
});

test(
  'a skip that comes before its chunk is parked passes over that chunk, once it is, and over no other',
  async () => {
    const { emails, content } = customers(16);
    const release = await holdCustomers(under.db, [emails[0]!, emails[4]!]);
    const job = await under.post(content, 'customers');
    await until(async () => (await waitingConnections(under.db, 'apply-worker')).length === 2);
    await signal(job, 'skip', { part: 'applying 2' });
    await signal(job, 'skip', { part: 'applying 2' });
    // Every attempt is cut off, until there is none left and both are parked.
    await until(async () => {
      await cutConnections(under.db, await waitingConnections(under.db, 'apply-worker'));
      return (await auditOf(job)).length === 1 && (await recoveryOf(job)).parked.length === 1;
    });
    await untilIdle(job);
    expect((await recoveryOf(job)).parked).toMatchObject([{ part: 'applying 1' }]);
    await release();
    expect(await verb(job, 'retry')).toBe(200);
    const { counts } = await under.waitFor(job.id, 'completed');
    expect(counts).toMatchObject({ created: 12, failed: 4 });
    expect(await auditOf(job)).toEqual(['skip applying 2', 'retry']);
    await expectCreatedOnce(
      job,
      emails.filter((_, row) => row < 4 || row > 7),
    );
  },
  TIMEOUT_MS,
);

test(
  'after a reset an old request does nothing again, and a new one does',
  async () => {
    const { job, emails, bringBack } = await parkedImport(2);
    const old = uuidv7();
    await signal(job, 'retry', { id: old });
    await until(async () => (await auditOf(job)).length === 1);
    await untilIdle(job);
    expect(await verb(job, 'reset', { reason: 'the table is still away' })).toBe(200);
    await until(async () => (await recoveryOf(job)).parked.length === 2);
    await untilIdle(job);
    await bringBack();

    await signal(job, 'retry', { id: old });
    expect(await verb(job, 'retry', { id: old })).toBe(200);
    await untilIdle(job);
    expect((await recoveryOf(job)).parked).toHaveLength(2);
    expect(await auditOf(job)).toEqual(['retry', 'reset applying']);
    // Two at once, of a run that never heard of the first one.
    await Promise.all([verb(job, 'retry'), verb(job, 'retry')]);
    await under.waitFor(job.id, 'completed');
    expect(await auditOf(job)).toEqual(['retry', 'reset applying', 'retry']);
    await expectCreatedOnce(job, emails);
  },
  TIMEOUT_MS,
);

test(
  'a workflow that is terminated before its first step is started again, and the import completes',
  async () => {
    const apply = under.stack.services.get('apply')!;
    await apply.stop();
    const { emails, content } = customers(8);
    const job = await under.post(content, 'customers');
    const handle = temporal.workflow.getHandle(jobWorkflowId(job));
    await until(async () => ((await handle.describe()).raw.pendingActivities ?? []).length > 0);
    await handle.terminate('a test');
    expect(await (await under.get(`/api/jobs/${job.id}`)).json()).toMatchObject({ status: 'pending' });
    await apply.restart();
    await under.waitFor(job.id, 'completed', 'failed', 'needs_attention');
    await expectCreatedOnce(job, emails);
    expect(await auditOf(job)).toEqual([]);
  },
  TIMEOUT_MS,
);
