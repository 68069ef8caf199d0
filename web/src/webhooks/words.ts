import type { webhooks } from '../../generated/api.ts';
import type { Schemas } from '../client/api.ts';

export type Webhook = Schemas['Webhook'];
export type Delivery = Schemas['Delivery'];
export type Attempt = Schemas['DeliveryAttempt'];

export const DELIVERY_WORDS: Record<Delivery['status'], string> = {
  pending: 'On its way',
  delivered: 'Delivered',
  failed: 'Failed',
};

export const ERROR_WORDS: Record<NonNullable<Attempt['error']>, string> = {
  refused: 'The receiver answered with another status than 2xx.',
  no_answer: 'The receiver did not answer in time.',
  no_connection: 'There was no connection, or it broke off.',
  unknown_name: 'The name in the URL was not found.',
  private_address: 'The URL leads to an address that is not public. Nothing was sent.',
  tls_failed: "The receiver's certificate is not good, or TLS failed otherwise.",
  invalid_url: 'The URL is not one that webhooks are sent to.',
};

export const PARKED_WORDS: Record<NonNullable<Delivery['parkedFor']>, string> = {
  exhausted: 'The last attempt of the schedule failed.',
  gone: 'The receiver answered 410, and the endpoint was switched off.',
  failing: 'The endpoint had failed for too long and was switched off.',
  switched_off: 'Somebody switched the endpoint off.',
};

export const DISABLED_WORDS: Record<NonNullable<Webhook['disabledReason']>, string> = {
  gone: 'it answered that it is gone (410)',
  failing: 'it failed for too long',
};

/** A test event goes to the one that is tested, whatever it has subscribed to. */
type EventType = Exclude<keyof webhooks, 'webhook.test'>;

/** Every event that can be subscribed to. */
const EVENT_WORDS: Record<EventType, string> = {
  'product.created': 'A product was created',
  'product.updated': 'A product was changed',
  'product.deleted': 'A product was deleted',
  'customer.created': 'A customer was created',
  'customer.updated': 'A customer was changed',
  'customer.deleted': 'A customer was deleted',
  'records.changed': 'A job with “rows” changed records',
  'import.completed': 'An import was completed',
  'import.failed': 'An import failed',
  'import.needs_attention': 'An import needs attention',
  'bulk_delete.completed': 'A bulk delete was completed',
  'order.created': 'An order was made',
  'order.inventory_reserved': 'Stock was reserved',
  'order.inventory_failed': 'Stock was missing',
  'order.payment_authorized': 'A payment was authorised',
  'order.payment_failed': 'A payment was declined',
  'order.shipped': 'An order was shipped',
  'order.shipping_failed': 'A carrier refused an order',
  'order.refunded': 'An order was refunded',
  'order.cancelled': 'An order was cancelled',
  'webhook.disabled': 'An endpoint was switched off',
};

const GROUP_WORDS: Readonly<Record<string, string>> = {
  product: 'Products',
  customer: 'Customers',
  records: 'Records',
  import: 'Imports',
  bulk_delete: 'Bulk deletes',
  order: 'Orders',
  webhook: 'Webhooks',
};

/** Stands for all events. */
export const ALL_EVENTS = '*';

interface EventGroup {
  name: string;
  title: string;
  /** Stands for all of the group, also for those that are to come. */
  pattern: string;
  events: { type: string; words: string }[];
}

/** The events by what they are of. */
export const EVENT_GROUPS: readonly EventGroup[] = Object.entries(GROUP_WORDS).map(([name, title]) => ({
  name,
  title,
  pattern: `${name}.*`,
  events: Object.entries(EVENT_WORDS)
    .filter(([type]) => type.startsWith(`${name}.`))
    .map(([type, words]) => ({ type, words })),
}));
