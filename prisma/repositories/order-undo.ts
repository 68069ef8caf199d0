import type pg from 'pg';
import type { UndoPlan } from '../../contracts/temporal/undo-activities.ts';
import type { Queryable } from '../client.ts';
import { countOf } from './count-of.ts';
import { keptFor, reason, TARGETS } from './kept-reasons.ts';
import type { RowRange } from './refused-rows.ts';
import { cutTargets } from './target-chunks.ts';
import { listEarlierUndos, readPlan, type UndoJob } from './undo-jobs.ts';

/**
 * Notes the orders that an import made, as the targets of its undo, and cuts them into chunks. Their keys are their ids. What an
 * earlier undo that was given up has cancelled is no target any more.
 */
export async function planOrderTargets(
  client: pg.PoolClient,
  { number, target }: UndoJob,
  chunkRows: number,
): Promise<UndoPlan> {
  const earlier = await listEarlierUndos(client, number, target.id);
  await client.query(
    // By orders_import_idx.
    `INSERT INTO job_targets (job_number, "row", record_id, key, operation, source_row)
     SELECT $1, row_number() OVER (ORDER BY o.import_row), NULL, o.id, 'created', o.import_row
       FROM orders o
      WHERE o.import_number = $2
        AND o.id NOT IN (SELECT before.key
                           FROM job_targets before
                           JOIN row_outcomes done ON done.job_number = before.job_number AND done."row" = before."row"
                                                 AND done.outcome = 'reversed'
                          WHERE before.job_number = ANY ($3::int[]) AND before.key IS NOT NULL)`,
    [number, target.number, earlier],
  );
  await cutTargets(client, number, chunkRows);
  return readPlan(client, number);
}

/** The orders that some targets of a job are about. By the primary key. */
export async function listTargetOrders(
  db: Queryable,
  jobNumber: number,
  { firstRow, lastRow }: RowRange,
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT t.key AS id FROM job_targets t WHERE ${TARGETS} AND t.key IS NOT NULL ORDER BY t."row"`,
    [jobNumber, firstRow, lastRow],
  );
  return rows.map(({ id }) => id);
}

/** How many of some orders are at work. By the primary key. */
export async function countUnsettled(db: Queryable, ids: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM orders WHERE id = ANY ($1::text[]) AND goal IS NOT NULL AND attention_step IS NULL`,
    [ids],
  );
  return rows[0]?.count ?? 0;
}

/** Records what became of the orders that some targets are about: those that are cancelled are `reversed`, all others `kept`. */
export async function settleOrderTargets(
  client: pg.PoolClient,
  jobNumber: number,
  { firstRow, lastRow }: RowRange,
): Promise<{ reversed: number; kept: number }> {
  const values = [jobNumber, firstRow, lastRow];
  const reversed = await countOf(
    client,
    `WITH written AS (
       INSERT INTO row_outcomes (job_number, "row", outcome)
       SELECT $1, t."row", 'reversed'
         FROM job_targets t
         JOIN orders o ON o.id = t.key
        WHERE ${TARGETS} AND o.status = 'CANCELLED' AND o.goal IS NULL
       RETURNING 1
     )
     SELECT count(*)::int AS count FROM written`,
    values,
  );
  return { reversed, kept: await countOf(client, KEPT, values) };
}

const KEPT = keptFor(
  `CASE WHEN o.id IS NULL THEN ${reason('deleted_since')}
        WHEN EXISTS (SELECT FROM shipments s WHERE s.order_id = o.id AND s.status = 'shipped') THEN ${reason('shipped')}
        WHEN o.goal IS NULL THEN ${reason('refunded')}
        WHEN o.attention_step IS NOT NULL THEN ${reason('cancel_parked')}
        ELSE ${reason('cancel_under_way')} END`,
  'LEFT JOIN orders o ON o.id = t.key',
);
