import { z } from 'zod';
import {
  BLANKS,
  DEFAULT_IMPORT_OPTIONS,
  DUPLICATES,
  type GivenDialect,
  IMPORT_KINDS,
  MODES,
  NOTIFY,
  ON_ERROR,
} from '../words.ts';
import { idempotencyKeySchema } from './common.ts';
import { callerMappingSchema } from './mapping.ts';

const sign = z.string().min(1).max(8);
const LINE_BREAK = /[\r\n\0]/;

/** How a file is written, as far as the caller says it. What is left out is found out. */
export const givenDialectSchema = z
  .strictObject({
    encoding: z
      .string()
      .min(1)
      .max(40)
      .optional()
      .meta({ description: 'A label of the Encoding Standard.', example: 'windows-1252' }),
    sheet: z.string().min(1).max(100).optional().meta({ description: 'Of a workbook, the sheet to read.' }),
    delimiter: sign
      .refine((text) => !LINE_BREAK.test(text), 'must not be a line break')
      .optional()
      .meta({ example: ';' }),
    quote: sign.length(1).nullable().optional().meta({ description: 'Null: cells are never quoted.' }),
    escape: sign
      .length(1)
      .nullable()
      .optional()
      .meta({ description: 'In front of a quote inside a quoted cell: the quote itself, or a backslash.' }),
    skipBlanks: z.boolean().optional().meta({
      description: 'Blanks in front of a cell are no part of it, and a quote after them opens a quoted cell.',
    }),
    lineEnd: z.enum(['lf', 'crlf', 'cr', 'mixed']).optional(),
    headerLine: z
      .int()
      .min(1)
      .max(10_000)
      .nullable()
      .optional()
      .meta({ description: 'The line of the header, from 1; null for a file without one.' }),
    decimal: z.enum(['.', ',']).optional().meta({ description: 'The decimal sign of all numbers.' }),
  })
  .refine(({ delimiter, quote }) => quote == null || delimiter?.includes(quote) !== true, {
    path: ['quote'],
    message: 'must not be part of the delimiter',
  })
  .meta({ id: 'GivenDialect' }) satisfies z.ZodType<GivenDialect>;

/** A field of a form that holds JSON. */
function jsonField<Schema extends z.ZodType>(schema: Schema) {
  return z
    .string()
    .transform((text, context): unknown => {
      if (text === '') return undefined;
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'must be JSON', params: { code: 'not_json' } });
        return z.NEVER;
      }
    })
    .pipe(schema.optional())
    .optional();
}

const mappingName = z
  .string()
  .min(1)
  .max(100)
  .meta({ description: 'Name of a saved mapping.', example: 'Supplier 7' });

/** What can be said of a file beside the file itself. */
export const readingFields = {
  mode: z
    .enum(MODES)
    .optional()
    .meta({
      description:
        '`update` never creates, `create` never changes what is there; rows that are passed over are `skipped`. When not given: ' +
        '`upsert`, of orders `create`, which is all that there is for them.',
    }),
  mapping: jsonField(z.union([callerMappingSchema, mappingName])).meta({
    description: 'JSON: a mapping of columns, or the name of a saved one.',
    example: '{"sku":"Code","name":["Brand","Model"]}',
  }),
  dialect: jsonField(givenDialectSchema).meta({
    description: 'JSON: how the file is written, as far as it is not to be found out.',
    example: '{"delimiter":";","decimal":","}',
  }),
};

/** The text fields beside the file of an upload. Multipart knows only texts. */
export const importFieldsSchema = z.strictObject({
  kind: z.enum(IMPORT_KINDS).meta({ description: 'What the file brings.' }),
  ...readingFields,
  blanks: z.enum(BLANKS).default(DEFAULT_IMPORT_OPTIONS.blanks).meta({
    description:
      'What a blank cell does to a record that is there. A column that is not in the file always keeps, the cell #N/A always clears.',
  }),
  duplicates: z
    .enum(DUPLICATES)
    .default(DEFAULT_IMPORT_OPTIONS.duplicates)
    .meta({
      description:
        'Which row counts when a key stands in the file more than once. Of orders each line counts; `reject` rejects those with one ' +
        'sku on two lines.',
    }),
  onError: z.enum(ON_ERROR).default(DEFAULT_IMPORT_OPTIONS.onError).meta({
    description: '`abort`: one rejected row, and nothing of the file is applied.',
  }),
  notify: z.enum(NOTIFY).default(DEFAULT_IMPORT_OPTIONS.notify),
  dryRun: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: 'Reports what the import would do, and changes nothing.' }),
});
export type ImportFields = z.output<typeof importFieldsSchema>;

export const importHeadersSchema = z.object({
  'idempotency-key': idempotencyKeySchema.meta({
    description:
      'Makes the upload repeatable for 24 hours: the same key with the same file, kind and options gives the same job.',
    example: 'supplier-7-2026-11-21',
  }),
});
