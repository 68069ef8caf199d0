import type { Outcome } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import { type JobRow, patternOf, type RowPage } from './job-rows.ts';

interface TargetFilter {
  outcome?: Outcome | undefined;
  q?: string | undefined;
  /** The last row that is looked at; all when missing. */
  until?: number | undefined;
}

/**
 * A page of the records that a job without a file is about, in the order of its rows. An undo shows with each what the file of
 * the job that it undoes said, as long as that is kept. By the primary keys.
 *
 * @param filter only records with this outcome, or whose key holds this text in any case, up to a row
 */
export async function listTargetRows(
  db: Queryable,
  jobNumber: number,
  { after, limit }: RowPage,
  { outcome, q, until }: TargetFilter = {},
): Promise<JobRow[]> {
  const { rows } = await db.query<JobRow>(
    `SELECT t."row", t.source_row AS "sourceRow", s.line, t.key, t.record_id AS "recordId", NULL AS raw, s.cells,
            found.outcome, found.errors
       FROM jobs j
      CROSS JOIN LATERAL (
            SELECT t."row", coalesce(o.outcome, 'pending') AS outcome, o.errors
              FROM job_targets t
              LEFT JOIN row_outcomes o ON o.job_number = t.job_number AND o."row" = t."row"
             WHERE t.job_number = $1 AND t."row" > $2 AND ($6::int IS NULL OR t."row" <= $6) AND ($5::text IS NULL OR t.key ILIKE $5)
               AND ($4::outcome IS NULL OR coalesce(o.outcome, 'pending') = $4)
             ORDER BY t."row"
             LIMIT $3) found
       JOIN job_targets t ON t.job_number = $1 AND t."row" = found."row"
       LEFT JOIN jobs target ON target.id = j.target_job_id
       LEFT JOIN staged_rows s ON s.job_number = target.number AND s."row" = t.source_row
      WHERE j.number = $1
      ORDER BY t."row"`,
    [jobNumber, after, limit, outcome ?? null, q === undefined ? null : patternOf(q), until ?? null],
  );
  return rows;
}
