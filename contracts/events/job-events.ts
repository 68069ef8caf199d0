import { z } from 'zod';
import { idSchema, timeSchema } from '../http/common.ts';
import { IMPORT_KINDS } from '../words.ts';
import { eventSchema } from './envelope.ts';

const count = z.int().min(0);

const importCountsSchema = z
  .strictObject({
    total: count,
    created: count,
    updated: count,
    unchanged: count,
    skipped: count,
    duplicate: count,
    rejected: count,
    failed: count,
    pending: count,
  })
  .meta({ id: 'ImportEventCounts', description: 'The total is always the sum of the others.' });

const job = {
  jobId: idSchema,
  kind: z.enum(IMPORT_KINDS),
  createdBy: z.string(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  failureCode: z.string().nullable().meta({ description: 'Why it failed, or needs attention.' }),
};

const importDataSchema = z
  .strictObject({
    ...job,
    filename: z.string().nullable(),
    dryRun: z.boolean().meta({ description: 'A dry run changes no record.' }),
    counts: importCountsSchema.nullable().meta({ description: 'Null when the file could not be read.' }),
  })
  .meta({ id: 'ImportEventData' });
export type ImportEventData = z.infer<typeof importDataSchema>;

const bulkDeleteDataSchema = z
  .strictObject({
    ...job,
    counts: z
      .strictObject({ total: count, deleted: count, kept: count, failed: count, pending: count })
      .nullable(),
  })
  .meta({ id: 'BulkDeleteEventData' });

/** An import has ended well; rows that were rejected are in its counts. */
export const importCompletedV1 = eventSchema('ImportCompletedV1', {
  type: 'import.completed',
  version: 1,
  data: importDataSchema,
});

/** An import has ended without all that could have gone in. */
export const importFailedV1 = eventSchema('ImportFailedV1', {
  type: 'import.failed',
  version: 1,
  data: importDataSchema,
});

/** A part of an import is parked and waits for an operator. */
export const importNeedsAttentionV1 = eventSchema('ImportNeedsAttentionV1', {
  type: 'import.needs_attention',
  version: 1,
  data: importDataSchema,
});

/** A bulk delete has ended. */
export const bulkDeleteCompletedV1 = eventSchema('BulkDeleteCompletedV1', {
  type: 'bulk_delete.completed',
  version: 1,
  data: bulkDeleteDataSchema,
});
