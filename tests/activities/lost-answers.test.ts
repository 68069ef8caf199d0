import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ChunkCounts, ChunkRef, JobRef } from '../../contracts/temporal/chunked-job.ts';
import type { ReadResult } from '../../contracts/temporal/import-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Database } from '../../prisma/client.ts';
import { acceptBulkDelete, type BulkDeleteToAccept } from '../../prisma/repositories/bulk-delete-jobs.ts';
import { type CommitLosingProxy, startCommitLosingProxy } from '../support/commit-losing-proxy.ts';
import { csv } from '../support/csv.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { importSteps } from '../support/import-bench.ts';
import { acceptTestImport } from '../support/imports.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let proxy: CommitLosingProxy;
/** Straight to the server, for looking. */
let direct: Database;
/** Through the proxy, as the activities see it. */
let lossy: Database;
let folder: string;
let storage: FileStorage;

beforeAll(async () => {
  database = await createTestDatabase();
  direct = openTestDatabase(database.url);
  proxy = await startCommitLosingProxy(Number(new URL(database.url).port));
  const url = new URL(database.url);
  url.port = String(proxy.port);
  lossy = openTestDatabase(url.href);
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-files-'));
  storage = createLocalFolderStorage(folder);
});
afterAll(async () => {
  await direct.close();
  await lossy.close();
  await proxy.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

const SMALL_CHUNKS = { IMPORT_CHUNK_ROWS: 5 };

const content = csv(
  'sku,name,price',
  ...Array.from({ length: 12 }, (_, row) => `s${row % 10},name ${row},${row}`),
);

describe('a commit whose acknowledgement is lost', () => {
  test('has happened once when the step is repeated, for every step of an import', async () => {
    const jobId = await acceptTestImport(direct, storage, { content });
    const ref: JobRef = { jobId, retryDelaysMs: [] };
    const { readFile, stageChunk, resolveDuplicates, takeTurn, applyChunk, finishJob } = importSteps(
      { db: lossy, storage },
      SMALL_CHUNKS,
    );

    /** Runs a step whose commit is not acknowledged, and then again, as the server would. */
    async function twice<A extends unknown[], R>(step: (...args: A) => Promise<R>, ...args: A): Promise<R> {
      const before = proxy.lost();
      proxy.loseCommits(1);
      await expect(step(...args)).rejects.toThrow(/Connection terminated/);
      expect(proxy.lost()).toBe(before + 1);
      return step(...args);
    }

    expect(await twice(readFile, ref)).toEqual({ readable: true, chunkCount: 3, rows: 12 });
    for (const chunk of [1, 2, 3]) await twice(stageChunk, { ...ref, chunk });
    await twice(resolveDuplicates, ref);
    expect(await twice(takeTurn, ref)).toMatchObject({ hasTurn: true });
    const counts: ChunkCounts[] = [];
    for (const chunk of [1, 2, 3]) counts.push(await twice(applyChunk, { ...ref, chunk }));
    expect(counts.reduce((sum, { created }) => sum + created, 0)).toBe(10);
    expect(await twice(finishJob, ref)).toMatchObject({
      status: 'completed',
      counts: { total: 12, created: 10, duplicate: 2, pending: 0 },
    });
    expect(await direct.prisma.product.count({ where: { version: 1 } })).toBe(10);
    expect(await direct.prisma.rowOutcome.count()).toBe(10);
  });

  test('of a bulk delete is made up for by looking: it is accepted, once', async () => {
    const jobId = uuidv7();
    const request: BulkDeleteToAccept = {
      jobId,
      kind: KINDS.products,
      selection: { by: 'all' },
      confirm: null,
      notify: 'none',
      chunkRows: 10,
      action: { id: uuidv7(), by: 'tester', via: 'api' },
      noted: {},
      claim: null,
    };
    const before = proxy.lost();
    proxy.loseCommits(1);
    expect(await acceptBulkDelete(lossy.pool, request)).toEqual({ result: 'accepted', jobId });
    expect(proxy.lost()).toBe(before + 1);
    expect(await direct.prisma.job.count({ where: { id: jobId } })).toBe(1);
    await direct.prisma.job.delete({ where: { id: jobId } });
  });

  test('leaves no chunk unstaged that was taken back because of its numbers', async () => {
    // The first thousand rows tell nothing of the decimal sign; the last one does.
    const rows = Array.from({ length: 1_100 }, (_, row) => `n${row},name,${row === 0 ? '1.234' : row}`);
    const limits = { IMPORT_CHUNK_ROWS: 1_000, IMPORT_MAX_ROWS: 10_000 };
    const { readFile, stageChunk, settleReading } = importSteps({ db: lossy, storage }, limits);
    const jobId = await acceptTestImport(direct, storage, {
      content: csv('sku,name,price', ...rows, 'last,name,"9,5"'),
    });
    const ref: JobRef = { jobId, retryDelaysMs: [] };
    await readFile(ref);
    for (const chunk of [1, 2]) await stageChunk({ ...ref, chunk });
    proxy.loseCommits(1);
    await expect(settleReading(ref)).rejects.toThrow(/Connection terminated/);
    expect(await settleReading(ref)).toEqual({ stageAgain: true });
    for (const chunk of [1, 2]) await stageChunk({ ...ref, chunk });
    expect(await settleReading(ref)).toEqual({ stageAgain: false });
    const { number } = await direct.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
    const { rows: staged } = await direct.pool.query(
      'SELECT outcome, cells[3] AS price FROM staged_rows WHERE job_number = $1 AND "row" = 1',
      [number],
    );
    expect(staged).toEqual([{ outcome: null, price: '1234' }]);
    expect(await direct.prisma.stagedRow.count({ where: { jobNumber: number } })).toBe(1_101);
  });
});

describe('a zombie attempt that still runs while its successor does', () => {
  test('has its effect once, and both hear the same', async () => {
    await direct.pool.query('TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, products');
    await direct.pool.query(
      `INSERT INTO products (sku, sku_key, name, price, last_change) VALUES ('s3', 's3', 'before', 1, uuidv7())`,
    );
    const jobId = await acceptTestImport(direct, storage, { content });
    const ref: ChunkRef = { jobId, retryDelaysMs: [], chunk: 1 };
    const steps = importSteps({ db: direct, storage }, SMALL_CHUNKS);
    await steps.readFile(ref);
    for (const chunk of [1, 2, 3]) await steps.stageChunk({ ...ref, chunk });
    await steps.resolveDuplicates(ref);
    await steps.takeTurn(ref);

    // Somebody holds a record that the chunk changes: the first attempt gets stuck in the middle of its work.
    const holder = await direct.pool.connect();
    await holder.query('BEGIN');
    await holder.query(`SELECT FROM products WHERE sku_key = 's3' FOR UPDATE`);
    const zombie = steps.applyChunk(ref);
    await waiting(1);
    const successor = steps.applyChunk(ref);
    await waiting(2);
    await holder.query('COMMIT');
    holder.release();

    expect(await zombie).toEqual(await successor);
    expect(await direct.prisma.rowOutcome.count()).toBe(
      await direct.prisma.stagedRow.count({ where: { row: { lte: 5 }, outcome: null } }),
    );
    expect(await direct.prisma.product.findUnique({ where: { skuKey: 's3' } })).toMatchObject({
      name: 'name 3',
      version: 2,
    });
    expect(await direct.prisma.recordChange.count({ where: { changeId: jobId } })).toBe(1);
  });

  test('takes nothing back when it finds out late in what encoding a file is', async () => {
    const ascii = Array.from({ length: 40_000 }, (_, row) => `e${row},name,1`);
    const file = Buffer.from(csv('sku,name,price', ...ascii, 'last,caf\u00e9,2'), 'latin1');
    const limits = { IMPORT_CHUNK_ROWS: 10_000, IMPORT_MAX_ROWS: 100_000 };
    const jobId = await acceptTestImport(direct, storage, { content: file });
    const ref: JobRef = { jobId, retryDelaysMs: [] };
    const successors: Promise<ReadResult>[] = [];
    const slow: FileStorage = {
      ...storage,
      async read(key, range, into) {
        // In the middle of the plan the successor overtakes it.
        if (into !== undefined) {
          if (successors.length === 0)
            successors.push(importSteps({ db: direct, storage }, limits).readFile(ref));
          await successors[0];
        }
        return storage.read(key, range, into);
      },
    };
    const zombie = await importSteps({ db: direct, storage: slow }, limits).readFile(ref);
    expect(zombie).toEqual({ readable: true, chunkCount: 5, rows: 40_001 });
    expect(await Promise.all(successors)).toEqual([zombie]);
    const { number, reading } = await direct.prisma.job.findUniqueOrThrow({ where: { id: jobId } });
    expect(reading).toMatchObject({ source: { encoding: 'windows-1252' } });
    expect(await direct.prisma.chunk.count({ where: { jobNumber: number } })).toBe(5);
  });

  /** Until so many sessions wait for a lock of another. */
  async function waiting(sessions: number): Promise<void> {
    await until(async () => {
      const { rows } = await direct.pool.query<{ waiting: number }>(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0`,
      );
      return rows[0]?.waiting === sessions;
    });
  }
});
