import { z } from 'zod';
import { idSchema, timeSchema } from '../http/common.ts';
import { IMPORT_KINDS, RECORD_KINDS } from '../words.ts';
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

/** What every event about a job says of it. @param kinds that such a job may be about */
const jobOf = <Kinds extends z.ZodType>(kinds: Kinds) => ({
  jobId: idSchema,
  kind: kinds,
  createdBy: z.string(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  failureCode: z.string().nullable().meta({ description: 'Why it failed, or needs attention.' }),
});

const importDataSchema = z
  .strictObject({
    ...jobOf(z.enum(IMPORT_KINDS)),
    filename: z.string().nullable(),
    dryRun: z.boolean().meta({ description: 'A dry run changes no record.' }),
    counts: importCountsSchema.nullable().meta({ description: 'Null when the file could not be read.' }),
  })
  .meta({ id: 'ImportEventData' });
export type ImportEventData = z.infer<typeof importDataSchema>;

const bulkDeleteDataSchema = z
  .strictObject({
    ...jobOf(z.enum(RECORD_KINDS)),
    counts: z
      .strictObject({ total: count, deleted: count, kept: count, failed: count, pending: count })
      .nullable(),
  })
  .meta({ id: 'BulkDeleteEventData' });

/** An import has ended well; rows that were rejected are in its counts. Version 1 knew no orders. */
export const importCompletedV2 = eventSchema('ImportCompletedV2', {
  type: 'import.completed',
  version: 2,
  data: importDataSchema,
});

/** An import has ended without all that could have gone in. Version 1 knew no orders. */
export const importFailedV2 = eventSchema('ImportFailedV2', {
  type: 'import.failed',
  version: 2,
  data: importDataSchema,
});

/** A part of an import is parked and waits for an operator. Version 1 knew no orders. */
export const importNeedsAttentionV2 = eventSchema('ImportNeedsAttentionV2', {
  type: 'import.needs_attention',
  version: 2,
  data: importDataSchema,
});

/** A bulk delete has ended. */
export const bulkDeleteCompletedV1 = eventSchema('BulkDeleteCompletedV1', {
  type: 'bulk_delete.completed',
  version: 1,
  data: bulkDeleteDataSchema,
});
