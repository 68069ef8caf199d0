import type pg from 'pg';
import type { UndoPlan } from '../../contracts/temporal/undo-activities.ts';
import { isEnded, type JobStatus, type JobType, type ImportKind } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { Queryable } from '../client.ts';
import { announceJob, JobMissingError } from './import-jobs.ts';
import { cutTargets } from './target-chunks.ts';

/** What the steps of an undo need to know of its job. */
export interface UndoJob {
  id: string;
  number: number;
  kind: ImportKind;
  /** Who asked for it. */
  by: string;
  isPlanned: boolean;
  hasEnded: boolean;
  target: { id: string; number: number; type: JobType };
}

/**
 * @param lock takes the job's row until the transaction ends
 * @throws {JobMissingError}
 */
export async function getUndoJob(db: Queryable, jobId: string, lock = false): Promise<UndoJob> {
  const { rows } = await db.query<{
    id: string;
    number: number;
    kind: ImportKind;
    status: JobStatus;
    created_by: string;
    read_at: Date | null;
    target_id: string;
    target_number: number;
    target_type: JobType;
  }>(
    `SELECT j.id, j.number, j.kind, j.status, j.created_by, j.read_at, t.id AS target_id, t.number AS target_number, t.type AS target_type
       FROM jobs j
       JOIN jobs t ON t.id = j.target_job_id
      WHERE j.id = $1 AND j.type = 'undo'
        ${lock ? 'FOR UPDATE OF j' : ''}`,
    [jobId],
  );
  const [record] = rows;
  if (record === undefined) throw new JobMissingError(jobId);
  return {
    id: record.id,
    number: record.number,
    kind: record.kind,
    by: record.created_by,
    isPlanned: record.read_at !== null,
    hasEnded: isEnded(record.status),
    target: { id: record.target_id, number: record.target_number, type: record.target_type },
  };
}

/** A job that somebody wants to undo. */
export interface JobToUndo {
  type: JobType;
  status: JobStatus;
  isDryRun: boolean;
  /** The undo of it that is under way or done. */
  undoneBy: string | null;
}

/** Takes a job until the transaction ends: nobody opens it again while it is decided whether it is undone. */
export async function lockJobToUndo(client: pg.PoolClient, jobId: string): Promise<JobToUndo | null> {
  await client.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [jobId]);
  const { rows } = await client.query<JobToUndo>(
    `SELECT type, status, coalesce((options ->> 'dryRun')::boolean, false) AS "isDryRun", ${undoneBy('jobs')} AS "undoneBy"
       FROM jobs
      WHERE id = $1`,
    [jobId],
  );
  return rows[0] ?? null;
}

/** The undo of a job that is under way or done, as a subquery; by the index jobs_undone_once. */
export const undoneBy = (job: string): string =>
  `(SELECT undo.id FROM jobs undo
     WHERE undo.target_job_id = ${job}.id AND undo.type = 'undo' AND undo.status NOT IN ('failed', 'cancelled'))`;

/** Makes an undo of an ended job. @returns false when there is one already */
export async function insertUndo(
  client: pg.PoolClient,
  { jobId, targetId, by }: { jobId: string; targetId: string; by: string },
): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO jobs (id, type, kind, status, options, created_by, target_job_id)
     SELECT $1, 'undo', kind, 'pending', '{}', $3, id FROM jobs WHERE id = $2
         ON CONFLICT (target_job_id) WHERE type = 'undo' AND status NOT IN ('failed', 'cancelled') DO NOTHING`,
    [jobId, targetId, by],
  );
  if (rowCount !== 1) return false;
  await announceJob(client, jobId);
  // What shows the undone job shows by what.
  await client.query('UPDATE jobs SET revision = revision + 1 WHERE id = $1', [targetId]);
  await announceJob(client, targetId);
  return true;
}

/**
 * Notes the records that a job changed, as the targets of its undo, and cuts them into chunks. A record that stands in several
 * rows, because repaired ones went over others, is one target, for its last row. What an earlier undo that was given up has
 * set back is no target any more. Run it in the transaction that notes it.
 */
export async function planTargets(
  client: pg.PoolClient,
  { number, target }: UndoJob,
  { table, keyField }: Kind,
  chunkRows: number,
): Promise<UndoPlan> {
  const earlier = await listEarlierUndos(client, number, target.id);
  // Each by its number, a range of both primary keys.
  const reversedBefore = earlier.map(
    (undo) => `AND done."row" NOT IN (
            SELECT before.source_row
              FROM job_targets before
              JOIN row_outcomes o ON o.job_number = ${String(undo)} AND o."row" = before."row" AND o.outcome = 'reversed'
             WHERE before.job_number = ${String(undo)} AND before.source_row IS NOT NULL)`,
  );
  // Whole sets are compared, of jobs that statistics may not know yet.
  await client.query(`SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`);
  await client.query(
    `INSERT INTO job_targets (job_number, "row", record_id, key, operation, source_row)
     SELECT $1, row_number() OVER (ORDER BY done."row"), done.record_id, coalesce(record.${keyField}, origin.key),
            done.outcome::text::change_operation, done."row"
       FROM (SELECT DISTINCT ON (record_id) record_id, "row", outcome
               FROM row_outcomes
              WHERE job_number = $2 AND outcome IN ('created', 'updated', 'deleted') AND record_id IS NOT NULL
              ORDER BY record_id, "row" DESC) done
       LEFT JOIN ${table} record ON record.id = done.record_id
       LEFT JOIN job_targets origin ON origin.job_number = $2 AND origin."row" = done."row"
      WHERE true ${reversedBefore.join(' ')}`,
    [number, target.number],
  );
  await client.query('SET LOCAL enable_nestloop = on');
  await cutTargets(client, number, chunkRows);
  return readPlan(client, number);
}

/** Numbers of the undos of a job that were given up. */
export async function listEarlierUndos(
  db: Queryable,
  undoNumber: number,
  targetId: string,
): Promise<number[]> {
  const { rows } = await db.query<{ number: number }>(
    `SELECT number FROM jobs WHERE target_job_id = $1 AND type = 'undo' AND number <> $2`,
    [targetId, undoNumber],
  );
  return rows.map(({ number }) => number);
}

/** What there is to do, of a job that is planned. */
export async function readPlan(db: Queryable, jobNumber: number): Promise<UndoPlan> {
  const { rows } = await db.query<UndoPlan>(
    `SELECT count(*)::int AS "chunkCount", coalesce(sum(rows), 0)::int AS records FROM chunks WHERE job_number = $1`,
    [jobNumber],
  );
  return rows[0] ?? { chunkCount: 0, records: 0 };
}

/** It is known what there is to do: from now on the job's total is. */
export async function markPlanned(client: pg.PoolClient, jobId: string): Promise<void> {
  await client.query(
    `UPDATE jobs SET read_at = now(), resolved_at = now(), revision = revision + 1 WHERE id = $1 AND read_at IS NULL`,
    [jobId],
  );
  await announceJob(client, jobId);
}
