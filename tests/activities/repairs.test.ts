import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApplyActivities, createParseActivities } from '../../activities/index.ts';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ChunkRef } from '../../contracts/temporal/import-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { repairRow } from '../../domain/repair-row.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { getRowToRepair, reopenForRepairs, saveRepairedRow } from '../../prisma/repositories/repairs.ts';
import { csv } from '../support/csv.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { acceptTestImport, type TestImport } from '../support/imports.ts';
import { TEST_LIMITS } from '../support/limits.ts';

/** An ended job that is opened again for a repaired row. */
let database: TestDatabase;
let db: Database;
let folder: string;
let storage: FileStorage;
const environment = new MockActivityEnvironment();

beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-files-'));
  storage = createLocalFolderStorage(folder);
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await db.pool.query('TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, products');
});

function steps() {
  const importStart = { IMPORT_RETRY_DELAYS_MS: [], IMPORT_MAX_HISTORY_EVENTS: 3_500 };
  const deps = { db, storage, limits: TEST_LIMITS, importStart };
  return { ...createParseActivities(deps), ...createApplyActivities(deps) };
}

function run<A extends unknown[], R>(activity: (...args: A) => Promise<R>, ...args: A): Promise<R> {
  return environment.run<A, R, (...args: A) => Promise<R>>(activity, ...args);
}

/** Imports a file of one chunk. */
async function importFile(given: TestImport): Promise<ChunkRef> {
  const jobId = await acceptTestImport(db, storage, given);
  const ref = { jobId, retryDelaysMs: [], chunk: 1 };
  const { readFile, stageChunk, settleReading, resolveDuplicates, applyChunk, finishImport } = steps();
  await run(readFile, ref);
  await run(stageChunk, ref);
  await run(settleReading, ref);
  await run(resolveDuplicates, ref);
  await run(applyChunk, ref);
  await run(finishImport, ref);
  return ref;
}

async function repairAndReopen({ jobId }: ChunkRef, row: number, values: Record<string, string>) {
  await inTransaction(db.pool, async (client) => {
    const { number, options } = await getImportJob(client, jobId, true);
    const state = await getRowToRepair(client, number, row);
    if (!state.found) throw new Error('there is no such row');
    const repaired = repairRow({ kind: KINDS.products, options, values, ...state.row });
    expect(repaired.errors).toEqual([]);
    await saveRepairedRow(client, number, row, repaired);
    expect(await reopenForRepairs(client, { id: jobId, number })).toBe(1);
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
  await run(steps().resolveDuplicates, ref);
  expect(await run(steps().applyChunk, ref)).toMatchObject({ updated: 1, skipped: 1, rejected: 0 });
  expect(await product('a')).toMatchObject({ name: 'before' });
  expect(await product('b')).toMatchObject({ name: 'B' });
});

test('a repaired row clears what it cleared in its file', async () => {
  await insertProduct('a');
  const ref = await importFile({ content: csv('sku,name,price,description', 'a,A,cheap,#N/A') });
  await repairAndReopen(ref, 1, { price: '2' });
  await run(steps().resolveDuplicates, ref);
  await run(steps().applyChunk, ref);
  expect(await product('a')).toMatchObject({ name: 'A', description: null });
});

test('a late attempt to end it as it was before does not end it', async () => {
  const ref = await importFile({ content: csv('sku,name,price', 'a,A,1', 'b,B,cheap') });
  await repairAndReopen(ref, 2, { price: '2' });
  await run(steps().finishImport, ref);
  expect(await db.prisma.job.findUniqueOrThrow({ where: { id: ref.jobId } })).toMatchObject({
    status: 'pending',
    stage: 'resolving',
  });
  await run(steps().resolveDuplicates, ref);
  await run(steps().applyChunk, ref);
  expect(await run(steps().finishImport, ref)).toMatchObject({
    status: 'completed',
    counts: { total: 2, created: 2, pending: 0 },
  });
});
