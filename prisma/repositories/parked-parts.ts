import type pg from 'pg';
import type { PartRef } from '../../contracts/temporal/chunked-job.ts';
import type { JobState, PartFailure } from '../../contracts/temporal/job-activities.ts';
import type { Stage } from '../../contracts/words.ts';
import type { PrismaClient } from '../client.ts';
import { announceJob } from './import-jobs.ts';
import { readJobState, WHOLE_STAGE } from './job-control.ts';
import { takeTurn } from './turns.ts';

/**
 * A stage begins, or goes on in another run; the one that changes records takes the job's turn, when that is free. Repeated, it
 * changes nothing.
 *
 * @returns what the workflow goes by from here
 */
export async function enterStage(client: pg.PoolClient, jobId: string, stage: Stage): Promise<JobState> {
  const { rowCount } = await client.query(
    `UPDATE jobs j
        SET status = CASE WHEN status = 'pending' THEN 'processing'
                          WHEN workflow_closed_at IS NOT NULL
                               AND NOT EXISTS (SELECT FROM parked_parts p WHERE p.job_number = j.number AND p.released_at IS NULL)
                          THEN 'processing'
                          ELSE status END,
            stage = $2::stage, started_at = COALESCE(started_at, now()),
            stage_started_at = CASE WHEN stage = $2::stage THEN stage_started_at ELSE now() END,
            workflow_closed_at = NULL, revision = revision + 1
      WHERE id = $1 AND status NOT IN ('completed', 'failed', 'cancelled')
        AND (stage IS DISTINCT FROM $2::stage OR status = 'pending' OR workflow_closed_at IS NOT NULL)`,
    [jobId, stage],
  );
  if (rowCount === 1) await announceJob(client, jobId);
  if (stage === 'applying') await takeTurn(client, jobId);
  return readJobState(client, jobId);
}

/**
 * Parks a part of a job: from now on the job needs attention. Parked again, it shows the latest error. Nothing is parked of a
 * job that has ended, and no chunk whose note says that it is done: there only an answer was lost.
 */
export async function parkPart(
  client: pg.PoolClient,
  jobId: string,
  part: PartRef,
  failure: PartFailure,
): Promise<JobState> {
  const note = part.stage === 'staging' ? 'staged_at' : 'applied_at';
  const { rowCount } = await client.query(
    `UPDATE jobs
        SET status = CASE status WHEN 'paused' THEN status ELSE 'needs_attention' END, revision = revision + 1
      WHERE id = $1 AND status NOT IN ('completed', 'failed', 'cancelled')
        AND NOT EXISTS (SELECT FROM chunks c WHERE c.job_number = jobs.number AND c.number = $2 AND c.${note} IS NOT NULL)`,
    [jobId, part.chunk ?? WHOLE_STAGE],
  );
  if (rowCount === 1) {
    await client.query(
      `INSERT INTO parked_parts (job_number, stage, chunk, code, message, attempts)
       SELECT number, $2::stage, $3, $4, $5, $6 FROM jobs WHERE id = $1
       ON CONFLICT (job_number, stage, chunk) DO UPDATE
          SET code = EXCLUDED.code, message = EXCLUDED.message, attempts = EXCLUDED.attempts, parked_at = now(),
              released_at = NULL, resolution = NULL`,
      [jobId, part.stage, part.chunk ?? WHOLE_STAGE, failure.code, failure.message, failure.attempts],
    );
    await announceJob(client, jobId);
  }
  return readJobState(client, jobId);
}

/**
 * A part is done: was it parked, as in a run from before a reset, then it is no more. Call it in the transaction that notes
 * that it is done.
 */
export async function settleParked(
  client: pg.PoolClient,
  jobNumber: number,
  stage: Stage,
  chunk: number | null,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE parked_parts SET released_at = now(), resolution = 'done'
      WHERE job_number = $1 AND stage = $2::stage AND chunk = $3 AND released_at IS NULL`,
    [jobNumber, stage, chunk ?? WHOLE_STAGE],
  );
  if (rowCount === 1) await leaveAttention(client, jobNumber);
}

/** Parts have been let go: a job of which nothing is parked any more needs no attention. */
export async function leaveAttention(client: pg.PoolClient, jobNumber: number): Promise<void> {
  await client.query(
    `UPDATE jobs j
        SET status = CASE WHEN status = 'needs_attention' AND workflow_closed_at IS NULL
                               AND NOT EXISTS (SELECT FROM parked_parts p WHERE p.job_number = j.number AND p.released_at IS NULL)
                          THEN 'processing' ELSE status END,
            revision = revision + 1
      WHERE number = $1`,
    [jobNumber],
  );
}

/** A part that waits for an operator. */
export interface ParkedPart {
  stage: Stage;
  /** Null for a stage that is one piece. */
  chunk: number | null;
  code: string;
  message: string;
  attempts: number;
  since: Date;
}

/** @returns the parked parts of jobs, by the jobs' numbers, those that have waited longest first */
export async function listParkedParts(
  prisma: PrismaClient,
  jobNumbers: readonly number[],
): Promise<Map<number, ParkedPart[]>> {
  const parts = await prisma.parkedPart.findMany({
    where: { jobNumber: { in: [...jobNumbers] }, releasedAt: null },
    orderBy: [{ parkedAt: 'asc' }, { chunk: 'asc' }],
  });
  const byJob = new Map<number, ParkedPart[]>();
  for (const { jobNumber, stage, chunk, code, message, attempts, parkedAt } of parts) {
    const part = {
      stage,
      chunk: chunk === WHOLE_STAGE ? null : chunk,
      code,
      message,
      attempts,
      since: parkedAt,
    };
    byJob.set(jobNumber, [...(byJob.get(jobNumber) ?? []), part]);
  }
  return byJob;
}
