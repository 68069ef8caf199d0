import { inTransaction, type Queryable } from '../client.ts';
import type pg from 'pg';

/** Held while orders are taken out of the queue: two who do it count the same ones. */
const LOCK = `pg_advisory_xact_lock(hashtextextended('longshore order queue', 0))`;

/** By orders_imported_at_work_idx: never more than are let out of the queue, and a few that operators have sent back into work. */
const AT_WORK = `import_number IS NOT NULL AND goal IS NOT NULL AND attention_step IS NULL AND NOT queued`;

/**
 * Takes orders of files out of the queue in which they wait for their start, as long as fewer than so many of such orders are at
 * work: whoever takes them starts them. One that was taken and not started, because the process died, is found by
 * {@link listUnstarted}, and by housekeeping as every other order is.
 */
export async function takeQueuedOrders(pool: pg.Pool, atWork: number): Promise<string[]> {
  return await inTransaction(pool, async (client) => {
    await client.query(`SELECT ${LOCK}`);
    const { rows } = await client.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM (SELECT FROM orders WHERE ${AT_WORK} LIMIT $1) found`,
      [atWork],
    );
    const free = atWork - (rows[0]?.count ?? 0);
    if (free <= 0) return [];
    // By orders_queued_idx. Who cancels an order has its row: it is passed over.
    const { rows: taken } = await client.query<{ id: string }>(
      `UPDATE orders SET queued = false, updated_at = now()
        WHERE id IN (SELECT id FROM orders WHERE queued AND goal IS NOT NULL ORDER BY number LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED)
       RETURNING id`,
      [free],
    );
    return taken.map(({ id }) => id);
  });
}

/** Orders of files that are out of the queue and that no workflow has in hand yet. */
export async function listUnstarted(db: Queryable): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM orders WHERE ${AT_WORK} AND workflow_started_at IS NULL ORDER BY number`,
  );
  return rows.map(({ id }) => id);
}

/** Whether any order of a file waits for its start. By orders_queued_idx. */
export async function hasQueuedOrders(db: Queryable): Promise<boolean> {
  return (await db.query('SELECT FROM orders WHERE queued AND goal IS NOT NULL LIMIT 1')).rowCount === 1;
}
