import { z } from 'zod';
import { JOB_TYPES } from '../words.ts';
import { cursorSchema, idempotencyKeySchema, idSchema, limitSchema, timeSchema } from './common.ts';

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

const pageQuery = { limit: limitSchema, cursor: cursorSchema };

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
    indexed?: true;
  }[];
  /** What is shown with them, read-only. */
  facts: readonly { name: string; type: 'integer'; description: string }[];
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
      ...Object.fromEntries(
        shape.facts.map(({ name, type, description }) => [
          name,
          VALUE_SCHEMAS[type].meta({ description, readOnly: true }),
        ]),
      ),
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

/** Text of a query: the database keeps no NUL, so nothing has one. */
const queryText = (maxLength: number | undefined) =>
  (maxLength === undefined ? z.string().min(1) : z.string().min(1).max(maxLength)).refine(
    (given) => !given.includes('\0'),
    'must not have a NUL character',
  );

const notBlank = (given: string): boolean => given.trim() !== '';

/** The longest text that is searched for, or that a column is asked to begin with, in characters. */
const MAX_SEARCHED = 100;

const QUERY_NUMBERS = {
  decimal: z
    .string()
    .regex(/^\d{1,15}(?:\.\d{1,4})?$/, 'must be a number such as 19.90')
    .meta({ example: '19.90' }),
  integer: z
    .string()
    .regex(/^\d{1,10}$/, 'must be a whole number')
    .refine((given) => Number(given) <= 2_147_483_647, 'is too large')
    .meta({ example: '10' }),
} as const;

/** What records can be chosen by: the columns of the kind that are indexed, and a text. */
export function recordFilterFieldsOf({ keyColumn, columns }: RecordShape) {
  const fields: Record<string, z.ZodType<string | undefined, string | undefined>> = {};
  for (const { name, type, maxLength, indexed } of columns) {
    if (name === keyColumn) {
      fields[name] = queryText(maxLength)
        .optional()
        .meta({ description: `The one with this ${name}; case and surrounding blanks do not count.` });
    } else if (indexed !== true) {
      continue;
    } else if (type === 'boolean') {
      fields[name] = z.enum(['true', 'false']).optional();
    } else if (type === 'decimal' || type === 'integer') {
      fields[`${name}Min`] = QUERY_NUMBERS[type]
        .optional()
        .meta({ description: `${name} not less than this.` });
      fields[`${name}Max`] = QUERY_NUMBERS[type]
        .optional()
        .meta({ description: `${name} not more than this.` });
    } else {
      fields[name] = queryText(MAX_SEARCHED)
        .refine(notBlank, 'must not be blank')
        .optional()
        .meta({ description: `${name} begins with this; case does not count.` });
    }
  }
  const texts = columns.filter(({ type }) => type === 'text' || type === 'email').map(({ name }) => name);
  return {
    ...fields,
    q: queryText(MAX_SEARCHED)
      .refine(notBlank, 'must not be blank')
      .optional()
      .meta({
        description:
          `Stands somewhere in ${texts.join(', ')}; case does not count. One or two letters are looked for where a ` +
          'word begins, signs of scripts without blanks anywhere. Of each text the first 2,000 characters are searched.',
      }),
  };
}

/**
 * The query of a list of records: page by page, filtered and sorted by the columns of the kind that are indexed.
 *
 * @param sorts what the kind can be sorted by
 */
export function listRecordsQuerySchemaOf(shape: RecordShape, sorts: readonly string[]) {
  return z.strictObject({
    ...recordFilterFieldsOf(shape),
    sort: z
      .enum(sorts.flatMap((sort) => [sort, `-${sort}`]))
      .default('-createdAt')
      .meta({
        description: 'The order; with `-` in front from the last to the first. Equal ones by their ids.',
      }),
    ...pageQuery,
  });
}

/** How a request writes the value of a column. It is held against the rules of imports afterwards. */
const INPUT_SCHEMAS = {
  text: z.string(),
  email: z.string(),
  decimal: z.union([z.string(), z.number()]).meta({ description: 'A decimal number, as text or number.' }),
  boolean: z.boolean(),
  integer: z.union([z.number(), z.string()]).meta({ description: 'A whole number, as number or text.' }),
} as const;

/** The body of a request that creates a record (whole), or that changes one. Make each once. */
export function recordInputSchemaOf(shape: RecordShape, isWhole: boolean) {
  const fields = shape.columns.map((column) => {
    const written: z.ZodType<string | number | boolean | null> = INPUT_SCHEMAS[column.type];
    const schema = column.required ? written : written.nullable();
    return [column.name, isWhole && column.required ? schema : schema.optional()] as const;
  });
  return z.strictObject(Object.fromEntries(fields)).meta({
    id: `${isWhole ? 'New' : 'Changed'}${nameOf(shape)}`,
    description: isWhole
      ? 'What is left out or null has no value, or the default of its column.'
      : 'What is left out stays. Null empties a column, or gives it its default; one that is required refuses it.',
  });
}

export const listRecordChangesQuerySchema = z.strictObject(pageQuery);

export const recordParamsSchema = z.strictObject({ id: idSchema });

/** Header of a request that creates a record. */
export const createRecordHeadersSchema = z.object({
  'idempotency-key': idempotencyKeySchema.meta({
    description:
      'Makes the request repeatable for 24 hours: the same key with the same values gives the same record.',
    example: 'till-3-2026-11-21-0017',
  }),
});

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
