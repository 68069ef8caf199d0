import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EVENTS } from '../../contracts/events/index.ts';
import { ORDER_EVENTS, orderEventName, toOrderEventEnvelope } from '../../contracts/events/order-events.ts';
import {
  ORDER_EVENT_VERSIONS,
  type OrderEventPayloads,
  type OrderEventType,
} from '../../contracts/order-timeline.ts';
import { ORDER_STATUSES } from '../../contracts/words.ts';

/** The published schemas, as JSON Schema. `RECORD_CONTRACTS=true` adds new versions; it changes none that is there. */
const FILE = join(import.meta.dirname, '..', 'fixtures', 'order-event-contracts.json');

const TYPES = Object.keys(ORDER_EVENT_VERSIONS) as OrderEventType[];
const published = JSON.parse(await readFile(FILE, 'utf8').catch(() => '{}')) as Record<string, unknown>;
const today = Object.fromEntries(
  TYPES.map((type) => [orderEventName(type), z.toJSONSchema(ORDER_EVENTS[type])]),
);
if (process.env.RECORD_CONTRACTS === 'true') {
  await writeFile(FILE, `${JSON.stringify({ ...today, ...published }, null, 2)}\n`);
}

/** What receivers of the older system's topics know. */
const OLDER_FIELDS = {
  'order.OrderCreated': ['orderId', 'items', 'total'],
  'inventory.InventoryReserved': ['orderId', 'reservedItems'],
  'inventory.InventoryFailed': ['orderId', 'reason'],
  'payment.PaymentAuthorized': ['orderId', 'amount', 'authId'],
  'payment.PaymentFailed': ['orderId', 'reason'],
  'payment.PaymentRefunded': ['orderId', 'amount', 'refundId'],
  'shipping.OrderShipped': ['orderId', 'carrier', 'trackingId'],
  'shipping.ShippingFailed': ['orderId', 'reason'],
  'ops.RetryRequested': ['orderId', 'step'],
  'ops.CompensationRequested': ['orderId', 'action'],
  'ops.DeadLetter': ['originalType', 'originalEventId', 'orderId', 'error', 'payload'],
} satisfies Partial<Record<OrderEventType, string[]>>;

const orderId = 'shop-1001';
const SAMPLES: OrderEventPayloads = {
  'order.OrderCreated': {
    ...{ orderId, total: '20.00', currency: 'EUR' },
    items: [{ sku: 'SKU-1', qty: 2, unitPrice: '10.00' }],
  },
  'order.OrderCancelled': { orderId, reason: null },
  'inventory.InventoryReserved': {
    ...{ orderId, total: '20.00', currency: 'EUR' },
    reservedItems: [{ sku: 'SKU-1', qty: 2 }],
  },
  'inventory.InventoryFailed': {
    ...{ orderId, reason: 'out_of_stock' },
    lacking: [{ line: 1, sku: 'SKU-1', qty: 2, available: 1 }],
  },
  'inventory.InventoryReleased': { orderId, releasedItems: [{ sku: 'SKU-1', qty: 2 }] },
  'payment.PaymentAuthorized': { orderId, amount: '20.00', currency: 'EUR', authId: 'a' },
  'payment.PaymentFailed': { orderId, reason: 'card_declined' },
  'payment.PaymentRefunded': { orderId, amount: '20.00', currency: 'EUR', refundId: 'r' },
  'payment.PaymentVoided': { orderId, amount: '20.00', currency: 'EUR' },
  'shipping.OrderShipped': { orderId, carrier: 'simulated', trackingId: 't' },
  'shipping.ShippingFailed': { orderId, reason: 'address_not_served' },
  'shipping.ShipmentRecalled': { orderId },
  'ops.RetryRequested': { orderId, step: 'payment', by: 'ada' },
  'ops.CompensationRequested': { orderId, action: 'refundPayment', by: 'ada' },
  'ops.CancellationRequested': { orderId, by: 'ada' },
  'ops.DeadLetter': {
    ...{ orderId, originalType: 'payment.Authorize', originalEventId: null },
    ...{ error: { code: 'provider_timeout', message: '' }, payload: { step: 'payment', attempts: 4 } },
  },
};

const EVENT_ID = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b13';

const created = toOrderEventEnvelope({
  id: EVENT_ID,
  orderId: 'shop-1001',
  seq: 1,
  type: 'order.OrderCreated',
  version: 1,
  at: new Date('2026-11-21T07:00:00Z'),
  causationId: null,
  payload: SAMPLES['order.OrderCreated'],
});

describe('the contract of an entry of a timeline', () => {
  test.each(Object.keys(today))('%s is what was published: a change is a new version', (name) => {
    expect(published[name]).toEqual(JSON.parse(JSON.stringify(today[name])));
  });

  test('has the envelope and the payload that the older system had', () => {
    expect(created).toEqual({
      eventId: EVENT_ID,
      type: 'order.OrderCreated',
      version: 1,
      timestamp: '2026-11-21T07:00:00.000Z',
      correlationId: 'shop-1001',
      key: 'shop-1001',
      payload: expect.objectContaining({ orderId: 'shop-1001', total: '20.00' }),
      headers: { seq: '1' },
    });
    expect(ORDER_EVENTS['order.OrderCreated'].safeParse(created).success).toBe(true);
  });

  test.each(Object.entries(OLDER_FIELDS))(
    '%s has the fields that the older system had: %s',
    (name, fields) => {
      const type = name as keyof typeof OLDER_FIELDS;
      const payload: Record<string, unknown> = { ...SAMPLES[type] };
      const event = (changed: object) => ({ ...created, type, payload: changed });
      expect(ORDER_EVENTS[type].safeParse(event(payload)).success).toBe(true);
      for (const field of fields) {
        const rest = Object.fromEntries(Object.entries(payload).filter(([name]) => name !== field));
        expect(ORDER_EVENTS[type].safeParse(event(rest)).success, field).toBe(false);
      }
      expect(ORDER_EVENTS[type].safeParse(event({ ...payload, more: 1 })).success).toBe(false);
    },
  );

  test.each<[string, object]>([
    ['a version that is not known', { ...created, version: 2 }],
    ['another type', { ...created, type: 'order.OrderShipped' }],
    ['a field more', { ...created, more: 1 }],
    ['a quantity of none', withItem({ sku: 'SKU-1', qty: 0, unitPrice: '10.00' })],
    ['a negative quantity', withItem({ sku: 'SKU-1', qty: -1, unitPrice: '10.00' })],
    ['half a piece', withItem({ sku: 'SKU-1', qty: 0.5, unitPrice: '10.00' })],
    ['an amount that is a number', withItem({ sku: 'SKU-1', qty: 1, unitPrice: 10 })],
    ['no items', { ...created, payload: { ...created.payload, items: [] } }],
    ['the time of no day', { ...created, timestamp: 'yesterday' }],
  ])('refuses %s', (_what, event) => {
    expect(ORDER_EVENTS['order.OrderCreated'].safeParse(event).success).toBe(false);
  });
});

function withItem(item: object): object {
  return { ...created, payload: { ...created.payload, items: [item] } };
}

test('webhooks have an event for each status of an order', () => {
  expect(Object.keys(EVENTS).filter((type) => type.startsWith('order.'))).toEqual(
    expect.arrayContaining(ORDER_STATUSES.map((status) => `order.${status.toLowerCase()}`)),
  );
});
