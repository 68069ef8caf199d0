import { z } from 'zod';
import { idSchema, timeSchema } from '../http/common.ts';
import { eventSchema } from './envelope.ts';

/** Why Longshore switches an endpoint off: the receiver said so (410), or it has failed for too long. */
export const DISABLED_REASONS = ['gone', 'failing'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** An endpoint was switched off; the others that have subscribed to this are told. */
export const webhookDisabledV1 = eventSchema('WebhookDisabledV1', {
  type: 'webhook.disabled',
  version: 1,
  data: z.strictObject({
    endpointId: idSchema,
    description: z.string().nullable(),
    reason: z.enum(DISABLED_REASONS),
    failingSince: timeSchema.nullable(),
  }),
});

/** What a test sends. */
export const webhookTestV1 = eventSchema('WebhookTestV1', {
  type: 'webhook.test',
  version: 1,
  data: z.strictObject({ endpointId: idSchema, message: z.string() }),
});
