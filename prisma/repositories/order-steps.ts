import type pg from 'pg';
import type { OrderErrorCode } from '../../contracts/errors.ts';
import type { PartFailure } from '../../contracts/temporal/job-activities.ts';
import type { OrderState } from '../../contracts/temporal/order-activities.ts';
import type { OrderStep } from '../../contracts/words.ts';
import { priceOrder } from '../../domain/orders/price-order.ts';
import { afterStep, type OrderPosition, type StepOutcome } from '../../domain/orders/transitions.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import { type Database, inTransaction, type Queryable } from '../client.ts';
import {
  changeOrder,
  type LedgerWrite,
  type NewOrderEvent,
  type OrderChange,
  orderEvent,
} from './order-changes.ts';
import {
  nextOf,
  type OrderControl,
  readOrderControl,
  readOrderState,
  stateOf,
  toOrderState,
  toPosition,
} from './order-control.ts';
import { parkingAt } from './order-parking.ts';
import { RELEASE, reserveRows, ship } from './stock-ledger.ts';

/** How often a step looks anew when somebody else has changed the order meanwhile; verbs and zombies are rare. */
const MAX_LOOKS = 5;

/** A line that can't be had. */
interface LackingLine {
  line: number;
  sku: string;
  qty: number;
  /** Null for a sku that there is not. */
  available: number | null;
}

interface LineRow {
  number: number;
  sku: string;
  skuKey: string;
  quantity: number;
  unitPrice: string | null;
  priceGiven: boolean;
}

interface ProductRow {
  id: string;
  skuKey: string;
  price: string;
  available: number;
}

/**
 * Holds the stock of all lines of an order, or of none, and writes down the payment that is to be asked for. Products are
 * locked in the order of their keys, as by everybody, so that no two orders wait for one another.
 *
 * @throws {OrderMissingError}
 */
export async function reserveStock({ pool }: Database, orderId: string): Promise<OrderState> {
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    const control = await readOrderControl(pool, orderId);
    if (nextOf(control) !== 'inventory' || control.attention !== null) return stateOf(control);
    const lines = await readLines(pool, orderId);
    const change = await inTransaction(pool, async (client) => {
      const products = await lockProducts(client, [...new Set(lines.map(({ skuKey }) => skuKey))]);
      const decided = decideReservation(control, lines, products);
      return (await changeOrder(client, control, decided)) ? decided : null;
    });
    if (change !== null) return stateAfter(change);
  }
  throw new Error(`order ${orderId} is changed all the time`);
}

async function readLines(db: Queryable, orderId: string): Promise<LineRow[]> {
  const { rows } = await db.query<LineRow>({
    name: 'order-lines',
    text: `SELECT number, sku, sku_key AS "skuKey", quantity, unit_price::text AS "unitPrice", price_given AS "priceGiven"
             FROM order_lines
            WHERE order_id = $1
            ORDER BY number`,
    values: [orderId],
  });
  return rows;
}

async function lockProducts(
  client: pg.PoolClient,
  keys: readonly string[],
): Promise<Map<string, ProductRow>> {
  const { rows } = await client.query<ProductRow>({
    name: 'lock-products',
    // By the unique index on sku_key.
    text: `SELECT id, sku_key AS "skuKey", price::text, stock - reserved AS available
             FROM products
            WHERE sku_key = ANY ($1::text[])
            ORDER BY sku_key
              FOR NO KEY UPDATE`,
    values: [keys],
  });
  return new Map(rows.map((product) => [product.skuKey, product]));
}

function decideReservation(
  control: OrderControl,
  lines: readonly LineRow[],
  products: ReadonlyMap<string, ProductRow>,
): OrderChange {
  const needed = new Map<string, number>();
  for (const { skuKey, quantity } of lines) needed.set(skuKey, (needed.get(skuKey) ?? 0) + quantity);
  const lacking = lines.flatMap(({ number, sku, skuKey, quantity }): LackingLine[] => {
    const product = products.get(skuKey);
    if (product === undefined) return [{ line: number, sku, qty: quantity, available: null }];
    // Less than nothing is there where somebody counted less than orders hold.
    const available = Math.max(product.available, 0);
    return (needed.get(skuKey) ?? 0) > available ? [{ line: number, sku, qty: quantity, available }] : [];
  });
  if (lacking.length > 0) {
    const isUnknown = lacking.some(({ available }) => available === null);
    return refuseReservation(control, isUnknown ? 'unknown_sku' : 'out_of_stock', lacking);
  }
  const priced = lines.map((line) => ({
    ...line,
    unitPrice: line.unitPrice ?? products.get(line.skuKey)?.price ?? null,
    isGiven: line.priceGiven,
  }));
  const price = priceOrder(priced, control.givenTotal);
  if ('problem' in price) return refuseReservation(control, price.problem.code, []);
  const { total } = price;
  if (total === null) throw new Error(`order ${control.id} has a product without a price`);
  const held = [...needed].map(([skuKey, quantity]) => {
    const productId = products.get(skuKey)?.id ?? '';
    const sku = lines.find((line) => line.skuKey === skuKey)?.sku ?? '';
    return { productId, skuKey, sku, quantity };
  });
  const position = afterStep(toPosition(control), 'reserved');
  return {
    position,
    total,
    reason: null,
    events: [
      orderEvent(
        'inventory.InventoryReserved',
        {
          orderId: control.id,
          reservedItems: held.map(({ sku, quantity }) => ({ sku, qty: quantity })),
          total: formatMoney(total),
          currency: control.currency,
        },
        position.status,
      ),
    ],
    ledger: reserveRows(control, priced, held, total),
  };
}

function refuseReservation(
  control: OrderControl,
  reason: OrderErrorCode,
  lacking: LackingLine[],
): OrderChange {
  const position = afterStep(toPosition(control), 'lacking');
  return {
    position,
    reason,
    retrying: null,
    events: [
      orderEvent('inventory.InventoryFailed', { orderId: control.id, reason, lacking }, position.status),
    ],
  };
}

/** Writes down the payment that is to be asked for, where that is not done yet. @returns the order with it; null when it is not its turn */
export async function openPayment({ pool }: Database, orderId: string): Promise<OrderControl | null> {
  return await openRound(pool, orderId, 'payment', (control) => ({
    isOpen: control.payment?.status === 'requested',
    ledger: {
      name: 'open-payment',
      text: (next) => `opened AS (
        INSERT INTO payments (order_id, round, amount, currency)
        SELECT c.id, ${next((control.payment?.round ?? 0) + 1)}::int, ${next(control.total)}::numeric, ${next(control.currency)}
          FROM changed c)`,
    },
  }));
}

/** The same for the shipment. */
export async function openShipment({ pool }: Database, orderId: string): Promise<OrderControl | null> {
  return await openRound(pool, orderId, 'shipping', (control) => ({
    isOpen: control.shipment?.status === 'requested',
    ledger: {
      name: 'open-shipment',
      text: (next) => `opened AS (
        INSERT INTO shipments (order_id, round)
        SELECT c.id, ${next((control.shipment?.round ?? 0) + 1)}::int FROM changed c)`,
    },
  }));
}

async function openRound(
  db: Queryable,
  orderId: string,
  step: OrderStep,
  roundOf: (control: OrderControl) => { isOpen: boolean } & Required<Pick<OrderChange, 'ledger'>>,
): Promise<OrderControl | null> {
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    const control = await readOrderControl(db, orderId);
    if (nextOf(control) !== step || control.attention !== null) return null;
    const { isOpen, ledger } = roundOf(control);
    if (isOpen) return control;
    await changeOrder(db, control, { position: toPosition(control), events: [], ledger });
  }
  throw new Error(`order ${orderId} is changed all the time`);
}

/** The order, when this undo step is its next one; null when it is not its turn. */
export async function readForUndo(
  { pool }: Database,
  orderId: string,
  step: OrderStep,
): Promise<OrderControl | null> {
  const control = await readOrderControl(pool, orderId);
  return nextOf(control) === step && control.attention === null ? control : null;
}

/** How a step ended that asked somebody outside, and what is to be kept of the answer. */
export type StepAnswer =
  | { outcome: 'authorized'; provider: string; authId: string }
  | { outcome: 'declined'; provider: string; reason: string }
  | { outcome: 'shipped' | 'too_late'; carrier: string; trackingId: string }
  | { outcome: 'refused'; reason: string }
  | { outcome: 'recalled' }
  | { outcome: 'refunded'; refundId: string }
  | { outcome: 'never_paid' }
  | { outcome: 'released' };

/**
 * Records how a step ended, with all that follows from it for ledgers and timeline, in one statement.
 *
 * @param control the order as it was when the step began: when somebody has changed it since, nothing is recorded. Whoever asks
 *   again under the same key hears the same, and what the order is to come to now decides what that is worth.
 */
export async function recordAnswer(
  { pool }: Database,
  control: OrderControl,
  answer: StepAnswer,
): Promise<OrderState> {
  const { goal, retrying } = control;
  const position = afterStep(toPosition(control), answer.outcome);
  const events = [eventOf(control, answer, position)];
  if (goal === 'cancel' && position.status === 'CANCELLED') {
    events.push(
      orderEvent('order.OrderCancelled', { orderId: control.id, reason: control.reason }, 'CANCELLED'),
    );
  }
  const isThrough = position.goal !== 'fulfil' || isDoneBy(retrying, answer.outcome);
  const change: OrderChange = {
    position,
    events,
    ledger: ledgerOf(control, answer, position),
    ...(isThrough ? { retrying: null } : {}),
    ...('reason' in answer ? { reason: answer.reason } : {}),
  };
  if (await changeOrder(pool, control, change)) return stateAfter(change);
  return await readOrderState(pool, control.id);
}

function isDoneBy(step: OrderStep | null, outcome: StepOutcome): boolean {
  return step === 'payment' && outcome === 'authorized';
}

function eventOf(control: OrderControl, answer: StepAnswer, { status }: OrderPosition): NewOrderEvent {
  const { id: orderId, payment } = control;
  const money = { amount: formatMoney(payment?.amount ?? '0'), currency: control.currency };
  switch (answer.outcome) {
    case 'authorized':
      return orderEvent('payment.PaymentAuthorized', { orderId, ...money, authId: answer.authId }, status);
    case 'declined':
      return orderEvent('payment.PaymentFailed', { orderId, reason: answer.reason }, status);
    case 'shipped':
    case 'too_late': {
      const { carrier, trackingId } = answer;
      return orderEvent('shipping.OrderShipped', { orderId, carrier, trackingId }, status);
    }
    case 'refused':
      return orderEvent('shipping.ShippingFailed', { orderId, reason: answer.reason }, status);
    case 'recalled':
      return orderEvent('shipping.ShipmentRecalled', { orderId });
    case 'refunded': {
      const { refundId } = answer;
      return orderEvent(
        'payment.PaymentRefunded',
        { orderId, ...money, refundId },
        status === 'REFUNDED' ? status : null,
      );
    }
    case 'never_paid':
      return orderEvent('payment.PaymentVoided', { orderId, ...money });
    case 'released':
      return orderEvent('inventory.InventoryReleased', { orderId, releasedItems: control.held ?? [] });
  }
}

function ledgerOf(control: OrderControl, answer: StepAnswer, position: OrderPosition): LedgerWrite {
  const payment = (name: string, assignments: (next: (value: unknown) => string) => string) => ({
    name,
    text: (next: (value: unknown) => string) => `paid AS (
      UPDATE payments p SET ${assignments(next)}, settled_at = now()
        FROM changed c
       WHERE p.order_id = c.id AND p.round = ${next(control.payment?.round)}::int)`,
  });
  switch (answer.outcome) {
    case 'authorized': {
      const { provider, authId } = answer;
      // The shipment is written down before it is asked for.
      const round = (control.shipment?.round ?? 0) + 1;
      return {
        name: 'authorized',
        text: (next) => `paid AS (
          UPDATE payments p
             SET status = 'authorized', provider = ${next(provider)}, auth_id = ${next(authId)}, settled_at = now()
            FROM changed c
           WHERE p.order_id = c.id AND p.round = ${next(control.payment?.round)}::int
        ), opened AS (
          INSERT INTO shipments (order_id, round)
          SELECT c.id, ${next(round)}::int FROM changed c
          ON CONFLICT (order_id) WHERE status = 'requested' DO NOTHING)`,
      };
    }
    case 'declined':
      return payment(
        'declined',
        (next) => `status = 'declined', provider = ${next(answer.provider)}, reason = ${next(answer.reason)}`,
      );
    case 'refunded':
      return payment('refunded', (next) => `status = 'refunded', refund_id = ${next(answer.refundId)}`);
    case 'never_paid':
      return payment('never-paid', () => `status = 'void'`);
    case 'shipped':
    case 'too_late':
      return ship(control.shipment?.round ?? 0, answer.carrier, answer.trackingId);
    case 'refused':
    case 'recalled': {
      const reason = answer.outcome === 'refused' ? answer.reason : null;
      return {
        name: 'not-shipped',
        text: (next) => `sent AS (
          UPDATE shipments s
             SET status = ${next(position.shipment)}::shipment_status, reason = ${next(reason)}, settled_at = now()
            FROM changed c
           WHERE s.order_id = c.id AND s.round = ${next(control.shipment?.round)}::int)`,
      };
    }
    case 'released':
      return RELEASE;
  }
}

/** Where a change leads, as whoever made it hears. */
function stateAfter({ position, attention }: OrderChange): OrderState {
  return toOrderState(position, attention?.step ?? null);
}

/**
 * Parks an order at a step that gave up. When it is not the next one any more, because only an answer was lost, nothing is
 * parked.
 */
export async function parkOrder(
  { pool }: Database,
  orderId: string,
  step: OrderStep,
  failure: PartFailure,
): Promise<OrderState> {
  for (let look = 1; look <= MAX_LOOKS; look += 1) {
    const control = await readOrderControl(pool, orderId);
    if (nextOf(control) !== step || control.attention !== null) return stateOf(control);
    const change = parkingAt(control, step, failure);
    if (await changeOrder(pool, control, change)) return stateAfter(change);
  }
  throw new Error(`order ${orderId} is changed all the time`);
}
