import { z } from 'zod';
import { ORDER_EVENT_VERSIONS, type OrderEventType } from '../order-timeline.ts';
import {
  COMPENSATIONS,
  FORWARD_STEPS,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  SHIPMENT_STATUSES,
  UNDO_STEPS,
} from '../words.ts';
import { cursorSchema, idempotencyKeySchema, limitSchema, timeSchema } from './common.ts';
import { verbFields } from './job.ts';

const noNul = (given: string): boolean => !given.includes('\0');
const text = (maxLength: number) =>
  z.string().min(1).max(maxLength).refine(noNul, 'must not have a NUL character');

const MAX_LINES = 500;
const MAX_QUANTITY = 1_000_000;
/** Five hundred lines with long names. */
export const MAX_ORDER_BYTES = 512 * 1024;

/** Of an order: the caller's own, or a UUIDv7. */
export const orderIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-"')
  .meta({ description: "The caller's own id of the order, or a UUIDv7.", example: 'shop-1001' });

const moneyIn = z
  .union([z.string().min(1).max(40), z.number()])
  .meta({ description: 'A decimal as a text or a number; at most four decimals.', example: '10.00' });
const moneyOut = z.string().meta({ example: '20.00' });

const currencySchema = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR');

/** An order as somebody asks for it. */
export const createOrderSchema = z
  .strictObject({
    orderId: orderIdSchema.optional(),
    items: z
      .array(
        z.strictObject({
          sku: text(200),
          qty: z.int().min(1).max(MAX_QUANTITY),
          unitPrice: moneyIn.optional().meta({
            description: 'Of one piece. When not given, the price of the product counts.',
          }),
        }),
      )
      .min(1)
      .max(MAX_LINES),
    total: moneyIn.optional().meta({
      description:
        'Is held against the lines where their prices are looked up. Where all lines bring prices of their own it stands: it may ' +
        'include shipping or tax.',
    }),
    currency: currencySchema.optional().meta({
      description: "That of the products' prices when not given; another one only with all prices.",
    }),
    email: text(254).optional(),
    payment: z
      .strictObject({
        token: text(500).meta({ description: "The payment provider's name for what is paid with." }),
      })
      .optional(),
    shipping: z
      .strictObject({ service: text(200).meta({ description: "The carrier's name for how it is sent." }) })
      .optional(),
  })
  .meta({ id: 'NewOrder' });
export type CreateOrderBody = z.infer<typeof createOrderSchema>;

export const createOrderHeadersSchema = z.object({
  'idempotency-key': idempotencyKeySchema.meta({
    description: 'The same request under the same key makes one order, for 24 hours.',
  }),
});

const steps = z.enum([...FORWARD_STEPS, ...UNDO_STEPS]);

const orderFields = {
  id: orderIdSchema,
  orderId: orderIdSchema.meta({ description: 'The same.' }),
  status: z.enum(ORDER_STATUSES),
  isAtWork: z.boolean().meta({
    description: 'Something is still to be done for it, or undone; also while it needs attention.',
  }),
  isBeingUndone: z.boolean().meta({ description: 'What was done for it is being taken back.' }),
  email: z.string().nullable(),
  currency: z.string(),
  total: moneyOut.nullable().meta({ description: 'Null while the price of a line is not known.' }),
  items: z.array(
    z.strictObject({
      line: z.int().min(1),
      sku: z.string(),
      qty: z.int().min(1),
      unitPrice: moneyOut.nullable(),
      reserved: z.boolean().meta({ description: 'Its pieces are held for the order.' }),
    }),
  ),
  payment: z
    .strictObject({
      status: z.enum(PAYMENT_STATUSES).meta({
        description:
          '`requested`: it may have been made, no answer came yet. `void`: it was not, and will not be.',
      }),
      amount: moneyOut,
      provider: z.string().nullable(),
      authId: z.string().nullable(),
      refundId: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
  shipment: z
    .strictObject({
      status: z.enum(SHIPMENT_STATUSES),
      carrier: z.string().nullable(),
      trackingId: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
  attention: z
    .strictObject({
      step: steps,
      error: z.strictObject({ code: z.string(), message: z.string() }),
      attempts: z.int().min(0),
      since: timeSchema,
    })
    .nullable()
    .meta({ description: 'The step that gave up, and waits for an operator.' }),
  reason: z.string().nullable().meta({ description: 'Why it failed.' }),
  createdBy: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  workflow: z.strictObject({ id: z.string(), url: z.url().nullable() }),
  links: z.strictObject({ self: z.string(), stream: z.string(), workflow: z.url().optional() }),
};

/** An order and where it stands. */
export const orderSchema = z.strictObject(orderFields).meta({ id: 'Order' });
export type OrderJson = z.infer<typeof orderSchema>;

/** An order for which a verb was asked that has not taken effect yet. */
export const requestedOrderSchema = z
  .strictObject({ ...orderFields, requested: z.literal(true) })
  .meta({ id: 'RequestedOrder' });

/** What happened to an order. */
export const timelineEntrySchema = z
  .strictObject({
    id: z.uuid(),
    seq: z.int().min(1).meta({ description: 'Its place in the timeline; the id of the event in a stream.' }),
    type: z.enum(Object.keys(ORDER_EVENT_VERSIONS) as OrderEventType[]),
    version: z.int().min(1),
    at: timeSchema,
    status: z
      .enum(ORDER_STATUSES)
      .nullable()
      .meta({ description: 'Of the order from then on; null where it does not change.' }),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'OrderTimelineEntry' });
export type TimelineEntryJson = z.infer<typeof timelineEntrySchema>;

/** What happened to some order, in the stream of all. */
export const orderStreamEntrySchema = timelineEntrySchema
  .extend({ orderId: z.string() })
  .meta({ id: 'OrderStreamEntry' });

/** The last event of the stream of an order. */
export const orderEndSchema = z.strictObject({ status: z.enum(ORDER_STATUSES) }).meta({ id: 'OrderEnd' });

export const orderWithTimelineSchema = z
  .strictObject({ ...orderFields, timeline: z.array(timelineEntrySchema) })
  .meta({ id: 'OrderWithTimeline' });

export const orderParamsSchema = z.strictObject({ id: orderIdSchema });

const queryTime = timeSchema.or(z.iso.date()).meta({
  description: 'A day, or a moment in ISO 8601.',
  example: '2026-11-21',
});

export const listOrdersQuerySchema = z.strictObject({
  status: z.enum(ORDER_STATUSES).optional(),
  email: text(254).optional(),
  sku: text(200).optional().meta({ description: 'Orders with a line of it.' }),
  createdFrom: queryTime.optional(),
  createdTo: queryTime.optional().meta({ description: 'Not included.' }),
  limit: limitSchema,
  cursor: cursorSchema,
});

/** How many orders have each status. */
export const orderCountsSchema = z
  .strictObject({
    counts: z.record(z.enum(ORDER_STATUSES), z.int().min(0)).meta({ description: '1,000 stands for more.' }),
  })
  .meta({ id: 'OrderCounts' });

/** Where a stream of one order goes on. */
export const orderStreamHeadersSchema = z.object({
  'last-event-id': z
    .string()
    .max(100)
    .optional()
    .meta({ description: 'Sent by clients that come back: what came after it is sent.', example: '3' }),
});

export const retryOrderBodySchema = z
  .strictObject({
    step: z
      .enum(FORWARD_STEPS)
      .optional()
      .meta({ description: 'When not given, the step that waits, or else the one that failed.' }),
    ...verbFields,
  })
  .optional();

export const compensateOrderBodySchema = z
  .strictObject({
    action: z
      .enum(COMPENSATIONS)
      .optional()
      .meta({ description: 'When not given, what there is: the payment, or else the stock.' }),
    ...verbFields,
  })
  .optional();

export const timelineExample: TimelineEntryJson[] = [
  {
    id: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b31',
    seq: 1,
    type: 'order.OrderCreated',
    version: 1,
    at: '2026-11-21T07:00:00.000Z',
    status: 'CREATED',
    details: {
      orderId: 'shop-1001',
      items: [{ sku: 'SKU-1', qty: 2, unitPrice: '10.00' }],
      total: '20.00',
      currency: 'EUR',
    },
  },
];

export const orderExample: OrderJson = {
  id: 'shop-1001',
  orderId: 'shop-1001',
  status: 'SHIPPED',
  isAtWork: false,
  isBeingUndone: false,
  email: 'ada@example.com',
  currency: 'EUR',
  total: '20.00',
  items: [{ line: 1, sku: 'SKU-1', qty: 2, unitPrice: '10.00', reserved: false }],
  payment: {
    status: 'authorized',
    amount: '20.00',
    provider: 'simulator',
    authId: 'sim_auth_0f3a1c22b7d94e5a8c1d',
    refundId: null,
    reason: null,
  },
  shipment: {
    status: 'shipped',
    carrier: 'simulated',
    trackingId: 'sim_parcel_91c2e0a4d7b35f68aa10',
    reason: null,
  },
  attention: null,
  reason: null,
  createdBy: 'ada',
  createdAt: '2026-11-21T07:00:00.000Z',
  updatedAt: '2026-11-21T07:00:00.080Z',
  workflow: { id: 'order-shop-1001', url: null },
  links: { self: '/api/orders/shop-1001', stream: '/api/orders/shop-1001/stream' },
};
