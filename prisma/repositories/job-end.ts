import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { ChunkedJobResult } from '../../contracts/temporal/chunked-job.ts';
import type { JobType, OutcomeCounts } from '../../contracts/words.ts';
import { showCounts, withPending } from '../../domain/outcome-counts.ts';
import type { Queryable } from '../client.ts';
import { announceJob, JobMissingError } from './import-jobs.ts';
import { OUTCOME_SUMS } from './outcome-sums.ts';
import { releaseTurn } from './turns.ts';
import { insertUndo } from './undo-jobs.ts';

/** All that could be done is done. */
export async function markFinishing(db: Queryable, jobId: string): Promise<void> {
  const { rowCount } = await db.query(
    `UPDATE jobs
        SET stage = 'finishing', stage_started_at = now(), revision = revision + 1
      WHERE id = $1 AND stage IS DISTINCT FROM 'finishing' AND (status <> 'pending' OR ending_as IS NOT NULL)
        AND status NOT IN ('completed', 'failed', 'cancelled')`,
    [jobId],
  );
  if (rowCount === 1) await announceJob(db, jobId);
}

interface EndedJob {
  number: number;
  type: JobType;
  status: ChunkedJobResult['status'];
  failure_code: string | null;
  read: boolean;
  undo_by: string | null;
  is_dry_run: boolean;
}

/**
 * Ends a job: as an operator has decided; else `failed` when its file could not be read or parts of it were given up, or
 * `completed`. A job that has ended stays as it is, and so does one that was opened again since: an attempt of the earlier end
 * that comes late is not its end. With the job ends its turn; when it is to be undone, the undo is accepted with its end.
 */
export async function endJob(client: pg.PoolClient, jobId: string): Promise<ChunkedJobResult> {
  const { rowCount } = await client.query(
    `UPDATE jobs
        SET status = COALESCE(ending_as, CASE WHEN failure_code IS NULL THEN 'completed' ELSE 'failed' END::job_status),
            stage = NULL, ending_as = NULL, workflow_closed_at = NULL, workflow_failing_at = NULL, finished_at = now(), revision = revision + 1
      WHERE id = $1 AND stage = 'finishing' AND status NOT IN ('completed', 'failed', 'cancelled')`,
    [jobId],
  );
  const { rows } = await client.query<EndedJob>(
    `SELECT number, type, status, failure_code, read_at IS NOT NULL AS read, undo_by,
            coalesce((options ->> 'dryRun')::boolean, false) AS is_dry_run
       FROM jobs WHERE id = $1`,
    [jobId],
  );
  const job = rows[0];
  if (job === undefined) throw new JobMissingError(jobId);
  if (rowCount === 1) {
    await client.query(
      `UPDATE parked_parts SET released_at = now(), resolution = 'ended' WHERE job_number = $1 AND released_at IS NULL`,
      [job.number],
    );
    await releaseTurn(client, jobId);
    await announceJob(client, jobId);
  }
  if (
    rowCount === 1 &&
    job.type !== 'undo' &&
    !job.is_dry_run &&
    job.undo_by !== null &&
    job.status !== 'completed'
  ) {
    await insertUndo(client, { jobId: uuidv7(), targetId: jobId, by: job.undo_by });
  }
  return {
    status: job.status,
    failureCode: job.failure_code,
    counts: job.read ? await sumOutcomes(client, job) : null,
  };
}

async function sumOutcomes(
  client: pg.PoolClient,
  { number, type }: EndedJob,
): Promise<NonNullable<ChunkedJobResult['counts']>> {
  const { rows } = await client.query<Omit<OutcomeCounts, 'pending'>>(
    `SELECT ${OUTCOME_SUMS} FROM chunks WHERE job_number = $1`,
    [number],
  );
  const [sums] = rows;
  if (sums === undefined) throw new Error('a sum without a row');
  const counts = withPending(sums);
  return { ...showCounts(type, counts), total: counts.total };
}
