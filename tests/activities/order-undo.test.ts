import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import { inTransaction } from '../../prisma/client.ts';
import { settleOrderTargets } from '../../prisma/repositories/order-undo.ts';
import { csv } from '../support/csv.ts';
import { emptyTables } from '../support/database.ts';
import { beginUndo, importFile } from '../support/import-bench.ts';
import { openOrderBench } from '../support/order-bench.ts';

const bench = await openOrderBench();
const { db, providers } = bench;
const folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-files-'));
const data = { db, storage: createLocalFolderStorage(folder) };
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await bench.empty();
  await emptyTables(
    db.pool,
    'jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, turns, orders, order_lines, reservations, payments, shipments, order_events',
  );
  await bench.stock({ 'SKU-1': 100 });
});
afterEach(() => bench.expectSound());

async function importOrders(ids: readonly string[]): Promise<string> {
  const content = csv('order_number,sku,quantity', ...ids.map((id) => `${id},SKU-1,1`));
  const { jobId, end } = await importFile(data, { kind: 'orders', content, options: { mode: 'create' } });
  expect(end.counts?.created).toBe(ids.length);
  return jobId;
}

const cancel = (orderId: string) =>
  bench.ask(orderId, { verb: 'cancel', by: 'tester', reason: 'undo', via: 'api' });

test('an undo of orders says of each one that stays how far its cancellation came', async () => {
  const targetId = await importOrders(['new', 'sent', 'refunded', 'parked', 'at-work']);
  await bench.run('sent');
  providers.plan.ship.push('no');
  await bench.run('refunded');
  for (const id of ['parked', 'at-work']) {
    await bench.step(id, 'inventory');
    await bench.step(id, 'payment');
  }
  for (const id of ['new', 'sent', 'refunded', 'parked', 'at-work']) await cancel(id);
  // The carrier first, whose answer is not known; then the money.
  providers.plan.undo.push('unavailable');
  expect(await bench.run('parked')).toMatchObject({ parked: 'refund' });

  const undo = await beginUndo(data, targetId, { IMPORT_CHUNK_ROWS: 10 });
  const { number } = await db.prisma.job.findUniqueOrThrow({ where: { id: undo?.jobId ?? '' } });
  const settled = await inTransaction(db.pool, (client) =>
    settleOrderTargets(client, number, { firstRow: 1, lastRow: 5 }),
  );
  expect(settled).toEqual({ reversed: 1, kept: 4 });
  const { rows } = await db.pool.query<{ key: string; outcome: string; code: string | null }>(
    `SELECT t.key, o.outcome::text, o.errors -> 0 ->> 'code' AS code
       FROM job_targets t JOIN row_outcomes o USING (job_number, "row") WHERE job_number = $1 ORDER BY "row"`,
    [number],
  );
  expect(rows.map(({ key, outcome, code }) => [key, outcome, code])).toEqual([
    ['new', 'reversed', null],
    ['sent', 'kept', 'shipped'],
    ['refunded', 'kept', 'refunded'],
    ['parked', 'kept', 'cancel_parked'],
    ['at-work', 'kept', 'cancel_under_way'],
  ]);
});

test('an undo of orders at work has them cancelled, and waits until what was done for them is undone', async () => {
  const targetId = await importOrders(['first', 'second']);
  await bench.step('first', 'inventory');
  await bench.step('first', 'payment');
  await bench.step('second', 'inventory');
  const undo = await beginUndo(data, targetId);
  // As its workflow does, which is told of the cancellation while the undo waits.
  const work = (async () => {
    for (const id of ['first', 'second']) {
      await expect
        .poll(async () => (await db.prisma.order.findUniqueOrThrow({ where: { id } })).goal, {
          timeout: 20_000,
        })
        .toBe('cancel');
    }
    for (const id of ['first', 'second']) await bench.run(id);
  })();
  await undo?.steps.undoChunk({ ...undo.ref, chunk: 1 });
  await work;
  expect((await undo?.steps.finishJob(undo.ref))?.counts).toMatchObject({ total: 2, reversed: 2, kept: 0 });
  expect(await bench.stockOf('SKU-1')).toEqual({ stock: 100, reserved: 0 });
  expect([...providers.charges.values()]).toEqual([{ amount: '10.00', isRefunded: true }]);
  expect(await db.prisma.auditEntry.findMany({ where: { action: 'cancel' } })).toHaveLength(2);
}, 60_000);
