import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import { APPLY_SETTINGS } from './apply-statements.ts';
import { countOf } from './count-of.ts';
import type { RowRange } from './refused-rows.ts';
import {
  AGAIN_STATEMENT,
  keptStatement,
  notRestoredStatement,
  restoreStatement,
  undoStatement,
} from './undo-statements.ts';
import type { UndoJob } from './undo-jobs.ts';

/** The targets of an undo that are to be set back. */
export interface UndoRange extends RowRange {
  jobNumber: number;
  /** The job that is undone. */
  target: Pick<UndoJob['target'], 'id' | 'type'>;
}

/** Sets records back, and records the outcome of each. Call it within a transaction. */
export async function undoTargets(
  client: pg.PoolClient,
  kind: Kind,
  { jobNumber, target, firstRow, lastRow }: UndoRange,
): Promise<{ reversed: number; kept: number }> {
  const values = [jobNumber, firstRow, lastRow, target.id];
  await client.query(APPLY_SETTINGS);
  const restores = target.type === 'bulk_delete';
  const reversed = restores
    ? await countOf(client, restoreStatement(kind), values)
    : await setBack(client, kind, values);
  if (reversed === lastRow - firstRow + 1) return { reversed, kept: 0 };
  const rest = restores ? notRestoredStatement(kind) : keptStatement(kind);
  return { reversed, kept: await countOf(client, rest, values) };
}

async function setBack(client: pg.PoolClient, kind: Kind, values: unknown[]): Promise<number> {
  const again = await client.query(AGAIN_STATEMENT, values);
  return await countOf(client, undoStatement(kind, again.rowCount === 1), values);
}
