import { z } from 'zod';
import { timeSchema } from '../http/common.ts';

/** What every event has around its data. */
export interface EventEnvelope {
  id: string;
  type: string;
  version: number;
  timestamp: string;
  correlationId: string;
  data: unknown;
}

/**
 * The schema of one version of one type of event. A published version never changes: what would break a receiver gets a
 * version of its own beside it.
 *
 * @param name of the schema in the API document
 */
export function eventSchema<Type extends string, Version extends number, Data extends z.ZodType>(
  name: string,
  { type, version, data }: { type: Type; version: Version; data: Data },
) {
  return z
    .strictObject({
      id: z.string().min(1).max(200).meta({
        description:
          'The same each time that the event is sent; also the `webhook-id` header. Events of a job begin with its id.',
      }),
      type: z.literal(type),
      version: z.literal(version),
      timestamp: timeSchema.meta({ description: 'When it happened.' }),
      correlationId: z.string().meta({ description: 'What it belongs to: the job or the request.' }),
      data,
    })
    .meta({ id: name });
}

/** Headers of a message: Standard Webhooks 1.0.0. */
export const webhookHeadersSchema = z.object({
  'webhook-id': z.string().meta({ description: "The event's id." }),
  'webhook-timestamp': z.string().meta({ description: 'When this attempt was made, in seconds since 1970.' }),
  'webhook-signature': z.string().meta({
    description:
      'One signature for each secret in use, with a blank between: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.',
  }),
});
