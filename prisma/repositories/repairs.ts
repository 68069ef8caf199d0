import type pg from 'pg';
import type { AnyKind } from '../../domain/kinds/index.ts';
import { WHOLE_ORDER_CODES } from '../../domain/orders/imported-order.ts';
import type { RowError, ValidatedRow } from '../../domain/validate-row.ts';
import { announceJob } from './import-jobs.ts';
import { isErased } from './job-rows.ts';
import { NEW_PLACE } from './turns.ts';

/** A rejected row, as it can be repaired. */
export interface RepairableRow {
  cells: (string | null)[];
  /** Bit n is set when the row clears column n. */
  cleared: number;
  /** Columns whose cells are wrong; `null` where the row as a whole is. */
  wrong: (string | null)[];
  /** Nothing of it is left to be repaired. */
  isErased: boolean;
}

/** What stands in the way of a repair. */
export type RepairState = { found: false } | { found: true; outcome: string; row: RepairableRow };

/** Reads a row of a job and takes it until the transaction ends. */
export async function getRowToRepair(
  client: pg.PoolClient,
  jobNumber: number,
  row: number,
): Promise<RepairState> {
  const { rows } = await client.query<{
    outcome: string;
    cells: (string | null)[];
    cleared: number;
    errors: RowError[] | null;
  }>(
    `SELECT COALESCE((SELECT o.outcome FROM row_outcomes o WHERE o.job_number = s.job_number AND o."row" = s."row"),
                     s.outcome, 'pending')::text AS outcome,
            s.cells, s.cleared, s.errors
       FROM staged_rows s
      WHERE s.job_number = $1 AND s."row" = $2
        FOR UPDATE`,
    [jobNumber, row],
  );
  const [found] = rows;
  if (found === undefined) return { found: false };
  const wrong = (found.errors ?? []).map(({ column }) => column);
  const { outcome, cells, cleared } = found;
  return { found: true, outcome, row: { cells, cleared, wrong, isErased: isErased(found) } };
}

/** Keeps the repaired cells of a rejected row. It stays `rejected`, without errors, until the job is retried. */
export async function saveRepairedRow(
  client: pg.PoolClient,
  jobNumber: number,
  row: number,
  { key, cells, cleared }: ValidatedRow,
): Promise<void> {
  await client.query(
    `UPDATE staged_rows SET key = $3, cells = $4, cleared = $5, errors = '[]' WHERE job_number = $1 AND "row" = $2`,
    [jobNumber, row, key, cells, cleared],
  );
}

/** A row of which nothing is wrong any more. */
const REPAIRED = `s.outcome = 'rejected' AND s.errors = '[]'`;

/** A row that was rejected for the sake of others, or with them: whether that is still so is decided anew. */
const REJECTED_WITH_OTHERS = `s.outcome = 'rejected'
  AND NOT EXISTS (SELECT FROM jsonb_array_elements(s.errors) e WHERE NOT (e ->> 'code') = ANY ($2::text[]))`;

/**
 * Opens an ended job again for its repaired rows: they compete and are applied, everything else stays. Where rows go in together,
 * those that were kept out by others go with them. The job waits for its workflow as a new one does.
 *
 * @returns how many rows there are; with none that was repaired the job stays as it is
 */
export async function reopenForRepairs(
  client: pg.PoolClient,
  job: { id: string; number: number },
  { rowsTogether }: Pick<AnyKind, 'rowsTogether'>,
): Promise<number> {
  const { rowCount } = await client.query(
    `SELECT FROM chunks c
       JOIN staged_rows s ON s.job_number = c.job_number AND s."row" >= c.first_row AND s."row" < c.first_row + c.rows
      WHERE c.job_number = $1 AND c.rejected > 0 AND ${REPAIRED}
      LIMIT 1`,
    [job.number],
  );
  if (rowCount === 0) return 0;
  // By the ranges of the chunks that have rejected rows at all.
  const { rows } = await client.query<{ rows: number }>(
    `WITH repaired AS (
       UPDATE staged_rows s SET outcome = NULL, errors = NULL
         FROM chunks c
        WHERE c.job_number = $1 AND c.rejected > 0
          AND s.job_number = c.job_number AND s."row" >= c.first_row AND s."row" < c.first_row + c.rows
          AND ${REJECTED_WITH_OTHERS}
       RETURNING c.number
     ), counted AS (
       SELECT number, count(*)::int AS rows FROM repaired GROUP BY number
     ), reopened AS (
       UPDATE chunks c SET rejected = c.rejected - counted.rows, applied_at = NULL, revision = c.revision + 1
         FROM counted
        WHERE c.job_number = $1 AND c.number = counted.number
     )
     SELECT COALESCE(sum(rows), 0)::int AS rows FROM counted`,
    [job.number, rowsTogether === null ? [] : WHOLE_ORDER_CODES],
  );
  const repaired = rows[0]?.rows ?? 0;
  if (repaired === 0) return 0;
  await client.query(
    `UPDATE jobs
        SET status = 'pending', stage = 'resolving', finished_at = NULL, resolved_at = NULL, failure_code = NULL,
            failure_message = NULL, ${NEW_PLACE}, revision = revision + 1
      WHERE id = $1`,
    [job.id],
  );
  await announceJob(client, job.id);
  return repaired;
}
