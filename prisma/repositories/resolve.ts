import type pg from 'pg';
import type { Duplicates } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';

/** Which row of a repeated key wins, as SQL over the rows of that key. */
const WINNER: Record<Exclude<Duplicates, 'reject'>, string> = { last: 'max("row")', first: 'min("row")' };

/** The same when some of them have been applied before: what was applied stays, and only a later row goes over it. */
const WINNER_AGAIN: typeof WINNER = {
  last: 'max("row")',
  first: 'COALESCE(min("row") FILTER (WHERE is_applied), min("row"))',
};

export interface ToResolve {
  kind: Kind;
  duplicates: Duplicates;
  /** Whether rows of the job have been applied before: repaired ones compete with them. */
  again: boolean;
}

/**
 * Decides for each repeated key of a file which row wins, and records the others as `duplicate`; or rejects them all. Only
 * valid rows compete. Run it in the transaction that notes it.
 *
 * Statistics know nothing of a job that has just been staged: the statements are such that no plan for them reads the job's
 * rows more than twice. Without nested loops the first one can only sort or hash; in the second, each chunk reads its own
 * range of the primary key.
 */
export async function resolveRepeatedKeys(
  client: pg.PoolClient,
  jobNumber: number,
  { kind, duplicates, again }: ToResolve,
): Promise<void> {
  await client.query(`SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`);
  const rowCount =
    duplicates === 'reject'
      ? await rejectRepeated(client, jobNumber, kind, again)
      : await passOverRepeated(client, jobNumber, (again ? WINNER_AGAIN : WINNER)[duplicates], again);
  if (rowCount === 0) return;
  await countAnew(client, jobNumber, duplicates === 'reject' ? 'rejected' : 'duplicate');
}

/** Counts the rows of each chunk that have an outcome which was decided before anything was applied. */
export async function countAnew(
  client: pg.PoolClient,
  jobNumber: number,
  outcome: 'rejected' | 'duplicate',
): Promise<void> {
  await client.query(
    `UPDATE chunks c
        SET ${outcome} = (SELECT count(*)
                            FROM staged_rows s
                           WHERE s.job_number = c.job_number
                             AND s."row" >= c.first_row AND s."row" < c.first_row + c.rows
                             AND s.outcome = '${outcome}'),
            revision = c.revision + 1
      WHERE c.job_number = $1`,
    [jobNumber],
  );
}

/** The rows that compete: `"row"`, `key`, `is_applied`. */
const competing = (again: boolean): string =>
  again
    ? `SELECT s."row", s.key, o."row" IS NOT NULL AS is_applied
         FROM staged_rows s
         LEFT JOIN row_outcomes o ON o.job_number = $1 AND o."row" = s."row"
        WHERE s.job_number = $1 AND s.outcome IS NULL`
    : `SELECT "row", key, false AS is_applied FROM staged_rows WHERE job_number = $1 AND outcome IS NULL`;

const notApplied = (again: boolean): string =>
  again ? `AND NOT EXISTS (SELECT FROM row_outcomes o WHERE o.job_number = $1 AND o."row" = s."row")` : '';

async function passOverRepeated(
  client: pg.PoolClient,
  jobNumber: number,
  winner: string,
  again: boolean,
): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE staged_rows s
        SET outcome = 'duplicate'
       FROM (SELECT key, ${winner} AS winner
               FROM (${competing(again)}) competing
              GROUP BY key
             HAVING count(*) > 1) repeated
      WHERE s.job_number = $1 AND s.outcome IS NULL AND s.key = repeated.key AND s."row" <> repeated.winner
            ${notApplied(again)}`,
    [jobNumber],
  );
  return rowCount ?? 0;
}

async function rejectRepeated(
  client: pg.PoolClient,
  jobNumber: number,
  kind: Kind,
  again: boolean,
): Promise<number> {
  const keyCell = 1 + kind.columns.findIndex(({ name }) => name === kind.keyColumn);
  const { rowCount } = await client.query(
    `UPDATE staged_rows s
        SET outcome = 'rejected',
            errors = jsonb_build_array(jsonb_build_object(
              'column', $2::text, 'value', s.cells[$3], 'code', 'duplicate_key',
              'message', format('the same %s stands in %s rows of the file, from row %s to row %s',
                                $2::text, repeated.count, repeated.first, repeated.last)))
       FROM (SELECT key, count(*), min("row") AS first, max("row") AS last
               FROM (${competing(again)}) competing
              GROUP BY key
             HAVING count(*) > 1) repeated
      WHERE s.job_number = $1 AND s.outcome IS NULL AND s.key = repeated.key ${notApplied(again)}`,
    [jobNumber, kind.keyColumn, keyCell],
  );
  return rowCount ?? 0;
}

/** Whether any row of a job has been applied. By the primary key. */
export async function hasAppliedRows(client: pg.PoolClient, jobNumber: number): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM row_outcomes WHERE job_number = $1 LIMIT 1', [
    jobNumber,
  ]);
  return rowCount === 1;
}

/** How many rows of a job are rejected. */
export async function countRejected(client: pg.PoolClient, jobNumber: number): Promise<number> {
  const { rows } = await client.query<{ rejected: number }>(
    'SELECT coalesce(sum(rejected), 0)::int AS rejected FROM chunks WHERE job_number = $1',
    [jobNumber],
  );
  return rows[0]?.rejected ?? 0;
}
