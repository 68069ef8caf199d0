import { z } from 'zod';
import { ORDER_STATUSES, RECORD_KINDS, type RecordKind } from '../words.ts';
import { idSchema } from './common.ts';

const MAX_TOPICS = 20;

/** What a live stream can tell of: `jobs`, `orders`, `attention`, records of a kind, or one job. */
export type LiveTopic =
  | { name: 'jobs' | 'orders' | 'attention' }
  | { name: 'records'; kind: RecordKind }
  | { name: 'job'; jobId: string };

const topicSchema = z
  .string()
  .max(100)
  .transform((text, context): LiveTopic => {
    if (text === 'jobs' || text === 'orders' || text === 'attention') return { name: text };
    const kind = RECORD_KINDS.find((one) => text === `records:${one}`);
    if (kind !== undefined) return { name: 'records', kind };
    const jobId = idSchema.safeParse(/^job:(.*)$/.exec(text)?.[1]);
    if (jobId.success) return { name: 'job', jobId: jobId.data };
    context.addIssue({ code: 'custom', message: `There is no topic "${text}".` });
    return z.NEVER;
  });

export const liveQuerySchema = z.strictObject({
  topics: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(topicSchema).min(1).max(MAX_TOPICS))
    .meta({
      description: `Separated by commas, at most ${String(MAX_TOPICS)}: \`jobs\`, \`orders\`, \`attention\`, \`records:KIND\`, \`job:ID\`.`,
      override: { type: 'string' },
      example: 'jobs,attention',
    }),
});

/** The event `records`: some of a kind were written. */
export const recordsChangeSchema = z
  .strictObject({ kind: z.enum(RECORD_KINDS) })
  .meta({ id: 'RecordsChange' });

/** The event `reset`: what was read before may be out of date. */
export const resetSchema = z.strictObject({}).meta({ id: 'StreamReset' });

/** The event `order`: something happened to an order. Its timeline says what. */
export const orderChangeSchema = z
  .strictObject({
    orderId: z.string(),
    status: z.enum(ORDER_STATUSES).nullable().meta({
      description:
        'The newest one that it came to since the last event of it; null where that did not change.',
    }),
  })
  .meta({ id: 'OrderChange' });
export type OrderChange = z.infer<typeof orderChangeSchema>;
