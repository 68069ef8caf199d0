import { z } from 'zod';
import { IMPORT_KINDS } from '../words.ts';
import { readingFields } from './import.ts';
import { callerMappingSchema } from './mapping.ts';
import { dialectSchema, fileColumnSchema, numberFormatsSchema } from './reading.ts';
import { rowErrorSchema } from './row.ts';

const confidence = z.number().min(0).max(1);
const line = z.int().min(1);

/** The text fields beside the beginning of a file. */
export const previewFieldsSchema = z.strictObject({
  kind: z
    .enum(IMPORT_KINDS)
    .optional()
    .meta({ description: 'What the file brings; guessed from its header when it is left out.' }),
  sizeBytes: z.coerce
    .number()
    .int()
    .min(0)
    .optional()
    .meta({ description: 'Of the whole file, when only its beginning is sent.' }),
  ...readingFields,
});

const matchSchema = z
  .strictObject({
    column: z.string(),
    headers: z.array(z.string()),
    confidence,
  })
  .meta({ id: 'ColumnMatch' });

/** What was understood of a file. */
/** What a preview may point out. `export`: of the system that wrote the file. */
const PREVIEW_HINTS = [
  'export',
  'kind',
  'sheet',
  'alternatives',
  'encoding',
  'numbers',
  'beginning',
] as const;

export const previewSchema = z
  .strictObject({
    kind: z.enum(IMPORT_KINDS).nullable(),
    kindConfidence: confidence,
    container: z.enum(['csv', 'xlsx']),
    compression: z.enum(['gzip']).nullable(),
    sheet: z.string().nullable(),
    sheets: z.array(z.string()),
    encoding: z.string(),
    encodingConfidence: confidence,
    dialect: dialectSchema,
    dialectConfidence: confidence,
    headerLine: line.nullable().meta({ description: 'Null: the file has no header.' }),
    headerConfidence: confidence,
    alternatives: z
      .array(z.strictObject({ dialect: dialectSchema, headerLine: line.nullable(), confidence }))
      .meta({ description: 'Readings that fit about as well: choose one by the field `dialect`.' }),
    header: z.array(z.string()),
    columns: z.array(fileColumnSchema),
    mapping: z
      .strictObject({
        source: z.enum(['given', 'saved', 'export', 'columns']),
        name: z
          .string()
          .nullable()
          .meta({ description: 'Of the saved mapping, or of the system that wrote the file.' }),
        columns: callerMappingSchema,
        matches: z.array(matchSchema),
      })
      .nullable()
      .meta({ description: 'Null while the kind is not known.' }),
    suggestedMapping: z.strictObject({ id: z.string(), name: z.string() }).nullable().meta({
      description: 'A mapping that was saved for the same header. To use it, give its name as `mapping`.',
    }),
    recordColumns: z
      .array(z.strictObject({ column: z.string(), isRequired: z.boolean(), isKey: z.boolean() }))
      .meta({
        description: 'All columns of the kind, to be chosen for a mapping; empty while it is not known.',
      }),
    ignoredColumns: z.array(
      z.strictObject({ position: z.int().min(1), header: z.string(), resembles: z.string().nullable() }),
    ),
    numberFormats: numberFormatsSchema,
    rows: z
      .array(
        z.strictObject({
          row: z.int().min(1),
          line,
          outcome: z.enum(['rejected', 'skipped', 'pending']),
          cells: z.array(z.string()).meta({ description: 'As they stand in the file.' }),
          values: z.record(z.string(), z.string().nullable()).nullable().meta({
            description: 'As they would be stored; null where the kind is not known or the row is none.',
          }),
          errors: z.array(rowErrorSchema),
        }),
      )
      .meta({ description: 'The first ones.' }),
    clearedCells: z.int().min(0).meta({ description: 'Cells of the beginning that clear a value (#N/A).' }),
    problems: z
      .array(z.strictObject({ code: z.string(), message: z.string() }))
      .meta({ description: 'Why the file can not be imported like this; empty when it can.' }),
    notes: z
      .array(z.string())
      .meta({ description: 'What was assumed, and what only the whole file can tell.' }),
    hints: z
      .array(z.strictObject({ code: z.enum(PREVIEW_HINTS), message: z.string() }))
      .meta({ description: 'The same notes, each with a code.' }),
    isWhole: z.boolean().meta({ description: 'Whether all of the file was looked at.' }),
  })
  .meta({ id: 'Preview' });
export type Preview = z.infer<typeof previewSchema>;

export const templateParamsSchema = z.strictObject({ kind: z.enum(IMPORT_KINDS) });
