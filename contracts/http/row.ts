import { z } from 'zod';
import { OUTCOMES } from '../words.ts';
import { cursorSchema, idSchema, limitSchema, pageOf } from './common.ts';

/** What is wrong with a row, and where. */
export const rowErrorSchema = z
  .strictObject({
    column: z.string().nullable().meta({ description: 'Null where the row as a whole is meant.' }),
    value: z.string().nullable(),
    code: z.string().meta({ example: 'invalid_number' }),
    message: z.string(),
  })
  .meta({ id: 'RowError' });

/** A record of the file and what became of it. */
export const rowSchema = z
  .strictObject({
    row: z
      .int()
      .min(1)
      .meta({
        description:
          'Number of the record; the header is not counted. Of an undo: its row in the job that is undone. Of a bulk delete: the ' +
          'records are numbered as they were created.',
      }),
    line: z.int().min(1).nullable().meta({
      description: 'Physical line of the file on which the record starts; null where there is no file.',
    }),
    outcome: z.enum(OUTCOMES),
    key: z.string().nullable(),
    recordId: idSchema.nullable(),
    raw: z
      .string()
      .nullable()
      .meta({ description: 'The record as it stands in the file; only kept for rejected rows.' }),
    values: z.record(z.string(), z.string().nullable()).nullable(),
    errors: z.array(rowErrorSchema),
  })
  .meta({ id: 'Row' });
export type Row = z.infer<typeof rowSchema>;

export const rowPageSchema = pageOf(rowSchema).extend({
  searchedTo: z.int().min(0).optional().meta({
    description: 'Of a search: the last row that was looked at up to here.',
  }),
});

export const listRowsQuerySchema = z.strictObject({
  outcome: z.enum(OUTCOMES).optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .refine((text) => !text.includes('\0'), 'must not have a NUL character')
    .optional()
    .meta({
      description:
        'Rows whose key or values hold this text, in any case, or that stand on this line. Of an undo: whose key holds it. One request ' +
        'looks through some 50,000 rows: a page may have fewer rows than `limit`, or none, and still a next one.',
      example: 'SKU-17',
    }),
  limit: limitSchema,
  cursor: cursorSchema,
});

export const rowParamsSchema = z.strictObject({
  id: idSchema,
  row: z.coerce.number().int().min(1).max(2_147_483_647),
});

/** New values for cells of a row. */
export const repairRowSchema = z.strictObject({
  values: z
    .record(z.string(), z.union([z.string().max(100_000), z.number(), z.boolean(), z.null()]))
    .refine((values) => Object.keys(values).length > 0, 'must name a column')
    .meta({ description: 'By column; null empties it.', example: { price: '19.90' } }),
});

export const rowExample: Row = {
  row: 17,
  line: 18,
  outcome: 'rejected',
  key: null,
  recordId: null,
  raw: 'SKU-17,Blue mug,cheap',
  values: null,
  errors: [
    { column: 'price', value: 'cheap', code: 'invalid_number', message: 'The value is not a number.' },
  ],
};
