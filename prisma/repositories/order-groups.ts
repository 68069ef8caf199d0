import type pg from 'pg';
import { ROW_ERRORS } from '../../contracts/errors.ts';
import { type AssembledOrder, assembleOrder, type OrderRules } from '../../domain/orders/imported-order.ts';
import { MAX_ORDER_LINES } from '../../domain/orders/new-order.ts';
import type { RowError } from '../../domain/validate-row.ts';
import type { RowRange } from './refused-rows.ts';
import { countAnew } from './resolve.ts';

/** The lines of one order in a file, as long as nothing has become of them. */
export interface OrderGroup {
  orderId: string;
  /** Numbers of its rows; the first one is where the order is. */
  rows: [number, ...number[]];
  assembled: AssembledOrder;
}

/**
 * Finds out which rows of a file are lines of one order, wherever they stand: each but the first points at the first. An order
 * with a rejected line is rejected with all of its lines, and so is one that went in before without a line that was repaired since.
 * Whether the lines make an order is for whoever reads them.
 *
 * Run it in the transaction that notes it; as in resolving keys, no plan may compare row by row.
 */
export async function groupRows(client: pg.PoolClient, jobNumber: number): Promise<void> {
  await client.query(`SET LOCAL enable_nestloop = off; SET LOCAL work_mem = '128MB'`);
  const { rowCount } = await client.query(
    `WITH competing AS (
       SELECT s."row", s.key, s.outcome, o."row" IS NOT NULL AS is_applied
         FROM staged_rows s
         LEFT JOIN row_outcomes o ON o.job_number = $1 AND o."row" = s."row"
        WHERE s.job_number = $1 AND s.key IS NOT NULL
     ), counted AS (
       SELECT key, min("row") FILTER (WHERE outcome IS NULL AND NOT is_applied) AS first,
              count(*) FILTER (WHERE outcome IS NULL AND NOT is_applied) AS lines,
              min("row") FILTER (WHERE outcome IN ('rejected', 'failed')) AS bad, bool_or(is_applied) AS went_in
         FROM competing
        GROUP BY key
     ), judged AS (
       SELECT key, first,
              CASE WHEN bad IS NOT NULL THEN 'order_rejected' WHEN went_in THEN 'order_incomplete'
                   WHEN lines > $2 THEN 'order_too_long' END AS code,
              CASE WHEN bad IS NOT NULL THEN format('row %s of the same order is rejected, and an order goes in whole or not at all', bad)
                   WHEN went_in THEN $3::text
                   ELSE format('the order has %s lines; it can have %s at most', lines, $2::int) END AS message
         FROM counted
        WHERE first IS NOT NULL AND (lines > 1 OR bad IS NOT NULL OR went_in)
     )
     UPDATE staged_rows s
        SET outcome = CASE WHEN j.code IS NOT NULL THEN 'rejected'::outcome END,
            errors = CASE WHEN j.code IS NOT NULL THEN
                     jsonb_build_array(jsonb_build_object('column', NULL, 'value', NULL, 'code', j.code, 'message', j.message)) END,
            group_row = CASE WHEN j.code IS NULL AND s."row" <> j.first THEN j.first END
       FROM judged j
      WHERE s.job_number = $1 AND s.key = j.key AND s.outcome IS NULL
        AND s."row" NOT IN (SELECT o."row" FROM row_outcomes o WHERE o.job_number = $1)`,
    [jobNumber, MAX_ORDER_LINES, ROW_ERRORS.order_incomplete],
  );
  if (rowCount !== 0) await countAnew(client, jobNumber, 'rejected');
}

/**
 * The orders whose first lines stand in a run of rows and of which nothing has become yet, with all of their lines, also those in
 * other chunks. The first ones are a range of the primary key, the others are found by staged_rows_group_row_idx.
 */
export async function readGroups(
  client: pg.PoolClient,
  jobNumber: number,
  { firstRow, lastRow }: RowRange,
  rules: OrderRules,
): Promise<OrderGroup[]> {
  const { rows } = await client.query<{ first: number; row: number; key: string; cells: (string | null)[] }>(
    `SELECT s."row" AS first, s."row", s.key, s.cells
       FROM staged_rows s
      WHERE s.job_number = $1 AND s."row" BETWEEN $2 AND $3 AND s.outcome IS NULL AND s.group_row IS NULL
        AND s."row" NOT IN (SELECT o."row" FROM row_outcomes o WHERE o.job_number = $1 AND o."row" BETWEEN $2 AND $3)
      UNION ALL
     SELECT s.group_row, s."row", s.key, s.cells
       FROM staged_rows s
      WHERE s.job_number = $1 AND s.group_row BETWEEN $2 AND $3 AND s.outcome IS NULL
      ORDER BY first, "row"`,
    [jobNumber, firstRow, lastRow],
  );
  const groups: OrderGroup[] = [];
  for (let start = 0; start < rows.length;) {
    const head = rows[start];
    if (head === undefined) break;
    let end = start + 1;
    while (rows[end]?.first === head.first) end += 1;
    const lines = rows.slice(start, end);
    // Lines of an order that has gone in are no order of their own.
    if (head.row === head.first) {
      const [, ...others] = lines.map(({ row }) => row);
      groups.push({
        orderId: head.key,
        rows: [head.row, ...others],
        assembled: assembleOrder(head.key, lines, rules),
      });
    }
    start = end;
  }
  return groups;
}

/** Rows that are rejected, and why. */
export interface RejectedRows {
  rows: readonly number[];
  error: RowError;
}

/** Rejects the lines of orders. Counting them is for the caller. */
export async function rejectGroups(
  client: pg.PoolClient,
  jobNumber: number,
  rejected: readonly RejectedRows[],
): Promise<void> {
  if (rejected.length === 0) return;
  const rows = rejected.flatMap((group) => group.rows.map((row) => ({ row, error: group.error })));
  await client.query(
    `UPDATE staged_rows s SET outcome = 'rejected', errors = g.errors, group_row = NULL
       FROM unnest($2::int[], $3::jsonb[]) AS g ("row", errors)
      WHERE s.job_number = $1 AND s."row" = g."row"`,
    [jobNumber, rows.map(({ row }) => row), rows.map(({ error }) => JSON.stringify([error]))],
  );
}
