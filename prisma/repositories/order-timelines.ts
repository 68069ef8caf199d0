import type { OrderGoal, OrderStatus } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import {
  EVENT_COLUMNS,
  listStreamedEvents,
  type StreamedOrderEvent,
  type StreamPosition,
} from './order-events.ts';
import type { OrderEventRow } from './orders.ts';

/** The timeline of an order from a place on, and where the order stood at the same instant. */
export interface OrderProgress {
  orderId: string;
  status: OrderStatus;
  /** Null when nothing is to be done any more. */
  goal: OrderGoal | null;
  /** Of the last entry of its timeline. */
  lastSeq: number;
  /** At most as many as were asked for. */
  entries: OrderEventRow[];
}

/**
 * Reads on in the timeline of an order. In one statement, so that an order that is said to have ended has no entry behind those.
 *
 * @returns null when there is no such order
 */
export async function readOrderProgress(
  db: Queryable,
  orderId: string,
  afterSeq: number,
  limit: number,
): Promise<OrderProgress | null> {
  type Row = OrderEventRow & { now: OrderStatus; goal: OrderGoal | null; lastSeq: number };
  const { rows } = await db.query<Row | (Omit<Row, 'id'> & { id: null })>({
    name: 'order-progress',
    // By primary keys.
    text: `SELECT o.status AS now, o.goal, o.last_seq AS "lastSeq", e.*
             FROM orders o
             LEFT JOIN LATERAL (SELECT ${EVENT_COLUMNS} FROM order_events
                                 WHERE order_id = o.id AND seq > $2
                                 ORDER BY seq
                                 LIMIT $3) e ON true
            WHERE o.id = $1
            ORDER BY e.seq`,
    values: [orderId, afterSeq, limit],
  });
  const [first] = rows;
  if (first === undefined) return null;
  const { now, goal, lastSeq } = first;
  return { orderId, status: now, goal, lastSeq, entries: rows.filter((row) => row.id !== null) };
}

/** The timelines of orders, each in its order. */
export async function readTimelines(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, OrderEventRow[]>> {
  const { rows } = await db.query<OrderEventRow>(
    `SELECT ${EVENT_COLUMNS} FROM order_events WHERE order_id = ANY ($1) ORDER BY order_id, seq`,
    [orderIds],
  );
  return Map.groupBy(rows, ({ orderId }) => orderId);
}

export interface StreamPage {
  entries: StreamedOrderEvent[];
  /** There are more that a transaction which is still under way may come before; nobody tells of its end. */
  isHeldBack: boolean;
}

/** Reads on in the timelines of all orders, and says whether to look again soon. */
export async function readStreamPage(
  db: Queryable,
  after: StreamPosition,
  limit: number,
): Promise<StreamPage> {
  const entries = await listStreamedEvents(db, after, limit);
  const { tx, position } = entries.at(-1) ?? after;
  const { rowCount } = await db.query({
    name: 'order-stream-rest',
    text: 'SELECT FROM order_events WHERE (tx, position) > ($1::bigint, $2::bigint) LIMIT 1',
    values: [tx, position],
  });
  return { entries, isHeldBack: rowCount === 1 };
}
