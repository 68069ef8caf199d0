import type { Queryable } from '../client.ts';
import type { OrderEventRow } from './orders.ts';

/** Columns of an {@link OrderEventRow}. */
export const EVENT_COLUMNS = `order_id AS "orderId", seq, id, type, version, status, payload, causation_id AS "causationId", at`;

/** Where in the events of all orders a reader is. Both are whole numbers beyond what a double holds exactly in theory: texts. */
export interface StreamPosition {
  tx: string;
  position: string;
}

/** An entry of any order's timeline, with where to go on after it. */
export interface StreamedOrderEvent extends OrderEventRow, StreamPosition {}

/**
 * What transactions have written that are over, of which no earlier one is still under way: whoever reads on from there misses
 * nothing, in whatever order transactions commit.
 */
const SETTLED = `tx < (pg_snapshot_xmin(pg_current_snapshot())::text)::bigint`;

/**
 * Events of all orders, in an order that never changes: by the transactions that wrote them. By order_events_tx_position_idx.
 *
 * @param after where the reader is
 */
export async function listStreamedEvents(
  db: Queryable,
  { tx, position }: StreamPosition,
  limit: number,
): Promise<StreamedOrderEvent[]> {
  const { rows } = await db.query<StreamedOrderEvent>({
    name: 'order-stream',
    text: `SELECT ${EVENT_COLUMNS}, tx::text, position::text
             FROM order_events
            WHERE (tx, position) > ($1::bigint, $2::bigint) AND ${SETTLED}
            ORDER BY order_events.tx, order_events.position
            LIMIT $3`,
    values: [tx, position, limit],
  });
  return rows;
}

/** Where a reader begins who wants to hear of what happens from now on. */
export async function latestStreamPosition(db: Queryable): Promise<StreamPosition> {
  // What is under way has a higher transaction, or comes after it.
  const { rows } = await db.query<StreamPosition>(
    `SELECT ((pg_snapshot_xmin(pg_current_snapshot())::text)::bigint - 1)::text AS tx, '9223372036854775807' AS position`,
  );
  const [latest] = rows;
  if (latest === undefined) throw new Error('the database did not answer');
  return latest;
}
