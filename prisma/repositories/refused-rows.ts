import type pg from 'pg';
import { partCodeOf } from '../../platform/error-table.ts';

/** How many rows of a chunk may be refused: with more, something else than the rows is wrong, and the chunk parks. */
const MAX_REFUSED_ROWS = 100;

/** A run of rows of a job, both ends included. */
export interface RowRange {
  firstRow: number;
  lastRow: number;
}

/**
 * Does something with a run of rows, in the caller's transaction. Where the database refuses a value of a row, the run is
 * halved until the row stands alone; it is recorded as `failed`, with what the database says of it, and the others go in.
 *
 * @param work what is done; it is rolled back and done again with smaller runs
 * @param fail records one row as `failed`, with those that belong to it, and tells how many there were
 * @returns what came of the runs that went in, and how many rows are `failed`
 * @throws the database's own error when it has nothing to do with the rows, or more than 100 of them are refused
 */
export async function isolateRefusedRows<T>(
  client: pg.PoolClient,
  range: RowRange,
  work: (range: RowRange, isWhole: boolean) => Promise<T>,
  fail: (row: number, error: pg.DatabaseError) => Promise<number>,
): Promise<{ results: T[]; failed: number }> {
  const results: T[] = [];
  let failed = 0;

  const attempt = async ({ firstRow, lastRow }: RowRange, isWhole: boolean): Promise<void> => {
    await client.query('SAVEPOINT run');
    try {
      results.push(await work({ firstRow, lastRow }, isWhole));
      await client.query('RELEASE SAVEPOINT run');
      return;
    } catch (error) {
      if (partCodeOf(error) !== 'data_refused') throw error;
      await client.query('ROLLBACK TO SAVEPOINT run; RELEASE SAVEPOINT run');
      if (firstRow === lastRow) {
        if (failed >= MAX_REFUSED_ROWS) throw error;
        failed += await fail(firstRow, error as pg.DatabaseError);
        return;
      }
    }
    const middle = Math.floor((firstRow + lastRow) / 2);
    await attempt({ firstRow, lastRow: middle }, false);
    await attempt({ firstRow: middle + 1, lastRow }, false);
  };

  await attempt(range, true);
  return { results, failed };
}

/** Records a staged row as `failed`. @returns 0 when nothing was to be done with it */
export async function failStagedRow(
  client: pg.PoolClient,
  jobNumber: number,
  row: number,
  error: pg.DatabaseError,
): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE staged_rows SET outcome = 'failed', errors = $3 WHERE job_number = $1 AND "row" = $2 AND outcome IS NULL`,
    [jobNumber, row, describeRefusal(error)],
  );
  return rowCount ?? 0;
}

/** Records a target of a job as `failed`. */
export async function failTarget(
  client: pg.PoolClient,
  jobNumber: number,
  row: number,
  error: pg.DatabaseError,
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO row_outcomes (job_number, "row", outcome, record_id, errors)
     SELECT job_number, "row", 'failed', record_id, $3 FROM job_targets WHERE job_number = $1 AND "row" = $2`,
    [jobNumber, row, describeRefusal(error)],
  );
  return rowCount ?? 0;
}

/** What stands in the errors of a row that the database refuses. */
export function describeRefusal({ message, column }: pg.DatabaseError): string {
  return JSON.stringify([{ column: column ?? null, value: null, code: 'data_refused', message }]);
}
