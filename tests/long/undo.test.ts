import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Row } from '../../contracts/http/row.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

const MINUTES = 60_000;

let under: StackUnderTest;
beforeAll(async () => {
  under = await startStackUnderTest({ postgresSettings: { fsync: 'off' } });
}, 4 * MINUTES);
afterAll(() => under.stop());

const fileOf = (first: number, last: number, name: string): string =>
  [
    'sku,name,price,stock',
    ...Array.from(
      { length: last - first },
      (_, index) => `U-${first + index},${name} ${index},${index % 90}.5,${index % 7}`,
    ),
  ].join('\n');

/** Of all that an undo gives back, over the records that nobody touched by hand. */
async function checksum(): Promise<{ records: number; sum: string }> {
  const { rows } = await under.db.pool.query<{ records: number; sum: string }>(
    `SELECT count(*)::int AS records,
            md5(string_agg(md5(row(id, sku, sku_key, name, price, description, active, stock, last_change, last_change_row,
                                   created_at)::text), '' ORDER BY sku_key)) AS sum
       FROM products
      WHERE name NOT LIKE 'by hand%' AND NOT sku = ANY ($1)`,
    [BY_HAND],
  );
  return rows[0]!;
}

/** All pages: a request looks through a part of the job only, so there may be a next one though this one is not full. */
async function rowsKept(jobId: string): Promise<Row[]> {
  const rows: Row[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = (await (
      await under.get(`/api/jobs/${jobId}/rows?outcome=kept&limit=200${cursor && `&cursor=${cursor}`}`)
    ).json()) as { items: Row[]; nextCursor: string | null };
    rows.push(...page.items);
    cursor = page.nextCursor;
  }
  return rows;
}

/** Fifty records of each half of the file. */
const BY_HAND = Array.from({ length: 100 }, (_, index) => `U-${index * 1_999}`);

test(
  'an undo of 100,000 updated and 100,000 created records gives the exact earlier table back, and keeps what was changed since',
  async () => {
    await under.waitFor((await under.post(fileOf(0, 100_000, 'before'))).id, 'completed');
    const before = await checksum();
    const job = await under.waitFor((await under.post(fileOf(0, 200_000, 'after'))).id, 'completed');
    expect(job.counts).toMatchObject({ updated: 100_000, created: 100_000 });
    await under.db.pool.query(
      `UPDATE products SET name = 'by hand', version = version + 1, last_change = uuidv7(), last_change_row = NULL
        WHERE sku = ANY ($1)`,
      [BY_HAND],
    );

    const response = await under.send(`/api/jobs/${job.id}/undo`);
    const undo = await under.waitFor(((await response.json()) as Job).id, 'completed');
    expect(undo.counts).toEqual({ total: 200_000, reversed: 199_900, kept: 100, failed: 0, pending: 0 });
    expect(await checksum()).toEqual(before);

    const kept = await rowsKept(undo.id);
    expect(kept.map(({ key, errors }) => [key, errors[0]?.code])).toEqual(
      BY_HAND.map((sku) => [sku.toLowerCase(), 'changed_since']),
    );
    await under.expectInvariants();
  },
  10 * MINUTES,
);
