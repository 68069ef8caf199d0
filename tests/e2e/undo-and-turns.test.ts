import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Recovery } from '../../contracts/http/recovery.ts';
import type { Row } from '../../contracts/http/row.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { resolveTemporalBinary } from '../../scripts/stack/temporal-binary.ts';
import { csv } from '../support/csv.ts';
import { recordHistory } from '../support/histories.ts';
import { holdCustomers, waitingConnections } from '../support/hold.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { until } from '../support/until.ts';

/** Jobs that change the same records, on real workers: one after the other, and back again. */
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
  return Array.from({ length: count }, (_, row) => `u${String(row)}@file${String(files)}.example`);
}

const fileOf = (emails: readonly string[], name: string): string =>
  csv('email,name,company', ...emails.map((email) => `${email},${name},Acme`));

const ask = (job: Job, verb: string, body: object = {}): Promise<Response> =>
  under.send(`/api/jobs/${job.id}/${verb}`, body);

async function undo(job: Job): Promise<Job> {
  const response = await ask(job, 'undo');
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

async function getJson<T>(path: string): Promise<T> {
  return (await (await under.get(path)).json()) as T;
}

const getJob = (job: Job): Promise<Job> => getJson<Job>(`/api/jobs/${job.id}`);

async function imported(emails: readonly string[], name: string): Promise<Job> {
  return under.waitFor((await under.post(fileOf(emails, name), 'customers')).id, 'completed');
}

/** Starts an import and catches it in the middle: its first two chunks are at work, and nothing else can be. */
async function caughtImport(emails: string[], name: string, fields: Record<string, string> = {}) {
  const release = await holdCustomers(under.db, [emails[0]!, emails[4]!]);
  const form = new FormData();
  form.set('file', new Blob([fileOf(emails, name)]), 'test.csv');
  for (const [field, value] of Object.entries({ kind: 'customers', ...fields })) form.set(field, value);
  const response = await fetch(`${under.stack.apiUrl}/api/imports`, {
    method: 'POST',
    headers: { authorization: under.authorization },
    body: form,
  });
  const job = (await response.json()) as Job;
  await until(async () => (await waitingConnections(under.db, 'apply-worker')).length === 2);
  return { job, release };
}

/** Names by e-mail address, of those that are there. */
async function namesOf(emails: readonly string[]): Promise<Record<string, string>> {
  const records = await under.db.prisma.customer.findMany({ where: { emailKey: { in: [...emails] } } });
  return Object.fromEntries(records.map(({ email, name }) => [email, name]));
}

const all = (emails: readonly string[], name: string) =>
  Object.fromEntries(emails.map((email) => [email, name]));

async function keepHistory(name: string, job: Job): Promise<void> {
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
  await recordHistory(name, temporal.workflow.getHandle(jobWorkflowId(job)));
  await temporal.connection.close();
}

describe('an undo', () => {
  test(
    'of an import takes it back, keeps what a person changed since, and is done once',
    async () => {
      const emails = emailsOf(10);
      await imported(emails.slice(0, 6), 'before');
      const job = await imported(emails, 'after');
      await under.db.pool.query(
        `UPDATE customers SET name = 'by hand', last_change = uuidv7(), last_change_row = NULL WHERE email = ANY ($1)`,
        [[emails[0], emails[9]]],
      );
      const id = uuidv7();
      const [one, same] = await Promise.all([ask(job, 'undo', { id }), ask(job, 'undo', { id })]);
      const started = (await one.json()) as Job;
      expect([one.status, same.status]).toEqual([202, 202]);
      expect(one.headers.get('location')).toBe(`/api/jobs/${started.id}`);
      expect(((await same.json()) as Job).id).toBe(started.id);
      expect(started).toMatchObject({ type: 'undo', kind: 'customers', targetJobId: job.id, options: null });

      const ended = await under.waitFor(started.id, 'completed');
      expect(ended.counts).toEqual({ total: 10, reversed: 8, kept: 2, failed: 0, pending: 0 });
      expect(ended.percent).toBe(100);
      const { items } = await getJson<{ items: Row[] }>(`/api/jobs/${started.id}/rows?outcome=kept`);
      expect(items).toMatchObject([
        { row: 1, line: 2, key: emails[0], outcome: 'kept', errors: [{ code: 'changed_since' }] },
        { row: 10, line: 11, key: emails[9], outcome: 'kept', errors: [{ code: 'changed_since' }] },
      ]);
      expect(await namesOf(emails)).toEqual({
        ...all(emails.slice(1, 6), 'before'),
        [emails[0]!]: 'by hand',
        [emails[9]!]: 'by hand',
      });
      expect(await getJob(job)).toMatchObject({ undoneBy: started.id });
      const again = await ask(job, 'undo');
      expect([again.status, await again.json()]).toMatchObject([409, { type: '/problems/wrong-state' }]);
      for (const file of ['errors.csv', 'unprocessed.csv', 'reading']) {
        expect((await under.get(`/api/jobs/${started.id}/${file}`)).status).toBe(404);
      }
      for (const verb of ['retry-rejected', 'reset']) expect((await ask(job, verb)).status).toBe(409);
      await keepHistory('undo-completed', started);
    },
    TIMEOUT_MS,
  );

  test(
    'that can not reach its records parks, and goes on when it is retried',
    async () => {
      const emails = emailsOf(8);
      const job = await imported(emails, 'Ann');
      await under.db.pool.query('ALTER TABLE customers RENAME TO customers_away');
      const bringBack = async (): Promise<void> => {
        await under.db.pool.query('ALTER TABLE IF EXISTS customers_away RENAME TO customers');
      };
      onTestFinished(bringBack);
      const started = await undo(job);
      await under.waitFor(started.id, 'needs_attention');
      await bringBack();
      const { parked } = await getJson<Recovery>(`/api/jobs/${started.id}/recovery`);
      expect(parked.length).toBeGreaterThan(0);
      expect((await ask(started, 'retry')).status).toBe(200);
      await under.waitFor(started.id, 'completed');
      expect(await namesOf(emails)).toEqual({});
      await keepHistory('undo-parked-and-retried', started);
    },
    TIMEOUT_MS,
  );

  test(
    'follows a cancel that asks for it',
    async () => {
      const emails = emailsOf(16);
      const known = emails.filter((_, row) => row !== 0 && row !== 4);
      await imported(known, 'before');
      const { job, release } = await caughtImport(emails, 'after');
      const cancelled = ask(job, 'cancel?undo=true');
      // Once it is known to the workflow, the chunks under way end, and no other starts.
      await until(
        async () => (await under.db.prisma.job.findUniqueOrThrow({ where: { id: job.id } })).undoBy !== null,
      );
      await release();
      expect((await cancelled).status).toBe(200);
      const { undoneBy, counts } = await under.waitFor(job.id, 'cancelled');
      expect(counts).toMatchObject({ created: 2, updated: 6 });
      expect(undoneBy).not.toBeNull();
      expect((await under.waitFor(undoneBy!, 'completed')).counts).toMatchObject({ total: 8, reversed: 8 });
      expect(await namesOf(emails)).toEqual(all(known, 'before'));
    },
    TIMEOUT_MS,
  );

  test(
    'takes back what was applied of an import of all rows or none that is given up',
    async () => {
      const emails = emailsOf(12);
      await under.db.pool.query(
        `ALTER TABLE customers ADD CONSTRAINT no_poison CHECK (email <> '${emails[11]!}')`,
      );
      onTestFinished(async () => {
        await under.db.pool.query('ALTER TABLE customers DROP CONSTRAINT no_poison');
      });
      const { job, release } = await caughtImport(emails, 'Ann', { onError: 'abort' });
      await release();
      await under.waitFor(job.id, 'needs_attention');
      await until(async () => (await getJob(job)).counts.created === 8);
      const skip = await ask(job, 'skip');
      expect([skip.status, await skip.json()]).toMatchObject([409, { type: '/problems/wrong-state' }]);
      expect((await ask(job, 'abandon')).status).toBe(200);
      const { undoneBy, failure } = await under.waitFor(job.id, 'failed');
      expect(failure).toMatchObject({ code: 'abandoned' });
      await under.waitFor(undoneBy!, 'completed');
      expect(await namesOf(emails)).toEqual({});
    },
    TIMEOUT_MS,
  );
});

describe('two imports of the same records', () => {
  test(
    'in opposite order at once end as the later one says, and neither fails',
    async () => {
      const emails = emailsOf(40);
      const { job: first, release } = await caughtImport(emails, 'first');
      const second = await under.post(fileOf(emails.toReversed(), 'second'), 'customers');
      await until(async () => (await getJob(second)).waitingFor === first.id);
      expect((await getJob(first)).waitingFor).toBeNull();
      await release();
      const ended = await Promise.all([first, second].map(({ id }) => under.waitFor(id, 'completed')));
      expect(ended.map(({ counts }) => [counts.created, counts.updated])).toEqual([
        [40, 0],
        [0, 40],
      ]);
      expect(await namesOf(emails)).toEqual(all(emails, 'second'));
    },
    TIMEOUT_MS,
  );

  test(
    'of different kinds do not wait for one another',
    async () => {
      const { job, release } = await caughtImport(emailsOf(8), 'Ann');
      const other = await under.post(csv('sku,name,price', 'turns-1,Mug,1'));
      await under.waitFor(other.id, 'completed');
      expect((await getJob(job)).status).toBe('processing');
      await release();
      await under.waitFor(job.id, 'completed');
    },
    TIMEOUT_MS,
  );

  test(
    'change places when the first is paused: what it does afterwards counts as later',
    async () => {
      const emails = emailsOf(16);
      const { job: first, release } = await caughtImport(emails, 'first');
      const second = await under.post(fileOf(emails, 'second'), 'customers');
      expect((await ask(first, 'pause')).status).toBe(200);
      await release();
      await under.waitFor(second.id, 'completed');
      expect(await namesOf(emails)).toEqual(all(emails, 'second'));
      expect((await ask(first, 'resume')).status).toBe(200);
      await under.waitFor(first.id, 'completed');
      expect(await namesOf(emails)).toEqual({
        ...all(emails.slice(0, 8), 'second'),
        ...all(emails.slice(8), 'first'),
      });
    },
    TIMEOUT_MS,
  );

  test(
    'go on when the workflow that has the turn is terminated',
    async () => {
      const emails = emailsOf(16);
      const { job: first, release } = await caughtImport(emails, 'first');
      const second = await under.post(fileOf(emails, 'second'), 'customers');
      await until(async () => (await getJob(second)).waitingFor === first.id);
      await promisify(execFile)(await resolveTemporalBinary(), [
        ...['workflow', 'terminate', '--workflow-id', jobWorkflowId(first)],
        ...['--address', under.stack.temporalAddress],
      ]);
      await release();
      await under.waitFor(second.id, 'completed');
      expect(await namesOf(emails)).toEqual(all(emails, 'second'));
      expect((await ask(first, 'retry')).status).toBeLessThan(300);
      const ended = await under.waitFor(first.id, 'completed');
      expect((ended.counts.created ?? 0) + (ended.counts.updated ?? 0)).toBe(16);
    },
    TIMEOUT_MS,
  );
});
