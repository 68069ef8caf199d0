import type pg from 'pg';
import type { Duplicates } from '../../contracts/words.ts';

/** Which row of a repeated key wins, as SQL over the rows of that key. */
const WINNER: Record<Exclude<Duplicates, 'reject'>, string> = { last: 'max("row")', first: 'min("row")' };

/**
 * Decides for each repeated key of a file which row wins, and records the others as `duplicate`. Only valid rows compete.
 * Run it once per job, in the transaction that notes it.
 *
 * Statistics know nothing of a job that has just been staged: both statements are such that no plan for them reads the job's
 * rows more than twice. Without nested loops the first one can only sort or hash; in the second, each chunk reads its own
 * range of the primary key.
 */
export async function recordDuplicates(
  client: pg.PoolClient,
  jobNumber: number,
  duplicates: Exclude<Duplicates, 'reject'>,
): Promise<void> {
  await client.query(`SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`);
  const { rowCount } = await client.query(
    `UPDATE staged_rows s
        SET outcome = 'duplicate'
       FROM (SELECT key, ${WINNER[duplicates]} AS winner
               FROM staged_rows
              WHERE job_number = $1 AND outcome IS NULL
              GROUP BY key
             HAVING count(*) > 1) repeated
      WHERE s.job_number = $1 AND s.outcome IS NULL AND s.key = repeated.key AND s."row" <> repeated.winner`,
    [jobNumber],
  );
  if (rowCount === 0) return;
  await client.query(
    `UPDATE chunks c
        SET duplicate = (SELECT count(*)
                           FROM staged_rows s
                          WHERE s.job_number = c.job_number
                            AND s."row" >= c.first_row AND s."row" < c.first_row + c.rows
                            AND s.outcome = 'duplicate'),
            revision = c.revision + 1
      WHERE c.job_number = $1`,
    [jobNumber],
  );
}
