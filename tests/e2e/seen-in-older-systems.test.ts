import { parse } from 'csv-parse/sync';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { originalKeyOf } from '../../adapters/storage/derived-key.ts';
import type { Job } from '../../contracts/http/job.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import { csv } from '../support/csv.ts';
import { cutConnections, hold, holdCustomers, waitingConnections } from '../support/hold.ts';
import { type JobEvents, readJobEvents } from '../support/job-events.ts';
import { startSlowUpload } from '../support/slow-upload.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';

/** What really happened in systems that did this work before: each of it is a test here. */

const CHUNK_ROWS = 500;

let under: StackUnderTest;

beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: String(CHUNK_ROWS), IMPORT_RETRY_DELAYS_MS: '100,500,2000' },
  });
}, 240_000);
afterAll(() => under.stop());
beforeEach(async () => {
  await under.db.pool.query('TRUNCATE products, customers');
});

/** Numbers from 0 on. */
function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Ends with zeros in front, so that the order of the keys is the order of the rows. */
function emailOf(row: number): string {
  return `c${String(row).padStart(6, '0')}@example.com`;
}

function customersFile(rows: number): string {
  return csv(
    'name,email,company',
    ...numbers(rows).map((row) => `Customer ${String(row)},${emailOf(row)},Acme`),
  );
}

function productsFile(
  rows: number,
  lineOf = (row: number) => `P-${String(row)},Mug,${String(row)}.50`,
): string {
  return csv('sku,name,price', ...numbers(rows).map(lineOf));
}

async function follow(job: Job): Promise<JobEvents> {
  return readJobEvents(await under.get(`/api/jobs/${job.id}/stream`));
}

/** How many rows had an outcome, each time that somebody was told. */
function progressOf({ jobs }: JobEvents): number[] {
  return jobs.flatMap(({ counts }) => (counts.total === null ? [] : [counts.total - counts.pending]));
}

function expectNeverBackwards(progress: number[]): void {
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
}

async function readJob(id: string): Promise<Job> {
  return (await (await under.get(`/api/jobs/${id}`)).json()) as Job;
}

async function count(table: 'customers' | 'products', where = 'true'): Promise<number> {
  const { rows } = await under.db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM ${table} WHERE ${where}`,
  );
  return rows[0]?.count ?? 0;
}

/** The rejected records as the user gets them. */
async function errorsOf({ links }: Job): Promise<Record<string, string>[]> {
  const text = await (await under.get(links.errors ?? '')).text();
  return parse(text, { bom: true, columns: true });
}

async function storedFiles(): Promise<string[]> {
  const folder = join(under.stack.dataDir, 'files');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('a worker that is killed in the middle', () => {
  const ROWS = 8_000;

  test('while the file is read goes on where it was, and its progress does not run backwards', async () => {
    const job = await under.post(customersFile(ROWS), 'customers');
    const events = await follow(job);
    await until(async () => {
      const { rows } = await under.db.pool.query(
        `SELECT FROM chunks c JOIN jobs j ON j.number = c.job_number WHERE j.id = $1 AND c.staged_at IS NOT NULL`,
        [job.id],
      );
      return rows.length > 0;
    });
    const letGo = await hold(under.db, 'LOCK TABLE staged_rows IN SHARE MODE');
    await until(async () => (await waitingConnections(under.db, 'parse-worker')).length > 0);
    await under.stack.services.get('parse')!.kill();
    await letGo();
    await under.stack.services.get('parse')!.restart();

    expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { total: ROWS, created: ROWS },
    });
    await events.ended;
    expectNeverBackwards(progressOf(events));
    await under.expectInvariants();
  });

  test('and killed again ends with every row applied once, and calls none of its own rows a duplicate', async () => {
    const middle = 3.5 * CHUNK_ROWS;
    const next = middle + CHUNK_ROWS;
    const letGo = await holdCustomers(under.db, [emailOf(middle), emailOf(next)]);
    const job = await under.post(customersFile(ROWS), 'customers');
    const events = await follow(job);
    const killed: number[] = [];
    for (let kills = 0; kills < 2; kills += 1) {
      await until(async () => {
        const waiting = await waitingConnections(under.db, 'apply-worker');
        // A connection of the process that was killed lives on in the database until it notices.
        return waiting.filter((pid) => !killed.includes(pid)).length === 2;
      });
      killed.push(...(await waitingConnections(under.db, 'apply-worker')));
      const { counts } = await readJob(job.id);
      expect(counts).toMatchObject({ created: 3 * CHUNK_ROWS, pending: ROWS - 3 * CHUNK_ROWS });
      await under.stack.services.get('apply')!.kill();
      await under.stack.services.get('apply')!.restart();
    }
    await letGo();

    expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { total: ROWS, created: ROWS, duplicate: 0, rejected: 0, failed: 0 },
    });
    await events.ended;
    expectNeverBackwards(progressOf(events));
    expect(await count('customers', 'version = 1')).toBe(ROWS);
    await under.expectInvariants();
  });
});

test('a finished job stays finished when its last step is delivered again', async () => {
  const temporal = createTemporalClient({
    TEMPORAL_ADDRESS: under.stack.temporalAddress,
    TEMPORAL_NAMESPACE: under.stack.temporalNamespace,
  });
  const letRowGo = await holdCustomers(under.db, [emailOf(0)]);
  const job = await under.post(customersFile(10), 'customers');
  await until(async () => (await waitingConnections(under.db, 'apply-worker')).length > 0);
  const letJobGo = await hold(under.db, 'SELECT FROM jobs WHERE id = $1 FOR UPDATE', [job.id]);
  await letRowGo();
  const isFinishing = async (): Promise<boolean> => {
    const { raw } = await temporal.workflow.getHandle(jobWorkflowId(job)).describe();
    const finishing = raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'finishJob');
    return finishing === true && (await waitingConnections(under.db, 'apply-worker')).length > 0;
  };
  await until(isFinishing);
  // The step commits, and nobody ever hears of it: not the server, which is away, and not the worker, which dies.
  await under.stack.temporal!.kill();
  await letJobGo();
  const finished = await under.waitFor(job.id, 'completed');
  await under.stack.services.get('apply')!.kill();
  await under.stack.temporal!.restart();
  await under.stack.services.get('apply')!.restart();

  const handle = temporal.workflow.getHandle(jobWorkflowId(job));
  expect(await handle.result()).toMatchObject({ status: 'completed', counts: { created: 10 } });
  const { events } = await handle.fetchHistory();
  const attempts = events?.flatMap(
    ({ activityTaskStartedEventAttributes: started }) => started?.attempt ?? [],
  );
  expect(attempts?.at(-1)).toBe(2);
  // Times of the past included.
  expect(await readJob(job.id)).toEqual(finished);
  await temporal.connection.close();
  await under.expectInvariants();
});

test('a database connection that is lost in a batch loses no good row', async () => {
  const rows = 4 * CHUNK_ROWS;
  const letGo = await holdCustomers(under.db, [emailOf(1.5 * CHUNK_ROWS)]);
  const job = await under.post(customersFile(rows), 'customers');
  let waiting: number[] = [];
  await until(async () => {
    waiting = await waitingConnections(under.db, 'apply-worker');
    return waiting.length > 0;
  });
  await cutConnections(under.db, waiting);
  await letGo();
  expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
    status: 'completed',
    counts: { total: rows, created: rows, rejected: 0, failed: 0 },
  });
  expect(await count('customers')).toBe(rows);
  await under.expectInvariants();
});

describe('a file with something odd in it', () => {
  test('a NUL byte costs its row, not its batch and not its file', async () => {
    const rows = 2 * CHUNK_ROWS;
    const job = await under.post(
      productsFile(rows, (row) => `P-${String(row)},${row === 250 ? 'M\0g' : 'Mug'},1`),
    );
    expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { total: rows, created: rows - 1, rejected: 1 },
    });
    expect(await errorsOf(job)).toMatchObject([
      { sku: 'P-250', longshore_line: '252', longshore_codes: 'invalid_characters' },
    ]);
  });

  test('an unclosed quote fails the job with its line and applies nothing, however late it comes', async () => {
    // So many that the first ones have been planned when the end is found.
    const rows = 60 * CHUNK_ROWS;
    const broken = rows - 100;
    const job = await under.post(
      productsFile(rows, (row) => `P-${String(row)},${row === broken ? '"' : ''}Mug,1`),
    );
    expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'failed',
      failure: {
        code: 'malformed_csv',
        message: expect.stringContaining(`line ${String(broken + 2)} is never closed`),
      },
    });
    expect(await count('products')).toBe(0);
  });

  test('a bad row among the first 100 and one later are both rejected, both told, and nothing else is', async () => {
    const rows = 3 * CHUNK_ROWS;
    const bad = [17, 1_234];
    const job = await under.post(
      productsFile(rows, (row) => `P-${String(row)},Mug,${bad.includes(row) ? 'cheap' : '1'}`),
    );
    expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { total: rows, created: rows - 2, rejected: 2 },
    });
    expect(await errorsOf(job)).toMatchObject(
      bad.map((row) => ({
        sku: `P-${String(row)}`,
        price: 'cheap',
        longshore_line: String(row + 2),
        longshore_columns: 'price',
        longshore_codes: 'invalid_number',
      })),
    );
  });

  test.each<[what: string, content: string | Buffer<ArrayBuffer>]>([
    ['UTF-16', Buffer.from('\ufeffsku,name,price\nA,Mug,1\n', 'utf16le')],
    ['UTF-16 without its mark', Buffer.from('sku,name,price\nA,Mug,1\n', 'utf16le')],
    ['semicolons', 'sku;name;price\nA;Mug;1\n'],
    ['a byte order mark', '\ufeffsku,name,price\nA,Mug,1\n'],
    ['upper-case headers', 'SKU,NAME,PRICE\nA,Mug,1\n'],
    ['spaced headers and Windows line ends', ' sku , Name ,  price\r\nA,Mug,1\r\n'],
  ])('rows come in with %s', async (_what, content) => {
    const job = await under.post(new Blob([content]));
    expect(await under.waitFor(job.id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { total: 1, created: 1 },
    });
  });
});

describe('the same file again', () => {
  const ROWS = 4 * CHUNK_ROWS;
  const everyOther = (row: number) => `P-${String(row)},Mug,${row % 2 === 0 ? '1.50' : 'cheap'}`;

  async function times(): Promise<Record<string, number>> {
    const records = await under.db.prisma.product.findMany({ select: { sku: true, updatedAt: true } });
    return Object.fromEntries(records.map(({ sku, updatedAt }) => [sku, updatedAt.getTime()]));
  }

  test('changes nothing, and the answer stays small however many rows were rejected', async () => {
    await under.waitFor((await under.post(productsFile(ROWS, everyOther))).id, 'completed');
    const before = await times();
    const { id } = await under.post(productsFile(ROWS, everyOther));
    expect(await under.waitFor(id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { total: ROWS, unchanged: ROWS / 2, rejected: ROWS / 2 },
    });
    expect(await times()).toEqual(before);
    const answer = await (await under.get(`/api/jobs/${id}`)).text();
    expect(answer.length).toBeLessThan(4_000);
  });

  test('with another price stores the price and moves updated_at, of that record alone', async () => {
    await under.waitFor((await under.post(productsFile(ROWS))).id, 'completed');
    const before = await times();
    const { id } = await under.post(
      productsFile(ROWS, (row) => `P-${String(row)},Mug,${String(row)}.${row === 777 ? '99' : '50'}`),
    );
    expect(await under.waitFor(id, 'completed', 'failed', 'needs_attention')).toMatchObject({
      status: 'completed',
      counts: { updated: 1, unchanged: ROWS - 1 },
    });
    const changed = await under.db.prisma.product.findUniqueOrThrow({ where: { skuKey: 'p-777' } });
    expect(changed.price.toFixed(2)).toBe('777.99');
    const after = await times();
    expect(after['P-777']).toBeGreaterThan(before['P-777']!);
    expect({ ...after, 'P-777': null }).toEqual({ ...before, 'P-777': null });
  });
});

test('a stream that is opened on a finished job says how it ended, and ends', async () => {
  const { id } = await under.post(productsFile(1));
  const job = await under.waitFor(id, 'completed');
  const events = await follow(job);
  await events.ended;
  expect(events.jobs).toEqual([job]);
});

describe('an upload', () => {
  test('does not keep other requests waiting', async () => {
    const upload = startSlowUpload(under, 'products');
    // Answered while the upload is under way and waits for its next part: a server that is busy with it would not answer.
    const ask = async (): Promise<void> => {
      expect((await under.get('/health')).status).toBe(200);
      expect((await under.get('/api/jobs?limit=1')).status).toBe(200);
    };
    // More than lies in the buffers on the way, so that it is being taken in while others ask. Refused by its header: what
    // it would take to import all of it is no part of this.
    const megabyte = Buffer.alloc(1_000_000, 'one column, and not the right one\n');
    for (let sent = 0; sent < 24; sent += 1) {
      await upload.write(megabyte);
      await ask();
    }
    const [{ status, body }] = await Promise.all([upload.finish(), ask()]);
    expect(status).toBe(202);
    await under.waitFor((JSON.parse(body) as Job).id, 'failed');
  });

  test('leaves a file that belongs to its job; a broken or refused one leaves neither a file nor a job', async () => {
    const { id } = await under.post(productsFile(1));
    await under.waitFor(id, 'completed');
    const files = await storedFiles();
    const jobs = await under.db.prisma.job.count();
    expect(files).toContain(id);
    // A file that was unpacked has a second one.
    expect(files.filter((key) => originalKeyOf(key) === key)).toHaveLength(jobs);

    const broken = startSlowUpload(under, 'products');
    await broken.write(productsFile(CHUNK_ROWS));
    await until(async () => (await storedFiles()).length === files.length + 1);
    broken.abort();
    await until(async () => (await storedFiles()).length === files.length);

    const refused = startSlowUpload(under, 'no such kind');
    await refused.write(productsFile(CHUNK_ROWS));
    expect((await refused.finish()).status).toBe(422);
    await until(async () => (await storedFiles()).length === files.length);
    expect(await under.db.prisma.job.count()).toBe(jobs);
    await under.expectInvariants();
  });
});

test('two files with the same keys in opposite order at once both end, and each key has the values of one of them', async () => {
  const rows = 8 * CHUNK_ROWS;
  const importBoth = async (names: [string, string]): Promise<[Job, Job]> => {
    const line = (name: string) => (row: number) => `P-${String(row)},${name},${String(name.length)}`;
    const backwards = (row: number) => line(names[1])(rows - 1 - row);
    const jobs = await Promise.all([
      under.post(productsFile(rows, line(names[0]))),
      under.post(productsFile(rows, backwards)),
    ]);
    const [first, second] = await Promise.all(
      jobs.map(({ id }) => under.waitFor(id, 'completed', 'failed', 'needs_attention')),
    );
    const values = names.map((name) => `(name = '${name}' AND price = ${String(name.length)})`).join(' OR ');
    expect(await count('products')).toBe(rows);
    expect(await count('products', values)).toBe(rows);
    return [first!, second!];
  };
  const sum = (jobs: Job[], outcome: 'created' | 'updated'): number =>
    jobs.reduce((total, { counts }) => total + (counts[outcome] ?? 0), 0);

  const creating = await importBoth(['long', 'longer']);
  expect(creating).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  expect([sum(creating, 'created'), sum(creating, 'updated')]).toEqual([rows, rows]);
  const updating = await importBoth(['other', 'another']);
  expect(updating).toMatchObject([{ status: 'completed' }, { status: 'completed' }]);
  expect([sum(updating, 'created'), sum(updating, 'updated')]).toEqual([0, 2 * rows]);
  const log = await readFile(join(under.stack.dataDir, 'logs', 'apply.log'), 'utf8');
  expect(log.split('\n').filter((line) => line.includes('deadlock detected'))).toEqual([]);
  await under.expectInvariants();
});
