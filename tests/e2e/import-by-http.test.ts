import { createParser } from 'eventsource-parser';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { resolveTemporalBinary } from '../../scripts/stack/temporal-binary.ts';
import { csv } from '../support/csv.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

let under: StackUnderTest;
beforeAll(async () => {
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { IMPORT_CHUNK_ROWS: '200', IMPORT_RETRY_DELAYS_MS: '50,50,50' },
  });
}, 240_000);
afterAll(async () => {
  await under.stop();
});

/** Follows a job's stream to its end. @returns every state that it told of */
async function follow(
  jobId: string,
): Promise<{ event: string | undefined; id: string | undefined; job: Job }[]> {
  const response = await under.get(`/api/jobs/${jobId}/stream`);
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const states: { event: string | undefined; id: string | undefined; job: Job }[] = [];
  const parser = createParser({
    onEvent: ({ event, id, data }) => states.push({ event, id, job: JSON.parse(data) as Job }),
  });
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
  return states;
}

test('a file posted over HTTP becomes records, with live progress that adds up and never runs backwards', async () => {
  const rows = Array.from({ length: 3_000 }, (_, row) =>
    row % 100 === 7 ? `E-${row},bad,free,` : `E-${row},name ${row},${row}.50,`,
  );
  const accepted = await under.post(csv('SKU,Name,Price,note', ...rows));
  const states = await follow(accepted.id);
  const last = states.at(-1)!;
  expect(last.event).toBe('end');
  expect(last.job).toMatchObject({
    status: 'completed',
    percent: 100,
    counts: { total: 3_000, created: 2_970, rejected: 30, pending: 0 },
  });
  let done = 0;
  for (const { job } of states) {
    const { total, ...outcomes } = job.counts;
    if (total === null) continue;
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(total - outcomes.pending).toBeGreaterThanOrEqual(done);
    done = total - outcomes.pending;
  }
  const rejected = (await (
    await under.get(`/api/jobs/${accepted.id}/rows?outcome=rejected&limit=2`)
  ).json()) as {
    items: unknown[];
    nextCursor: string | null;
  };
  expect(rejected.items).toMatchObject([
    {
      row: 8,
      line: 9,
      raw: 'E-7,bad,free,',
      errors: [{ column: 'price', value: 'free', code: 'invalid_number' }],
    },
    { row: 108, line: 109 },
  ]);
  expect(rejected.nextCursor).not.toBeNull();
  const report = await (await under.get(`/api/jobs/${accepted.id}/errors.csv`)).text();
  expect(report.split('\r\n')[1]).toBe(
    'E-7,bad,free,,8,9,price,invalid_number,price must be a number such as 19.90',
  );
  await under.expectInvariants();
}, 60_000);

/** An import that no retry heals until the table is back under its name. */
async function parkedImport(sku: string): Promise<Job> {
  await under.db.pool.query('ALTER TABLE products RENAME TO products_away');
  const job = await under.post(csv('sku,name,price', `${sku},x,1`));
  const parked = await under.waitFor(job.id, 'needs_attention');
  expect(parked.failure).toMatchObject({ code: 'database_error' });
  expect(parked.counts).toMatchObject({ total: 1, pending: 1 });
  await under.db.pool.query('ALTER TABLE products_away RENAME TO products');
  return parked;
}

test('a parked import is repaired by the API', async () => {
  const job = await parkedImport('by-api');
  const response = await under.send(`/api/jobs/${job.id}/retry`);
  expect(response.ok).toBe(true);
  expect(await under.waitFor(job.id, 'completed')).toMatchObject({ counts: { created: 1 }, failure: null });
  await under.expectInvariants();
}, 60_000);

test('a parked import is repaired by a signal of the temporal command line', async () => {
  const job = await parkedImport('by-signal');
  await promisify(execFile)(await resolveTemporalBinary(), [
    ...['workflow', 'signal', '--address', under.stack.temporalAddress, '--name', 'retry'],
    ...['--workflow-id', jobWorkflowId(job)],
  ]);
  expect(await under.waitFor(job.id, 'completed')).toMatchObject({ counts: { created: 1 }, failure: null });
  await under.expectInvariants();
}, 60_000);
