import { z } from 'zod';
import { JOB_TYPES } from '../words.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';

/** How the value of a column is written, by the column's type. */
const VALUE_SCHEMAS = {
  text: z.string(),
  email: z.string(),
  decimal: z
    .string()
    .regex(/^-?\d+\.\d{2,4}$/)
    .meta({ description: 'A decimal number, with two to four decimals.' }),
  boolean: z.boolean(),
  integer: z.int(),
} as const;

/** What the schemas of a kind of record are made from. */
export interface RecordShape {
  /** What one record is called, in lower case. */
  singular: string;
  keyColumn: string;
  columns: readonly {
    name: string;
    type: keyof typeof VALUE_SCHEMAS;
    required: boolean;
    maxLength?: number;
    default?: string;
  }[];
}

export type RecordValue = string | number | boolean | null;
/** Values by column. */
export type RecordValues = Record<string, RecordValue>;

/** What wrote a record. */
const changeSourceSchema = z
  .strictObject({
    type: z.enum([...JOB_TYPES, 'request']).meta({ description: 'A job of this type, or a single request.' }),
    jobId: idSchema.nullable().meta({ description: 'Null for a request.' }),
  })
  .meta({ id: 'ChangeSource' });
export type ChangeSource = z.infer<typeof changeSourceSchema>;

const sourceSchema = changeSourceSchema
  .nullable()
  .meta({ description: 'Null where the job is no longer kept.' });
const changeIdSchema = idSchema.meta({ description: 'The job or the request that wrote the record.' });
const rowNumberSchema = z
  .int()
  .min(1)
  .nullable()
  .meta({ description: "Number of the row in the job's file; null where no file wrote the record." });

const lastChangeSchema = z
  .strictObject({ changeId: changeIdSchema, row: rowNumberSchema, source: sourceSchema })
  .meta({ id: 'LastChange', description: 'What wrote the values that the record has now.' });

/** A record: what every kind has, and the columns of its kind. */
export interface RecordJson {
  [column: string]: RecordValue | z.infer<typeof lastChangeSchema>;
  id: string;
  version: number;
  lastChange: z.infer<typeof lastChangeSchema>;
  createdAt: string;
  updatedAt: string;
}

/** What a write did to a record. */
const RECORD_OPERATIONS = ['created', 'updated', 'deleted'] as const;
export type RecordOperation = (typeof RECORD_OPERATIONS)[number];

/** An entry of the history of a record. */
export interface RecordChangeJson {
  operation: RecordOperation;
  changeId: string | null;
  row: number | null;
  by: string | null;
  at: string;
  before: RecordValues | null;
  after: RecordValues | null;
  source: ChangeSource | null;
  changesRemoved: boolean;
}

/** A record of a kind; named after it in the API document. Make it once: the name is for one schema. */
export function recordSchemaOf(shape: RecordShape): z.ZodType<RecordJson, RecordJson> {
  const schema = z
    .strictObject({
      id: idSchema,
      ...valueSchemasOf(shape),
      version: z
        .int()
        .min(1)
        .meta({ description: 'Grows with every write; the ETag of the record is this number in quotes.' }),
      lastChange: lastChangeSchema,
      createdAt: timeSchema,
      updatedAt: timeSchema,
    })
    .meta({ id: nameOf(shape) });
  return schema;
}

/** A write of a record of a kind, with the columns that it changed. Make it once. */
export function recordChangeSchemaOf(shape: RecordShape): z.ZodType<RecordChangeJson, RecordChangeJson> {
  const values = z.strictObject(valueSchemasOf(shape)).partial().nullable();
  const schema = z
    .strictObject({
      operation: z.enum(RECORD_OPERATIONS),
      changeId: changeIdSchema.nullable(),
      row: rowNumberSchema,
      by: z.string().nullable().meta({ description: 'Who; null where that is not known.' }),
      at: timeSchema,
      before: values.meta({
        description: 'The values that the write took the place of, of the columns that it changed.',
      }),
      after: values.meta({ description: 'The values that it wrote, of the columns that it changed.' }),
      source: sourceSchema,
      changesRemoved: z.boolean().meta({
        description:
          'True where writes between this entry and the next newer one are no longer kept. Only the entry of the ' +
          'creation has it; what the record held then, and who made it, is not known in that case.',
      }),
    })
    .meta({ id: `${nameOf(shape)}Change` });
  return schema as unknown as z.ZodType<RecordChangeJson, RecordChangeJson>;
}

/** The query of a list of records: page by page, or the one record that has a key. */
export function listRecordsQuerySchemaOf({ keyColumn, columns }: RecordShape) {
  const maxLength = columns.find(({ name }) => name === keyColumn)?.maxLength;
  const text = z.string().min(1);
  const key = (maxLength === undefined ? text : text.max(maxLength))
    .refine((given) => !given.includes('\0'), 'must not have a NUL character')
    .optional()
    .meta({ description: `The one with this ${keyColumn}; case and surrounding blanks do not count.` });
  return z.strictObject({ [keyColumn]: key, ...pageQuery });
}

const pageQuery = { limit: limitSchema, cursor: cursorSchema };

export const listRecordChangesQuerySchema = z.strictObject(pageQuery);

export const recordParamsSchema = z.strictObject({ id: idSchema });

export const recordHeadersSchema = z.object({
  ETag: z.string().meta({ description: 'The version of the record, in quotes.', example: '"3"' }),
});

function valueSchemasOf({ columns }: RecordShape): Record<string, z.ZodType> {
  return Object.fromEntries(
    columns.map((column): [string, z.ZodType] => {
      const schema = VALUE_SCHEMAS[column.type];
      const mayBeEmpty = !column.required && column.default === undefined;
      return [column.name, mayBeEmpty ? schema.nullable() : schema];
    }),
  );
}

function nameOf({ singular }: RecordShape): string {
  return singular.charAt(0).toUpperCase() + singular.slice(1);
}
