import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import type { Row } from '../../contracts/http/row.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { csv } from '../support/csv.ts';
import { recordHistory } from '../support/histories.ts';
import { hold, waitingConnections } from '../support/hold.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** Bulk deletes on real workers: to their end, stopped in the middle, and back again. */
let under: StackUnderTest;

beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: '4', IMPORT_RETRY_DELAYS_MS: '50,50', HOUSEKEEPING_INTERVAL_MS: '1000' },
  });
}, 240_000);
afterAll(() => under.stop());
afterEach(() => under.expectInvariants());

const TIMEOUT_MS = 120_000;
let files = 0;

function emailsOf(count: number): string[] {
  files += 1;
  return Array.from(
    { length: count },
    (_, row) => `u${String(row).padStart(2, '0')}@bulk${String(files)}.example`,
  );
}

const fileOf = (emails: readonly string[], name: string): string =>
  csv('email,name,company', ...emails.map((email) => `${email},${name},Acme`));

const imported = async (emails: readonly string[], name: string): Promise<Job> =>
  under.waitFor((await under.post(fileOf(emails, name), 'customers')).id, 'completed');

const ask = (job: Job, verb: string): Promise<Response> => under.send(`/api/jobs/${job.id}/${verb}`);

async function getJson<T>(path: string): Promise<T> {
  return (await (await under.get(path)).json()) as T;
}

const getJob = (job: Job): Promise<Job> => getJson<Job>(`/api/jobs/${job.id}`);

/** Ids by e-mail address, of those that are there. */
async function idsOf(emails: readonly string[]): Promise<Record<string, string>> {
  const records = await under.db.prisma.customer.findMany({ where: { emailKey: { in: [...emails] } } });
  return Object.fromEntries(records.map(({ email, id }) => [email, id]));
}

/** Deletes the customers with these addresses. */
async function deleteOf(emails: readonly string[]): Promise<Job> {
  const response = await under.send('/api/customers/bulk-delete', {
    ids: Object.values(await idsOf(emails)),
  });
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

/** Starts a bulk delete and catches it in the middle: its first two chunks are at work, and nothing else can be. */
async function caughtDelete(emails: readonly string[]) {
  // In the order in which they were created, which is that of the chunks.
  const ids = Object.values(await idsOf(emails)).sort();
  const release = await hold(under.db, 'SELECT FROM customers WHERE id = ANY ($1) FOR UPDATE', [
    [ids[0], ids[4]],
  ]);
  const job = await deleteOf(emails);
  await until(async () => (await waitingConnections(under.db, 'apply-worker')).length === 2);
  return { job, release };
}

async function keepHistory(name: string, job: Job): Promise<void> {
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
  await recordHistory(name, temporal.workflow.getHandle(jobWorkflowId(job)));
  await temporal.connection.close();
}

describe('a bulk delete', () => {
  test(
    'deletes what was asked and nothing else, and its undo brings it back under the same ids',
    async () => {
      const emails = emailsOf(14);
      await imported(emails, 'Ann');
      const before = await idsOf(emails);
      const job = await deleteOf(emails.slice(0, 10));
      expect(job).toMatchObject({
        type: 'bulk_delete',
        kind: 'customers',
        counts: { total: 10, pending: 10 },
      });
      const ended = await under.waitFor(job.id, 'completed');
      expect(ended).toMatchObject({
        percent: 100,
        counts: { total: 10, deleted: 10, kept: 0, failed: 0, pending: 0 },
      });
      expect(Object.keys(await idsOf(emails)).sort()).toEqual(emails.slice(10));
      await keepHistory('bulk-delete-completed', job);

      await imported([emails[3]!], 'another one');
      const undo = (await (await ask(job, 'undo')).json()) as Job;
      expect((await under.waitFor(undo.id, 'completed')).counts).toMatchObject({
        total: 10,
        reversed: 9,
        kept: 1,
      });
      const { items } = await getJson<{ items: Row[] }>(`/api/jobs/${undo.id}/rows?outcome=kept`);
      expect(items).toMatchObject([{ key: emails[3], line: null, errors: [{ code: 'key_taken' }] }]);
      const { [emails[3]!]: taken, ...back } = await idsOf(emails);
      expect(taken).not.toBe(before[emails[3]!]);
      expect({ ...back, [emails[3]!]: before[emails[3]!] }).toEqual(before);
      expect((await getJob(job)).undoneBy).toBe(undo.id);
      await keepHistory('undo-of-bulk-delete', undo);
    },
    TIMEOUT_MS,
  );

  test(
    'of what is not there ends at once',
    async () => {
      const response = await under.send('/api/customers/bulk-delete', {
        filter: { email: 'nobody@bulk.example' },
      });
      const ended = await under.waitFor(((await response.json()) as Job).id, 'completed');
      expect(ended.counts).toEqual({ total: 0, deleted: 0, kept: 0, failed: 0, pending: 0 });
      await keepHistory('bulk-delete-of-nothing', ended);
    },
    TIMEOUT_MS,
  );

  test(
    'that is paused goes on when it is resumed, and gives its turn to the import after it',
    async () => {
      const emails = emailsOf(16);
      await imported(emails, 'before');
      const { job, release } = await caughtDelete(emails);
      const later = await under.post(fileOf(emails, 'after'), 'customers');
      await until(async () => (await getJob(later)).waitingFor === job.id);
      expect((await ask(job, 'pause')).status).toBe(200);
      await release();
      await under.waitFor(later.id, 'completed');
      expect((await getJob(job)).counts).toMatchObject({ deleted: 8, pending: 8 });
      expect((await ask(job, 'resume')).status).toBe(200);
      const { counts } = await under.waitFor(job.id, 'completed');
      // The rest was changed by the import: it is no longer what was to be deleted.
      expect(counts).toEqual({ total: 16, deleted: 8, kept: 8, failed: 0, pending: 0 });
      expect(Object.keys(await idsOf(emails))).toHaveLength(16);
      await keepHistory('bulk-delete-paused-and-resumed', job);
    },
    TIMEOUT_MS,
  );

  test(
    'that is cancelled with an undo gives back what it had deleted',
    async () => {
      const emails = emailsOf(16);
      await imported(emails, 'Ann');
      const before = await idsOf(emails);
      const { job, release } = await caughtDelete(emails);
      const cancelled = ask(job, 'cancel?undo=true');
      await until(
        async () => (await under.db.prisma.job.findUniqueOrThrow({ where: { id: job.id } })).undoBy !== null,
      );
      await release();
      expect((await cancelled).status).toBe(200);
      const { undoneBy, counts } = await under.waitFor(job.id, 'cancelled');
      expect(counts).toMatchObject({ total: 16, deleted: 8, pending: 8 });
      expect((await under.waitFor(undoneBy!, 'completed')).counts).toMatchObject({ total: 8, reversed: 8 });
      expect(await idsOf(emails)).toEqual(before);
      await keepHistory('bulk-delete-cancelled', job);
    },
    TIMEOUT_MS,
  );

  test(
    'that can not reach its records parks; retried it goes on, and a reset of it deletes nothing twice',
    async () => {
      const emails = emailsOf(8);
      await imported(emails, 'Ann');
      const ids = Object.values(await idsOf(emails));
      await under.db.pool.query('ALTER TABLE row_outcomes RENAME TO row_outcomes_away');
      const bringBack = async (): Promise<void> => {
        await under.db.pool.query('ALTER TABLE IF EXISTS row_outcomes_away RENAME TO row_outcomes');
      };
      onTestFinished(bringBack);
      const job = (await (await under.send('/api/customers/bulk-delete', { ids })).json()) as Job;
      await under.waitFor(job.id, 'needs_attention');
      await until(async () => (await getJson<Recovery>(`/api/jobs/${job.id}/recovery`)).parked.length === 2);
      await bringBack();
      expect(Object.keys(await idsOf(emails))).toHaveLength(8);
      expect((await ask(job, 'retry')).status).toBe(200);
      await under.waitFor(job.id, 'completed');
      expect(await idsOf(emails)).toEqual({});
      await keepHistory('bulk-delete-parked-and-retried', job);

      await imported(emails, 'new ones');
      expect((await ask(job, 'reset')).status).toBeLessThan(300);
      const again = await under.waitFor(job.id, 'completed');
      expect(again.counts).toMatchObject({ total: 8, deleted: 8 });
      expect(Object.keys(await idsOf(emails))).toHaveLength(8);
    },
    TIMEOUT_MS,
  );
});
