import type pg from 'pg';
import type { Mode, Outcome } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { OrderRules } from '../../domain/orders/imported-order.ts';
import {
  APPLY_SETTINGS,
  applyStatement,
  dryRunStatement,
  REST_SETTINGS,
  restStatement,
} from './apply-statements.ts';

/** Which staged rows to apply, and on whose behalf. */
export interface ApplyRange {
  jobId: string;
  jobNumber: number;
  firstRow: number;
  lastRow: number;
  /** How many of them are to be applied: neither rejected nor duplicates; null where that is not known. */
  applicableRows: number | null;
  /** Whether rows among them have been applied before, and are left alone. */
  again: boolean;
  by: string;
  /** The chunk that they are of. */
  chunk: { number: number; firstRow: number; lastRow: number };
  /** Of what needs more than its columns to be understood. */
  rules: OrderRules;
}

/** How many rows of a chunk got each outcome. */
export type AppliedCounts = Record<'created' | 'updated' | 'unchanged' | 'skipped' | 'rejected', number>;

/** Applies the staged rows of a chunk to the records, and records the outcome of each. Call it within a transaction. */
export async function applyStagedRows(
  client: pg.PoolClient,
  kind: Kind,
  mode: Mode,
  range: ApplyRange,
): Promise<AppliedCounts> {
  const rows = [range.jobNumber, range.firstRow, range.lastRow];
  await client.query(APPLY_SETTINGS);
  const applied = await client.query<OutcomeCount>(applyStatement(kind, mode, range.again), [
    ...rows,
    range.jobId,
    range.by,
  ]);
  const counts = sumOf(applied.rows);
  // Comparing the chunk's rows with their outcomes takes a tenth of the whole time; a file of new rows has no rest.
  if (counts.created + counts.updated === range.applicableRows) return counts;
  await client.query(REST_SETTINGS);
  const rest = await client.query<OutcomeCount>(restStatement(kind, mode), rows);
  return sumOf([...applied.rows, ...rest.rows]);
}

/** Records what {@link applyStagedRows} would do with the rows of a chunk, and changes no record. */
export async function dryRunStagedRows(
  client: pg.PoolClient,
  kind: Kind,
  mode: Mode,
  { jobNumber, firstRow, lastRow }: ApplyRange,
): Promise<AppliedCounts> {
  await client.query(APPLY_SETTINGS);
  const { rows } = await client.query<OutcomeCount>(dryRunStatement(kind, mode), [
    jobNumber,
    firstRow,
    lastRow,
  ]);
  return sumOf(rows);
}

function sumOf(rows: readonly OutcomeCount[]): AppliedCounts {
  const counts: AppliedCounts = { created: 0, updated: 0, unchanged: 0, skipped: 0, rejected: 0 };
  for (const { outcome, count } of rows) counts[outcome] += count;
  return counts;
}

interface OutcomeCount {
  outcome: Extract<Outcome, keyof AppliedCounts>;
  count: number;
}
