import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import { APPLY_SETTINGS } from './apply-statements.ts';
import type { RowRange } from './refused-rows.ts';
import { AGAIN_STATEMENT, keptStatement, undoStatement } from './undo-statements.ts';

/** The targets of an undo that are to be set back. */
export interface UndoRange extends RowRange {
  jobNumber: number;
  /** Id of the job that is undone. */
  targetId: string;
}

/** Sets records back, and records the outcome of each. Call it within a transaction. */
export async function undoTargets(
  client: pg.PoolClient,
  kind: Kind,
  { jobNumber, targetId, firstRow, lastRow }: UndoRange,
): Promise<{ reversed: number; kept: number }> {
  const values = [jobNumber, firstRow, lastRow, targetId];
  await client.query(APPLY_SETTINGS);
  const again = await client.query(AGAIN_STATEMENT, values);
  const reversed = await countOf(client, undoStatement(kind, again.rowCount === 1), values);
  if (reversed === lastRow - firstRow + 1) return { reversed, kept: 0 };
  return { reversed, kept: await countOf(client, keptStatement(kind), values) };
}

async function countOf(client: pg.PoolClient, statement: string, values: unknown[]): Promise<number> {
  const { rows } = await client.query<{ count: number }>(statement, values);
  return rows[0]?.count ?? 0;
}
