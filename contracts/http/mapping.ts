import { z } from 'zod';
import { IMPORT_KINDS } from '../words.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';

const MAX_HEADER_LENGTH = 1_000;
const MAX_COLUMNS = 2_000;

// The database keeps no NUL in a text.
const text = z.string().refine((given) => !given.includes('\0'), 'must not hold a NUL character');
const headerText = text.max(MAX_HEADER_LENGTH);
const source = z.union([
  headerText
    .refine((given) => given.trim() !== '', 'must not be blank')
    .meta({ description: 'A header of the file.' }),
  z.int().min(1).max(MAX_COLUMNS).meta({ description: 'The n-th column of the file, from 1.' }),
]);

/** A mapping as a caller writes it; which columns there are depends on the kind. */
export const callerMappingSchema = z
  .preprocess(
    refusePrototype,
    z.record(z.string(), z.union([source, z.array(source).min(1).max(20), z.null()])),
  )
  .meta({
    id: 'ColumnMapping',
    description:
      "For a column of the kind the header that fills it, several that are joined by a blank, or null where it is not to be imported. A number means the n-th column. Case, blanks, hyphens and underscores don't count. Columns that are not named are found as without a mapping.",
    example: { sku: 'Code', name: ['Brand', 'Model'], stock: null },
  });

/** A record's schema passes over this key without a word. */
function refusePrototype(given: unknown, context: z.RefinementCtx): unknown {
  if (typeof given === 'object' && given !== null && Object.hasOwn(given, '__proto__')) {
    context.addIssue({ code: 'custom', message: 'There is no column "__proto__".', path: ['__proto__'] });
  }
  return given;
}

const nameSchema = text
  .trim()
  .min(1)
  .max(100)
  .meta({ description: 'No two mappings have the same.', example: 'Supplier 7' });

const headerSchema = z
  .array(headerText)
  .min(1)
  .max(MAX_COLUMNS)
  .meta({
    description:
      'The header of the file for which the mapping is made. It is suggested again when a file comes with the same headers.',
    example: ['Code', 'Brand', 'Model', 'Price'],
  });

export const mappingSchema = z
  .strictObject({
    id: idSchema,
    name: nameSchema,
    kind: z.enum(IMPORT_KINDS),
    columns: callerMappingSchema,
    hasHeader: z.boolean().meta({
      description: 'Whether it is suggested when a file comes with the header that it was saved with.',
    }),
    createdBy: z.string(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
    version: z.int().min(1).meta({ description: 'Grows with each change; also the ETag.' }),
  })
  .meta({ id: 'Mapping' });
export type MappingView = z.infer<typeof mappingSchema>;

export const createMappingSchema = z.strictObject({
  name: nameSchema,
  kind: z.enum(IMPORT_KINDS),
  columns: callerMappingSchema,
  header: headerSchema.optional(),
});

export const changeMappingSchema = z
  .strictObject({
    name: nameSchema.optional(),
    columns: callerMappingSchema.optional(),
    header: headerSchema.nullable().optional(),
  })
  .refine((given) => Object.keys(given).length > 0, 'must change something');

export const mappingParamsSchema = z.strictObject({ id: idSchema });

export const listMappingsQuerySchema = z.strictObject({
  kind: z.enum(IMPORT_KINDS).optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});

export const mappingExample: MappingView = {
  id: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b12',
  name: 'Supplier 7',
  kind: 'products',
  columns: { sku: 'Code', name: ['Brand', 'Model'], stock: null },
  hasHeader: true,
  createdBy: 'ada',
  createdAt: '2026-11-21T07:00:00.000Z',
  updatedAt: '2026-11-21T07:00:00.000Z',
  version: 1,
};
