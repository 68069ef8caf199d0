import type { KeptPart } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';

/** SQL, for the jobs `j`: what is no longer kept of a job, in the order of KEPT_PARTS. */
export const EXPIRED_PARTS = `array_remove(ARRAY[
    CASE WHEN j.files_removed_at IS NOT NULL THEN 'files' END,
    CASE WHEN j.staging_removed_at IS NOT NULL THEN 'staging' END,
    CASE WHEN j.outcomes_removed_at IS NOT NULL THEN 'outcomes' END,
    CASE WHEN j.changes_removed_at IS NOT NULL THEN 'changes' END], NULL)`;

/**
 * What is no longer kept of a job. What is not among it is whole at this moment, and stays so for as long as the caller's
 * transaction holds the lock on the job's row. An undo needs `changes` and `outcomes` of its target: the first has what was
 * updated, the second what was created.
 *
 * @returns nothing for a job that is not there
 */
export async function readExpiredParts(db: Queryable, jobId: string): Promise<KeptPart[]> {
  const { rows } = await db.query<{ expired: KeptPart[] }>(
    `SELECT ${EXPIRED_PARTS} AS expired FROM jobs j WHERE id = $1`,
    [jobId],
  );
  return rows[0]?.expired ?? [];
}
