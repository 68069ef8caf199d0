import { ORDER_ATTENTION } from '../../contracts/errors.ts';
import type { OrderEventType } from '../../contracts/order-timeline.ts';
import type {
  OrderGoal,
  OrderStatus,
  OrderStep,
  PaymentStatus,
  ReservationStatus,
  ShipmentStatus,
} from '../../contracts/words.ts';
import { toKey } from '../../domain/keys.ts';
import type { Queryable } from '../client.ts';

/** An order as it stands, with its lines and the last round of each ledger. Amounts are decimals as the database writes them. */
export interface OrderSnapshot {
  id: string;
  /** The order in which orders were created; lists go by it. */
  number: number;
  status: OrderStatus;
  goal: OrderGoal | null;
  email: string | null;
  currency: string;
  total: string | null;
  reason: string | null;
  lines: OrderLineSnapshot[];
  payment: {
    status: PaymentStatus;
    amount: string;
    provider: string | null;
    authId: string | null;
    refundId: string | null;
    reason: string | null;
  } | null;
  shipment: {
    status: ShipmentStatus;
    carrier: string | null;
    trackingId: string | null;
    reason: string | null;
  } | null;
  attention: { step: OrderStep; code: string; message: string; attempts: number; since: Date } | null;
  /** Of the last entry of its timeline. */
  lastSeq: number;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

export interface OrderLineSnapshot {
  line: number;
  sku: string;
  quantity: number;
  unitPrice: string | null;
  /** What became of the pieces of the last reservation; null when there was none. */
  reservation: ReservationStatus | null;
}

/** An entry of a timeline. */
export interface OrderEventRow {
  orderId: string;
  /** From 1, without gaps. */
  seq: number;
  id: string;
  type: OrderEventType;
  version: number;
  status: OrderStatus | null;
  payload: object;
  causationId: string | null;
  at: Date;
}

/**
 * @param chosen names the orders: what follows FROM orders
 * @param order in which they come
 */
const snapshotsOf = (chosen: string, order: string): string => `
  SELECT o.id, o.number::float8 AS number, o.status, o.goal, o.email, o.currency, o.total::text, o.reason,
         l.lines, p.payment, s.shipment, o.last_seq AS "lastSeq", o.created_by AS "createdBy",
         o.created_at AS "createdAt", o.updated_at AS "updatedAt",
         o.attention_step, o.attention_code, o.attention_message, o.attention_attempts, o.attention_since,
         o.failing_step, o.failing_since
    FROM (SELECT * FROM orders ${chosen}) o
    LEFT JOIN LATERAL (
         -- By primary keys, as the others.
         SELECT jsonb_agg(jsonb_build_object('line', l.number, 'sku', l.sku, 'quantity', l.quantity,
                                             'unitPrice', l.unit_price::text, 'reservation', r.status) ORDER BY l.number) AS lines
           FROM order_lines l
           LEFT JOIN reservations r ON r.order_id = l.order_id AND r.product_id = l.product_id
                AND r.round = (SELECT max(round) FROM reservations WHERE order_id = l.order_id)
          WHERE l.order_id = o.id) l ON true
    LEFT JOIN LATERAL (
         SELECT jsonb_build_object('status', status, 'amount', amount::text, 'provider', provider, 'authId', auth_id,
                                   'refundId', refund_id, 'reason', reason) AS payment
           FROM payments
          WHERE order_id = o.id
          ORDER BY round DESC
          LIMIT 1) p ON true
    LEFT JOIN LATERAL (
         SELECT jsonb_build_object('status', status, 'carrier', carrier, 'trackingId', tracking_id, 'reason', reason) AS shipment
           FROM shipments
          WHERE order_id = o.id
          ORDER BY round DESC
          LIMIT 1) s ON true
   ORDER BY ${order}`;

interface SnapshotRow extends Omit<OrderSnapshot, 'attention'> {
  attention_step: OrderStep | null;
  attention_code: string;
  attention_message: string;
  attention_attempts: number;
  attention_since: Date;
  failing_step: OrderStep | null;
  failing_since: Date;
}

const ONE = snapshotsOf('WHERE id = $1', 'o.number');

/** @returns the order as it stands now, or null when there is none with this id */
export async function readOrderSnapshot(db: Queryable, orderId: string): Promise<OrderSnapshot | null> {
  const { rows } = await db.query<SnapshotRow>({ name: 'order-snapshot', text: ONE, values: [orderId] });
  return rows[0] === undefined ? null : toSnapshot(rows[0]);
}

export interface OrderFilter {
  status?: OrderStatus | undefined;
  /** Of any spelling that leads to the same address. */
  email?: string | undefined;
  sku?: string | undefined;
  /** From then on. */
  createdFrom?: Date | undefined;
  /** Before then. */
  createdTo?: Date | undefined;
}

/**
 * Numbers and times of creation grow together, but for requests at the same instant. So a time bounds the numbers to look at,
 * with room for more such requests than can be: by orders_created_at_idx.
 */
const AT_ONCE = 1_000;

/**
 * A page of orders, newest first.
 *
 * @param before only orders with a lower number
 */
export async function listOrderSnapshots(
  db: Queryable,
  { status, email, sku, createdFrom, createdTo }: OrderFilter,
  before: number | null,
  limit: number,
): Promise<OrderSnapshot[]> {
  const values: unknown[] = [];
  const next = (value: unknown): string => `$${String(values.push(value))}`;
  const conditions: string[] = [];
  if (before !== null) conditions.push(`number < ${next(before)}::bigint`);
  // By orders_status_number_idx.
  if (status !== undefined) conditions.push(`status = ${next(status)}::order_status`);
  // By orders_email_key_number_idx.
  if (email !== undefined) conditions.push(`email_key = ${next(toKey(email))}`);
  if (createdTo !== undefined) {
    const to = next(createdTo);
    conditions.push(
      `created_at < ${to}`,
      `number <= (SELECT max(number) FROM (SELECT number FROM orders WHERE created_at < ${to}
                                            ORDER BY created_at DESC LIMIT ${String(AT_ONCE)}) latest)`,
    );
  }
  if (createdFrom !== undefined) {
    const from = next(createdFrom);
    conditions.push(
      `created_at >= ${from}`,
      `number >= (SELECT min(number) FROM (SELECT number FROM orders WHERE created_at >= ${from}
                                            ORDER BY created_at LIMIT ${String(AT_ONCE)}) earliest)`,
    );
  }
  // By order_lines_sku_key_order_number_idx, in its order: an order with several lines of the sku is found by its first.
  if (sku !== undefined) {
    conditions.push(
      `EXISTS (SELECT FROM order_lines l WHERE l.sku_key = ${next(toKey(sku))} AND l.order_number = orders.number)`,
    );
  }
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const { rows } = await db.query<SnapshotRow>(
    snapshotsOf(`${where} ORDER BY number DESC LIMIT ${next(limit)}`, 'o.number DESC'),
    values,
  );
  return rows.map(toSnapshot);
}

/** More of a status are not counted: of a shop's millions of shipped orders nobody reads the number. */
const MOST_COUNTED = 1_000;

/** @returns how many orders have each status, at most {@link MOST_COUNTED} of each. By orders_status_number_idx. */
export async function countOrdersByStatus(db: Queryable): Promise<Record<OrderStatus, number>> {
  const { rows } = await db.query<{ counts: Record<OrderStatus, number> }>(
    `SELECT jsonb_object_agg(s.status, (SELECT count(*) FROM (SELECT FROM orders o WHERE o.status = s.status LIMIT $1) few)) AS counts
       FROM unnest(enum_range(NULL::order_status)) AS s (status)`,
    [MOST_COUNTED],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('a statement without FROM a table gives one row');
  return row.counts;
}

/** The orders that were changed last, newest change first, with a status or with any. By orders_updated_at_idx. */
export async function listRecentOrders(
  db: Queryable,
  status: OrderStatus | null,
  limit: number,
): Promise<OrderSnapshot[]> {
  const { rows } = await db.query<SnapshotRow>(
    snapshotsOf(
      `WHERE $1::order_status IS NULL OR status = $1 ORDER BY updated_at DESC, number DESC LIMIT $2`,
      'o.updated_at DESC, o.number DESC',
    ),
    [status, limit],
  );
  return rows.map(toSnapshot);
}

/** @returns the orders by their ids; one that is gone is missing */
export async function readOrderSnapshots(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, OrderSnapshot>> {
  if (orderIds.length === 0) return new Map();
  const { rows } = await db.query<SnapshotRow>(snapshotsOf('WHERE id = ANY ($1::text[])', 'o.number'), [
    orderIds,
  ]);
  return new Map(rows.map((row) => [row.id, toSnapshot(row)]));
}

function toSnapshot(row: SnapshotRow): OrderSnapshot {
  const { attention_step, attention_code, attention_message, attention_attempts, attention_since, ...other } =
    row;
  const { failing_step, failing_since, ...rest } = other;
  if (attention_step !== null) {
    const attention = {
      step: attention_step,
      code: attention_code,
      message: attention_message,
      attempts: attention_attempts,
      since: attention_since,
    };
    return { ...rest, attention };
  }
  if (failing_step === null) return { ...rest, attention: null };
  const failure = { code: 'workflow_failing', message: ORDER_ATTENTION.workflow_failing, attempts: 0 };
  return { ...rest, attention: { step: failing_step, ...failure, since: failing_since } };
}
