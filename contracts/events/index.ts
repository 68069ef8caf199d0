import type { z } from 'zod';
import type { EventEnvelope } from './envelope.ts';
import {
  bulkDeleteCompletedV1,
  importCompletedV2,
  importFailedV2,
  importNeedsAttentionV2,
} from './job-events.ts';
import {
  orderCancelledV1,
  orderCreatedV1,
  orderInventoryFailedV1,
  orderInventoryReservedV1,
  orderPaymentAuthorizedV1,
  orderPaymentFailedV1,
  orderRefundedV1,
  orderShippedV1,
  orderShippingFailedV1,
} from './order-events.ts';
import {
  customerCreatedV1,
  customerDeletedV2,
  customerUpdatedV1,
  productCreatedV1,
  productDeletedV1,
  productUpdatedV1,
  recordsChangedV2,
} from './record-events.ts';
import type { EventType } from './types.ts';
import { webhookDisabledV1, webhookTestV1 } from './webhook-events.ts';

/** A type of event as it is sent today. */
export interface EventDefinition {
  version: number;
  summary: string;
  schema: z.ZodType<EventEnvelope>;
}

/** Every type of event, with the version that is sent. */
export const EVENTS: Record<EventType, EventDefinition> = {
  'product.created': { version: 1, summary: 'A request created a product', schema: productCreatedV1 },
  'product.updated': { version: 1, summary: 'A request changed a product', schema: productUpdatedV1 },
  'product.deleted': { version: 1, summary: 'A request deleted a product', schema: productDeletedV1 },
  'customer.created': { version: 1, summary: 'A request created a customer', schema: customerCreatedV1 },
  'customer.updated': { version: 1, summary: 'A request changed a customer', schema: customerUpdatedV1 },
  'customer.deleted': {
    version: 2,
    summary: 'A request deleted a customer, or erased the person',
    schema: customerDeletedV2,
  },
  'records.changed': {
    version: 2,
    summary: 'An import or a bulk delete with notify=rows changed records; at most 100 of them in one event',
    schema: recordsChangedV2,
  },
  'import.completed': { version: 2, summary: 'An import has ended well', schema: importCompletedV2 },
  'import.failed': {
    version: 2,
    summary: 'An import has ended without all that could have gone in',
    schema: importFailedV2,
  },
  'import.needs_attention': {
    version: 2,
    summary: 'A part of an import waits for an operator',
    schema: importNeedsAttentionV2,
  },
  'bulk_delete.completed': {
    version: 1,
    summary: 'A bulk delete has ended',
    schema: bulkDeleteCompletedV1,
  },
  'order.created': { version: 1, summary: 'An order was taken', schema: orderCreatedV1 },
  'order.inventory_reserved': {
    version: 1,
    summary: 'Stock is held for an order',
    schema: orderInventoryReservedV1,
  },
  'order.inventory_failed': {
    version: 1,
    summary: 'There is not the stock for an order',
    schema: orderInventoryFailedV1,
  },
  'order.payment_authorized': {
    version: 1,
    summary: 'The payment of an order was authorised',
    schema: orderPaymentAuthorizedV1,
  },
  'order.payment_failed': {
    version: 1,
    summary: 'The payment of an order was declined',
    schema: orderPaymentFailedV1,
  },
  'order.shipped': { version: 1, summary: 'An order is on its way', schema: orderShippedV1 },
  'order.shipping_failed': {
    version: 1,
    summary: 'The carrier refused an order; it is being undone',
    schema: orderShippingFailedV1,
  },
  'order.refunded': {
    version: 1,
    summary: 'The payment of an order was given back',
    schema: orderRefundedV1,
  },
  'order.cancelled': { version: 1, summary: 'An order was cancelled', schema: orderCancelledV1 },
  'webhook.disabled': {
    version: 1,
    summary: 'Longshore switched an endpoint off',
    schema: webhookDisabledV1,
  },
  'webhook.test': { version: 1, summary: 'Somebody asked for a test', schema: webhookTestV1 },
};
