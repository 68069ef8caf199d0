import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../domain/kinds/index.ts';
import { COUNT_BOUNDS, countRecords } from '../../prisma/repositories/record-counts.ts';
import { CREATED, listRecords } from '../../prisma/repositories/record-lists.ts';
import { csv } from '../support/csv.ts';
import { type ImportBench, openImportBench } from '../support/import-bench.ts';

const ROWS = 3_000;
const kind = KINDS.products;
const MUGS = { columns: [{ column: 'name', is: 'contains', value: 'mug' }] } as const;
const ACTIVE = { columns: [{ column: 'active', is: '=', value: true }] } as const;

let bench: ImportBench;
beforeAll(async () => {
  bench = await openImportBench();
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const name = row % 3 === 0 ? 'Blue mug' : 'Cup, not blue';
    return `S-${String(row)},"${name}",1,mug,${row % 2 === 0 ? 'yes' : 'no'}`;
  });
  await bench.importFile(
    { content: csv('sku,name,price,description,active', ...rows) },
    { IMPORT_MAX_ROWS: ROWS, IMPORT_CHUNK_ROWS: 1_000 },
  );
  const steps = bench.steps();
  while ((await steps.indexRecords()).more);
  await bench.db.pool.query('ANALYZE products; ANALYZE products_search');
});
afterAll(() => bench.close());

describe('the number of records', () => {
  test('is exact up to its bounds', async () => {
    expect(await countRecords(bench.db, kind, { columns: [] })).toBe(ROWS);
    expect(await countRecords(bench.db, kind, MUGS)).toBe(ROWS / 3);
    expect(await countRecords(bench.db, kind, ACTIVE)).toBe(ROWS / 2);
    const exact = { ...COUNT_BOUNDS, all: ROWS, matches: ROWS / 3 };
    expect(await countRecords(bench.db, kind, { columns: [] }, exact)).toBe(ROWS);
    expect(await countRecords(bench.db, kind, MUGS, exact)).toBe(ROWS / 3);
  });

  test('is an estimate above them, and never below what was counted', async () => {
    const few = { ...COUNT_BOUNDS, all: 100, matches: 100 };
    // What the statistics say of the whole table is exact right after they were made.
    expect(await countRecords(bench.db, kind, { columns: [] }, few)).toBe(ROWS);
    const active = await countRecords(bench.db, kind, ACTIVE, few);
    expect(active).toBeGreaterThan(100);
    expect(active).toBeLessThanOrEqual(ROWS);
    const wrong = { columns: [{ column: 'name', is: 'contains', value: 'blue mug' }] } as const;
    expect(await countRecords(bench.db, kind, wrong, few)).toBeGreaterThan(100);
  });

  test('is an estimate when counting takes too long', async () => {
    // So many records take longer than a millisecond on any machine.
    const hasty = { ...COUNT_BOUNDS, timeoutMs: 1 };
    const estimated = await countRecords(bench.db, kind, MUGS, hasty);
    expect(estimated).toBeGreaterThan(0);
    expect(await countRecords(bench.db, kind, MUGS)).toBe(ROWS / 3);
  });
});

describe('a page by its number', () => {
  test('is the same whichever way leads to it, with and without filters', async () => {
    const sort = { by: CREATED, descending: true };
    for (const filter of [{ columns: [] }, MUGS, ACTIVE, { columns: [...MUGS.columns, ...ACTIVE.columns] }]) {
      const all = await listRecords(bench.db, kind, { filter, sort, after: null, limit: ROWS });
      const ids = all.map(({ position }) => position.id);
      for (const offset of [0, 1, 199, ids.length - 5, ids.length]) {
        const page = await listRecords(bench.db, kind, { filter, sort, after: null, limit: 10, offset });
        expect(page.map(({ position }) => position.id)).toEqual(ids.slice(offset, offset + 10));
      }
    }
  });
});
