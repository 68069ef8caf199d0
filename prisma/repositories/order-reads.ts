import type { OrderEventType } from '../../contracts/order-timeline.ts';
import type {
  OrderGoal,
  OrderStatus,
  OrderStep,
  PaymentStatus,
  ShipmentStatus,
} from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';

/** An order with its lines and the last round of its ledgers, as they stood at one instant. Amounts are decimals. */
export interface OrderSnapshot {
  id: string;
  number: string;
  status: OrderStatus;
  /** Null when nothing is to be done. */
  goal: OrderGoal | null;
  email: string | null;
  currency: string;
  total: string | null;
  reason: string | null;
  attention: { step: OrderStep; code: string; message: string; attempts: number; since: Date } | null;
  /** Of the last entry of its timeline. */
  lastSeq: number;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  lines: { line: number; sku: string; qty: number; unitPrice: string | null; isHeld: boolean }[];
  payment: {
    round: number;
    status: PaymentStatus;
    amount: string;
    provider: string | null;
    authId: string | null;
    refundId: string | null;
    reason: string | null;
  } | null;
  shipment: {
    round: number;
    status: ShipmentStatus;
    carrier: string | null;
    trackingId: string | null;
    reason: string | null;
  } | null;
}

/** An entry of the timeline of an order. */
export interface TimelineEntry {
  id: string;
  orderId: string;
  seq: number;
  type: OrderEventType;
  version: number;
  status: OrderStatus | null;
  payload: Record<string, unknown>;
  causationId: string | null;
  at: Date;
}

interface SnapshotRow extends Omit<OrderSnapshot, 'attention'> {
  attentionStep: OrderStep | null;
  attentionCode: string | null;
  attentionMessage: string | null;
  attentionAttempts: number | null;
  attentionSince: Date | null;
}

/**
 * Decimals go as texts: JSON's numbers do not hold all of them. The lines and the rounds of an order are ranges of primary keys.
 *
 * @param chosen names the orders and their order: what follows FROM orders
 */
const snapshotsOf = (chosen: string): string => `
  SELECT o.id, o.number::text, o.status, o.goal, o.email, o.currency, o.total::text, o.reason, o.last_seq AS "lastSeq",
         o.attention_step AS "attentionStep", o.attention_code AS "attentionCode", o.attention_message AS "attentionMessage",
         o.attention_attempts AS "attentionAttempts", o.attention_since AS "attentionSince",
         o.created_by AS "createdBy", o.created_at AS "createdAt", o.updated_at AS "updatedAt",
         lines.list AS lines, p.last AS payment, s.last AS shipment
    FROM (SELECT * FROM orders ${chosen}) o
   CROSS JOIN LATERAL (
         SELECT coalesce(json_agg(json_build_object(
                  'line', l.number, 'sku', l.sku, 'qty', l.quantity, 'unitPrice', l.unit_price::text,
                  'isHeld', EXISTS (SELECT FROM reservations r
                                     WHERE r.order_id = l.order_id AND r.product_id = l.product_id AND r.status = 'held'))
                ORDER BY l.number), '[]') AS list
           FROM order_lines l
          WHERE l.order_id = o.id) lines
    LEFT JOIN LATERAL (
         SELECT json_build_object('round', round, 'status', status, 'amount', amount::text, 'provider', provider,
                                  'authId', auth_id, 'refundId', refund_id, 'reason', reason) AS last
           FROM payments
          WHERE order_id = o.id
          ORDER BY round DESC
          LIMIT 1) p ON true
    LEFT JOIN LATERAL (
         SELECT json_build_object('round', round, 'status', status, 'carrier', carrier, 'trackingId', tracking_id,
                                  'reason', reason) AS last
           FROM shipments
          WHERE order_id = o.id
          ORDER BY round DESC
          LIMIT 1) s ON true`;

const ONE_ORDER = snapshotsOf('WHERE id = $1');

/** @returns the order; null when there is none of this id */
export async function readOrderSnapshot(db: Queryable, orderId: string): Promise<OrderSnapshot | null> {
  const { rows } = await db.query<SnapshotRow>(ONE_ORDER, [orderId]);
  return rows[0] === undefined ? null : toSnapshot(rows[0]);
}

export interface OrderFilter {
  status?: OrderStatus | undefined;
  /** In the form of keys. */
  emailKey?: string | undefined;
  /** In the form of keys: orders with a line of it. */
  skuKey?: string | undefined;
  createdFrom?: Date | undefined;
  createdTo?: Date | undefined;
}

/**
 * A page of orders, newest first.
 *
 * @param before only orders with a lower number; null for all
 */
export async function listOrderSnapshots(
  db: Queryable,
  filter: OrderFilter,
  before: string | null,
  limit: number,
): Promise<OrderSnapshot[]> {
  const { status, emailKey, skuKey, createdFrom, createdTo } = filter;
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${String(values.push(value))}`;
  // By the unique index on number, or those on status, e-mail or sku with the number behind it.
  const conditions = [
    ...(before === null ? [] : [`number < ${add(before)}::bigint`]),
    ...(status === undefined ? [] : [`status = ${add(status)}::order_status`]),
    ...(emailKey === undefined ? [] : [`email_key = ${add(emailKey)}`]),
    ...(skuKey === undefined
      ? []
      : [`number IN (SELECT order_number FROM order_lines WHERE sku_key = ${add(skuKey)})`]),
    ...(createdFrom === undefined ? [] : [`created_at >= ${add(createdFrom)}`]),
    ...(createdTo === undefined ? [] : [`created_at < ${add(createdTo)}`]),
  ];
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const page = snapshotsOf(`${where} ORDER BY number DESC LIMIT ${add(limit)}`);
  const { rows } = await db.query<SnapshotRow>(`${page} ORDER BY o.number DESC`, values);
  return rows.map(toSnapshot);
}

// By the partial index orders_attention_idx.
const PARKED_PAGE = `${snapshotsOf(
  'WHERE attention_step IS NOT NULL AND number > $1::bigint ORDER BY number LIMIT $2',
)} ORDER BY o.number`;

/** A page of the orders that wait for an operator, oldest first. @param after only orders with a higher number */
export async function listParkedOrders(
  db: Queryable,
  after: string,
  limit: number,
): Promise<OrderSnapshot[]> {
  const { rows } = await db.query<SnapshotRow>(PARKED_PAGE, [after, limit]);
  return rows.map(toSnapshot);
}

// By orders_updated_at_idx, backwards.
const LATEST_PAGE = `${snapshotsOf(
  'WHERE ($1::order_status IS NULL OR status = $1) ORDER BY updated_at DESC, number DESC LIMIT $2',
)} ORDER BY o.updated_at DESC, o.number DESC`;

/** The orders that were changed last. */
export async function listLatestOrders(
  db: Queryable,
  status: OrderStatus | null,
  limit: number,
): Promise<OrderSnapshot[]> {
  const { rows } = await db.query<SnapshotRow>(LATEST_PAGE, [status, limit]);
  return rows.map(toSnapshot);
}

/** The timelines of orders, each in its order. */
export async function readTimelines(
  db: Queryable,
  orderIds: readonly string[],
): Promise<Map<string, TimelineEntry[]>> {
  const { rows } = await db.query<TimelineEntry>(
    `SELECT ${ENTRY_COLUMNS} FROM order_events e WHERE e.order_id = ANY ($1) ORDER BY e.order_id, e.seq`,
    [orderIds],
  );
  return Map.groupBy(rows, ({ orderId }) => orderId);
}

/** The timeline of an order. */
export async function readTimeline(db: Queryable, orderId: string): Promise<TimelineEntry[]> {
  return (await readTimelines(db, [orderId])).get(orderId) ?? [];
}

/** Columns of a {@link TimelineEntry}, of `order_events e`. */
export const ENTRY_COLUMNS = `e.id, e.order_id AS "orderId", e.seq, e.type, e.version, e.status, e.payload,
         e.causation_id AS "causationId", e.at`;

function toSnapshot(row: SnapshotRow): OrderSnapshot {
  const { attentionStep, attentionCode, attentionMessage, attentionAttempts, attentionSince, ...order } = row;
  return {
    ...order,
    attention:
      attentionStep === null || attentionSince === null
        ? null
        : {
            step: attentionStep,
            code: attentionCode ?? '',
            message: attentionMessage ?? '',
            attempts: attentionAttempts ?? 0,
            since: attentionSince,
          },
  };
}
