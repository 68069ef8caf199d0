import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { type Database, openDatabase } from '../../prisma/client.ts';
import { indexMovedStock } from '../../prisma/repositories/record-search.ts';
import { deleteRecord } from '../../prisma/repositories/record-writes.ts';
import { findRecord } from '../../prisma/repositories/records.ts';
import { csv } from '../support/csv.ts';
import { importFile, undoJob } from '../support/import-bench.ts';
import { openOrderBench, type OrderBench } from '../support/order-bench.ts';
import { seededRandom } from '../support/random.ts';

let bench: OrderBench;
let folder: string;
let storage: FileStorage;
/** With room for many at a time. */
let wide: Database;

beforeAll(async () => {
  bench = await openOrderBench();
  wide = openDatabase({
    url: bench.url,
    applicationName: 'test',
    maxConnections: 16,
    statementTimeoutMs: 30_000,
    onError: () => undefined,
  });
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-files-'));
  storage = createLocalFolderStorage(folder);
});
afterAll(async () => {
  await wide.close();
  await bench.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await bench.empty();
  await bench.db.pool.query(
    'TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, turns, record_changes',
  );
});
afterEach(() => bench.expectSound());

const skus = (count: number): string[] => Array.from({ length: count }, (_, index) => `S-${String(index)}`);

describe('stock', () => {
  test('is never oversold, however many want it at once', async () => {
    await bench.stock({ ONE: 7, TWO: 5 });
    const orders = await Promise.all(
      // In opposite orders: whoever locked as they are written would wait for one another.
      Array.from({ length: 40 }, (_, index) =>
        bench.place(index % 2 === 0 ? { ONE: 1, TWO: 1 } : { TWO: 1, ONE: 1 }),
      ),
    );
    const states = await Promise.all(orders.map((orderId) => bench.step(orderId, 'inventory', wide)));
    expect(states.filter(({ status }) => status === 'INVENTORY_RESERVED')).toHaveLength(5);
    expect(await bench.stockOf('ONE')).toEqual({ stock: 7, reserved: 5 });
    expect(await bench.stockOf('TWO')).toEqual({ stock: 5, reserved: 5 });
  });

  test('adds up while orders are reserved, released and shipped all at once', async () => {
    const names = skus(6);
    await bench.stock(Object.fromEntries(names.map((sku) => [sku, 20])));
    const random = seededRandom(7);
    const orders: string[] = [];
    for (let n = 0; n < 120; n += 1) {
      const items = Object.fromEntries(
        Array.from({ length: 1 + Math.floor(random() * 3) }, () => [
          names[Math.floor(random() * names.length)] ?? '',
          1 + Math.floor(random() * 2),
        ]),
      );
      orders.push(await bench.place(items));
    }
    for (let n = 0; n < 30; n += 1) {
      bench.providers.plan.authorise.push(random() < 0.3 ? 'no' : 'well');
      bench.providers.plan.ship.push(random() < 0.3 ? 'no' : 'well');
    }
    const run = async (orderId: string): Promise<void> => {
      for (const step of ['inventory', 'payment', 'shipping', 'refund', 'release'] as const)
        await bench.step(orderId, step, wide);
    };
    await Promise.all(orders.map(run));
    const shipped = await bench.db.prisma.reservation.groupBy({
      by: ['sku'],
      where: { status: 'shipped' },
      _sum: { quantity: true },
    });
    for (const sku of names) {
      const sent = shipped.find((group) => group.sku === sku)?._sum.quantity ?? 0;
      expect(await bench.stockOf(sku)).toEqual({ stock: 20 - sent, reserved: 0 });
    }
    expect(await bench.db.prisma.order.count({ where: { goal: { not: null } } })).toBe(0);
  });

  test('is not undone by an import that runs beside, and does not undo it', async () => {
    const names = skus(40);
    await bench.stock(Object.fromEntries(names.map((sku) => [sku, 1_000])));
    const orders = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        bench.place({ [names[(n * 7) % 40] ?? '']: 1, [names[(n * 11 + 3) % 40] ?? '']: 2 }),
      ),
    );
    const data = { db: wide, storage };
    const file = csv('sku,name,price', ...names.toReversed().map((sku) => `${sku},renamed,12.5`));
    const [imported] = await Promise.all([
      importFile(data, { content: file }, { IMPORT_CHUNK_ROWS: 10 }),
      ...orders.map((orderId) => bench.step(orderId, 'inventory', wide)),
    ]);
    expect(imported.end).toMatchObject({ status: 'completed', counts: { updated: 40 } });
    expect(await bench.db.prisma.reservation.count({ where: { status: 'held' } })).toBeGreaterThan(100);
    expect(await bench.db.prisma.product.count({ where: { name: 'renamed', stock: 1_000 } })).toBe(40);
  });

  test('that was counted lower than what orders hold ends at nothing, and nobody else gets any', async () => {
    await bench.stock({ ONE: 5 });
    const first = await bench.place({ ONE: 4 });
    await bench.step(first, 'inventory');
    await bench.stock({ ONE: 2 });
    const record = await bench.db.prisma.product.findUniqueOrThrow({ where: { skuKey: 'one' } });
    expect(record).toMatchObject({ stock: 2, reserved: 4, available: 0 });
    const second = await bench.place({ ONE: 1 });
    expect(await bench.run(second)).toMatchObject({ status: 'INVENTORY_FAILED' });
    expect(await bench.run(first)).toMatchObject({ status: 'SHIPPED' });
    expect(await bench.stockOf('ONE')).toEqual({ stock: 0, reserved: 0 });
  });

  test('moves neither the version of a product nor what wrote it last', async () => {
    await bench.stock({ ONE: 5 });
    const before = await bench.db.prisma.product.findUniqueOrThrow({ where: { skuKey: 'one' } });
    await bench.run(await bench.place({ ONE: 2 }));
    const after = await bench.db.prisma.product.findUniqueOrThrow({ where: { skuKey: 'one' } });
    expect(after).toMatchObject({
      version: before.version,
      lastChange: before.lastChange,
      updatedAt: before.updatedAt,
    });
    expect(await findRecord(bench.db.pool, KINDS.products, after.id)).toMatchObject({
      values: { stock: 3 },
      facts: { reserved: 0, available: 3 },
    });
  });

  test('is found in its new place in lists once what was taken is brought there', async () => {
    const data = { db: bench.db, storage };
    await importFile(data, { content: csv('sku,name,price,stock', 'ONE,one,1,5') });
    const { id } = await bench.db.prisma.product.findUniqueOrThrow({ where: { skuKey: 'one' } });
    await bench.db.pool.query(
      `INSERT INTO products_search (record_id, version, key, name, price, active, stock, updated_at, text)
       VALUES ($1, 1, 'one', 'one', 1, true, 5, now(), ' one')`,
      [id],
    );
    await bench.run(await bench.place({ ONE: 2 }));
    expect(await indexMovedStock(bench.db)).toBe(1);
    expect(await bench.db.prisma.productSearch.findUnique({ where: { recordId: id } })).toMatchObject({
      stock: 3,
    });
    expect(await indexMovedStock(bench.db)).toBe(0);
  });
});

describe('a product of which orders hold some', () => {
  test('can not be deleted until they are through', async () => {
    await bench.stock({ ONE: 5 });
    const { id } = await bench.db.prisma.product.findUniqueOrThrow({ where: { skuKey: 'one' } });
    const orderId = await bench.place({ ONE: 1 });
    await bench.step(orderId, 'inventory');
    const remove = () =>
      deleteRecord(bench.db, KINDS.products, id, 'any', { changeId: uuidv7(), by: 'tester', via: 'api' });
    expect(await remove()).toBe('needed');
    await bench.run(orderId);
    expect(await remove()).toBe('deleted');
    expect(await bench.ask(orderId, { verb: 'compensate' })).toMatchObject({ effect: 'done' });
    expect(await bench.run(orderId)).toMatchObject({ status: 'REFUNDED' });
  });
});

describe('an undo of an import', () => {
  const outcomes = async (jobId: string): Promise<unknown[]> => {
    const { rows } = await bench.db.pool.query<{ key: string; outcome: string; code: string | null }>(
      `SELECT t.key, o.outcome, o.errors -> 0 ->> 'code' AS code
         FROM job_targets t
         JOIN jobs j ON j.number = t.job_number
         JOIN row_outcomes o ON o.job_number = t.job_number AND o."row" = t."row"
        WHERE j.id = $1
        ORDER BY t.key`,
      [jobId],
    );
    return rows.map(({ key, outcome, code }) =>
      code === null ? `${key} ${outcome}` : `${key} ${outcome} ${code}`,
    );
  };

  test('keeps the products of whose stock orders hold or have taken some', async () => {
    const data = { db: bench.db, storage };
    await bench.stock({ OLD: 3, SOLD: 3, HELD: 3, BEFORE: 3 });
    // What was taken before the import is in its count.
    await bench.run(await bench.place({ BEFORE: 1 }));
    const rows = ['OLD', 'SOLD', 'HELD', 'BEFORE', 'NEW', 'NEW-SOLD', 'NEW-HELD'];
    const { jobId } = await importFile(data, {
      content: csv('sku,name,price,stock', ...rows.map((sku) => `${sku},imported,10,9`)),
    });
    for (const sku of ['SOLD', 'NEW-SOLD']) await bench.run(await bench.place({ [sku]: 1 }));
    for (const sku of ['HELD', 'NEW-HELD']) await bench.step(await bench.place({ [sku]: 1 }), 'inventory');

    const undone = await undoJob(data, jobId);
    expect(undone?.counts).toMatchObject({ reversed: 4, kept: 3 });
    expect(await outcomes(undone?.jobId ?? '')).toEqual([
      'before reversed',
      // Its count is set back; what is held of it stays held.
      'held reversed',
      'new reversed',
      'new-held kept stock_moved',
      'new-sold kept stock_moved',
      'old reversed',
      'sold kept stock_moved',
    ]);
    expect(await bench.stockOf('BEFORE')).toEqual({ stock: 2, reserved: 0 });
    expect(await bench.stockOf('HELD')).toEqual({ stock: 3, reserved: 1 });
    expect(await bench.stockOf('SOLD')).toEqual({ stock: 8, reserved: 0 });
    expect(await bench.db.prisma.product.count({ where: { skuKey: 'new' } })).toBe(0);
  });
});
