/**
 * What happens to an order, as its timeline keeps it. The types and the fields are a published contract: a change that would
 * break a reader is a new version beside the old one. Amounts are decimal strings.
 */
import type { Compensation, OrderStep } from './words.ts';

/** Payloads by type. */
export interface OrderEventPayloads {
  'order.OrderCreated': {
    orderId: string;
    items: { sku: string; qty: number; unitPrice: string | null }[];
    /** Null while the price of an item is not known. */
    total: string | null;
    currency: string;
  };
  /** Somebody cancelled the order, and what had been done is undone. */
  'order.OrderCancelled': { orderId: string; reason: string | null };
  'inventory.InventoryReserved': {
    orderId: string;
    reservedItems: { sku: string; qty: number }[];
    total: string;
    currency: string;
  };
  'inventory.InventoryFailed': {
    orderId: string;
    reason: string;
    /** The lines that lack; `available` is null for a sku that there is not. */
    lacking: { line: number; sku: string; qty: number; available: number | null }[];
  };
  'inventory.InventoryReleased': { orderId: string; releasedItems: { sku: string; qty: number }[] };
  'payment.PaymentAuthorized': { orderId: string; amount: string; currency: string; authId: string };
  'payment.PaymentFailed': { orderId: string; reason: string };
  'payment.PaymentRefunded': { orderId: string; amount: string; currency: string; refundId: string };
  /** A payment whose outcome was not known has not been made, and will not be. */
  'payment.PaymentVoided': { orderId: string; amount: string; currency: string };
  'shipping.OrderShipped': { orderId: string; carrier: string; trackingId: string };
  'shipping.ShippingFailed': { orderId: string; reason: string };
  /** A shipment whose outcome was not known has not been made, and will not be. */
  'shipping.ShipmentRecalled': { orderId: string };
  'ops.RetryRequested': { orderId: string; step: OrderStep; by: string };
  'ops.CompensationRequested': { orderId: string; action: Compensation; by: string };
  'ops.CancellationRequested': { orderId: string; by: string };
  /** A step gave up: the order waits for an operator. */
  'ops.DeadLetter': {
    orderId: string;
    /** The command that could not be carried out, such as `payment.Authorize`. */
    originalType: string;
    /** The event that had led to it. */
    originalEventId: string | null;
    error: { code: string; message: string };
    payload: { step: OrderStep; attempts: number };
  };
}
export type OrderEventType = keyof OrderEventPayloads;

/** The version of each type that is written today. */
export const ORDER_EVENT_VERSIONS: Readonly<Record<OrderEventType, number>> = {
  'order.OrderCreated': 1,
  'order.OrderCancelled': 1,
  'inventory.InventoryReserved': 1,
  'inventory.InventoryFailed': 1,
  'inventory.InventoryReleased': 1,
  'payment.PaymentAuthorized': 1,
  'payment.PaymentFailed': 1,
  'payment.PaymentRefunded': 1,
  'payment.PaymentVoided': 1,
  'shipping.OrderShipped': 1,
  'shipping.ShippingFailed': 1,
  'shipping.ShipmentRecalled': 1,
  'ops.RetryRequested': 1,
  'ops.CompensationRequested': 1,
  'ops.CancellationRequested': 1,
  'ops.DeadLetter': 1,
};

/** What a dead letter calls the command of a step. */
export const STEP_COMMANDS: Readonly<Record<OrderStep, string>> = {
  inventory: 'inventory.Reserve',
  payment: 'payment.Authorize',
  shipping: 'shipping.Ship',
  recall: 'shipping.Recall',
  refund: 'payment.Refund',
  release: 'inventory.Release',
};
