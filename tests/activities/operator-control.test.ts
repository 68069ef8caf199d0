import { MockActivityEnvironment } from '@temporalio/testing';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createWatchWorkflows } from '../../activities/housekeeping/watch-workflows.ts';
import type { JobRef } from '../../contracts/temporal/chunked-job.ts';
import type { VerbRequest, VerbResult } from '../../contracts/temporal/job-activities.ts';
import type { ImportOptions, JobVerb, Stage } from '../../contracts/words.ts';
import { inTransaction } from '../../prisma/client.ts';
import {
  listContradictions,
  listUnauditedActions,
  listUpdatesWithoutChange,
  listWrongCounters,
} from '../../prisma/repositories/invariants.ts';
import { listWaiting } from '../../prisma/repositories/attention.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { resetJob } from '../../prisma/repositories/job-reset.ts';
import { actWithoutWorkflow, markWorkflowClosed } from '../../prisma/repositories/job-verbs.ts';
import { csv } from '../support/csv.ts';
import { createFakeClient } from '../support/fake-client.ts';
import { openImportBench } from '../support/import-bench.ts';
import { acceptTestImport } from '../support/imports.ts';

const bench = await openImportBench();
const { db, storage } = bench;
beforeAll(async () => {
  await db.pool.query(`ALTER TABLE products ADD CONSTRAINT no_poison CHECK (name NOT LIKE 'poison%')`);
});
afterAll(bench.close);
beforeEach(bench.empty);
afterEach(async () => {
  const questions = [listContradictions, listUnauditedActions, listUpdatesWithoutChange, listWrongCounters];
  for (const question of questions) expect(await question(db.pool)).toEqual([]);
});

/** An import whose file is staged and resolved: three rows a chunk. */
async function stagedImport(content: string, options: Partial<ImportOptions> = {}, chunkRows = 3) {
  const steps = bench.steps({ IMPORT_CHUNK_ROWS: chunkRows });
  const jobId = await acceptTestImport(db, storage, { content, options });
  const ref: JobRef = { jobId, retryDelaysMs: [] };
  const { chunkCount } = await steps.readFile(ref);
  for (let chunk = 1; chunk <= chunkCount; chunk += 1) await steps.stageChunk({ ...ref, chunk });
  await steps.resolveDuplicates(ref);
  return {
    jobId,
    ref,
    stage: (chunk: number) => steps.stageChunk({ ...ref, chunk }),
    apply: async (chunk: number) => {
      await steps.takeTurn(ref);
      return steps.applyChunk({ ...ref, chunk });
    },
    finish: () => steps.finishJob(ref),
    enter: (stage: Stage) => steps.enterStage({ ...ref, stage }),
    park: (stage: Stage, chunk: number | null, code = 'database_error') =>
      steps.parkPart({
        ...ref,
        part: { stage, chunk },
        failure: { code, message: `${code} in a test`, attempts: 4 },
      }),
    verb: (action: JobVerb, more: Partial<VerbRequest> = {}): Promise<VerbResult> =>
      steps.applyVerb({ ...ref, verb: { action, key: uuidv7(), ...more } }),
    job: () => db.prisma.job.findUniqueOrThrow({ where: { id: jobId } }),
  };
}

const rowsOf = (count: number, name = (row: number) => `name ${String(row)}`): string =>
  csv('sku,name,price', ...Array.from({ length: count }, (_, row) => `s${String(row)},${name(row + 1)},1`));

const audit = () => db.prisma.auditEntry.findMany({ orderBy: { number: 'asc' } });

describe('a part that a worker does after it was given up', () => {
  test('is told to the workflow that waits for an operator of it', async () => {
    const job = await stagedImport(rowsOf(3));
    await job.enter('applying');
    await job.park('applying', 1, 'timed_out');
    // Its stage has begun some time ago.
    const age = `UPDATE jobs SET stage_started_at = now() - interval '1 minute' WHERE id = $1`;
    await db.pool.query(age, [job.jobId]);
    const { client, signals } = createFakeClient();
    const watch = () => new MockActivityEnvironment({}, { client }).run(createWatchWorkflows({ db }));
    await watch();
    expect(signals).toEqual([]);
    await job.apply(1);
    expect((await job.job()).status).toBe('processing');
    await watch();
    expect(signals).toEqual([[`import-${job.jobId}`, 'look']]);
  });
});

describe('a workflow whose code can not go on', () => {
  const isIn = async (jobId: string): Promise<boolean> => {
    const waiting = await listWaiting(db.pool, null, 10);
    const job = await readJobSnapshot(db.pool, jobId);
    return waiting.some(({ id }) => id === jobId) && job?.failure?.code === 'workflow_failing';
  };
  const age = (): Promise<unknown> =>
    db.pool.query(`UPDATE jobs SET stage_started_at = now() - interval '1 minute'`);

  test('is listed for attention, holds up no other job, and goes on after those once it can', async () => {
    let attempts = 4;
    const { client } = createFakeClient(() => attempts);
    const watch = async (): Promise<unknown> =>
      new MockActivityEnvironment({}, { client }).run(createWatchWorkflows({ db }));
    const stuck = await stagedImport(rowsOf(6));
    await stuck.enter('applying');
    await stuck.apply(1);
    const next = await stagedImport(rowsOf(3, () => 'next'));
    expect((await next.enter('applying')).hasTurn).toBe(false);
    await age();
    await watch();
    expect(await isIn(stuck.jobId)).toBe(false);

    attempts = 5;
    await watch();
    expect(await isIn(stuck.jobId)).toBe(true);
    expect((await stuck.job()).status).toBe('processing');
    // The other one may be looked at too: of a fake client, all workflows fail.
    attempts = 0;
    await db.pool.query('UPDATE jobs SET workflow_failing_at = NULL WHERE id = $1', [next.jobId]);
    await next.apply(1);
    await next.finish();
    expect((await next.job()).status).toBe('completed');

    await watch();
    expect(await isIn(stuck.jobId)).toBe(false);
    await stuck.apply(2);
    await stuck.finish();
    expect((await stuck.job()).status).toBe('completed');
  });
});

describe('a verb', () => {
  test('changes the job and stands in the audit log, once for each id, however often it comes', async () => {
    const job = await stagedImport(rowsOf(6));
    const id = uuidv7();
    const results = await Promise.all([
      job.verb('pause', { id, by: 'ada', reason: 'month end', via: 'api' }),
      job.verb('pause', { id, by: 'ada', reason: 'month end', via: 'api' }),
      job.verb('pause'),
    ]);
    expect(results.map(({ effect }) => effect).filter((effect) => effect === 'done')).toHaveLength(1);
    expect(await job.job()).toMatchObject({ status: 'paused' });
    expect(await audit()).toHaveLength(1);
    expect((await job.verb('resume')).effect).toBe('done');
    expect((await job.verb('resume')).effect).toBe('already');
    // What a reset brings again does nothing.
    expect((await job.verb('pause', { key: 'run/1' })).effect).toBe('done');
    expect((await job.verb('resume', { key: 'run/2' })).effect).toBe('done');
    expect((await job.verb('pause', { key: 'run/1' })).effect).toBe('repeated');
    expect(await job.job()).toMatchObject({ status: 'processing' });
    const entries = await audit();
    expect(entries.map(({ action, via }) => [action, via]).slice(1)).toEqual([
      ['resume', 'temporal'],
      ['pause', 'temporal'],
      ['resume', 'temporal'],
    ]);
    expect(entries[1]).toMatchObject({
      actor: 'temporal',
      before: { status: 'paused' },
      after: { status: 'processing' },
    });
    await expect(db.pool.query(`UPDATE audit SET actor = 'nobody'`)).rejects.toThrow(/can not be changed/);
    await expect(db.pool.query('DELETE FROM audit')).rejects.toThrow(/can not be changed/);
  });

  test('in a wrong state changes nothing and is not recorded', async () => {
    const job = await stagedImport(rowsOf(3));
    await job.apply(1);
    await job.finish();
    for (const action of ['pause', 'resume', 'cancel', 'retry', 'skip', 'abandon'] as const) {
      expect((await job.verb(action)).effect).toBe('refused');
    }
    expect(await job.job()).toMatchObject({ status: 'completed' });
    expect(await audit()).toEqual([]);
  });

  test('is shown in this order: ended, paused, needs attention, processing', async () => {
    const job = await stagedImport(rowsOf(6));
    await job.park('applying', 1);
    expect(await job.job()).toMatchObject({ status: 'needs_attention' });
    await job.verb('pause');
    expect((await job.park('applying', 2)).parked).toEqual(['applying 1', 'applying 2']);
    expect(await job.job()).toMatchObject({ status: 'paused' });
    await job.verb('resume');
    expect(await job.job()).toMatchObject({ status: 'needs_attention' });
    expect((await job.verb('retry', { part: 'applying 2' })).state).toMatchObject({
      status: 'needs_attention',
      parked: ['applying 1'],
      again: ['applying 2'],
    });
    expect((await job.verb('cancel')).state).toMatchObject({ status: 'needs_attention', stopping: true });
    expect(await job.finish()).toMatchObject({ status: 'cancelled', counts: { pending: 6 } });
    expect((await job.verb('cancel')).effect).toBe('already');
  });

  test('skip makes the rows of a parked chunk failed, with the error of the part', async () => {
    const job = await stagedImport(rowsOf(6));
    await job.park('applying', 2);
    expect((await job.verb('skip')).state).toMatchObject({ status: 'processing', parked: [], again: [] });
    await job.apply(1);
    expect(await job.apply(2)).toMatchObject({ failed: 3 });
    expect(await job.finish()).toMatchObject({
      status: 'completed',
      counts: { created: 3, failed: 3, pending: 0 },
    });
    const failed = await db.prisma.stagedRow.findMany({
      select: { row: true, errors: true },
      where: { outcome: 'failed' },
      orderBy: { row: 'asc' },
    });
    expect(failed.map(({ row, errors }) => [row, errors])).toEqual(
      [4, 5, 6].map((row) => [
        row,
        [{ column: null, value: null, code: 'database_error', message: 'database_error in a test' }],
      ]),
    );
    expect((await job.verb('skip')).effect).toBe('refused');
  });

  test('skip of a chunk that could not be staged accounts for its rows too', async () => {
    const job = await stagedImport(rowsOf(6));
    await db.pool.query(`UPDATE chunks SET staged_at = NULL WHERE number = 2`);
    await db.pool.query(`DELETE FROM staged_rows WHERE "row" > 3`);
    await job.park('staging', 2);
    await job.verb('skip');
    expect(await job.stage(2)).toMatchObject({ failed: 3 });
    await job.apply(1);
    await job.apply(2);
    expect(await job.finish()).toMatchObject({
      status: 'completed',
      counts: { created: 3, failed: 3, pending: 0 },
    });
  });

  test('skip of a stage that is one piece is refused', async () => {
    const job = await stagedImport(rowsOf(3));
    await job.park('resolving', null);
    expect((await job.verb('skip')).effect).toBe('refused');
    expect((await job.verb('abandon')).state.stopping).toBe(true);
    expect(await job.finish()).toMatchObject({ status: 'failed', failureCode: 'abandoned' });
    expect((await job.verb('abandon')).effect).toBe('already');
  });

  test('abandon of one part leaves the others, and the job ends as failed', async () => {
    const job = await stagedImport(rowsOf(9));
    await job.park('applying', 1);
    await job.park('applying', 2);
    const { state } = await job.verb('abandon', { part: 'applying 2' });
    expect(state).toMatchObject({ stopping: false, parked: ['applying 1'] });
    expect((await job.verb('abandon', { part: 'applying 3' })).effect).toBe('early');
    await job.verb('retry');
    await job.apply(1);
    await job.apply(3);
    expect(await job.finish()).toMatchObject({
      status: 'failed',
      failureCode: 'abandoned',
      counts: { created: 6, pending: 3 },
    });
  });

  test('that comes before anything is parked is said to be early, a second skip or abandon is not', async () => {
    const job = await stagedImport(rowsOf(6));
    for (const action of ['retry', 'skip', 'abandon'] as const)
      expect((await job.verb(action)).effect).toBe('early');
    await job.park('applying', 1);
    await job.verb('skip');
    expect((await job.verb('skip')).effect).toBe('already');
    expect((await job.verb('skip', { part: 'applying 1' })).effect).toBe('already');
    expect((await job.verb('retry')).effect).toBe('early');
    await job.park('applying', 2);
    await Promise.all([job.verb('retry'), job.verb('retry')]);
    expect((await audit()).map(({ action }) => action)).toEqual(['skip', 'retry']);
    expect((await job.verb('retry')).effect).toBe('already');
    expect((await job.verb('skip', { part: '\0' })).effect).toBe('early');
  });

  test('of which only the answer was lost leaves no part parked', async () => {
    const job = await stagedImport(rowsOf(3));
    await job.apply(1);
    expect((await job.park('applying', 1)).parked).toEqual([]);
    expect(await job.job()).toMatchObject({ status: 'processing' });
  });

  test('is not needed any more when the parked part is done after all, as after a reset', async () => {
    const job = await stagedImport(rowsOf(3));
    await job.park('applying', 1);
    await job.apply(1);
    expect(await job.job()).toMatchObject({ status: 'processing' });
    expect((await job.enter('applying')).parked).toEqual([]);
    expect(await job.finish()).toMatchObject({ status: 'completed' });
  });
});

describe('a job that has ended', () => {
  test('is not changed by a workflow that goes on all the same', async () => {
    const job = await stagedImport(rowsOf(6));
    await job.apply(1);
    await job.verb('cancel');
    await job.finish();
    expect((await job.enter('applying')).stopping).toBe(true);
    expect(await job.apply(2)).toMatchObject({ created: 0 });
    expect(await job.finish()).toMatchObject({ status: 'cancelled', counts: { created: 3, pending: 3 } });
    expect((await job.park('applying', 2)).parked).toEqual([]);
  });

  test('is opened by a reset, does what is left, and nothing twice', async () => {
    const job = await stagedImport(rowsOf(6));
    await job.apply(1);
    await job.park('applying', 2);
    await job.verb('abandon');
    await job.finish();
    const id = uuidv7();
    const reset = () =>
      inTransaction(db.pool, (client) =>
        resetJob(client, job.jobId, { id, by: 'ada', via: 'api', stage: 'reading' }),
      );
    expect(await reset()).toEqual({ stage: 'reading', chunkCount: 2 });
    expect(await reset()).toEqual({ stage: 'reading', chunkCount: 2 });
    expect(await job.job()).toMatchObject({ status: 'pending', failureCode: null, finishedAt: null });
    await job.enter('applying');
    await job.apply(1);
    await job.apply(2);
    expect(await job.finish()).toMatchObject({ status: 'completed', counts: { created: 6 } });
    expect(await db.prisma.product.count({ where: { version: 1 } })).toBe(6);
    expect((await audit()).map(({ action }) => action)).toEqual(['abandon', 'reset']);
  });
});

describe('a job without a workflow', () => {
  const alone = (jobId: string, action: JobVerb) =>
    actWithoutWorkflow(db.pool, jobId, { action, key: uuidv7(), by: 'ada', via: 'api' });

  test('is cancelled and given up on the spot', async () => {
    for (const [action, status] of [
      ['cancel', 'cancelled'],
      ['abandon', 'failed'],
    ] as const) {
      const job = await stagedImport(rowsOf(6));
      await job.enter('applying');
      await job.apply(1);
      expect(await alone(job.jobId, 'pause')).toMatchObject({ effect: 'refused' });
      expect(await alone(job.jobId, action)).toMatchObject({ effect: 'done', from: null });
      expect(await job.job()).toMatchObject({ status, stage: null });
      expect(await alone(job.jobId, action)).toMatchObject({ effect: 'already' });
    }
  });

  test.each(['cancel', 'abandon'] as const)(
    'ends as %s had decided while it still had one',
    async (action) => {
      const job = await stagedImport(rowsOf(6));
      await job.enter('applying');
      await job.apply(1);
      await job.park('applying', 2);
      await job.verb(action);
      expect((await job.job()).endingAs).not.toBeNull();
      // A verb finds that it is gone, and so may the round that looks at workflows.
      if (action === 'cancel') expect(await alone(job.jobId, 'retry')).toMatchObject({ effect: 'refused' });
      else {
        const { revision } = await job.job();
        await inTransaction(db.pool, (client) => markWorkflowClosed(client, job.jobId, revision));
      }
      const status = action === 'cancel' ? 'cancelled' : 'failed';
      expect(await job.job()).toMatchObject({ status, stage: null, workflowClosedAt: null });
    },
  );

  test('is cancelled though it looks as if that had been asked for already', async () => {
    const job = await stagedImport(rowsOf(6));
    await job.enter('applying');
    await job.verb('cancel');
    await db.pool.query(
      `UPDATE jobs SET status = 'needs_attention', workflow_closed_at = now() WHERE id = $1`,
      [job.jobId],
    );
    expect(await alone(job.jobId, 'cancel')).toMatchObject({ effect: 'done' });
    expect((await job.job()).status).toBe('cancelled');
  });

  test('is started again where it was by a retry, with all that was parked', async () => {
    const job = await stagedImport(rowsOf(6));
    await job.enter('applying');
    await job.park('applying', 1);
    expect(await alone(job.jobId, 'retry')).toEqual({
      effect: 'done',
      detail: null,
      from: { stage: 'applying', chunkCount: 2 },
    });
    expect(await job.job()).toMatchObject({ status: 'pending', workflowClosedAt: null });
    expect(await job.enter('applying')).toMatchObject({
      status: 'processing',
      parked: [],
      again: ['applying 1'],
    });
  });
});

describe('a row that the database refuses', () => {
  test('is found among its neighbours, which go in', async () => {
    const poison = new Set([1, 7, 50]);
    const job = await stagedImport(
      rowsOf(50, (row) => (poison.has(row) ? 'poison' : 'good')),
      {},
      50,
    );
    expect(await job.apply(1)).toMatchObject({ created: 47, failed: 3 });
    expect(await job.apply(1)).toMatchObject({ created: 47, failed: 3 });
    expect(await job.finish()).toMatchObject({
      status: 'completed',
      counts: { created: 47, failed: 3, total: 50 },
    });
    const failed = await db.prisma.stagedRow.findMany({
      select: { row: true, errors: true },
      where: { outcome: 'failed' },
      orderBy: { row: 'asc' },
    });
    expect(failed.map(({ row }) => row)).toEqual([...poison]);
    expect(failed[0]?.errors).toEqual([
      { column: null, value: null, code: 'data_refused', message: expect.stringContaining('no_poison') },
    ]);
  });

  test('leaves updates, unchanged rows and earlier values as exact as without it', async () => {
    const first = await stagedImport(
      rowsOf(8, () => 'old'),
      {},
      8,
    );
    await first.apply(1);
    await first.finish();
    const job = await stagedImport(
      rowsOf(9, (row) => (row === 4 ? 'poison' : row < 3 ? 'old' : 'new')),
      {},
      9,
    );
    expect(await job.apply(1)).toMatchObject({ created: 1, updated: 5, unchanged: 2, failed: 1 });
    await job.finish();
    expect(await db.prisma.recordChange.count({ where: { changeId: job.jobId } })).toBe(5);
  });

  test.each([
    [100, { created: 20, failed: 100 }],
    [101, null],
  ])('%i of them in a chunk', async (bad, counts) => {
    const job = await stagedImport(
      rowsOf(120, (row) => (row <= bad ? 'poison' : 'good')),
      {},
      200,
    );
    if (counts !== null) {
      expect(await job.apply(1)).toMatchObject(counts);
      return;
    }
    await expect(job.apply(1)).rejects.toMatchObject({ code: '23514' });
    expect(await db.prisma.product.count()).toBe(0);
    expect(await db.prisma.stagedRow.count({ where: { outcome: 'failed' } })).toBe(0);
  });

  test('parks its chunk where all rows or none are to go in', async () => {
    const job = await stagedImport(
      rowsOf(3, (row) => (row === 2 ? 'poison' : 'good')),
      { onError: 'abort' },
    );
    await expect(job.apply(1)).rejects.toMatchObject({ code: '23514' });
    expect(await db.prisma.product.count()).toBe(0);
  });
});
