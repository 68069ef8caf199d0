import type { Schemas } from '../client/api.ts';
import { formatDecimal } from '../ui/format.ts';

export type Order = Schemas['Order'];
export type OrderStatus = Order['status'];
export type TimelineEntry = Schemas['OrderTimelineEntry'];
type Step = NonNullable<Order['attention']>['step'];

/** In the order in which an order comes to them, with those in which it ends badly after. */
export const STATUS_WORDS: Record<OrderStatus, string> = {
  CREATED: 'New',
  INVENTORY_RESERVED: 'Stock reserved',
  PAYMENT_AUTHORIZED: 'Paid',
  SHIPPED: 'Shipped',
  INVENTORY_FAILED: 'No stock',
  PAYMENT_FAILED: 'Payment failed',
  SHIPPING_FAILED: 'Shipping failed',
  REFUNDED: 'Refunded',
  CANCELLED: 'Cancelled',
};
export const STATUSES = Object.keys(STATUS_WORDS) as OrderStatus[];

export const STEP_WORDS: Record<Step, string> = {
  inventory: 'reserving the stock',
  payment: 'the payment',
  shipping: 'shipping',
  recall: 'recalling the shipment',
  refund: 'the refund',
  release: 'releasing the stock',
};

export const PAYMENT_WORDS: Record<NonNullable<Order['payment']>['status'], string> = {
  requested: 'asked for, no answer yet',
  authorized: 'authorised',
  declined: 'declined',
  refunded: 'refunded',
  void: 'not made',
};

export const SHIPMENT_WORDS: Record<NonNullable<Order['shipment']>['status'], string> = {
  requested: 'asked for, no answer yet',
  shipped: 'shipped',
  refused: 'refused',
  recalled: 'recalled',
};

export const ENTRY_WORDS: Record<TimelineEntry['type'], string> = {
  'order.OrderCreated': 'Ordered',
  'order.OrderCancelled': 'Cancelled',
  'inventory.InventoryReserved': 'Stock reserved',
  'inventory.InventoryFailed': 'Not enough stock',
  'inventory.InventoryReleased': 'Stock released',
  'payment.PaymentAuthorized': 'Payment authorised',
  'payment.PaymentFailed': 'Payment declined',
  'payment.PaymentRefunded': 'Payment refunded',
  'payment.PaymentVoided': 'Payment was not made, and will not be',
  'shipping.OrderShipped': 'Shipped',
  'shipping.ShippingFailed': 'The carrier refused it',
  'shipping.ShipmentRecalled': 'Shipment recalled',
  'ops.RetryRequested': 'Retry asked for',
  'ops.CompensationRequested': 'Undoing asked for',
  'ops.CancellationRequested': 'Cancelling asked for',
  'ops.DeadLetter': 'A step gave up, and waits for an operator',
};

/** @returns such as "EUR 20.00"; '' while it is not known */
export function formatMoney(amount: string | null, currency: string): string {
  return amount === null ? '' : `${currency} ${formatDecimal(amount)}`;
}

/** @returns what an entry of a timeline says besides its type, in short pieces */
export function detailsOf({ details }: TimelineEntry): string[] {
  const text = (name: string): string | null => {
    const value = details[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const amount = text('amount') ?? text('total');
  const { error } = details;
  const message =
    typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string'
      ? error.message
      : null;
  const lacking = Array.isArray(details.lacking) ? details.lacking.map(lackOf) : [];
  return [
    amount === null ? null : formatMoney(amount, text('currency') ?? ''),
    text('carrier'),
    text('trackingId'),
    text('step'),
    text('action'),
    text('reason'),
    message,
    ...lacking,
    text('by') === null ? null : `by ${text('by') ?? ''}`,
  ].filter((piece) => piece !== null);
}

function lackOf(line: unknown): string | null {
  if (typeof line !== 'object' || line === null || !('sku' in line) || typeof line.sku !== 'string')
    return null;
  const available = 'available' in line ? line.available : null;
  if (typeof available !== 'number') return `there is no ${line.sku}`;
  const wanted = 'qty' in line && typeof line.qty === 'number' ? `${String(line.qty)} wanted, ` : '';
  return `${line.sku}: ${wanted}${String(available)} there`;
}
