import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import { APPLY_SETTINGS } from './apply-statements.ts';
import { deleteStatement, keptStatement, lockStatement } from './bulk-delete-statements.ts';
import { countOf } from './count-of.ts';
import type { RowRange } from './refused-rows.ts';

/** The targets of a bulk delete that are to go, and on whose behalf. */
export interface DeleteRange extends RowRange {
  jobId: string;
  jobNumber: number;
  by: string;
}

/** Deletes records, and records the outcome of each. Call it within a transaction. */
export async function deleteTargets(
  client: pg.PoolClient,
  kind: Kind,
  { jobId, jobNumber, by, firstRow, lastRow }: DeleteRange,
): Promise<{ deleted: number; kept: number }> {
  const rows = [jobNumber, firstRow, lastRow];
  await client.query(APPLY_SETTINGS);
  await client.query(lockStatement(kind), rows);
  const deleted = await countOf(client, deleteStatement(kind), [...rows, jobId, by]);
  if (deleted === lastRow - firstRow + 1) return { deleted, kept: 0 };
  return { deleted, kept: await countOf(client, keptStatement(kind), rows) };
}
