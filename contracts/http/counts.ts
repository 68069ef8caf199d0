import { z } from 'zod';
import { JOB_TYPES, type JobType, type Outcome, OUTCOMES_OF, type OutcomeCounts } from '../words.ts';

const count = z.int().min(0);

/** How many rows have each of the outcomes that the type of job has. */
type Counts = Pick<OutcomeCounts, 'failed' | 'pending'> & Partial<Record<Outcome, number>>;

const NAMES: Record<JobType, string> = {
  import: 'Counts',
  undo: 'UndoCounts',
  bulk_delete: 'BulkDeleteCounts',
};

/**
 * Counts by outcome, one schema for each type of job.
 *
 * @param owner begins their names in the API document
 * @param more fields beside the outcomes
 */
export function countsSchemaOf<More = unknown>(
  owner: string,
  more: z.ZodRawShape = {},
): z.ZodType<Counts & More> {
  const schemas = JOB_TYPES.map((type) =>
    z
      .strictObject({ ...more, ...Object.fromEntries(OUTCOMES_OF[type].map((outcome) => [outcome, count])) })
      .meta({ id: `${owner}${NAMES[type]}` }),
  );
  // What the fields of each are is known by their table, which types can not follow.
  return z.union(schemas) as unknown as z.ZodType<Counts & More>;
}
