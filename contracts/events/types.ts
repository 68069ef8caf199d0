/** The types of events, without their schemas, so that everybody may import them. */
export const EVENT_TYPES = [
  'product.created',
  'product.updated',
  'product.deleted',
  'customer.created',
  'customer.updated',
  'customer.deleted',
  'records.changed',
  'import.completed',
  'import.failed',
  'import.needs_attention',
  'bulk_delete.completed',
  'order.created',
  'order.inventory_reserved',
  'order.inventory_failed',
  'order.payment_authorized',
  'order.payment_failed',
  'order.shipped',
  'order.shipping_failed',
  'order.refunded',
  'order.cancelled',
  'webhook.disabled',
  'webhook.test',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Groups of which all events can be subscribed to at once, as `<group>.*`. */
export const EVENT_GROUPS = [
  'product',
  'customer',
  'records',
  'import',
  'bulk_delete',
  'order',
  'webhook',
] as const;

/** Stands for all events. */
export const ALL_EVENTS = '*';

/** What a subscription may name. A test event goes to the one endpoint that is tested, whatever it has subscribed to. */
export const EVENT_PATTERNS: readonly string[] = [
  ALL_EVENTS,
  ...EVENT_GROUPS.map((group) => `${group}.*`),
  ...EVENT_TYPES.filter((type) => type !== 'webhook.test'),
];
