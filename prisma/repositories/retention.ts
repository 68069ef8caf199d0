import type pg from 'pg';
import { ENDED_STATUSES, type KeptPart } from '../../contracts/words.ts';
import { inTransaction, type Queryable } from '../client.ts';

const ENDED = ENDED_STATUSES.map((status) => `'${status}'`).join(', ');

/**
 * A job that ended so many days ago that a part of it is due. One that another job still works on, as an undo does on an
 * import, is not: the few jobs that have not ended are found by the index on (status, number).
 *
 * @param days an SQL expression
 */
const endedLongAgo = (days: string): string => `
  j.finished_at < now() - make_interval(days => ${days}) AND j.status IN (${ENDED})
  AND NOT EXISTS (SELECT FROM jobs t
                   WHERE t.target_job_id = j.id
                     AND t.status IN ('pending', 'processing', 'paused', 'needs_attention'))`;

/** What must hold besides. A row without its outcome would look as if it waited, so outcomes go after staging. */
const DUE: Record<KeptPart, string> = {
  // Each by the partial index of its name, jobs_files_due_idx and so on.
  files: 'j.files_removed_at IS NULL',
  staging: 'j.staging_removed_at IS NULL',
  outcomes: 'j.outcomes_removed_at IS NULL AND j.staging_removed_at IS NOT NULL',
  changes: 'j.changes_removed_at IS NULL',
};

/** Jobs of which something is still removed row by row. */
export interface Removal {
  jobId: string;
  jobNumber: number;
  part: RemovedByRows;
}

/** Files belong to nobody once their job is marked, and go with all such files. */
type RemovedByRows = Exclude<KeptPart, 'files'>;

/**
 * Marks what is due of ended jobs as gone, oldest first. From the commit on nobody reads it any more, and what is removed row
 * by row is on the list of {@link listRemovals} until it is done: a removal that is cut off is found again.
 *
 * @returns how many jobs were marked
 */
export async function markExpired(
  pool: pg.Pool,
  part: KeptPart,
  afterDays: number,
  limit: number,
): Promise<number> {
  const due = `${DUE[part]} AND ${endedLongAgo('$1::int')}`;
  const removing = part === 'files' ? '' : `removing = array_append(removing, '${part}'),`;
  return await inTransaction(pool, async (client) => {
    // Whoever opens a job again, or makes another of it, locks its row: what was decided under that lock must be seen, so
    // the lock is a statement of its own.
    const { rows } = await client.query<{ number: number }>(
      `SELECT number FROM jobs j WHERE ${due} ORDER BY finished_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`,
      [afterDays, limit],
    );
    if (rows.length === 0) return 0;
    const { rowCount } = await client.query(
      `UPDATE jobs j SET ${part}_removed_at = now(), ${removing} revision = revision + 1
        WHERE number = ANY ($2::int[]) AND ${due}`,
      [afterDays, rows.map(({ number }) => number)],
    );
    return rowCount ?? 0;
  });
}

/** What has been marked as gone and is still there, at least in part. By jobs_removing_idx. */
export async function listRemovals(db: Queryable, limit: number): Promise<Removal[]> {
  const { rows } = await db.query<Removal>(
    `SELECT id AS "jobId", number AS "jobNumber", unnest(removing) AS part
       FROM jobs
      WHERE removing <> '{}'
      ORDER BY number
      LIMIT $1`,
    [limit],
  );
  return rows;
}

/** A table with rows of jobs; its primary key is the job and the row. */
export interface RowTable {
  table: string;
  job: string;
  row: string;
  keyOf: (removal: Removal) => string | number;
}

const byNumber = (table: string): RowTable => ({
  table,
  job: 'job_number',
  row: '"row"',
  keyOf: ({ jobNumber }) => jobNumber,
});

/** Where the rows of a job are, by the part that they are. */
export const ROW_TABLES: Record<RemovedByRows, readonly RowTable[]> = {
  staging: [byNumber('staged_rows')],
  // What an undo or a bulk delete is about goes with what became of it.
  outcomes: [byNumber('row_outcomes'), byNumber('job_targets')],
  changes: [{ table: 'record_changes', job: 'change_id', row: 'change_row', keyOf: ({ jobId }) => jobId }],
};

/** @returns the last row that is still to be removed; null when there is none */
export async function findLastRow(
  db: Queryable,
  { table, job, row, keyOf }: RowTable,
  removal: Removal,
): Promise<number | null> {
  const { rows } = await db.query<{ last: number | null }>(
    `SELECT max(${row}) AS last FROM ${table} WHERE ${job} = $1`,
    [keyOf(removal)],
  );
  return rows[0]?.last ?? null;
}

/** Removes a run of rows, both ends included, in a transaction of its own. @returns how many there were */
export async function removeRows(
  db: Queryable,
  { table, job, row, keyOf }: RowTable,
  removal: Removal,
  first: number,
  last: number,
): Promise<number> {
  const { rowCount } = await db.query(`DELETE FROM ${table} WHERE ${job} = $1 AND ${row} BETWEEN $2 AND $3`, [
    keyOf(removal),
    first,
    last,
  ]);
  return rowCount ?? 0;
}

/** Nothing of it is left: it is on the list no more. */
export async function endRemoval(db: Queryable, { jobNumber, part }: Removal): Promise<void> {
  await db.query('UPDATE jobs SET removing = array_remove(removing, $2) WHERE number = $1', [
    jobNumber,
    part,
  ]);
}

/** Removes the changes that single requests made. By record_changes_requests_idx. @returns how many, at most the limit */
export async function removeRequestChanges(db: Queryable, afterDays: number, limit: number): Promise<number> {
  const { rowCount } = await db.query(
    `DELETE FROM record_changes
      WHERE (change_id, change_row) IN (
            SELECT change_id, change_row
              FROM record_changes
             WHERE change_row = 0 AND changed_at < now() - make_interval(days => $1::int)
             ORDER BY changed_at
             LIMIT $2)`,
    [afterDays, limit],
  );
  return rowCount ?? 0;
}

/** Removes idempotency keys that are free again, by the index on created_at. @returns how many, at most the limit */
export async function removeIdempotencyKeys(db: Queryable, limit: number): Promise<number> {
  const old = `created_at < now() - interval '24 hours'`;
  // A key that is taken again meanwhile is not old any more.
  const { rowCount } = await db.query(
    `DELETE FROM idempotency_keys
      WHERE (principal, key) IN (SELECT principal, key FROM idempotency_keys WHERE ${old} ORDER BY created_at LIMIT $1)
        AND ${old}`,
    [limit],
  );
  return rowCount ?? 0;
}

/**
 * Removes jobs of which nothing else is left, with their chunks and parked parts, oldest first. By jobs_row_due_idx.
 *
 * @returns how many, at most the limit
 */
export async function removeJobs(pool: pg.Pool, afterDays: number, limit: number): Promise<number> {
  const due = `${endedLongAgo('$1::int')} AND j.removing = '{}'
    AND j.files_removed_at IS NOT NULL AND j.staging_removed_at IS NOT NULL
    AND j.outcomes_removed_at IS NOT NULL AND j.changes_removed_at IS NOT NULL`;
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ number: number }>(
      `SELECT number FROM jobs j WHERE ${due} ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED`,
      [afterDays, limit],
    );
    if (rows.length === 0) return 0;
    const { rowCount } = await client.query(`DELETE FROM jobs j WHERE number = ANY ($2::int[]) AND ${due}`, [
      afterDays,
      rows.map(({ number }) => number),
    ]);
    return rowCount ?? 0;
  });
}
