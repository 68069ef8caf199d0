import type pg from 'pg';
import type { PartRef } from '../../contracts/temporal/chunked-job.ts';
import type { PartFailure } from '../../contracts/temporal/job-activities.ts';
import type { Stage } from '../../contracts/words.ts';
import { announceJob } from './import-jobs.ts';

/** Stands for "the stage is one piece" where a chunk's number is part of a key. */
const WHOLE_STAGE = 0;

/** Parks a part of a job: from now on the job needs attention. Parked again, it shows the latest error. */
export async function parkPart(
  client: pg.PoolClient,
  jobId: string,
  part: PartRef,
  failure: PartFailure,
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE jobs SET status = 'needs_attention', revision = revision + 1
      WHERE id = $1 AND status NOT IN ('completed', 'failed', 'cancelled')`,
    [jobId],
  );
  if (rowCount === 0) return;
  await client.query(
    `INSERT INTO parked_parts (job_number, stage, chunk, code, message, attempts)
     SELECT number, $2::stage, $3, $4, $5, $6 FROM jobs WHERE id = $1
     ON CONFLICT (job_number, stage, chunk) DO UPDATE
        SET code = EXCLUDED.code, message = EXCLUDED.message, attempts = EXCLUDED.attempts, parked_at = now(),
            released_at = NULL`,
    [jobId, part.stage, part.chunk ?? WHOLE_STAGE, failure.code, failure.message, failure.attempts],
  );
  await announceJob(client, jobId);
}

/**
 * Takes the parked parts of a stage back into work. Repeatable: a part stays in the answer once it has been released, also
 * when it is done meanwhile, so that an answer that got lost loses nothing; a part that is done does nothing when it is run.
 *
 * @returns the released parts, in order
 */
export async function releaseParts(client: pg.PoolClient, jobId: string, stage: Stage): Promise<PartRef[]> {
  await client.query(
    `UPDATE parked_parts p SET released_at = now()
       FROM jobs j
      WHERE j.id = $1 AND p.job_number = j.number AND p.stage = $2::stage AND p.released_at IS NULL`,
    [jobId, stage],
  );
  await client.query(
    `UPDATE jobs j SET status = 'processing', revision = revision + 1
      WHERE id = $1 AND status = 'needs_attention'
        AND NOT EXISTS (SELECT FROM parked_parts p WHERE p.job_number = j.number AND p.released_at IS NULL)`,
    [jobId],
  );
  await announceJob(client, jobId);
  const { rows } = await client.query<{ chunk: number }>(
    `SELECT p.chunk
       FROM parked_parts p
       JOIN jobs j ON j.number = p.job_number
      WHERE j.id = $1 AND p.stage = $2::stage AND p.released_at IS NOT NULL
      ORDER BY p.chunk`,
    [jobId, stage],
  );
  return rows.map(({ chunk }) => ({ stage, chunk: chunk === WHOLE_STAGE ? null : chunk }));
}
