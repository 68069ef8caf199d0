import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ImportOptions } from '../../contracts/words.ts';
import {
  listContradictions,
  listUnaccountedRows,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { listWrongImportedOrders } from '../../prisma/repositories/order-import-invariants.ts';
import {
  listUnbalancedOrders,
  listWrongStock,
  listWrongTimelines,
} from '../../prisma/repositories/order-invariants.ts';
import { inTransaction } from '../../prisma/client.ts';
import { getRowToRepair, reopenForRepairs, saveRepairedRow } from '../../prisma/repositories/repairs.ts';
import { createOrder } from '../../prisma/repositories/order-create.ts';
import { getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { repairRow } from '../../domain/repair-row.ts';
import { csv } from '../support/csv.ts';
import { openImportBench } from '../support/import-bench.ts';
import { acceptTestImport } from '../support/imports.ts';
import { newOrder } from '../support/order-bench.ts';

const bench = await openImportBench();
const { db } = bench;
afterAll(bench.close);
beforeEach(bench.empty);
afterEach(async () => {
  const questions = [
    listContradictions,
    listWrongImportedOrders,
    listUnaccountedRows,
    listWrongCounters,
    listWrongStock,
    listUnbalancedOrders,
    listWrongTimelines,
  ];
  for (const question of questions) expect(await question(db.pool)).toEqual([]);
});

const HEADER = 'order_number,email,sku,quantity,unit_price,currency';

/** Imports a file of orders, in chunks of three rows. */
const importOrders = (lines: readonly string[], options: Partial<ImportOptions> = {}) =>
  bench.importFile(
    { kind: 'orders', content: csv(HEADER, ...lines), options: { mode: 'create', ...options } },
    { IMPORT_CHUNK_ROWS: 3 },
  );

/** Orders and their lines, in the order in which they were made. */
async function orders() {
  const { rows } = await db.pool.query<{ id: string; email: string | null; total: string; lines: string[] }>(
    `SELECT o.id, o.email, o.currency, o.total::text,
            array_agg(format('%s x %s at %s', l.quantity, l.sku, l.unit_price) ORDER BY l.number) AS lines
       FROM orders o JOIN order_lines l ON l.order_id = o.id GROUP BY o.id ORDER BY o.number`,
  );
  return rows;
}

/** The outcome of each row, with the codes of its errors. */
async function outcomes(jobId: string) {
  const { rows } = await db.pool.query<{ outcome: string; codes: string[] | null }>(
    `SELECT coalesce(o.outcome, s.outcome, 'pending')::text AS outcome,
            (SELECT array_agg(e ->> 'code') FROM jsonb_array_elements(s.errors) e) AS codes
       FROM staged_rows s JOIN jobs j ON j.number = s.job_number
       LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
      WHERE j.id = $1 ORDER BY s."row"`,
    [jobId],
  );
  return rows.map(({ outcome, codes }) => (codes === null ? outcome : `${outcome} ${codes.join(' ')}`));
}

describe('a file of orders', () => {
  test('brings in lines of one order from wherever they stand, with what only one of them says', async () => {
    const { end, jobId } = await importOrders([
      '1001,ada@example.com,SKU-1,2,10.00,EUR',
      '1002,bob@example.com,SKU-2,1,5,',
      '1001,,SKU-2,1,5.5,',
      '#1003,,SKU-1,1,1,EUR',
      '1002,,SKU-3,1,2,EUR',
      '1001,ADA@example.com,SKU-1,3,10,EUR',
      ',,SKU-9,1,1,',
    ]);
    expect(end).toMatchObject({ status: 'completed', counts: { total: 7, created: 7, pending: 0 } });
    expect(await orders()).toEqual([
      {
        id: '1003',
        email: null,
        currency: 'EUR',
        total: '1.0000',
        lines: ['1 x SKU-1 at 1.0000'],
      },
      {
        id: '1001',
        email: 'ada@example.com',
        currency: 'EUR',
        total: '56.5000',
        lines: ['2 x SKU-1 at 10.0000', '1 x SKU-2 at 5.5000', '3 x SKU-1 at 10.0000', '1 x SKU-9 at 1.0000'],
      },
      {
        id: '1002',
        email: 'bob@example.com',
        currency: 'EUR',
        total: '7.0000',
        lines: ['1 x SKU-2 at 5.0000', '1 x SKU-3 at 2.0000'],
      },
    ]);
    expect(await outcomes(jobId)).toEqual(Array.from({ length: 7 }, () => 'created'));
    const events = await db.prisma.orderEvent.findMany();
    expect(events.map(({ type, seq, status }) => [type, seq, status])).toEqual(
      Array.from({ length: 3 }, () => ['order.OrderCreated', 1, 'CREATED']),
    );
  });

  test('with one bad line of an order brings in none of it, and says for each line why', async () => {
    const { end, jobId } = await importOrders([
      'a,,SKU-1,1,1,',
      'b,,SKU-1,1,1,',
      'a,,SKU-2,none,1,',
      'a,,SKU-3,1,1,',
      'b,,SKU-3,0,1,',
      'c,,SKU-1,1,1,',
    ]);
    expect(end.counts).toMatchObject({ total: 6, created: 1, rejected: 5 });
    expect(await outcomes(jobId)).toEqual([
      'rejected order_rejected',
      'rejected order_rejected',
      'rejected invalid_integer',
      'rejected order_rejected',
      'rejected too_small',
      'created',
    ]);
    expect((await orders()).map(({ id }) => id)).toEqual(['c']);
  });

  test('gives each line the outcome of its order, also in another chunk, whichever is applied first', async () => {
    const { end, jobId } = await importOrders([
      'a,,SKU-1,1,1,',
      'b,,SKU-1,1,1,',
      'c,,SKU-1,1,1,',
      // The second chunk.
      'a,,SKU-2,1,1,',
      'd,,SKU-1,1,1,',
      'b,,SKU-2,1,1,',
      // The third one.
      'a,,SKU-3,1,1,',
    ]);
    expect(end.counts).toMatchObject({ total: 7, created: 7, pending: 0 });
    const chunks = await db.prisma.chunk.findMany({ orderBy: { number: 'asc' } });
    expect(chunks.map(({ created, orders: made }) => [created, made])).toEqual([
      [3, 3],
      [3, 1],
      [1, 0],
    ]);
    expect(await outcomes(jobId)).toEqual(Array.from({ length: 7 }, () => 'created'));
  });

  test('applied twice, as after a lost answer or by two at once, makes each order once', async () => {
    const steps = bench.steps({ IMPORT_CHUNK_ROWS: 3 });
    const { jobId, ref } = await importOrders([
      'a,,SKU-1,1,1,',
      'b,,SKU-1,1,1,',
      'b,,SKU-2,1,1,',
      'a,,SKU-2,1,1,',
    ]);
    const again = await Promise.all([1, 2, 1, 2].map((chunk) => steps.applyChunk({ ...ref, chunk })));
    expect(again.map(({ created }) => created)).toEqual([3, 1, 3, 1]);
    expect(await db.prisma.order.count()).toBe(2);
    expect(await db.prisma.orderEvent.count()).toBe(2);
    expect(await outcomes(jobId)).toEqual(['created', 'created', 'created', 'created']);
  });

  test('again changes nothing, and says so for each line', async () => {
    const lines = ['a,ada@example.com,SKU-1,1,1.50,', 'b,,SKU-1,1,,', 'a,,SKU-2,1,2,EUR'];
    await importOrders(lines);
    const before = await db.prisma.order.findMany({ orderBy: { id: 'asc' } });
    const { end } = await importOrders(lines);
    expect(end.counts).toMatchObject({ total: 3, unchanged: 3, created: 0 });
    expect(await db.prisma.order.findMany({ orderBy: { id: 'asc' } })).toEqual(before);
  });

  test('that says something else of an order that is there is rejected for it, line by line', async () => {
    await importOrders(['a,,SKU-1,1,1,', 'b,,SKU-1,1,1,']);
    const { end, jobId } = await importOrders([
      'a,,SKU-1,2,1,',
      'b,,SKU-1,1,1,',
      'a,,SKU-2,1,1,',
      'c,,SKU-1,1,1,',
    ]);
    expect(end.counts).toMatchObject({ total: 4, unchanged: 1, created: 1, rejected: 2 });
    expect(await outcomes(jobId)).toEqual([
      'rejected order_differs',
      'unchanged',
      'rejected order_differs',
      'created',
    ]);
    expect((await orders()).find(({ id }) => id === 'a')?.lines).toEqual(['1 x SKU-1 at 1.0000']);
  });

  test('tried out reports what would be, and makes nothing', async () => {
    await importOrders(['a,,SKU-1,1,1,', 'b,,SKU-1,1,1,']);
    const lines = [
      'a,,SKU-1,1,1,',
      'b,,SKU-1,9,1,',
      'c,,SKU-1,1,1,',
      'd,,SKU-1,,1,',
      'd,,SKU-2,1,1,',
      'c,,SKU-2,1,1,',
    ];
    const tried = await importOrders(lines, { dryRun: true });
    expect(await db.prisma.order.count()).toBe(2);
    const real = await importOrders(lines);
    expect(real.end.counts).toMatchObject({ created: 2, unchanged: 1, rejected: 3 });
    expect(tried.end.counts).toEqual(real.end.counts);
    expect(await outcomes(tried.jobId)).toEqual(await outcomes(real.jobId));
  });

  test('that is to bring in all or nothing brings in nothing with one bad line, or one changed order', async () => {
    await importOrders(['a,,SKU-1,1,1,']);
    const bad = await importOrders(['b,,SKU-1,1,1,', 'c,,SKU-1,,1,'], { onError: 'abort' });
    expect(bad.end).toMatchObject({ status: 'failed', failureCode: 'rows_rejected' });
    const changed = await importOrders(['b,,SKU-1,1,1,', 'a,,SKU-1,7,1,'], { onError: 'abort' });
    expect(changed.end).toMatchObject({ status: 'failed', failureCode: 'rows_rejected' });
    expect(await db.prisma.order.count()).toBe(1);
  });

  test('that is to bring in all or nothing stops for an operator when somebody has made one of its orders since they were looked for', async () => {
    const content = csv(HEADER, 'a,,SKU-1,1,1,', 'b,,SKU-1,1,1,', 'c,,SKU-1,1,1,');
    const options = { mode: 'create', onError: 'abort' } as const;
    const jobId = await acceptTestImport(db, bench.storage, { kind: 'orders', content, options });
    const ref = { jobId, retryDelaysMs: [] };
    const steps = bench.steps();
    await steps.readFile(ref);
    await steps.stageChunk({ ...ref, chunk: 1 });
    await steps.settleReading(ref);
    expect(await steps.resolveDuplicates(ref)).toMatchObject({ proceed: true });
    await createOrder(
      db,
      { order: newOrder({ 'SKU-7': 3 }, { orderId: 'b' }), createdBy: 'x', idempotencyKey: null },
      'EUR',
    );
    await steps.takeTurn(ref);
    await expect(steps.applyChunk({ ...ref, chunk: 1 })).rejects.toMatchObject({
      type: 'data_refused',
      nonRetryable: true,
    });
    expect(await outcomes(jobId)).toEqual(['pending', 'pending', 'pending']);
    expect((await orders()).map(({ id }) => id)).toEqual(['b']);
  });

  test('counts each line, one sku twice in an order too, unless that is to be rejected', async () => {
    const lines = ['a,,SKU-1,1,1,', 'a,,sku-1,1,1,', 'b,,SKU-1,1,1,'];
    const rejecting = await importOrders(lines, { duplicates: 'reject' });
    expect(await outcomes(rejecting.jobId)).toEqual([
      'rejected duplicate_key',
      'rejected duplicate_key',
      'created',
    ]);
    const { end } = await importOrders(lines);
    expect(end.counts).toMatchObject({ created: 2, unchanged: 1, duplicate: 0 });
    expect((await orders()).find(({ id }) => id === 'a')?.lines).toHaveLength(2);
  });

  test('takes no order whose lines contradict one another, or are too many, or lack a price in a foreign currency', async () => {
    const { jobId, end } = await importOrders([
      'a,ada@example.com,SKU-1,1,1,EUR',
      'a,bob@example.com,SKU-1,1,1,EUR',
      'b,,SKU-1,1,1,EUR',
      'b,,SKU-1,1,1,USD',
      'c,,SKU-1,1,1,USD',
      'c,,SKU-2,1,,USD',
      'd,,SKU-1,1,1,USD',
    ]);
    expect(await outcomes(jobId)).toEqual([
      ...Array.from({ length: 4 }, () => 'rejected order_lines_differ'),
      ...Array.from({ length: 2 }, () => 'rejected order_foreign_currency'),
      'created',
    ]);
    expect(end.counts).toMatchObject({ rejected: 6, created: 1 });
    const lines = Array.from({ length: 501 }, (_, index) => `e,,SKU-${String(index)},1,1,`);
    const long = await bench.importFile({
      kind: 'orders',
      content: csv(HEADER, ...lines),
      options: { mode: 'create' },
    });
    expect(new Set(await outcomes(long.jobId))).toEqual(new Set(['rejected order_too_long']));
  });

  test('brings in no order of which a line could not be read, as far as its number can be', async () => {
    const { jobId } = await importOrders(['a,,SKU-1,1,1,', 'a,,SKU-2,1,1,,,surplus', 'b,,SKU-1,1,1,']);
    expect(await outcomes(jobId)).toEqual([
      'rejected order_rejected',
      'rejected wrong_column_count',
      'created',
    ]);
  });

  describe('that was repaired', () => {
    /** Repairs a row, and opens the job again. @returns how many rows are at work again */
    async function repair(jobId: string, row: number, values: Record<string, string>): Promise<number> {
      return await inTransaction(db.pool, async (client) => {
        const { number, options } = await getImportJob(client, jobId, true);
        const state = await getRowToRepair(client, number, row);
        if (!state.found) throw new Error('there is no such row');
        const repaired = repairRow({ kind: IMPORTABLE.orders, options, values, ...state.row });
        expect(repaired.errors).toEqual([]);
        await saveRepairedRow(client, number, row, repaired);
        return await reopenForRepairs(client, { id: jobId, number }, IMPORTABLE.orders);
      });
    }

    async function applyAgain(jobId: string) {
      const steps = bench.steps({ IMPORT_CHUNK_ROWS: 3 });
      const ref = { jobId, retryDelaysMs: [] };
      await steps.resolveDuplicates(ref);
      await steps.takeTurn(ref);
      const chunks = await db.prisma.chunk.count({ where: { job: { id: jobId } } });
      for (let chunk = chunks; chunk >= 1; chunk -= 1) await steps.applyChunk({ ...ref, chunk });
      return await steps.finishJob(ref);
    }

    test('lets the whole order in once its last bad line is good', async () => {
      const { jobId } = await importOrders([
        'a,,SKU-1,bad,1,',
        'b,,SKU-1,1,1,',
        'a,,SKU-2,1,1,',
        'a,,SKU-3,1,worse,',
        'c,,SKU-1,,1,',
      ]);
      expect(await repair(jobId, 1, { quantity: '2' })).toBe(2);
      expect((await applyAgain(jobId)).counts).toMatchObject({ created: 1, rejected: 4 });
      expect(await repair(jobId, 4, { unit_price: '3' })).toBe(3);
      expect((await applyAgain(jobId)).counts).toMatchObject({ created: 4, rejected: 1 });
      expect((await orders()).find(({ id }) => id === 'a')?.lines).toEqual([
        '2 x SKU-1 at 1.0000',
        '1 x SKU-2 at 1.0000',
        '1 x SKU-3 at 3.0000',
      ]);
    });

    test('adds no line to an order that has gone in without it', async () => {
      const { jobId } = await importOrders(['a,,SKU-1,1,1,', '!,,SKU-2,1,1,']);
      expect(await repair(jobId, 2, { order_number: 'a' })).toBe(1);
      await applyAgain(jobId);
      expect(await outcomes(jobId)).toEqual(['created', 'rejected order_incomplete']);
    });
  });
});
