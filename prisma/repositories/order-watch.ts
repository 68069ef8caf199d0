import { ORDER_ATTENTION } from '../../contracts/errors.ts';
import type { OrderStep } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import { announceAttention } from './attention.ts';
import { changeOrder } from './order-changes.ts';
import { nextOf, readOrderControl } from './order-control.ts';
import { parkingAt } from './order-parking.ts';

/** An order that a workflow is to go on with. */
export interface OrderAtWork {
  id: string;
  number: number;
  revision: number;
  /** A workflow has had it in hand since somebody last said what it is to come to. */
  isStarted: boolean;
  /** Its workflow was found not to be able to go on. */
  isFailing: boolean;
}

/**
 * A page of the orders that have not ended and wait for nobody, in the order of their numbers. By orders_at_work_idx. Those of
 * files that are not started yet have somebody of their own who starts them, so many at a time.
 *
 * @param minAgeMs only those that nothing has happened to for so long
 * @param after only orders with a higher number
 */
export async function listOrdersAtWork(
  db: Queryable,
  { minAgeMs, after, limit }: { minAgeMs: number; after: number; limit: number },
): Promise<OrderAtWork[]> {
  const { rows } = await db.query<OrderAtWork>(
    `SELECT id, number::float8 AS number, revision, workflow_started_at IS NOT NULL AS "isStarted",
            failing_step IS NOT NULL AS "isFailing"
       FROM orders
      WHERE goal IS NOT NULL AND attention_step IS NULL AND NOT queued AND number > $2::bigint
        AND updated_at < now() - make_interval(secs => $1::float8 / 1000)
      ORDER BY number
      LIMIT $3`,
    [minAgeMs, after, limit],
  );
  return rows;
}

/** What the start of an order's workflow needs to know. */
export async function findOrderToStart(
  db: Queryable,
  orderId: string,
): Promise<{ id: string; next: OrderStep | null }> {
  return { id: orderId, next: nextOf(await readOrderControl(db, orderId)) };
}

/**
 * The workflow of an order was found not to run, though the order has not ended: from now on it needs attention.
 *
 * @param revision of the order when its workflow was looked at: what has changed since is no longer known
 */
export async function markOrderWorkflowClosed(
  db: Queryable,
  orderId: string,
  revision: number,
): Promise<boolean> {
  const control = await readOrderControl(db, orderId);
  const step = nextOf(control);
  if (control.revision !== revision || step === null || control.attention !== null) return false;
  const failure = { code: 'workflow_closed', message: ORDER_ATTENTION.workflow_closed, attempts: 0 };
  return await changeOrder(db, control, parkingAt(control, step, failure));
}

/**
 * The tasks of an order's workflow were found to fail again and again: it is shown where orders wait for an operator, until it
 * goes on. Nothing was decided, so its timeline says nothing.
 *
 * @param revision of the order when its workflow was looked at: what has changed since shows that it goes on
 */
export async function markOrderWorkflowFailing(
  db: Queryable,
  orderId: string,
  revision: number,
): Promise<boolean> {
  const control = await readOrderControl(db, orderId);
  const { rowCount } = await db.query(
    `UPDATE orders SET failing_step = $3::order_step, failing_since = now()
      WHERE id = $1 AND revision = $2 AND goal IS NOT NULL AND attention_step IS NULL AND failing_step IS NULL`,
    [orderId, revision, nextOf(control)],
  );
  if (rowCount === 1) await announceAttention(db);
  return rowCount === 1;
}

/** The workflow of an order that was said to fail goes on. */
export async function markOrderWorkflowRunning(db: Queryable, orderId: string): Promise<void> {
  await db.query('UPDATE orders SET failing_step = NULL, failing_since = NULL WHERE id = $1', [orderId]);
  await announceAttention(db);
}
