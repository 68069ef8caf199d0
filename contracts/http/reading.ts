import { z } from 'zod';

export const dialectSchema = z
  .strictObject({
    delimiter: z.string(),
    quote: z.string().nullable(),
    escape: z.string().nullable(),
    skipBlanks: z.boolean(),
    lineEnd: z.enum(['lf', 'crlf', 'cr', 'mixed']),
  })
  .meta({ id: 'Dialect' });

export const fileColumnSchema = z
  .strictObject({
    position: z.int().min(1).meta({ description: 'From 1.' }),
    header: z.string(),
    column: z
      .string()
      .nullable()
      .meta({ description: 'The column of the kind that it fills; null where it is ignored.' }),
  })
  .meta({ id: 'FileColumn' });

export const numberFormatsSchema = z
  .record(z.string(), z.enum(['point', 'comma', 'mixed', 'unknown']))
  .meta({ description: 'How the numbers of each column are written.' });

/** How the file of a job was read. */
export const readingSchema = z
  .strictObject({
    container: z.enum(['csv', 'xlsx']),
    compression: z.enum(['gzip']).nullable(),
    sheet: z.string().nullable(),
    encoding: z.string(),
    encodingConfidence: z.number().min(0).max(1),
    dialect: dialectSchema,
    dialectConfidence: z.number().min(0).max(1),
    headerLine: z.int().min(1).nullable(),
    columns: z.array(fileColumnSchema),
    mapping: z.strictObject({
      source: z.enum(['given', 'saved', 'export', 'columns']),
      name: z.string().nullable(),
    }),
    numberFormats: numberFormatsSchema,
  })
  .meta({ id: 'Reading' });
export type ReadingView = z.infer<typeof readingSchema>;

export const readingExample: ReadingView = {
  container: 'csv',
  compression: null,
  sheet: null,
  encoding: 'windows-1252',
  encodingConfidence: 0.9,
  dialect: { delimiter: ';', quote: '"', escape: '"', lineEnd: 'crlf', skipBlanks: false },
  dialectConfidence: 0.97,
  headerLine: 3,
  columns: [
    { position: 1, header: 'Artikelnummer', column: 'sku' },
    { position: 2, header: 'Regal', column: null },
  ],
  mapping: { source: 'columns', name: null },
  numberFormats: { price: 'comma' },
};
