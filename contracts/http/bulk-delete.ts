import { z } from 'zod';
import { NOTIFY } from '../words.ts';
import { idempotencyKeySchema, idSchema } from './common.ts';
import { reasonSchema } from './job.ts';
import { recordFilterFieldsOf, type RecordShape } from './record.ts';

/** How many ids one request may name; more are several requests, or a filter. */
export const MAX_BULK_IDS = 5_000;

/** Of the body: so many ids with their quotes, and as much again for all else. */
export const MAX_BULK_BODY_BYTES = MAX_BULK_IDS * 80;

const confirmSchema = z
  .union([z.string().regex(/^\d{1,10}$/, 'must be a whole number'), z.int().min(0).max(9_999_999_999)])
  .transform(Number)
  .meta({
    description:
      'How many records are meant. Where there are more or fewer by now, nothing is done (409). Required with `all`.',
    override: { type: ['string', 'integer'], pattern: '^\\d{1,10}$', minimum: 0 },
    example: '1250',
  });

/** What is to be deleted of a kind: exactly one of `ids`, `filter` and `all`. Make it once. */
export function bulkDeleteSchemaOf(shape: RecordShape) {
  const { singular } = shape;
  const filter = z
    .strictObject(recordFilterFieldsOf(shape))
    .refine((given) => Object.values(given).some((value) => value !== undefined), {
      message: 'must have a field; `all` means all of them',
      params: { code: 'empty_filter' },
    })
    .meta({ description: 'Fields of the list, as in its query: what the list then shows is deleted.' });
  return z
    .strictObject({
      ids: z
        .array(idSchema)
        .min(1)
        .max(MAX_BULK_IDS)
        .optional()
        .meta({ description: 'Of the records. One that no record has is `kept`, `not_found`.' }),
      filter: filter.optional(),
      all: z.literal(true).optional().meta({ description: 'Every record of the kind there is.' }),
      confirm: confirmSchema.optional(),
      notify: z.enum(NOTIFY).default('summary').meta({
        description: '`summary`: one event at the end; `rows`: also batches that name each record.',
      }),
      reason: reasonSchema,
    })
    .superRefine(({ ids, filter: given, all, confirm }, context) => {
      const chosen = [ids, given, all].filter((one) => one !== undefined).length;
      if (chosen !== 1) {
        const message = 'Exactly one of ids, filter and all must be there.';
        context.addIssue({ code: 'custom', message, params: { code: 'one_selection' } });
      }
      if (all === true && confirm === undefined) {
        context.addIssue({ code: 'custom', message: 'is required with all', path: ['confirm'] });
      }
    })
    .meta({ id: `BulkDelete${singular.charAt(0).toUpperCase()}${singular.slice(1)}s` });
}

export const bulkDeleteHeadersSchema = z.object({
  'idempotency-key': idempotencyKeySchema.meta({
    description:
      'Makes the request repeatable for 24 hours: the same key with the same body gives the same job.',
    example: 'spring-cleaning-2026-11-21',
  }),
});
