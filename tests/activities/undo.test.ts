import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { viewChunk } from '../../api/views/chunk-view.ts';
import type { JobRef } from '../../contracts/temporal/chunked-job.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { inTransaction } from '../../prisma/client.ts';
import {
  listContradictions,
  listUndoneHalfway,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { listJobChunks } from '../../prisma/repositories/job-chunks.ts';
import { getRowToRepair, reopenForRepairs, saveRepairedRow } from '../../prisma/repositories/repairs.ts';
import { checkReset, resetJob } from '../../prisma/repositories/job-reset.ts';
import { listTargetRows } from '../../prisma/repositories/target-rows.ts';
import { csv } from '../support/csv.ts';
import { beginUndo, openImportBench, undoJob } from '../support/import-bench.ts';

const bench = await openImportBench();
const { db, importFile } = bench;
const steps = bench.steps({ IMPORT_CHUNK_ROWS: 3 });
afterAll(bench.close);
beforeEach(bench.empty);
afterEach(async () => {
  for (const question of [listContradictions, listWrongCounters, listUndoneHalfway]) {
    expect(await question(db.pool)).toEqual([]);
  }
});

/** An undo whose chunks can be done. */
async function begun(targetId: string) {
  const undo = await beginUndo(bench, targetId, { IMPORT_CHUNK_ROWS: 3 });
  if (undo === null) throw new Error('there is an undo already');
  return undo;
}

/** Undoes a job; each step twice has the effect of once. */
async function undo(targetId: string) {
  const undone = await undoJob(bench, targetId, { IMPORT_CHUNK_ROWS: 3 });
  if (undone === null) return null;
  const { jobId, ref, plan, counts } = undone;
  expect(await undone.steps.planUndo(ref)).toEqual(plan);
  for (let chunk = 1; chunk <= plan.chunkCount; chunk += 1) await undone.steps.undoChunk({ ...ref, chunk });
  expect((await undone.steps.finishJob(ref)).counts).toEqual(counts);
  const { number } = await db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
  return { plan, counts, rows: await listTargetRows(db.pool, number, { after: 0, limit: 100 }) };
}

/** Records with everything that an undo gives back: not the version, which only grows, nor the time of the last change. */
async function products() {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT id, sku, name, price::text, description, active, stock, last_change, last_change_row
       FROM products ORDER BY sku_key`,
  );
  return rows;
}

const rename = (sku: string): Promise<unknown> =>
  db.pool.query(
    `UPDATE products SET name = 'by hand', version = version + 1, last_change = uuidv7(), last_change_row = NULL WHERE sku = $1`,
    [sku],
  );

const FIRST = csv('sku,name,price,stock', 'a,A,1,1', 'b,B,2,2', 'c,C,3,3', 'd,D,4,4');
const SECOND = csv('sku,name,price', 'b,BB,2', 'c,C,3', 'd,DD,40', 'e,E,5', 'f,F,6');

describe('an undo', () => {
  test('removes what the job created, and gives back what it updated', async () => {
    await importFile({ content: FIRST });
    const before = await products();
    const second = await importFile({ content: SECOND });
    const undone = await undo(second.jobId);
    expect(undone?.counts).toEqual({ total: 4, reversed: 4, kept: 0, failed: 0, pending: 0 });
    expect(await products()).toEqual(before);
    const versions = await db.pool.query('SELECT version FROM products WHERE sku IN ($1, $2)', ['b', 'd']);
    expect(versions.rows).toEqual([{ version: 3 }, { version: 3 }]);
  });

  test('shows in each of its chunks what became of the records', async () => {
    await importFile({ content: FIRST });
    const second = await importFile({ content: SECOND });
    await rename('b');
    const undone = await undoJob(bench, second.jobId, { IMPORT_CHUNK_ROWS: 3 });
    const { number } = await db.prisma.job.findUniqueOrThrow({ where: { id: undone?.jobId ?? '' } });
    const chunks = await listJobChunks(db.prisma, number, 0, 10);
    expect(chunks.map((chunk) => viewChunk(chunk, 'undo'))).toMatchObject([
      { rows: 3, firstLine: null, counts: { reversed: 2, kept: 1, failed: 0, pending: 0 } },
      { rows: 1, firstLine: null, counts: { reversed: 1, kept: 0, failed: 0, pending: 0 } },
    ]);
  });

  test('keeps what was changed or deleted since, and says so', async () => {
    await importFile({ content: FIRST });
    const second = await importFile({ content: SECOND });
    await rename('b');
    await rename('e');
    await db.pool.query(`DELETE FROM products WHERE sku = 'f'`);
    const undone = await undo(second.jobId);
    expect(undone?.counts).toEqual({ total: 4, reversed: 1, kept: 3, failed: 0, pending: 0 });
    const told = undone?.rows.map(({ sourceRow, key, outcome, errors }) => [
      sourceRow,
      key,
      outcome,
      errors?.[0]?.code,
    ]);
    expect(told).toEqual([
      [1, 'b', 'kept', 'changed_since'],
      [3, 'd', 'reversed', undefined],
      [4, 'e', 'kept', 'changed_since'],
      [5, null, 'kept', 'deleted_since'],
    ]);
    expect((await products()).map(({ sku, name }) => [sku, name])).toEqual([
      ['a', 'A'],
      ['b', 'by hand'],
      ['c', 'C'],
      ['d', 'D'],
      ['e', 'by hand'],
    ]);
  });

  test('of the later import and then of the earlier one takes both back', async () => {
    const first = await importFile({ content: FIRST });
    const between = await products();
    const second = await importFile({ content: SECOND });
    expect((await undo(first.jobId))?.counts).toMatchObject({ reversed: 2, kept: 2 });
    await importFile({ content: csv('sku,name,price,stock', 'a,A,1,1', 'c,C,3,3') });
    expect((await undo(second.jobId))?.counts).toMatchObject({ reversed: 4, kept: 0 });
    expect((await products()).filter(({ sku }) => sku === 'b' || sku === 'd')).toEqual(
      between.filter(({ sku }) => sku === 'b' || sku === 'd'),
    );
    // The undo of the first one was done while the second one stood: what it had kept can not be asked for again.
    expect(await undo(first.jobId)).toBeNull();
  });

  test('in the right order takes both back in full', async () => {
    const first = await importFile({ content: FIRST });
    const second = await importFile({ content: SECOND });
    expect((await undo(second.jobId))?.counts).toMatchObject({ reversed: 4, kept: 0 });
    expect((await undo(first.jobId))?.counts).toMatchObject({ reversed: 4, kept: 0 });
    expect(await products()).toEqual([]);
  });

  test('goes back before all rows of a key that the job applied one after the other', async () => {
    await importFile({ content: csv('sku,name,price', 'a,before,1') });
    const before = await products();
    const { jobId, ref } = await importFile({
      content: csv('sku,name,price', 'a,first,2', 'n,new,1', 'a,later,cheap', 'n,newer,cheap'),
    });
    const { number } = await db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
    await inTransaction(db.pool, async (client) => {
      for (const [row, key, name] of [
        [3, 'a', 'later'],
        [4, 'n', 'newer'],
      ] as const) {
        expect(await getRowToRepair(client, number, row)).toMatchObject({ outcome: 'rejected' });
        const cells = [key, name, '3', null, null, null];
        await saveRepairedRow(client, number, row, {
          key,
          cells,
          cleared: 0,
          errors: [],
        });
      }
      expect(await reopenForRepairs(client, { id: jobId, number }, KINDS.products)).toBe(2);
    });
    await steps.resolveDuplicates(ref);
    await steps.takeTurn(ref);
    const chunks = await db.prisma.chunk.count({ where: { jobNumber: number } });
    for (let chunk = 1; chunk <= chunks; chunk += 1) await steps.applyChunk({ ...ref, chunk });
    await steps.finishJob(ref);
    expect((await products()).map(({ name }) => name)).toEqual(['later', 'newer']);

    expect((await undo(jobId))?.counts).toMatchObject({ total: 2, reversed: 2 });
    expect(await products()).toEqual(before);
  });

  test('of a job that changed nothing has nothing to do', async () => {
    await importFile({ content: FIRST });
    const again = await importFile({ content: FIRST });
    expect(await undo(again.jobId)).toMatchObject({
      plan: { chunkCount: 0, records: 0 },
      counts: { total: 0, reversed: 0, kept: 0 },
    });
  });

  test('leaves out what an undo before it, which was given up, has set back', async () => {
    const first = await importFile({ content: FIRST });
    const { ref } = await begun(first.jobId);
    await steps.undoChunk({ ...ref, chunk: 1 });
    await steps.applyVerb({ ...ref, verb: { action: 'cancel', key: uuidv7() } });
    expect(await steps.finishJob(ref)).toMatchObject({
      status: 'cancelled',
      counts: { total: 4, reversed: 3, pending: 1 },
    });
    expect((await undo(first.jobId))?.counts).toEqual({
      total: 1,
      reversed: 1,
      kept: 0,
      failed: 0,
      pending: 0,
    });
    expect(await products()).toEqual([]);
  });

  test('of which a chunk is skipped says that its records could not be set back', async () => {
    const first = await importFile({ content: FIRST });
    const { jobId, ref } = await begun(first.jobId);
    await steps.undoChunk({ ...ref, chunk: 2 });
    const failure = { code: 'database_error', message: 'in a test', attempts: 4 };
    await steps.parkPart({ ...ref, part: { stage: 'applying', chunk: 1 }, failure });
    await steps.applyVerb({ ...ref, verb: { action: 'skip', key: uuidv7() } });
    expect(await steps.finishJob(ref)).toMatchObject({
      status: 'completed',
      counts: { total: 4, reversed: 1, failed: 3, pending: 0 },
    });
    const { number } = await db.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
    const failed = await listTargetRows(db.pool, number, { after: 0, limit: 10 }, { outcome: 'failed' });
    expect(failed.map(({ errors }) => errors?.[0]?.code)).toEqual(Array(3).fill('database_error'));
  });

  test('isolates a record that the database refuses to change', async () => {
    const first = await importFile({ content: FIRST });
    await db.pool.query(
      `CREATE TABLE holds (product uuid REFERENCES products);
       INSERT INTO holds SELECT id FROM products WHERE sku = 'b'`,
    );
    try {
      const undone = await undo(first.jobId);
      expect(undone?.counts).toMatchObject({ total: 4, reversed: 3, failed: 1 });
      expect(undone?.rows[1]).toMatchObject({
        key: 'b',
        outcome: 'failed',
        errors: [{ code: 'data_refused' }],
      });
    } finally {
      await db.pool.query('DROP TABLE holds');
    }
  });
});

describe('with the end of a job', () => {
  test('an undo comes that was asked for with its cancel', async () => {
    const jobId = (await importFile({ content: FIRST })).jobId;
    await db.pool.query(
      `UPDATE jobs SET status = 'processing', stage = 'applying', finished_at = NULL WHERE id = $1`,
      [jobId],
    );
    const ref: JobRef = { jobId, retryDelaysMs: [] };
    await steps.applyVerb({ ...ref, verb: { action: 'cancel', key: uuidv7(), by: 'ada', undo: true } });
    expect(await steps.finishJob(ref)).toMatchObject({ status: 'cancelled' });
    const undos = await db.prisma.job.findMany({ where: { targetJobId: jobId } });
    expect(undos).toMatchObject([{ type: 'undo', status: 'pending', createdBy: 'ada', kind: 'products' }]);
  });
});

describe('the turn', () => {
  /** Imports that are all about to change records, in the order in which they were accepted. */
  const atWork = async (count: number): Promise<string[]> => {
    const ids: string[] = [];
    while (ids.length < count) ids.push((await importFile({ content: FIRST })).jobId);
    await db.pool.query(`UPDATE jobs SET status = 'processing', stage = 'applying', finished_at = NULL`);
    return ids;
  };
  const refOf = (jobId: string): JobRef => ({ jobId, retryDelaysMs: [] });
  const take = async (jobId: string): Promise<boolean> => (await steps.takeTurn(refOf(jobId))).hasTurn;
  const end = (jobId: string): Promise<unknown> =>
    db.pool.query(`UPDATE jobs SET status = 'completed', stage = NULL, finished_at = now() WHERE id = $1`, [
      jobId,
    ]);

  test('is the first one’s, and the next one’s only after that', async () => {
    const [first, second] = (await atWork(2)) as [string, string];
    expect([await take(second), await take(first), await take(second), await take(first)]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    await steps.releaseTurn(refOf(first));
    await end(first);
    expect(await take(second)).toBe(true);
    await end(second);
  });

  test('is kept free for a job of which a part is parked while the rest waits for it', async () => {
    const [holder, parked, later] = (await atWork(3)) as [string, string, string];
    expect([await take(holder), await take(parked)]).toEqual([true, false]);
    const failure = { code: 'database_error', message: 'in a test', attempts: 1 };
    await db.pool.query('UPDATE chunks SET applied_at = NULL');
    await steps.parkPart({ ...refOf(parked), part: { stage: 'applying', chunk: 1 }, failure });
    await end(holder);
    expect([await take(later), await take(parked)]).toEqual([false, true]);
    await db.pool.query(`UPDATE chunks SET applied_at = now(); DELETE FROM parked_parts`);
    await end(parked);
    await end(later);
  });

  test('is given up by a reset, and not taken by an attempt that comes after a pause', async () => {
    const [first, second] = (await atWork(2)) as [string, string];
    expect(await take(first)).toBe(true);
    await inTransaction(db.pool, (client) =>
      resetJob(client, first, { id: uuidv7(), by: 'ada', via: 'api', stage: 'staging' }),
    );
    await steps.applyVerb({ ...refOf(second), verb: { action: 'pause', key: uuidv7() } });
    expect(await take(second)).toBe(false);
    await steps.applyVerb({ ...refOf(second), verb: { action: 'resume', key: uuidv7() } });
    // Both count as later now; the reset one was put back first.
    expect(await take(second)).toBe(false);
    await end(first);
    expect(await take(second)).toBe(true);
    await end(second);
  });
});

describe('what is about to be undone', () => {
  test('is undone after a cancel without and then with an undo, and is not forgotten by a cancel without', async () => {
    for (const undos of [
      [undefined, true],
      [true, undefined],
    ]) {
      await bench.empty();
      const { jobId, ref } = await importFile({ content: FIRST });
      await db.pool.query(
        `UPDATE jobs SET status = 'processing', stage = 'applying', finished_at = NULL WHERE id = $1`,
        [jobId],
      );
      for (const undo of undos) {
        const more = undo === undefined ? {} : { undo };
        await steps.applyVerb({ ...ref, verb: { action: 'cancel', key: uuidv7(), ...more } });
      }
      await steps.finishJob(ref);
      expect(await db.prisma.job.count({ where: { targetJobId: jobId, type: 'undo' } })).toBe(1);
    }
  });

  test('is no undo, nor a dry run', async () => {
    const dry = await importFile({ content: FIRST, options: { dryRun: true } });
    const real = await importFile({ content: FIRST });
    const { jobId, ref } = await begun(real.jobId);
    for (const id of [dry.jobId, jobId]) {
      await db.pool.query(
        `UPDATE jobs SET status = 'processing', stage = 'applying', finished_at = NULL, undo_by = 'ada', ending_as = 'cancelled'
          WHERE id = $1`,
        [id],
      );
      await steps.applyVerb({ ...ref, jobId: id, verb: { action: 'cancel', key: uuidv7(), undo: true } });
      await steps.finishJob({ ...ref, jobId: id });
    }
    expect(await db.prisma.job.count({ where: { type: 'undo' } })).toBe(1);
  });

  test('can not be undone a second time by a reset of an undo that was given up', async () => {
    const first = await importFile({ content: FIRST });
    const { jobId, ref } = await begun(first.jobId);
    await steps.applyVerb({ ...ref, verb: { action: 'cancel', key: uuidv7() } });
    await steps.finishJob(ref);
    expect(await checkReset(db.pool, jobId, { id: uuidv7() })).toBeNull();
    await undo(first.jobId);
    expect(await checkReset(db.pool, jobId, { id: uuidv7() })).toMatch(/Another job undoes it/);
  });
});
