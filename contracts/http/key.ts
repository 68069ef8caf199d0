import { z } from 'zod';
import { ROLES } from '../words.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';

const keyFields = {
  id: idSchema,
  name: z.string(),
  role: z.enum(ROLES),
  hint: z.string().meta({ description: 'The first characters of the key, to know it by.' }),
  createdBy: z.string(),
  createdAt: timeSchema,
  expiresAt: timeSchema.nullable().meta({ description: 'Null for one that is good until it is revoked.' }),
  lastUsedAt: timeSchema.nullable().meta({ description: 'To the minute; null when it never was used.' }),
  revokedAt: timeSchema.nullable(),
  revokedBy: z.string().nullable(),
};

/** A key of a program, without what it is proved by. */
export const apiKeySchema = z.strictObject(keyFields).meta({ id: 'ApiKey' });
export type ApiKeyJson = z.infer<typeof apiKeySchema>;

export const apiKeyWithSecretSchema = z
  .strictObject({
    ...keyFields,
    key: z.string().meta({
      description: 'For the Authorization header, in place of a token. It is shown here and never again.',
      example: 'lsk_bm90IGEga2V5LCBidXQgYXMgbG9uZyBhcyBvbmUgaXM',
    }),
  })
  .meta({ id: 'ApiKeyWithSecret' });

export const createKeySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,79}$/u, 'must be letters, digits, blanks and . _ -, at most 80')
    .meta({
      description: 'Who acts with the key is called `key:` and this. No two keys ever have the same.',
      example: 'warehouse export',
    }),
  role: z.enum(ROLES),
  expiresAt: timeSchema.optional().meta({
    description: 'When it stops being good: in the future. Without it, when it is revoked.',
    example: '2027-11-21T07:00:00.000Z',
  }),
});

export const keyParamsSchema = z.strictObject({ id: idSchema });
export const listKeysQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export const apiKeyExample: ApiKeyJson = {
  id: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b15',
  name: 'warehouse export',
  role: 'viewer',
  hint: 'lsk_bm90',
  createdBy: 'ada',
  createdAt: '2026-11-21T07:00:00.000Z',
  expiresAt: null,
  lastUsedAt: '2026-11-21T07:05:00.000Z',
  revokedAt: null,
  revokedBy: null,
};
