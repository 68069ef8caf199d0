import { z } from 'zod';
import { DELIVERY_ERRORS, type DeliveryError, PARKING_REASONS, type ParkingReason } from '../errors.ts';
import { DISABLED_REASONS } from '../events/webhook-events.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';
import { orderSchema } from './order.ts';
import { jobSchema } from './job.ts';
import { parkedJobExample, parkedPartSchema } from './recovery.ts';

const since = timeSchema.meta({ description: 'Of what has waited longest in it.' });

/** A job that needs attention. */
export const attentionSchema = z
  .strictObject({ job: jobSchema, parked: z.array(parkedPartSchema), since })
  .meta({ id: 'Attention' });

/** An order that needs attention. */
export const orderAttentionSchema = z
  .strictObject({ order: orderSchema, since })
  .meta({ id: 'OrderAttention' });

/** An endpoint with deliveries that gave up. */
export const webhookAttentionSchema = z
  .strictObject({
    webhook: z.strictObject({
      id: idSchema,
      url: z
        .string()
        .nullable()
        .meta({ description: 'Null but for admins: it may be as good as a password.' }),
      description: z.string().nullable(),
      active: z.boolean(),
      disabledReason: z.enum(DISABLED_REASONS).nullable(),
      failingSince: timeSchema.nullable(),
    }),
    deliveries: z.strictObject({
      parked: z.int().min(1).meta({ description: 'How many gave up; 1,000 stands for more.' }),
      last: z
        .strictObject({
          eventType: z.string(),
          parkedFor: z.enum(Object.keys(PARKING_REASONS) as [ParkingReason, ...ParkingReason[]]).nullable(),
          attempts: z.int().min(0),
          error: z
            .enum(Object.keys(DELIVERY_ERRORS) as [DeliveryError, ...DeliveryError[]])
            .nullable()
            .meta({ description: 'Of its last attempt.' }),
          status: z.int().nullable().meta({ description: 'Of the answer; null when there was none.' }),
        })
        .meta({ description: 'The one that gave up last.' }),
    }),
    since,
  })
  .meta({ id: 'WebhookAttention' });
export type WebhookAttentionJson = z.infer<typeof webhookAttentionSchema>;

/** Something that waits for an operator. */
export const waitingSchema = z.union([attentionSchema, orderAttentionSchema, webhookAttentionSchema]);
export type WaitingJson = z.infer<typeof waitingSchema>;

export const listAttentionQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

/** The event `attention`: how much waits for an operator. */
export const attentionCountSchema = z
  .strictObject({
    count: z.int().min(0).meta({ description: 'All of it.' }),
    jobs: z.int().min(0),
    orders: z.int().min(0).meta({ description: '1,000 stands for more.' }),
    webhooks: z.int().min(0).meta({ description: 'Endpoints with deliveries that gave up.' }),
  })
  .meta({ id: 'AttentionCount' });
export type AttentionCount = z.infer<typeof attentionCountSchema>;

export const attentionExample = { ...parkedJobExample, since: '2026-11-21T07:02:00.000Z' };
