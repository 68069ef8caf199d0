import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RecordChangeJson, RecordJson } from '../../contracts/http/record.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { historyStatement } from '../../prisma/repositories/record-history.ts';
import { csv } from '../support/csv.ts';
import { undoJob } from '../support/import-bench.ts';
import { changePage, productPage, type RecordsUnderTest, startRecords } from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(() => under.empty());

describe('the history of a record', () => {
  async function productWith(sku: string): Promise<RecordJson> {
    return productPage.parse(await under.get(`/api/products?sku=${sku}`)).items[0]!;
  }

  async function historyOf(id: string, limit = 50): Promise<RecordChangeJson[]> {
    const entries: RecordChangeJson[] = [];
    let cursor = '';
    for (;;) {
      const path = `/api/products/${id}/history?limit=${String(limit)}${cursor}`;
      const page = changePage.parse(await under.get(path));
      expect(page.items.length).toBeGreaterThan(0);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      entries.push(...page.items);
      if (page.nextCursor === null) return entries;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }

  test('shows what led to its values, also after later changes were undone', async () => {
    const first = await under.importFile(csv('sku,name,price', 'u,Mug,1'));
    const second = await under.importFile(csv('sku,name,price', 'u,Cup,2'));
    const { id } = await productWith('u');
    expect((await historyOf(id)).map(({ changeId }) => changeId)).toEqual([second.jobId, first.jobId]);
    await undoJob({ db: under.api.database, storage: under.api.storage }, second.jobId);
    expect(await historyOf(id)).toMatchObject([
      { operation: 'created', changeId: first.jobId, row: 1, after: { name: 'Mug' }, changesRemoved: false },
    ]);
  });

  test('tells who created it, and what each import changed', async () => {
    const first = await under.importFile(csv('sku,name,price,description', 'x,other,1,', 'a,Mug,1.5,text'));
    const second = await under.importFile(
      csv('sku,name,price,description', 'A,Mug,99999999999999.0001,text'),
    );
    const same = await under.importFile(csv('sku,name,price', 'A,Mug,99999999999999.0001'));
    const third = await under.importFile(
      csv('sku,name,price,description,stock', 'q,q,1,,', 'A,Cup,2,#N/A,9'),
    );
    expect(same.counts).toMatchObject({ unchanged: 1 });
    const { id, createdAt, updatedAt } = await productWith('a');
    const entries = await historyOf(id);
    expect(entries).toEqual([
      {
        operation: 'updated',
        changeId: third.jobId,
        row: 2,
        by: 'tester',
        at: updatedAt,
        before: { name: 'Mug', price: '99999999999999.0001', description: 'text', stock: 0 },
        after: { name: 'Cup', price: '2.00', description: null, stock: 9 },
        source: { type: 'import', jobId: third.jobId },
        changesRemoved: false,
      },
      {
        operation: 'updated',
        changeId: second.jobId,
        row: 1,
        by: 'tester',
        at: expect.any(String),
        before: { sku: 'a', price: '1.50' },
        after: { sku: 'A', price: '99999999999999.0001' },
        source: { type: 'import', jobId: second.jobId },
        changesRemoved: false,
      },
      {
        operation: 'created',
        changeId: first.jobId,
        row: 2,
        by: 'tester',
        at: createdAt,
        before: null,
        after: { sku: 'a', name: 'Mug', price: '1.50', description: 'text', active: true, stock: 0 },
        source: { type: 'import', jobId: first.jobId },
        changesRemoved: false,
      },
    ]);
    for (const limit of [1, 2, 3]) expect(await historyOf(id, limit)).toEqual(entries);
  });

  test('goes on in its pages while the record changes', async () => {
    for (const price of ['1', '2', '3']) await under.importFile(csv('sku,name,price', `a,Mug,${price}`));
    const { id } = await productWith('a');
    const whole = await historyOf(id);
    const page = changePage.parse(await under.get(`/api/products/${id}/history?limit=1`));
    await under.importFile(csv('sku,name,price', 'a,Mug,4'));
    const path = `/api/products/${id}/history?cursor=${page.nextCursor ?? ''}`;
    expect([...page.items, ...changePage.parse(await under.get(path)).items]).toEqual(whole);
  });

  test('of a record without changes is its creation', async () => {
    const { jobId } = await under.importFile(csv('sku,name,price', 'a,Mug,1'));
    expect(await historyOf((await productWith('a')).id)).toMatchObject([
      { operation: 'created', changeId: jobId, row: 1, by: 'tester', after: { sku: 'a', price: '1.00' } },
    ]);
    const byRequest = await under.insertProduct();
    expect(await historyOf(byRequest)).toMatchObject([
      { operation: 'created', row: null, by: null, source: { type: 'request' }, changesRemoved: false },
    ]);
  });

  test('says where changes have been removed', async () => {
    const jobs = [];
    for (const price of ['1', '2', '3', '4']) {
      jobs.push((await under.importFile(csv('sku,name,price', `a,Mug,${price}`))).jobId);
    }
    const { id, createdAt } = await productWith('a');
    const remove = (changeId: string | undefined) =>
      under.api.database.prisma.recordChange.deleteMany({ where: { changeId: changeId! } });
    const unknownCreation = {
      operation: 'created',
      changeId: null,
      row: null,
      by: null,
      at: createdAt,
      before: null,
      after: null,
      source: null,
      changesRemoved: true,
    };
    await remove(jobs[1]);
    for (const limit of [1, 2, 50]) {
      const entries = await historyOf(id, limit);
      expect(entries.map(({ changeId }) => changeId)).toEqual([jobs[3], jobs[2], null]);
      expect(entries[1]).toMatchObject({ before: { price: '2.00' }, after: { price: '3.00' } });
      expect(entries[2]).toEqual(unknownCreation);
    }
    await remove(jobs[3]);
    expect(await historyOf(id)).toEqual([unknownCreation]);
  });

  test('does not follow a change of another record, nor end in a circle', async () => {
    const id = await under.insertProduct({ version: 9 });
    const other = await under.insertProduct();
    const change = { changeRow: 0, kind: 'products', operation: 'updated', changedBy: 'ada' } as const;
    const [one, two] = [uuidv7(), uuidv7()];
    const { prisma } = under.api.database;
    const before = { name: 'x' };
    await prisma.recordChange.createMany({
      data: [
        { ...change, changeId: one, recordId: id, before, previousChange: two, previousChangeRow: 0 },
        { ...change, changeId: two, recordId: id, before, previousChange: one, previousChangeRow: 0 },
      ],
    });
    await prisma.product.update({ where: { id }, data: { lastChange: one } });
    // What a change does not mention, it did not change.
    const { items } = changePage.parse(await under.get(`/api/products/${id}/history?limit=3`));
    expect(items.map(({ before, after }) => [before, after])).toEqual([
      [{ name: 'x' }, { name: 'Mug' }],
      [{}, {}],
      [{}, {}],
    ]);
    await prisma.recordChange.updateMany({ where: { changeId: two }, data: { recordId: other } });
    expect((await historyOf(id)).map(({ changeId }) => changeId)).toEqual([one, null]);
  });

  test('shows what a request created and deleted', async () => {
    const [created, deleted] = [uuidv7(), uuidv7()];
    const id = await under.insertProduct({ sku: 'A', name: 'now', version: 3, lastChange: deleted });
    const change = { changeRow: 0, kind: 'products', recordId: id, changedBy: 'ada' } as const;
    await under.api.database.prisma.recordChange.createMany({
      data: [
        { ...change, changeId: created, operation: 'created' },
        {
          ...change,
          changeId: deleted,
          operation: 'deleted',
          before: { sku: 'A', name: 'then', price: 1, active: true, stock: 0 },
          previousChange: created,
          previousChangeRow: 0,
        },
      ],
    });
    expect(await historyOf(id)).toMatchObject([
      { operation: 'deleted', by: 'ada', before: { name: 'then', price: '1.00' }, after: null },
      { operation: 'created', by: 'ada', before: null, after: { name: 'then' }, source: { type: 'request' } },
    ]);
  });

  test('refuses a cursor of another record, and of another list', async () => {
    for (const price of ['1', '2', '3'])
      await under.importFile(csv('sku,name,price', `a,x,${price}`, `b,x,${price}`));
    const a = await productWith('a');
    const b = await productWith('b');
    const { nextCursor } = changePage.parse(await under.get(`/api/products/${a.id}/history?limit=1`));
    const inList = productPage.parse(await under.get('/api/products?limit=1')).nextCursor;
    const large = `products-history:${uuidv7()}.4294967296.1`;
    for (const cursor of [nextCursor, inList, Buffer.from(large).toString('base64url')]) {
      const path = `/api/products/${b.id}/history?cursor=${cursor ?? ''}`;
      expect(await under.problemType(path, 400)).toBe('/problems/bad-cursor');
    }
  });

  test.each(['fresh', 'old'])('is read by primary keys alone, with %s statistics', async (statistics) => {
    const { pool } = under.api.database;
    if (statistics === 'old') await pool.query('VACUUM (ANALYZE) record_changes');
    await pool.query(
      `INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, changed_by)
       SELECT uuidv7(), 1, 'products', uuidv7(), 'updated', 'tester' FROM generate_series(1, 20000)`,
    );
    if (statistics === 'fresh') await pool.query('VACUUM (ANALYZE) record_changes');
    for (const [start, values] of [
      ['record', [uuidv7(), 51]],
      ['change', [uuidv7(), 51, uuidv7(), 1, 2]],
    ] as const) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (COSTS off) ${historyStatement(KINDS.products, start)}`,
        [...values],
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/Index Scan using record_changes_pkey on record_changes/);
      expect(plan).not.toMatch(/Seq Scan on record_changes/);
    }
  });
});
