import { z } from 'zod';
import { timeSchema } from '../http/common.ts';
import { type OrderEventPayloads, type OrderEventType, ORDER_EVENT_VERSIONS } from '../order-timeline.ts';
import { COMPENSATIONS, FORWARD_STEPS, ORDER_STATUSES, type OrderStatus, UNDO_STEPS } from '../words.ts';
import { eventSchema } from './envelope.ts';

/**
 * What happens to orders, as schemas: of the entries of their timelines, each by itself in an envelope, and of the events that
 * webhooks carry. A published version never changes.
 */

const orderId = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const money = z
  .string()
  .regex(/^\d{1,15}\.\d{2,4}$/)
  .meta({ example: '20.00' });
const currency = z.string().regex(/^[A-Z]{3}$/);
const sku = z.string().min(1);
const qty = z.int().min(1).max(1_000_000);
const reason = z.string().min(1);
const word = z.string().min(1);
const steps = z.enum([...FORWARD_STEPS, ...UNDO_STEPS]);

const payloads = {
  'order.OrderCreated': z.strictObject({
    orderId,
    items: z
      .array(z.strictObject({ sku, qty, unitPrice: money.nullable() }))
      .min(1)
      .max(500),
    total: money.nullable(),
    currency,
  }),
  'order.OrderCancelled': z.strictObject({ orderId, reason: reason.nullable() }),
  'inventory.InventoryReserved': z.strictObject({
    orderId,
    reservedItems: z.array(z.strictObject({ sku, qty: z.int().min(1) })).min(1),
    total: money,
    currency,
  }),
  'inventory.InventoryFailed': z.strictObject({
    orderId,
    reason,
    lacking: z.array(
      z.strictObject({
        line: z.int().min(1),
        sku,
        qty: z.int().min(1),
        available: z.int().min(0).nullable(),
      }),
    ),
  }),
  'inventory.InventoryReleased': z.strictObject({
    orderId,
    releasedItems: z.array(z.strictObject({ sku, qty: z.int().min(1) })),
  }),
  'payment.PaymentAuthorized': z.strictObject({ orderId, amount: money, currency, authId: word }),
  'payment.PaymentFailed': z.strictObject({ orderId, reason }),
  'payment.PaymentRefunded': z.strictObject({ orderId, amount: money, currency, refundId: word }),
  'payment.PaymentVoided': z.strictObject({ orderId, amount: money, currency }),
  'shipping.OrderShipped': z.strictObject({ orderId, carrier: word, trackingId: word }),
  'shipping.ShippingFailed': z.strictObject({ orderId, reason }),
  'shipping.ShipmentRecalled': z.strictObject({ orderId }),
  'ops.RetryRequested': z.strictObject({ orderId, step: steps, by: word }),
  'ops.CompensationRequested': z.strictObject({ orderId, action: z.enum(COMPENSATIONS), by: word }),
  'ops.CancellationRequested': z.strictObject({ orderId, by: word }),
  'ops.DeadLetter': z.strictObject({
    originalType: word,
    originalEventId: z.string().nullable(),
    orderId,
    error: z.strictObject({ code: word, message: z.string() }),
    payload: z.strictObject({ step: steps, attempts: z.int().min(0) }),
  }),
} satisfies { [Type in OrderEventType]: z.ZodType<OrderEventPayloads[Type]> };

/** An entry of a timeline by itself. */
export interface OrderEventEnvelope {
  eventId: string;
  type: OrderEventType;
  version: number;
  timestamp: string;
  correlationId: string;
  causationId?: string | undefined;
  key: string;
  payload: object;
  headers: Record<string, string>;
}

function envelopeOf(type: OrderEventType, payload: z.ZodType<object>): z.ZodType<OrderEventEnvelope> {
  const [group = '', name = ''] = type.split('.');
  const version = ORDER_EVENT_VERSIONS[type];
  return z
    .strictObject({
      eventId: z.uuid(),
      type: z.literal(type),
      version: z.literal(version),
      timestamp: timeSchema,
      correlationId: orderId.meta({ description: 'The order.' }),
      causationId: z.uuid().optional().meta({ description: 'The event that led to this one.' }),
      key: orderId.meta({ description: 'Events of one key are in order: the order.' }),
      payload,
      headers: z.record(z.string(), z.string()),
    })
    .meta({ id: `${group === 'ops' ? 'Ops' : ''}${name}V${String(version)}` });
}

/** The schema of each type of entry, in its version of today. */
export const ORDER_EVENTS = Object.fromEntries(
  Object.entries(payloads).map(([type, payload]) => [type, envelopeOf(type as OrderEventType, payload)]),
) as Readonly<Record<OrderEventType, z.ZodType<OrderEventEnvelope>>>;

/** What the contract calls a type with its version: `order.OrderCreated.v1`. */
export function orderEventName(type: OrderEventType): string {
  return `${type}.v${String(ORDER_EVENT_VERSIONS[type])}`;
}

/** An entry of a timeline as it is stored. */
export interface StoredOrderEvent {
  id: string;
  orderId: string;
  seq: number;
  type: OrderEventType;
  version: number;
  at: Date;
  causationId: string | null;
  payload: object;
}

/** Puts an entry of a timeline into its envelope. */
export function toOrderEventEnvelope(event: StoredOrderEvent): OrderEventEnvelope {
  const { id, orderId: order, seq, type, version, at, causationId, payload } = event;
  return {
    eventId: id,
    type,
    version,
    timestamp: at.toISOString(),
    correlationId: order,
    ...(causationId === null ? {} : { causationId }),
    key: order,
    payload,
    headers: { seq: String(seq) },
  };
}

const orderEventData = z
  .strictObject({
    orderId,
    status: z.enum(ORDER_STATUSES).meta({ description: 'Of the order, from then on.' }),
    seq: z.int().min(1).meta({ description: "The entry's place in the timeline of the order." }),
    event: z
      .strictObject({ type: z.enum(Object.keys(payloads) as OrderEventType[]), version: z.int().min(1) })
      .meta({ description: 'What happened.' }),
    details: z
      .record(z.string(), z.unknown())
      .meta({ description: 'As in the timeline; see the schemas of orders in the documentation.' }),
  })
  .meta({ id: 'OrderEventData' });
export type OrderEventData = z.infer<typeof orderEventData>;

function orderStatusEvent<const Status extends OrderStatus>(status: Status, name: string) {
  return eventSchema(`${name}V1`, {
    type: `order.${status.toLowerCase() as Lowercase<Status>}` as const,
    version: 1,
    data: orderEventData,
  });
}

export const orderCreatedV1 = orderStatusEvent('CREATED', 'OrderCreatedEvent');
export const orderInventoryReservedV1 = orderStatusEvent('INVENTORY_RESERVED', 'OrderInventoryReserved');
export const orderInventoryFailedV1 = orderStatusEvent('INVENTORY_FAILED', 'OrderInventoryFailed');
export const orderPaymentAuthorizedV1 = orderStatusEvent('PAYMENT_AUTHORIZED', 'OrderPaymentAuthorized');
export const orderPaymentFailedV1 = orderStatusEvent('PAYMENT_FAILED', 'OrderPaymentFailed');
export const orderShippedV1 = orderStatusEvent('SHIPPED', 'OrderShippedEvent');
export const orderShippingFailedV1 = orderStatusEvent('SHIPPING_FAILED', 'OrderShippingFailed');
export const orderRefundedV1 = orderStatusEvent('REFUNDED', 'OrderRefunded');
export const orderCancelledV1 = orderStatusEvent('CANCELLED', 'OrderCancelled');
