import { z } from 'zod';
import { idSchema } from '../http/common.ts';
import { RECORD_KINDS } from '../words.ts';
import { eventSchema } from './envelope.ts';

const money = z.string().regex(/^-?\d+\.\d{2,4}$/);

/**
 * Values by column, as the API shows them. Written out, not made of the kind: a column that a kind gets later is no part of this
 * version until somebody decides so.
 */
const productValues = z.object({
  sku: z.string(),
  name: z.string(),
  price: money,
  description: z.string().nullable(),
  active: z.boolean(),
  stock: z.int(),
});
const customerValues = z.object({
  email: z.string(),
  name: z.string(),
  company: z.string(),
  phone: z.string().nullable(),
});

const by = z.string().meta({ description: 'Who changed it.' });

function recordEvents<const Singular extends 'product' | 'customer', Values extends z.ZodObject>(
  singular: Singular,
  values: Values,
) {
  const name = singular === 'product' ? 'Product' : 'Customer';
  const whole = values.meta({ id: `${name}EventValues` });
  return {
    values: whole,
    created: eventSchema(`${name}CreatedV1`, {
      type: `${singular}.created` as const,
      version: 1,
      data: z.strictObject({ id: idSchema, version: z.int().min(1), by, values: whole }),
    }),
    updated: eventSchema(`${name}UpdatedV1`, {
      type: `${singular}.updated` as const,
      version: 1,
      data: z.strictObject({
        id: idSchema,
        version: z.int().min(1),
        by,
        values: whole,
        before: values
          .partial()
          .meta({ description: 'What the columns held that were changed, before the change.' }),
      }),
    }),
    deleted: eventSchema(`${name}DeletedV1`, {
      type: `${singular}.deleted` as const,
      version: 1,
      data: z.strictObject({
        id: idSchema,
        by,
        values: whole.meta({ description: 'What it held in the end.' }),
      }),
    }),
  };
}

const product = recordEvents('product', productValues);
const customer = recordEvents('customer', customerValues);

export const productCreatedV1 = product.created;
export const productUpdatedV1 = product.updated;
export const productDeletedV1 = product.deleted;
export const customerCreatedV1 = customer.created;
export const customerUpdatedV1 = customer.updated;

/** Version 1 was not sent when a person was erased: it has values always. */
export const customerDeletedV2 = eventSchema('CustomerDeletedV2', {
  type: 'customer.deleted',
  version: 2,
  data: z.strictObject({
    id: idSchema,
    by,
    values: customer.values.nullable().meta({
      description: 'What it held in the end; null where the person was erased.',
    }),
  }),
});

/** How many changes one event holds at most. */
export const MAX_CHANGES = 100;

/** Records that an import or a bulk delete with `notify=rows` has written or deleted. Version 1 knew no deletions. */
export const recordsChangedV2 = eventSchema('RecordsChangedV2', {
  type: 'records.changed',
  version: 2,
  data: z.strictObject({
    jobId: idSchema,
    kind: z.enum(RECORD_KINDS),
    changes: z
      .array(
        z.strictObject({
          operation: z.enum(['created', 'updated', 'deleted']),
          id: idSchema.meta({ description: 'Of the record; reading it gives what it holds now.' }),
          key: z.string().meta({ description: 'What identifies the record, in its normalised form.' }),
          row: z
            .int()
            .min(1)
            .meta({ description: 'Number of the row of the job: in the file of an import.' }),
        }),
      )
      .min(1)
      .max(MAX_CHANGES),
  }),
});
