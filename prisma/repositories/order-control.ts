import type { OrderState } from '../../contracts/temporal/order-activities.ts';
import type {
  OrderGoal,
  OrderStatus,
  OrderStep,
  PaymentStatus,
  ShipmentStatus,
} from '../../contracts/words.ts';
import { nextStep } from '../../domain/orders/next-step.ts';
import type { OrderSituation } from '../../domain/orders/order-verbs.ts';
import type { OrderPosition } from '../../domain/orders/transitions.ts';
import type { Queryable } from '../client.ts';

/** There is no order with this id. */
export class OrderMissingError extends Error {
  constructor(orderId: string) {
    super(`there is no order ${orderId}`);
    this.name = 'OrderMissingError';
  }
}

/** An order as its steps and verbs see it: the row and the last round of each ledger, as they stood at one instant. */
export interface OrderControl {
  id: string;
  status: OrderStatus;
  goal: OrderGoal | null;
  /** With each change of the order it grows: what was decided by this state is written only while it is the same. */
  revision: number;
  /** A decimal; null while a price is unknown. */
  total: string | null;
  givenTotal: string | null;
  currency: string;
  paymentToken: string | null;
  shippingService: string | null;
  reason: string | null;
  retrying: OrderStep | null;
  attention: OrderAttention | null;
  lastSeq: number;
  lastEventId: string | null;
  /** Of the last reservation, whatever became of it; 0 before the first. */
  reservationRound: number;
  /** What is held; null when nothing is. */
  held: { sku: string; qty: number }[] | null;
  payment: {
    round: number;
    status: PaymentStatus;
    amount: string;
    currency: string;
    provider: string | null;
    authId: string | null;
    requestedAt: string;
  } | null;
  shipment: { round: number; status: ShipmentStatus } | null;
}

/** What an order waits for an operator with. */
export interface OrderAttention {
  step: OrderStep;
  code: string;
  message: string;
  attempts: number;
}

// All by primary keys. Amounts as texts, so that no digit is lost.
const CONTROL = `
  SELECT o.id, o.status, o.goal, o.revision, o.total::text, o.given_total::text AS "givenTotal", o.currency,
         o.payment_token AS "paymentToken", o.shipping_service AS "shippingService", o.reason, o.retry_step AS retrying,
         o.last_seq AS "lastSeq", e.id AS "lastEventId", coalesce(r.round, 0) AS "reservationRound", r.held,
         CASE WHEN o.attention_step IS NOT NULL THEN
              jsonb_build_object('step', o.attention_step, 'code', o.attention_code, 'message', o.attention_message,
                                 'attempts', o.attention_attempts) END AS attention,
         CASE WHEN p.round IS NOT NULL THEN
              jsonb_build_object('round', p.round, 'status', p.status, 'amount', p.amount::text, 'currency', p.currency,
                                 'provider', p.provider, 'authId', p.auth_id, 'requestedAt', p.requested_at) END AS payment,
         CASE WHEN s.round IS NOT NULL THEN jsonb_build_object('round', s.round, 'status', s.status) END AS shipment
    FROM orders o
    LEFT JOIN order_events e ON e.order_id = o.id AND e.seq = o.last_seq
    LEFT JOIN LATERAL (
         SELECT max(round) AS round,
                jsonb_agg(jsonb_build_object('sku', sku, 'qty', quantity) ORDER BY sku COLLATE "C") FILTER (WHERE status = 'held') AS held
           FROM reservations
          WHERE order_id = o.id) r ON true
    LEFT JOIN LATERAL (SELECT * FROM payments WHERE order_id = o.id ORDER BY round DESC LIMIT 1) p ON true
    LEFT JOIN LATERAL (SELECT * FROM shipments WHERE order_id = o.id ORDER BY round DESC LIMIT 1) s ON true
   WHERE o.id = $1`;

/**
 * Reads what decides how an order goes on.
 *
 * @throws {OrderMissingError}
 */
export async function readOrderControl(db: Queryable, orderId: string): Promise<OrderControl> {
  // Prepared once a connection: planning it takes longer than running it.
  const { rows } = await db.query<OrderControl>({ name: 'order-control', text: CONTROL, values: [orderId] });
  const [control] = rows;
  if (control === undefined) throw new OrderMissingError(orderId);
  return control;
}

/** Takes an order's row until the transaction ends. What is read after it, in a statement of its own, is its newest state. */
export async function lockOrder(db: Queryable, orderId: string): Promise<void> {
  await db.query('SELECT FROM orders WHERE id = $1 FOR NO KEY UPDATE', [orderId]);
}

export function toPosition({ status, goal, held, payment, shipment }: OrderControl): OrderPosition {
  return {
    status,
    goal,
    isHeld: held !== null,
    payment: payment?.status ?? null,
    shipment: shipment?.status ?? null,
  };
}

/** What a verb on the order is judged by. */
export function toOrderSituation(control: OrderControl): OrderSituation {
  return {
    ...toPosition(control),
    parked: control.attention?.step ?? null,
    retrying: control.retrying,
  };
}

/** The step that is to be done next. */
export function nextOf(control: OrderControl): OrderStep | null {
  return nextStep(control.goal, toPosition(control));
}

/** Where an order stands, as its workflow hears. */
export function toOrderState(position: OrderPosition, parked: OrderStep | null): OrderState {
  const { status, goal } = position;
  return { status, goal, next: nextStep(goal, position), parked };
}

export function stateOf(control: OrderControl): OrderState {
  return toOrderState(toPosition(control), control.attention?.step ?? null);
}

/** @throws {OrderMissingError} */
export async function readOrderState(db: Queryable, orderId: string): Promise<OrderState> {
  return stateOf(await readOrderControl(db, orderId));
}
