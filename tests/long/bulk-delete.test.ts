import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

const MINUTES = 60_000;
/** CI runs a short form of it. */
const RECORDS = process.env.CI === undefined ? 1_000_000 : 200_000;
const DELETED = RECORDS / 2;
/** Of each kind of row in the files. */
const ROWS = RECORDS / 20;

let under: StackUnderTest;
beforeAll(async () => {
  under = await startStackUnderTest({ postgresSettings: { fsync: 'off' } });
}, 4 * MINUTES);
afterAll(() => under.stop());

const fileOf = (skus: readonly string[], name: string): string =>
  ['sku,name,price', ...skus.map((sku) => `${sku},${name},1`)].join('\n');

/** Every second record is not active. */
const skusOf = (count: number, parity: 0 | 1): string[] =>
  Array.from({ length: count }, (_, index) => `P-${index * 2 + parity}`);

async function send(path: string, body: object = {}): Promise<Job> {
  const response = await under.send(path, body);
  expect(response.status).toBe(202);
  return (await response.json()) as Job;
}

async function count(condition: string): Promise<number> {
  const { rows } = await under.db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM products WHERE ${condition}`,
  );
  return rows[0]!.count;
}

test(
  `of ${RECORDS.toLocaleString('en')} products half are deleted while imports run before and behind: exactly those are gone, the imports are right, and an undo brings them back`,
  async () => {
    const client = await under.db.pool.connect();
    await client.query('SET statement_timeout = 0');
    await client.query(
      `INSERT INTO products (sku, sku_key, name, price, active, last_change)
       SELECT 'P-' || n, 'p-' || n, 'Product ' || n, n % 90, n % 2 = 0, '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11'
         FROM generate_series(0, ${RECORDS - 1}) n`,
    );
    await client.query(
      `INSERT INTO products_search (record_id, version, key, name, price, active, stock, updated_at, text)
       SELECT id, version, sku_key, lower(name), price, active, stock, updated_at, ' p' FROM products`,
    );
    await client.query('CREATE TABLE gone AS SELECT id, sku FROM products WHERE NOT active');
    client.release(true);

    const first = await under.post(
      fileOf([...skusOf(ROWS, 0), ...Array.from({ length: ROWS }, (_, n) => `N-${n}`)], 'by the first'),
    );
    const job = await send('/api/products/bulk-delete', {
      filter: { active: 'false' },
      confirm: String(DELETED),
    });
    expect(job.counts).toMatchObject({ total: DELETED });
    // Some of what is deleted comes back with the file that was accepted later.
    const last = await under.post(fileOf(skusOf(ROWS, 1), 'by the last'));

    expect((await under.waitFor(first.id, 'completed')).counts).toMatchObject({
      updated: ROWS,
      created: ROWS,
      failed: 0,
    });
    const ended = await under.waitFor(job.id, 'completed');
    expect(ended.counts).toEqual({ total: DELETED, deleted: DELETED, kept: 0, failed: 0, pending: 0 });
    expect((await under.waitFor(last.id, 'completed')).counts).toMatchObject({ created: ROWS, updated: 0 });

    expect(await count('id IN (SELECT id FROM gone)')).toBe(0);
    expect(await count('true')).toBe(DELETED + 2 * ROWS);
    expect(await count(`name = 'by the first' AND active`)).toBe(2 * ROWS);
    expect(await count(`name = 'by the last' AND sku IN (SELECT sku FROM gone)`)).toBe(ROWS);
    await under.expectInvariants();

    const undo = await under.waitFor((await send(`/api/jobs/${job.id}/undo`)).id, 'completed');
    expect(undo.counts).toEqual({
      total: DELETED,
      reversed: DELETED - ROWS,
      kept: ROWS,
      failed: 0,
      pending: 0,
    });
    expect(await count('(id, sku) IN (SELECT id, sku FROM gone)')).toBe(DELETED - ROWS);
    expect(await count('true')).toBe(RECORDS + ROWS);
    await under.expectInvariants();
  },
  20 * MINUTES,
);
