import type { OrderGoal, OrderStatus } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import { ENTRY_COLUMNS, type TimelineEntry } from './order-reads.ts';

/** The timeline of an order from a place on, and where the order stood at the same instant. */
export interface OrderProgress {
  status: OrderStatus;
  goal: OrderGoal | null;
  lastSeq: number;
  /** At most as many as were asked for. */
  entries: TimelineEntry[];
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
  type Row = TimelineEntry & { orderStatus: OrderStatus; goal: OrderGoal | null; lastSeq: number };
  const { rows } = await db.query<Row | (Omit<Row, 'id'> & { id: null })>(
    `SELECT o.status AS "orderStatus", o.goal, o.last_seq AS "lastSeq", ${ENTRY_COLUMNS}
       FROM orders o
       LEFT JOIN order_events e ON e.order_id = o.id AND e.seq > $2
      WHERE o.id = $1
      ORDER BY e.seq
      LIMIT $3`,
    [orderId, afterSeq, limit],
  );
  const [first] = rows;
  if (first === undefined) return null;
  const { orderStatus: status, goal, lastSeq } = first;
  return { status, goal, lastSeq, entries: rows.filter((row) => row.id !== null) };
}

/** A place in the stream over all orders: a transaction, and a position within it. */
export interface StreamPlace {
  tx: bigint;
  position: bigint;
}

/** An entry and its place. */
export interface PlacedEntry extends TimelineEntry {
  place: StreamPlace;
}

export interface StreamPage {
  entries: PlacedEntry[];
  /** There are entries that a transaction which is still under way may come before. */
  isHeldBack: boolean;
}

/**
 * Reads on in the timelines of all orders. Numbers are given out before transactions commit, so an entry may become visible after
 * one with a higher number. Entries come in the order of their transactions' ids instead, and only those of transactions below
 * which none is under way any more: before those nothing can appear.
 */
export async function readStream(db: Queryable, after: StreamPlace, limit: number): Promise<StreamPage> {
  // By order_events_tx_position_idx. The horizon is taken once, in the statement's own snapshot.
  const { rows } = await db.query<TimelineEntry & { tx: string; position: string }>(
    `SELECT ${ENTRY_COLUMNS}, e.tx::text, e.position::text
       FROM order_events e
      WHERE (e.tx, e.position) > ($1::bigint, $2::bigint)
        AND e.tx < (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint)
      ORDER BY e.tx, e.position
      LIMIT $3`,
    [after.tx.toString(), after.position.toString(), limit],
  );
  const entries = rows.map(({ tx, position, ...entry }) => ({
    ...entry,
    place: { tx: BigInt(tx), position: BigInt(position) },
  }));
  const last = entries.at(-1)?.place ?? after;
  const { rowCount } = await db.query(
    'SELECT FROM order_events WHERE (tx, position) > ($1::bigint, $2::bigint) LIMIT 1',
    [last.tx.toString(), last.position.toString()],
  );
  return { entries, isHeldBack: rowCount === 1 };
}

const LARGEST_POSITION = 2n ** 63n - 1n;

/** The place behind all that {@link readStream} shows now. */
export async function endOfStream(db: Queryable): Promise<StreamPlace> {
  const { rows } = await db.query<{ tx: string }>(
    'SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS tx',
  );
  return { tx: BigInt(rows[0]?.tx ?? '0'), position: LARGEST_POSITION };
}
