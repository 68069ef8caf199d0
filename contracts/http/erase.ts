import { z } from 'zod';
import { idSchema, timeSchema } from './common.ts';

const count = z.int().min(0);

/** What was erased of a person. */
export const erasureSchema = z
  .strictObject({
    id: idSchema,
    erased: z.strictObject({
      record: z.boolean().meta({ description: 'False where the record had been deleted before.' }),
      changes: count.meta({ description: 'Earlier values of the record.' }),
      stagedRows: count.meta({ description: 'Rows of files: their values, texts and errors.' }),
      outcomes: count.meta({ description: 'Outcomes of rows that named the record.' }),
      orders: count.meta({ description: 'Orders that had the address: they stay, without it.' }),
    }),
    files: z
      .array(
        z.strictObject({
          jobId: idSchema,
          holds: z.enum(['yes', 'unknown']).meta({
            description: '`unknown` where not all rows of the file were parsed, or are kept no more.',
          }),
          until: timeSchema
            .nullable()
            .meta({ description: 'When its time is over; null while the job has not ended.' }),
        }),
      )
      .meta({
        description:
          'Jobs whose uploaded files hold the person, or may: files are not edited, they go with time. At most 500.',
      }),
    filesTotal: count.meta({ description: 'How many such files there are.' }),
  })
  .meta({ id: 'Erasure' });
export type Erasure = z.infer<typeof erasureSchema>;

/** A person is being erased. */
export const requestedErasureSchema = z
  .strictObject({ id: idSchema, requested: z.literal(true) })
  .meta({ id: 'RequestedErasure' });

export const erasureExample: Erasure = {
  id: '0195d3c5-8a10-7bb2-8f43-2f7b0a4c2b77',
  erased: { record: true, changes: 2, stagedRows: 3, outcomes: 2, orders: 1 },
  files: [{ jobId: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11', holds: 'yes', until: '2026-12-21T07:00:00.000Z' }],
  filesTotal: 1,
};
