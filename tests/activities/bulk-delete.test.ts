import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { TURN_LOST } from '../../contracts/temporal/chunked-job.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { listWrongDeletions } from '../../prisma/repositories/bulk-delete-invariants.ts';
import { lockStatement } from '../../prisma/repositories/bulk-delete-statements.ts';
import {
  listBrokenPlans,
  listContradictions,
  listUnaccountedRows,
  listUndoneHalfway,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { findRecordLife, listRecordWrites } from '../../prisma/repositories/record-history.ts';
import { listTargetRows } from '../../prisma/repositories/target-rows.ts';
import { csv } from '../support/csv.ts';
import { beginBulkDelete, beginUndo, bulkDelete, openImportBench, undoJob } from '../support/import-bench.ts';
import { until } from '../support/until.ts';

const bench = await openImportBench();
const { db } = bench;
const steps = bench.steps();
/** In one chunk, so that records are created in the order of the file. */
const importFile = (given: { content: string }) => bench.importFile(given, { IMPORT_CHUNK_ROWS: 10 });
afterAll(bench.close);
beforeEach(bench.empty);
afterEach(async () => {
  const questions = [
    ...[listBrokenPlans, listContradictions, listWrongCounters, listUnaccountedRows],
    ...[listUndoneHalfway, listWrongDeletions],
  ];
  for (const question of questions) expect(await question(db.pool)).toEqual([]);
});

const FILE = csv('sku,name,price,stock,description', 'a,A,1,1,first', 'b,B,2,2,', 'c,C,3,3,', 'd,D,4,4,last');

/** Records with everything that an undo gives back: not the version, which only grows, nor the time of the last change. */
async function products() {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT id, sku, sku_key, name, price::text, description, active, stock, last_change, last_change_row, created_at
       FROM products ORDER BY sku_key`,
  );
  return rows;
}

async function idOf(sku: string): Promise<string> {
  return (await db.prisma.product.findUniqueOrThrow({ where: { skuKey: sku } })).id;
}

const rename = (sku: string): Promise<unknown> =>
  db.pool.query(
    `UPDATE products SET name = 'by hand', version = version + 1, last_change = uuidv7(), last_change_row = NULL WHERE sku = $1`,
    [sku],
  );

async function outcomes(jobNumber: number) {
  const rows = await listTargetRows(db.pool, jobNumber, { after: 0, limit: 100 });
  return rows.map(({ key, outcome, errors }) => [key, outcome, errors?.[0]?.code]);
}

describe('a bulk delete', () => {
  test('deletes what was there when it was accepted, once, however often its steps are repeated', async () => {
    await importFile({ content: FILE });
    const { ref, number, counts, chunkCount } = await bulkDelete(bench);
    expect(chunkCount).toBe(2);
    expect(counts).toEqual({ total: 4, deleted: 4, kept: 0, failed: 0, pending: 0 });
    await importFile({ content: csv('sku,name,price', 'a,again,1') });
    for (const chunk of [1, 2]) {
      expect(await steps.deleteChunk({ ...ref, chunk })).toMatchObject({ deleted: chunk === 1 ? 3 : 1 });
    }
    expect((await steps.finishJob(ref)).counts).toEqual(counts);
    expect((await products()).map(({ name }) => name)).toEqual(['again']);
    expect(await db.prisma.recordChange.count({ where: { operation: 'deleted' } })).toBe(4);
    expect(await outcomes(number)).toEqual(['a', 'b', 'c', 'd'].map((key) => [key, 'deleted', undefined]));
  });

  test('keeps what was changed or deleted since, and ids that no record has, and says so', async () => {
    await importFile({ content: FILE });
    const unknown = 'ffffffff-ffff-7fff-bfff-ffffffffffff';
    const ids = [await idOf('a'), await idOf('b'), await idOf('c'), unknown, await idOf('a')];
    const { ref, number } = await beginBulkDelete(bench, { selection: { by: 'ids', ids } });
    await rename('b');
    await db.pool.query(`DELETE FROM products WHERE sku = 'c'`);
    for (const chunk of [1, 2]) await steps.deleteChunk({ ...ref, chunk });
    expect((await steps.finishJob(ref)).counts).toEqual({
      total: 4,
      deleted: 1,
      kept: 3,
      failed: 0,
      pending: 0,
    });
    expect(await outcomes(number)).toEqual([
      ['a', 'deleted', undefined],
      ['b', 'kept', 'changed_since'],
      ['c', 'kept', 'deleted_since'],
      [null, 'kept', 'not_found'],
    ]);
    expect((await products()).map(({ sku, name }) => [sku, name])).toEqual([
      ['b', 'by hand'],
      ['d', 'D'],
    ]);
  });

  test('keeps a product of which orders hold pieces, and says so', async () => {
    await importFile({ content: FILE });
    await db.pool.query(`UPDATE products SET reserved = 1 WHERE sku = 'b'`);
    const { number, counts } = await bulkDelete(bench);
    expect(counts).toMatchObject({ deleted: 3, kept: 1, failed: 0 });
    expect(await outcomes(number)).toContainEqual(['b', 'kept', 'needed_by_orders']);
    expect((await products()).map(({ sku }) => sku)).toEqual(['b']);
  });

  test('keeps a record that somebody changes while its chunk waits for it', async () => {
    await importFile({ content: FILE });
    const { ref } = await beginBulkDelete(bench);
    const writer = await db.pool.connect();
    onTestFinished(() => {
      writer.release();
    });
    await writer.query('BEGIN');
    await writer.query(`UPDATE products SET name = 'in time', version = version + 1 WHERE sku = 'b'`);
    const deleting = steps.deleteChunk({ ...ref, chunk: 1 });
    await until(async () => (await waiting()) === 1);
    await writer.query('COMMIT');
    expect(await deleting).toMatchObject({ deleted: 2, kept: 1 });
    await steps.deleteChunk({ ...ref, chunk: 2 });
    await steps.finishJob(ref);
    expect((await products()).map(({ name }) => name)).toEqual(['in time']);
  });

  test('two attempts at a chunk at once have one effect', async () => {
    await importFile({ content: FILE });
    const { ref } = await beginBulkDelete(bench);
    const both = await Promise.all([1, 2].map(() => steps.deleteChunk({ ...ref, chunk: 1 })));
    expect(both.map(({ deleted }) => deleted)).toEqual([3, 3]);
    expect(await db.prisma.recordChange.count({ where: { operation: 'deleted' } })).toBe(3);
  });

  test('a worker that comes back after the job has lost its turn, or has ended, deletes nothing', async () => {
    await importFile({ content: FILE });
    const { ref } = await beginBulkDelete(bench);
    await steps.releaseTurn(ref);
    await expect(steps.deleteChunk({ ...ref, chunk: 1 })).rejects.toMatchObject({ type: TURN_LOST });
    await steps.takeTurn(ref);
    await steps.applyVerb({ ...ref, verb: { action: 'cancel', key: uuidv7() } });
    expect(await steps.finishJob(ref)).toMatchObject({ status: 'cancelled', counts: { pending: 4 } });
    expect(await steps.deleteChunk({ ...ref, chunk: 1 })).toMatchObject({ deleted: 0 });
    expect(await products()).toHaveLength(4);
  });

  test('locks its records in the order of their keys before any of them goes', async () => {
    await importFile({ content: csv('sku,name,price', 'c,C,1', 'a,A,1', 'b,B,1') });
    const { number } = await beginBulkDelete(bench);
    const plan = await db.pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN (COSTS off) ${lockStatement(KINDS.products)}`,
      [number, 1, 3],
    );
    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(lines).toMatch(/Nested Loop\s+->\s+.*Sort\s+Sort Key: t\.key.*LockRows/s);
  });

  test('isolates a record that the database refuses to delete', async () => {
    await importFile({ content: FILE });
    await db.pool.query(
      `CREATE TABLE holds (product uuid REFERENCES products);
       INSERT INTO holds SELECT id FROM products WHERE sku = 'b'`,
    );
    try {
      const { counts, number } = await bulkDelete(bench);
      expect(counts).toMatchObject({ total: 4, deleted: 3, failed: 1 });
      expect(await outcomes(number)).toContainEqual(['b', 'failed', 'data_refused']);
      expect((await products()).map(({ sku }) => sku)).toEqual(['b']);
    } finally {
      await db.pool.query('DROP TABLE holds');
    }
  });

  test('of which a chunk is skipped says that its records could not be deleted', async () => {
    await importFile({ content: FILE });
    const { ref, number } = await beginBulkDelete(bench);
    await steps.deleteChunk({ ...ref, chunk: 2 });
    const failure = { code: 'database_error', message: 'in a test', attempts: 4 };
    await steps.parkPart({ ...ref, part: { stage: 'applying', chunk: 1 }, failure });
    await steps.applyVerb({ ...ref, verb: { action: 'skip', key: uuidv7() } });
    expect(await steps.finishJob(ref)).toMatchObject({
      status: 'completed',
      counts: { total: 4, deleted: 1, failed: 3, pending: 0 },
    });
    expect((await outcomes(number)).map(([, , code]) => code)).toEqual([
      ...Array<string>(3).fill('database_error'),
      undefined,
    ]);
  });

  test('leaves the history of each record, and takes it out of the search table', async () => {
    const { jobId: importId } = await importFile({ content: FILE });
    await steps.indexRecords();
    expect(await db.prisma.productSearch.count()).toBe(4);
    const id = await idOf('d');
    const { jobId } = await bulkDelete(bench);
    await steps.indexRecords();
    expect(await db.prisma.productSearch.count()).toBe(0);
    const life = await findRecordLife(db.pool, KINDS.products, id);
    expect(life).toMatchObject({ id, isDeleted: true });
    const writes = await listRecordWrites(db.pool, KINDS.products, life!, null, 10);
    expect(writes).toMatchObject([
      {
        writer: { changeId: jobId, row: 4, jobType: 'bulk_delete' },
        recorded: { operation: 'deleted', by: 'tester' },
        before: { sku: 'd', name: 'D', description: 'last', stock: 4 },
        after: null,
      },
      { writer: { changeId: importId }, recorded: null },
    ]);
  });

  test('of nothing has nothing to do', async () => {
    const { status, counts, chunkCount } = await bulkDelete(bench);
    expect([status, chunkCount, counts]).toEqual([
      'completed',
      0,
      { total: 0, deleted: 0, kept: 0, failed: 0, pending: 0 },
    ]);
  });
});

describe('the undo of a bulk delete', () => {
  test('brings the records back as they were, under their ids, with versions that grow', async () => {
    await importFile({ content: FILE });
    await importFile({ content: csv('sku,name,price', 'b,BB,20') });
    const before = await products();
    const { jobId } = await bulkDelete(bench);
    await steps.indexRecords();
    expect(await products()).toEqual([]);
    const undone = await undoJob(bench, jobId, { IMPORT_CHUNK_ROWS: 3 });
    expect(undone?.counts).toEqual({ total: 4, reversed: 4, kept: 0, failed: 0, pending: 0 });
    for (const chunk of [1, 2]) await steps.undoChunk({ ...undone!.ref, chunk });
    expect(await products()).toEqual(before);
    const versions = await db.prisma.product.findMany({ orderBy: { skuKey: 'asc' } });
    expect(versions.map(({ version }) => version)).toEqual([2, 3, 2, 2]);
    await steps.indexRecords();
    expect(await db.prisma.productSearch.count()).toBe(4);
  });

  test('and then that of the import before it takes both back', async () => {
    const first = await importFile({ content: FILE });
    const second = await importFile({ content: csv('sku,name,price', 'b,BB,20', 'e,E,5') });
    const { jobId } = await bulkDelete(bench);
    expect((await undoJob(bench, jobId))?.counts).toMatchObject({ reversed: 5 });
    expect((await undoJob(bench, second.jobId))?.counts).toMatchObject({ reversed: 2, kept: 0 });
    expect((await undoJob(bench, first.jobId))?.counts).toMatchObject({ reversed: 4, kept: 0 });
    expect(await products()).toEqual([]);
  });

  test('leaves away what another record has the key of, and what is no longer known, and says so', async () => {
    await importFile({ content: FILE });
    const { jobId, number } = await bulkDelete(bench);
    await importFile({ content: csv('sku,name,price', 'B,taken,1') });
    await db.pool.query('DELETE FROM record_changes WHERE change_id = $1 AND change_row = 3', [jobId]);
    const undone = await undoJob(bench, jobId, { IMPORT_CHUNK_ROWS: 3 });
    expect(undone?.counts).toEqual({ total: 4, reversed: 2, kept: 2, failed: 0, pending: 0 });
    const undo = await db.prisma.job.findUniqueOrThrow({ where: { id: undone!.jobId } });
    expect(await outcomes(undo.number)).toEqual([
      ['a', 'reversed', undefined],
      ['b', 'kept', 'key_taken'],
      ['c', 'kept', 'no_longer_known'],
      ['d', 'reversed', undefined],
    ]);
    expect((await products()).map(({ name }) => name)).toEqual(['A', 'taken', 'D']);
    // As an erasure of the record leaves it.
    for (const table of ['row_outcomes', 'job_targets']) {
      await db.pool.query(`UPDATE ${table} SET record_id = NULL WHERE job_number = ANY ($1) AND "row" = 3`, [
        [number, undo.number],
      ]);
    }
  });

  test('leaves a key to a request that takes it at the same moment', async () => {
    await importFile({ content: FILE });
    const { jobId } = await bulkDelete(bench);
    const undo = await beginUndo(bench, jobId, { IMPORT_CHUNK_ROWS: 3 });
    const writer = await db.pool.connect();
    onTestFinished(() => {
      writer.release();
    });
    await writer.query('BEGIN');
    await writer.query(
      `INSERT INTO products (sku, sku_key, name, price, last_change) VALUES ('B', 'b', 'in time', 1, uuidv7())`,
    );
    const undoing = steps.undoChunk({ ...undo!.ref, chunk: 1 });
    await until(async () => (await waiting()) === 1);
    await writer.query('COMMIT');
    expect(await undoing).toMatchObject({ reversed: 2, kept: 1 });
    await steps.undoChunk({ ...undo!.ref, chunk: 2 });
    await steps.finishJob(undo!.ref);
    expect((await products()).map(({ name }) => name)).toEqual(['A', 'in time', 'C', 'D']);
  });

  test('is about what was deleted, where the bulk delete was cancelled, and comes with the cancel that asks for it', async () => {
    await importFile({ content: FILE });
    const { jobId, ref } = await beginBulkDelete(bench);
    await steps.deleteChunk({ ...ref, chunk: 1 });
    await steps.applyVerb({ ...ref, verb: { action: 'cancel', key: uuidv7(), by: 'ada', undo: true } });
    expect(await steps.finishJob(ref)).toMatchObject({
      status: 'cancelled',
      counts: { total: 4, deleted: 3, pending: 1 },
    });
    const undo = await db.prisma.job.findFirstOrThrow({ where: { targetJobId: jobId, type: 'undo' } });
    const undoRef = { jobId: undo.id, retryDelaysMs: [] };
    expect(await steps.planUndo(undoRef)).toEqual({ chunkCount: 1, records: 3 });
    await steps.enterStage({ ...undoRef, stage: 'applying' });
    await steps.undoChunk({ ...undoRef, chunk: 1 });
    await steps.finishJob(undoRef);
    expect((await products()).map(({ sku }) => sku)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('shows nothing of the deletion in the history of a record, which can be deleted again', async () => {
    await importFile({ content: FILE });
    const id = await idOf('a');
    await undoJob(bench, (await bulkDelete(bench)).jobId);
    const life = await findRecordLife(db.pool, KINDS.products, id);
    expect(life?.isDeleted).toBe(false);
    expect(await listRecordWrites(db.pool, KINDS.products, life!, null, 10)).toHaveLength(1);
    const again = await bulkDelete(bench);
    expect(again.counts).toMatchObject({ deleted: 4 });
    expect((await undoJob(bench, again.jobId))?.counts).toMatchObject({ reversed: 4 });
    expect(await idOf('a')).toBe(id);
  });
});

/** How many connections wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]?.count ?? 0;
}
