import { MockActivityEnvironment } from '@temporalio/testing';
import { CancelledFailure } from '@temporalio/common';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createRemoveExpired, type RemovalBounds } from '../../activities/housekeeping/remove-expired.ts';
import { createRemoveOrphanFiles } from '../../activities/housekeeping/remove-orphan-files.ts';
import { FileMissingError } from '../../adapters/storage/storage.ts';
import type { RemovedCounts } from '../../contracts/temporal/housekeeping-activities.ts';
import type { JobStatus } from '../../contracts/words.ts';
import type { RetentionSettings } from '../../platform/config.ts';
import type { Database } from '../../prisma/client.ts';
import { listWrongDeletions } from '../../prisma/repositories/bulk-delete-invariants.ts';
import { readExpiredParts } from '../../prisma/repositories/expired-parts.ts';
import {
  listKeptTooLong,
  listUpdatesWithoutChange,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { confirmDryRun } from '../../prisma/repositories/jobs.ts';
import { csv } from '../support/csv.ts';
import { bulkDelete, openImportBench, undoJob } from '../support/import-bench.ts';
import { TEST_RETENTION } from '../support/limits.ts';

/** What is kept of ended jobs, and for how long. */
const bench = await openImportBench();
const { db, storage } = bench;
const environment = new MockActivityEnvironment();
afterAll(bench.close);
beforeEach(async () => {
  await bench.empty();
  await db.pool.query('TRUNCATE idempotency_keys');
});

interface RoundOptions {
  retention?: Partial<RetentionSettings>;
  bounds?: Partial<RemovalBounds>;
  db?: Database;
}

const BOUNDS: RemovalBounds = { batchRows: 2, batchJobs: 10, maxBatches: 1_000 };

function round({ retention, bounds, db: other }: RoundOptions = {}): Promise<RemovedCounts> {
  const deps = { db: other ?? db, retention: { ...TEST_RETENTION, ...retention } };
  return environment.run(createRemoveExpired(deps, { ...BOUNDS, ...bounds }));
}

const NOTHING = { parts: 0, rows: 0, keys: 0, jobs: 0 };

/** An import that created one product, updated one and rejected one row, so long ago. */
async function endedImport(daysAgo: number, status: JobStatus = 'completed'): Promise<string> {
  await db.pool.query(
    `INSERT INTO products (sku, sku_key, name, price, last_change) VALUES ('b', 'b', 'old', 1, uuidv7())
         ON CONFLICT (sku_key) DO UPDATE SET name = 'old'`,
  );
  const { jobId } = await bench.importFile({
    content: csv('sku,name,price', `${uuidv7()},A,1`, 'b,B,2', 'c,C,cheap'),
  });
  await age(jobId, daysAgo, status);
  return jobId;
}

async function age(jobId: string, daysAgo: number, status: JobStatus = 'completed'): Promise<void> {
  await db.pool.query(
    `UPDATE jobs SET status = $3::job_status, finished_at = now() - make_interval(days => $2::int, mins => 1) WHERE id = $1`,
    [jobId, daysAgo, status],
  );
}

async function rowsLeft() {
  const { rows } = await db.pool.query<Record<string, number>>(
    `SELECT (SELECT count(*)::int FROM staged_rows) AS staged, (SELECT count(*)::int FROM row_outcomes) AS outcomes,
            (SELECT count(*)::int FROM record_changes) AS changes, (SELECT count(*)::int FROM chunks) AS chunks,
            (SELECT count(*)::int FROM jobs) AS jobs`,
  );
  return rows[0]!;
}

async function isStored(key: string): Promise<boolean> {
  try {
    await storage.read(key, { start: 0, end: 1 });
    return true;
  } catch (error) {
    if (error instanceof FileMissingError) return false;
    throw error;
  }
}

describe('a job that has ended', () => {
  test('keeps all that is young, and costs nothing to look at', async () => {
    const jobId = await endedImport(29);
    const before = await rowsLeft();
    expect(await round()).toEqual(NOTHING);
    expect(await rowsLeft()).toEqual(before);
    expect(await readExpiredParts(db.pool, jobId)).toEqual([]);
  });

  test('loses its file and its rows first, then outcomes and earlier values, then itself', async () => {
    const jobId = await endedImport(30);
    expect(await round()).toEqual({ ...NOTHING, parts: 2, rows: 3 });
    expect(await readExpiredParts(db.pool, jobId)).toEqual(['files', 'staging']);
    expect(await rowsLeft()).toEqual({ staged: 0, outcomes: 2, changes: 1, chunks: 1, jobs: 1 });

    await age(jobId, 90);
    expect(await round()).toEqual({ ...NOTHING, parts: 2, rows: 3 });
    expect(await readExpiredParts(db.pool, jobId)).toEqual(['files', 'staging', 'outcomes', 'changes']);
    expect(await rowsLeft()).toEqual({ staged: 0, outcomes: 0, changes: 0, chunks: 1, jobs: 1 });
    expect([...(await listWrongCounters(db.pool)), ...(await listUpdatesWithoutChange(db.pool))]).toEqual([]);

    await age(jobId, 365);
    expect(await round()).toEqual({ ...NOTHING, jobs: 1 });
    expect(await rowsLeft()).toEqual({ staged: 0, outcomes: 0, changes: 0, chunks: 0, jobs: 0 });
    expect(await db.prisma.product.count()).toBe(2);
  });

  test('goes whole in one round when all of its times are over', async () => {
    await endedImport(400);
    expect(await round()).toEqual({ ...NOTHING, parts: 4, rows: 6, jobs: 1 });
    expect(await round()).toEqual(NOTHING);
  });

  test.each<JobStatus>(['failed', 'cancelled'])('%s ages like any other', async (status) => {
    await endedImport(30, status);
    expect(await round()).toMatchObject({ parts: 2 });
  });

  test('loses nothing that belongs to another', async () => {
    const old = await endedImport(400);
    const young = await endedImport(1);
    await round();
    expect(await rowsLeft()).toEqual({ staged: 3, outcomes: 2, changes: 1, chunks: 1, jobs: 1 });
    expect(await db.prisma.job.findMany({ select: { id: true } })).toEqual([{ id: young }]);
    expect(old).not.toBe(young);
  });
});

test.each<JobStatus>(['pending', 'processing', 'paused', 'needs_attention'])(
  'a job that is %s is never touched, however old',
  async (status) => {
    await endedImport(4_000, status);
    expect(await round()).toEqual(NOTHING);
  },
);

test('a job that another one works on is kept until that one has ended', async () => {
  const target = await endedImport(400);
  const working = await endedImport(0, 'processing');
  await db.prisma.job.update({ where: { id: working }, data: { type: 'undo', targetJobId: target } });
  expect(await round()).toEqual(NOTHING);
  await age(working, 0);
  expect(await round()).toEqual({ ...NOTHING, parts: 4, rows: 6, jobs: 1 });
});

test('what an undo was about goes with what became of it', async () => {
  const target = await endedImport(0);
  const undo = await endedImport(90);
  await db.prisma.job.update({ where: { id: undo }, data: { type: 'undo', targetJobId: target } });
  await db.pool.query(
    `INSERT INTO job_targets (job_number, "row", record_id, operation)
     SELECT number, "row", uuidv7(), 'created' FROM jobs, generate_series(1, 5) "row" WHERE id = $1`,
    [undo],
  );
  expect(await round()).toMatchObject({ rows: 3 + 2 + 5 + 1 });
  expect(await db.prisma.jobTarget.count()).toBe(0);
  expect(await listKeptTooLong(db.pool, TEST_RETENTION)).toEqual([]);
});

describe('a stored file', () => {
  /** Rounds only take files that no upload can still be writing. */
  async function sweep(): Promise<void> {
    const allOld: typeof storage = {
      ...storage,
      list: () => storage.list(new Date(Date.now() + 60_000)),
    };
    await environment.run(createRemoveOrphanFiles({ db, storage: allOld }));
  }

  test('goes once its job is marked, and stays while any job still has it', async () => {
    const dryRun = await bench.importFile({
      content: csv('sku,name,price', 'a,A,1'),
      options: { dryRun: true },
    });
    const confirmed = await confirmDryRun(db.pool, { dryRunId: dryRun.jobId, jobId: uuidv7(), by: 'ada' });
    expect(confirmed).toMatchObject({ isNew: true });
    const key = dryRun.job.storageKey!;

    await age(dryRun.jobId, 30);
    await round();
    expect(await readExpiredParts(db.pool, dryRun.jobId)).toEqual([]);

    await age(confirmed!.jobId, 0);
    await round();
    expect(await readExpiredParts(db.pool, dryRun.jobId)).toEqual(['files', 'staging']);
    await sweep();
    expect(await isStored(key)).toBe(true);

    await age(confirmed!.jobId, 30);
    await round();
    await sweep();
    expect(await isStored(key)).toBe(false);
    expect(await listKeptTooLong(db.pool, TEST_RETENTION)).toEqual([]);
  });

  test('of a dry run that is being confirmed is not given up at the same moment', async () => {
    const { jobId } = await bench.importFile({
      content: csv('sku,name,price', 'a,A,1'),
      options: { dryRun: true },
    });
    await age(jobId, 30);
    const client = await db.pool.connect();
    await client.query('BEGIN');
    await confirmDryRun(client, { dryRunId: jobId, jobId: uuidv7(), by: 'ada' });
    expect(await round()).toEqual(NOTHING);
    await client.query('COMMIT');
    client.release();
    expect(await round()).toEqual(NOTHING);
  });

  test('that is gone makes no import of its dry run', async () => {
    const { jobId } = await bench.importFile({
      content: csv('sku,name,price', 'a,A,1'),
      options: { dryRun: true },
    });
    await age(jobId, 30);
    await round();
    expect(await confirmDryRun(db.pool, { dryRunId: jobId, jobId: uuidv7(), by: 'ada' })).toBeNull();
  });
});

describe('a round', () => {
  test('does no more than its bound, and the next ones do the rest', async () => {
    await endedImport(400);
    await endedImport(400);
    const rounds: RemovedCounts[] = [];
    while ((await rowsLeft()).jobs !== 0) {
      const before = await rowsLeft();
      rounds.push(await round({ bounds: { maxBatches: 1, batchRows: 1, batchJobs: 1 } }));
      const after = await rowsLeft();
      const removed =
        before.staged! +
        before.outcomes! +
        before.changes! -
        after.staged! -
        after.outcomes! -
        after.changes!;
      expect(removed).toBeLessThanOrEqual(1);
      // A job is marked, a row or a job removed: it never stands still.
      const { parts, rows, jobs } = rounds.at(-1)!;
      expect(parts + rows + jobs).toBe(1);
    }
    expect(rounds.reduce((sum, { rows }) => sum + rows, 0)).toBe(12);
  });

  test('that is cut off after any statement leaves nothing that the next one does not find', async () => {
    for (let deathAt = 1; ; deathAt += 1) {
      const jobId = await endedImport(400);
      let moments = 0;
      const mayDie = (): void => {
        moments += 1;
        if (moments === deathAt) throw new Error('killed');
      };
      // What runs in a transaction happens whole or not at all; between single statements there are moments in which to die.
      const pool = Object.assign(Object.create(db.pool) as typeof db.pool, {
        connect: async () => {
          mayDie();
          return await db.pool.connect();
        },
        query: async (text: string, values: unknown[]) => {
          mayDie();
          const result = await db.pool.query(text, values);
          mayDie();
          return result;
        },
      });
      const isKilled = await round({ db: { ...db, pool } }).then(
        () => false,
        () => true,
      );
      await round();
      expect(await rowsLeft()).toEqual({ staged: 0, outcomes: 0, changes: 0, chunks: 0, jobs: 0 });
      expect(await readExpiredParts(db.pool, jobId)).toEqual([]);
      if (isKilled) continue;
      expect(deathAt).toBeGreaterThan(20);
      return;
    }
  });

  test('stops between two batches when it is cancelled', async () => {
    await endedImport(400);
    const cancelled = new MockActivityEnvironment();
    cancelled.cancel();
    const remove = createRemoveExpired({ db, retention: TEST_RETENTION }, BOUNDS);
    await expect(cancelled.run(remove)).rejects.toThrow(CancelledFailure);
    expect((await rowsLeft()).staged).toBe(3);
  });
});

test('changes of single requests go by their own age, and those of jobs with their job', async () => {
  const jobId = await endedImport(1);
  await db.pool.query(
    `INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before, changed_by, changed_at)
     SELECT uuidv7(), 0, 'products', uuidv7(), 'updated', '{}', 'ada', now() - make_interval(days => age)
       FROM unnest('{89, 91, 92, 93}'::int[]) age`,
  );
  await db.pool.query(
    `UPDATE record_changes SET changed_at = now() - interval '400 days' WHERE change_id = $1`,
    [jobId],
  );
  expect(await round()).toEqual({ ...NOTHING, rows: 3 });
  expect((await rowsLeft()).changes).toBe(2);
});

test('idempotency keys go when they are free again', async () => {
  await db.pool.query(
    `INSERT INTO idempotency_keys (principal, key, resource_id, request, created_at)
     SELECT 'ada', age::text, uuidv7(), '', now() - make_interval(hours => age) FROM unnest('{1, 23, 25, 26, 27}'::int[]) age`,
  );
  expect(await round()).toEqual({ ...NOTHING, keys: 3 });
  expect((await db.prisma.idempotencyKey.findMany()).map(({ key }) => key).sort()).toEqual(['1', '23']);
});

test('what a round asks when nothing is due reads no more where thousands of jobs have gone through it', async () => {
  await db.pool.query(
    `INSERT INTO jobs (id, type, kind, status, options, created_by, finished_at, files_removed_at, staging_removed_at,
                       outcomes_removed_at, changes_removed_at)
     SELECT uuidv7(), 'import', 'products', 'completed', '{}', 'tester', now() - interval '200 days', now(), now(), now(), now()
       FROM generate_series(1, 5000)`,
  );
  await db.pool.query('ANALYZE jobs');
  for (const part of ['files', 'staging', 'outcomes', 'changes']) {
    const { rows } = await db.pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN SELECT number FROM jobs j WHERE ${part}_removed_at IS NULL
         AND j.finished_at < now() - make_interval(days => 30) AND j.status IN ('completed', 'failed', 'cancelled')
       ORDER BY finished_at LIMIT 100`,
    );
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain(`jobs_${part}_due_idx`);
  }
  expect(await round()).toEqual(NOTHING);
});

test('of a bulk delete and its undo the records that they were about go with their outcomes, and the changes with theirs', async () => {
  await endedImport(0);
  const { jobId } = await bulkDelete(bench);
  await age(jobId, 200);
  const again = await undoJob(bench, jobId);
  await age(again!.jobId, 200);
  expect(await db.prisma.jobTarget.count()).toBeGreaterThan(0);
  await round();
  await round();
  expect(await db.prisma.jobTarget.count()).toBe(0);
  expect(await db.prisma.recordChange.count({ where: { changeId: jobId } })).toBe(0);
  expect(await readExpiredParts(db.pool, jobId)).toEqual(['files', 'staging', 'outcomes', 'changes']);
  expect(await listKeptTooLong(db.pool, TEST_RETENTION)).toEqual([]);
  expect(await listWrongCounters(db.pool)).toEqual([]);
  expect(await listWrongDeletions(db.pool)).toEqual([]);
});
