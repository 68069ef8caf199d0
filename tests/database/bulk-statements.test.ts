import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MODES } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { APPLY_SETTINGS, applyStatement } from '../../prisma/repositories/apply-statements.ts';
import {
  deleteStatement,
  keptStatement,
  lockStatement,
} from '../../prisma/repositories/bulk-delete-statements.ts';
import { copyStagedRows } from '../../prisma/repositories/staging.ts';
import { notRestoredStatement, restoreStatement } from '../../prisma/repositories/undo-statements.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';

const JOB = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';

let database: TestDatabase;
let db: Database;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

test('whatever stands in a cell, it arrives in staging as it is', async () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '\t', '\n', '\r', '{', '}', ',', 'N', 'NULL', '\\N', '\\.', ' ', '😀'),
      fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }).filter((character) => character !== '\0'),
    ),
  });
  const rows = fc.array(fc.record({ cells: fc.array(fc.option(text)), key: text, raw: fc.option(text) }));
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      await db.pool.query('TRUNCATE staged_rows');
      const staged = given.map((row, index) => ({
        ...row,
        row: index + 1,
        line: index + 2,
        cleared: 0,
        errors: null,
        outcome: null,
      }));
      await inTransaction(db.pool, (client) => copyStagedRows(client, 1, staged));
      const arrived = await db.pool.query('SELECT cells, key, raw FROM staged_rows ORDER BY "row"');
      expect(arrived.rows).toEqual(given);
    }),
    { numRuns: 50 },
  );
});

test.each(MODES)(
  'applying (%s) looks up each key, even in a table that was empty a moment ago',
  async (mode) => {
    await db.pool.query('TRUNCATE staged_rows, products');
    await db.pool.query('VACUUM (ANALYZE) staged_rows, products');
    const plan = await inTransaction(db.pool, async (client) => {
      await client.query(APPLY_SETTINGS);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (COSTS off) ${applyStatement(KINDS.products, mode)}`,
        [1, 1, 10_000, '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11', 'tester'],
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).toMatch(
      /Index Scan using products_sku_key_key on products record\s+Index Cond: \(sku_key = ANY \(ARRAY\[/,
    );
  },
);

test('applying a chunk again compares its rows as a set, whatever statistics say of a new job', async () => {
  await db.pool.query('TRUNCATE staged_rows, row_outcomes, products');
  await db.pool.query(`INSERT INTO row_outcomes (job_number, "row", outcome)
                       SELECT 1, n, 'created' FROM generate_series(1, 20000) n`);
  await db.pool.query('VACUUM (ANALYZE) staged_rows, row_outcomes, products');
  const plan = await inTransaction(db.pool, async (client) => {
    await client.query(APPLY_SETTINGS);
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (COSTS off) ${applyStatement(KINDS.products, 'upsert', true)}`,
      [2, 1, 10_000, '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11', 'tester'],
    );
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  });
  expect(plan).toContain('hashed SubPlan');
  expect(plan).toContain('Index Cond: ((job_number = 2) AND ("row" >= 1) AND ("row" <= 10000))');
});

test.each([
  ['locking', lockStatement, []],
  ['deleting', deleteStatement, [JOB, 'tester']],
  ['keeping', keptStatement, []],
  ['bringing back', restoreStatement, [JOB]],
  ['leaving away', notRestoredStatement, [JOB]],
] as const)(
  '%s the targets of a chunk reads ranges of its own and looks up each record, whatever statistics say of a new job',
  async (_what, statement, more) => {
    await db.pool.query('TRUNCATE job_targets, row_outcomes, record_changes, products');
    await db.pool.query('VACUUM (ANALYZE) job_targets, row_outcomes, record_changes, products');
    const plan = await inTransaction(db.pool, async (client) => {
      await client.query(APPLY_SETTINGS);
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (COSTS off) ${statement(KINDS.products)}`,
        [2, 1, 10_000, ...more],
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).not.toMatch(/Seq Scan|Hash Join|Merge Join/);
    expect(plan).toMatch(
      /job_targets_pkey on job_targets t(?:_\d)?\s+Index Cond: \(\(job_number = 2\) AND \("?row"? >= 1\) AND \("?row"? <= 10000\)\)/,
    );
    // No set is compared with another one row by row.
    expect(plan).not.toMatch(/Nested Loop(?: \w+)*\s+Join Filter/);
    expect(plan).not.toMatch(/CTE Scan on restored\s+.*Join Filter/);
    if (statement === restoreStatement) expect(plan).toContain('hashed SubPlan');
    else expect(plan).toMatch(/products_pkey on products(?: record)?\s+Index Cond: \(id = /);
  },
);
