import { z } from 'zod';
import { DELIVERY_ERRORS, type DeliveryError, PARKING_REASONS, type ParkingReason } from '../errors.ts';
import { EVENT_PATTERNS } from '../events/types.ts';
import { DISABLED_REASONS } from '../events/webhook-events.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';

const MAX_OVERLAP_SECONDS = 7 * 24 * 60 * 60;
const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;

// The database keeps no NUL in a text.
const text = z.string().refine((given) => !given.includes('\0'), 'must not hold a NUL character');

const urlSchema = text.min(1).max(2_000).meta({
  description: 'An https:// URL that leads to a public address, without user name, password and fragment.',
  example: 'https://shop.example.com/hooks/longshore',
});

const eventsSchema = z
  .array(
    z
      .string()
      .refine((given) => EVENT_PATTERNS.includes(given), 'is not a type or a group of events')
      .meta({ override: { enum: [...EVENT_PATTERNS] } }),
  )
  .min(1)
  .max(50)
  .refine((given) => new Set(given).size === given.length, 'must not name anything twice')
  .meta({
    description: 'Types of events; `import.*` stands for all of a group, `*` for all there are.',
    example: ['import.*', 'product.updated'],
  });

const descriptionSchema = text.max(500).nullable();

const webhookFields = {
  id: idSchema,
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  active: z.boolean().meta({ description: 'One that is switched off is sent nothing.' }),
  disabledReason: z.enum(DISABLED_REASONS).nullable().meta({
    description: 'Why Longshore switched it off: `gone` (it answered 410) or `failing` (for too long).',
  }),
  disabledAt: timeSchema.nullable(),
  failingSince: timeSchema.nullable().meta({ description: 'The first failure since the last success.' }),
  heldUntil: timeSchema
    .nullable()
    .meta({ description: 'It asked with Retry-After not to be sent anything before.' }),
  previousSecretUntil: timeSchema.nullable().meta({
    description: 'Until then the secret before the last rotation signs too.',
  }),
  createdBy: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  version: z.int().min(1).meta({ description: 'Grows with each change; also the ETag.' }),
};

export const webhookSchema = z.strictObject(webhookFields).meta({ id: 'Webhook' });
export type WebhookJson = z.infer<typeof webhookSchema>;

export const webhookWithSecretSchema = z
  .strictObject({
    ...webhookFields,
    secret: z.string().meta({
      description: 'Verifies signatures. It is shown here and never again.',
      example: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=',
    }),
  })
  .meta({ id: 'WebhookWithSecret' });

export const createWebhookSchema = z.strictObject({
  url: urlSchema,
  events: eventsSchema,
  description: descriptionSchema.optional(),
  active: z.boolean().default(true),
});

export const changeWebhookSchema = z
  .strictObject({
    url: urlSchema.optional(),
    events: eventsSchema.optional(),
    description: descriptionSchema.optional(),
    active: z.boolean().optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'must change something');

export const rotateWebhookSchema = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(DEFAULT_OVERLAP_SECONDS)
      .meta({ description: 'How long the earlier secret signs too: a day when not given.' }),
  })
  .optional()
  .transform((given) => given ?? { overlapSeconds: DEFAULT_OVERLAP_SECONDS });

export const redeliverWebhookSchema = z.strictObject({
  since: timeSchema.meta({ description: 'All that were parked at or after this time are sent again.' }),
});

export const redeliveredSchema = z
  .strictObject({
    redelivered: z.int().min(0).meta({ description: 'How many deliveries were set going again.' }),
  })
  .meta({ id: 'Redelivered' });

export const webhookParamsSchema = z.strictObject({ id: idSchema });
export const deliveryParamsSchema = z.strictObject({ id: idSchema, deliveryId: idSchema });
export const listWebhooksQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

/** `failed` is parked: nothing is sent any more unless somebody asks for it. */
export const DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;

export const listDeliveriesQuerySchema = z.strictObject({
  status: z.enum(DELIVERY_STATUSES).optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});

const answer = {
  latencyMs: z.int().min(0),
  status: z.int().nullable().meta({ description: 'Of the answer; null when there was none.' }),
  error: z
    .enum(Object.keys(DELIVERY_ERRORS) as [DeliveryError, ...DeliveryError[]])
    .nullable()
    .meta({ description: 'Null when the receiver took it.' }),
  responseStart: z.string().nullable().meta({ description: 'The first kilobyte of the answer.' }),
};

const attemptSchema = z
  .strictObject({ number: z.int().min(1), at: timeSchema, ...answer })
  .meta({ id: 'DeliveryAttempt' });

export const deliverySchema = z
  .strictObject({
    id: idSchema,
    eventId: z.string().meta({ description: 'Also the `webhook-id`, in every attempt.' }),
    eventType: z.string(),
    status: z.enum(DELIVERY_STATUSES),
    parkedFor: z
      .enum(Object.keys(PARKING_REASONS) as [ParkingReason, ...ParkingReason[]])
      .nullable()
      .meta({ description: 'Why it failed.' }),
    attemptCount: z.int().min(0),
    attempts: z.array(attemptSchema).meta({ description: 'The newest first, at most 20.' }),
    nextTryAt: timeSchema.nullable().meta({ description: 'Null unless it is pending.' }),
    createdAt: timeSchema,
    endedAt: timeSchema.nullable(),
  })
  .meta({ id: 'Delivery' });
export type DeliveryJson = z.infer<typeof deliverySchema>;

export const webhookTestSchema = z
  .strictObject({ webhookId: z.string(), delivered: z.boolean(), ...answer })
  .meta({ id: 'WebhookTest' });

export const webhookExample: WebhookJson = {
  id: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b13',
  url: 'https://shop.example.com/hooks/longshore',
  description: 'The shop',
  events: ['import.*', 'product.updated'],
  active: true,
  disabledReason: null,
  disabledAt: null,
  failingSince: null,
  heldUntil: null,
  previousSecretUntil: null,
  createdBy: 'ada',
  createdAt: '2026-11-21T07:00:00.000Z',
  updatedAt: '2026-11-21T07:00:00.000Z',
  version: 1,
};

export const deliveryExample: DeliveryJson = {
  id: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b14',
  eventId: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11.completed',
  eventType: 'import.completed',
  status: 'pending',
  parkedFor: null,
  attemptCount: 1,
  attempts: [
    {
      number: 1,
      at: '2026-11-21T07:00:00.000Z',
      latencyMs: 84,
      status: 503,
      error: 'refused',
      responseStart: 'back soon',
    },
  ],
  nextTryAt: '2026-11-21T07:00:05.000Z',
  createdAt: '2026-11-21T07:00:00.000Z',
  endedAt: null,
};
