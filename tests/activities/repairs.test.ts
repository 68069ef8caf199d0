import { afterAll, beforeEach, expect, test } from 'vitest';
import type { ChunkRef } from '../../contracts/temporal/chunked-job.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { repairRow } from '../../domain/repair-row.ts';
import { inTransaction } from '../../prisma/client.ts';
import { getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { getRowToRepair, reopenForRepairs, saveRepairedRow } from '../../prisma/repositories/repairs.ts';
import { csv } from '../support/csv.ts';
import { openImportBench } from '../support/import-bench.ts';
import type { TestImport } from '../support/imports.ts';

/** An ended job that is opened again for a repaired row. */
const bench = await openImportBench();
const { db } = bench;
const steps = bench.steps();
afterAll(bench.close);
beforeEach(bench.empty);

/** Imports a file of one chunk. */
async function importFile(given: TestImport): Promise<ChunkRef> {
  const { ref } = await bench.importFile(given);
  return { ...ref, chunk: 1 };
}

async function repairAndReopen({ jobId }: ChunkRef, row: number, values: Record<string, string>) {
  await inTransaction(db.pool, async (client) => {
    const { number, options } = await getImportJob(client, jobId, true);
    const state = await getRowToRepair(client, number, row);
    if (!state.found) throw new Error('there is no such row');
    const repaired = repairRow({ kind: KINDS.products, options, values, ...state.row });
    expect(repaired.errors).toEqual([]);
    await saveRepairedRow(client, number, row, repaired);
    expect(await reopenForRepairs(client, { id: jobId, number }, KINDS.products)).toBe(1);
  });
}

async function product(skuKey: string) {
  return db.prisma.product.findUnique({ where: { skuKey } });
}

async function insertProduct(sku: string): Promise<void> {
  await db.pool.query(
    `INSERT INTO products (sku, sku_key, name, price, description, last_change)
     VALUES ($1, $1, 'before', 1, 'before', uuidv7())`,
    [sku],
  );
}

test('rows that the mode passed over stay passed over, also where their record has come since', async () => {
  const content = csv('sku,name,price', 'a,A,1', 'b,B,cheap');
  const ref = await importFile({ content, options: { mode: 'update' } });
  await insertProduct('a');
  await insertProduct('b');
  await repairAndReopen(ref, 2, { price: '2' });
  await steps.resolveDuplicates(ref);
  await steps.takeTurn(ref);
  expect(await steps.applyChunk(ref)).toMatchObject({ updated: 1, skipped: 1, rejected: 0 });
  expect(await product('a')).toMatchObject({ name: 'before' });
  expect(await product('b')).toMatchObject({ name: 'B' });
});

test('a repaired row clears what it cleared in its file', async () => {
  await insertProduct('a');
  const ref = await importFile({ content: csv('sku,name,price,description', 'a,A,cheap,#N/A') });
  await repairAndReopen(ref, 1, { price: '2' });
  await steps.resolveDuplicates(ref);
  await steps.takeTurn(ref);
  await steps.applyChunk(ref);
  expect(await product('a')).toMatchObject({ name: 'A', description: null });
});

test('a late attempt to end it as it was before does not end it', async () => {
  const ref = await importFile({ content: csv('sku,name,price', 'a,A,1', 'b,B,cheap') });
  await repairAndReopen(ref, 2, { price: '2' });
  await steps.finishJob(ref);
  expect(await db.prisma.job.findUniqueOrThrow({ where: { id: ref.jobId } })).toMatchObject({
    status: 'pending',
    stage: 'resolving',
  });
  await steps.resolveDuplicates(ref);
  await steps.takeTurn(ref);
  await steps.applyChunk(ref);
  expect(await steps.finishJob(ref)).toMatchObject({
    status: 'completed',
    counts: { total: 2, created: 2, pending: 0 },
  });
});
