import type pg from 'pg';
import type { Duplicates } from '../../contracts/words.ts';

/** Which row of a repeated key wins, as SQL over the rows of that key. */
const WINNER: Record<Exclude<Duplicates, 'reject'>, string> = { last: 'max("row")', first: 'min("row")' };

/**
 * Decides for each repeated key of a file which row wins, and records the others as `duplicate`. Only valid rows compete.
 * Run it once per job, in the transaction that notes it.
 *
 * Statistics of staging know nothing of a job that has just been staged, and a nested loop over a whole file, planned
 * because of that, would take hours: so it is switched off here.
 */
export async function recordDuplicates(
  client: pg.PoolClient,
  jobNumber: number,
  duplicates: Exclude<Duplicates, 'reject'>,
): Promise<void> {
  await client.query(`SET LOCAL enable_nestloop = off`);
  await client.query(`SET LOCAL work_mem = '128MB'`);
  await client.query(
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
  await client.query(`SET LOCAL enable_nestloop = on`);
  await client.query(
    `UPDATE chunks c
        SET duplicate = losers.count, revision = c.revision + 1
       FROM (SELECT c2.number, count(*)::int AS count
               FROM staged_rows s
               JOIN chunks c2 ON c2.job_number = s.job_number
                AND s."row" >= c2.first_row AND s."row" < c2.first_row + c2.rows
              WHERE s.job_number = $1 AND s.outcome = 'duplicate'
              GROUP BY c2.number) losers
      WHERE c.job_number = $1 AND c.number = losers.number`,
    [jobNumber],
  );
}
