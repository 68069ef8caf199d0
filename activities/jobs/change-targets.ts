import { activityInfo } from '@temporalio/activity';
import type pg from 'pg';
import type { ChunkCounts, ChunkRef } from '../../contracts/temporal/chunked-job.ts';
import type { JobType, ImportKind } from '../../contracts/words.ts';
import { countApplied } from '../../platform/work-metrics.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { getChunk, markApplied } from '../../prisma/repositories/chunks.ts';
import { announceJob } from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { failTarget, isolateRefusedRows, type RowRange } from '../../prisma/repositories/refused-rows.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { keepTurnOrFail } from './keep-turn.ts';

/** What all jobs about targets have. */
interface TargetsJob {
  number: number;
  kind: ImportKind;
  hasEnded: boolean;
}

/** What a job does to its targets. */
export interface TargetsWork<Job extends TargetsJob> {
  type: JobType;
  getJob: (client: pg.PoolClient, jobId: string) => Promise<Job>;
  /** Changes the records of some targets, and records the outcome of each. @returns how many have which */
  change: (client: pg.PoolClient, job: Job, jobId: string, range: RowRange) => Promise<Partial<ChunkCounts>>;
}

/**
 * The applying stage of one chunk of a job that is about records which no file brought: records, outcomes and the note that it is
 * done commit together. A repeated attempt finds the note; one that overlaps it waits for the chunk's row, and then finds the
 * note.
 */
export async function changeTargets<Job extends TargetsJob>(
  { pool }: Database,
  { jobId, chunk: number }: ChunkRef,
  { type, getJob, change }: TargetsWork<Job>,
): Promise<ChunkCounts> {
  return withHeartbeat(async () => {
    const { counts, done } = await inTransaction(pool, async (client) => {
      const { number: jobNumber } = await getJob(client, jobId);
      const chunk = await getChunk(client, jobNumber, number, true);
      const job = await getJob(client, jobId);
      if (chunk.isApplied || job.hasEnded) return { counts: chunk.counts, done: null };
      await keepTurnOrFail(client, jobNumber);
      const whole = { firstRow: chunk.firstRow, lastRow: chunk.firstRow + chunk.rows - 1 };
      const { results, failed } = await isolateRefusedRows(
        client,
        whole,
        (range) => change(client, job, jobId, range),
        (row, error) => failTarget(client, jobNumber, row, error),
      );
      const changed = { ...sumOf(results), failed };
      await markApplied(client, jobNumber, number, changed, activityInfo().attempt);
      await settleParked(client, jobNumber, 'applying', number);
      await announceJob(client, jobId);
      return { counts: { ...chunk.counts, ...changed }, done: { kind: job.kind, changed } };
    });
    if (done !== null) countApplied(type, done.kind, done.changed);
    return counts;
  });
}

function sumOf(results: readonly Partial<ChunkCounts>[]): Partial<ChunkCounts> {
  const sums = new Map<string, number>();
  for (const [outcome, count] of results.flatMap((result) => Object.entries<number>(result))) {
    sums.set(outcome, (sums.get(outcome) ?? 0) + count);
  }
  return Object.fromEntries(sums);
}
