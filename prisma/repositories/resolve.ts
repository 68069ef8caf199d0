import type pg from 'pg';
import type { Duplicates } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';

/** Which row of a repeated key wins, as SQL over the rows of that key. */
const WINNER: Record<Exclude<Duplicates, 'reject'>, string> = { last: 'max("row")', first: 'min("row")' };

/**
 * Decides for each repeated key of a file which row wins, and records the others as `duplicate`; or rejects them all. Only
 * valid rows compete. Run it once per job, in the transaction that notes it.
 *
 * Statistics know nothing of a job that has just been staged: the statements are such that no plan for them reads the job's
 * rows more than twice. Without nested loops the first one can only sort or hash; in the second, each chunk reads its own
 * range of the primary key.
 */
export async function resolveRepeatedKeys(
  client: pg.PoolClient,
  jobNumber: number,
  kind: Kind,
  duplicates: Duplicates,
): Promise<void> {
  await client.query(`SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`);
  const rowCount =
    duplicates === 'reject'
      ? await rejectRepeated(client, jobNumber, kind)
      : await passOverRepeated(client, jobNumber, WINNER[duplicates]);
  if (rowCount === 0) return;
  const outcome = duplicates === 'reject' ? 'rejected' : 'duplicate';
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

async function passOverRepeated(client: pg.PoolClient, jobNumber: number, winner: string): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE staged_rows s
        SET outcome = 'duplicate'
       FROM (SELECT key, ${winner} AS winner
               FROM staged_rows
              WHERE job_number = $1 AND outcome IS NULL
              GROUP BY key
             HAVING count(*) > 1) repeated
      WHERE s.job_number = $1 AND s.outcome IS NULL AND s.key = repeated.key AND s."row" <> repeated.winner`,
    [jobNumber],
  );
  return rowCount ?? 0;
}

async function rejectRepeated(client: pg.PoolClient, jobNumber: number, kind: Kind): Promise<number> {
  const keyCell = 1 + kind.columns.findIndex(({ name }) => name === kind.keyColumn);
  const { rowCount } = await client.query(
    `UPDATE staged_rows s
        SET outcome = 'rejected',
            errors = jsonb_build_array(jsonb_build_object(
              'column', $2::text, 'value', s.cells[$3], 'code', 'duplicate_key',
              'message', format('the same %s stands in %s rows of the file, from row %s to row %s',
                                $2::text, repeated.count, repeated.first, repeated.last)))
       FROM (SELECT key, count(*), min("row") AS first, max("row") AS last
               FROM staged_rows
              WHERE job_number = $1 AND outcome IS NULL
              GROUP BY key
             HAVING count(*) > 1) repeated
      WHERE s.job_number = $1 AND s.outcome IS NULL AND s.key = repeated.key`,
    [jobNumber, kind.keyColumn, keyCell],
  );
  return rowCount ?? 0;
}

/** How many rows of a job are rejected. */
export async function countRejected(client: pg.PoolClient, jobNumber: number): Promise<number> {
  const { rows } = await client.query<{ rejected: number }>(
    'SELECT coalesce(sum(rejected), 0)::int AS rejected FROM chunks WHERE job_number = $1',
    [jobNumber],
  );
  return rows[0]?.rejected ?? 0;
}
