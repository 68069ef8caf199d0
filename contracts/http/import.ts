import { z } from 'zod';
import {
  BLANKS,
  DEFAULT_IMPORT_OPTIONS,
  DUPLICATES,
  MODES,
  NOTIFY,
  ON_ERROR,
  RECORD_KINDS,
} from '../words.ts';

/**
 * A field of which only the default is built. Another word of the vocabulary is refused with a sentence of its own, so
 * that nobody believes a policy was followed that was not.
 */
function onlyDefault<const Words extends readonly string[]>(
  name: string,
  words: Words,
  value: Words[number],
) {
  return z
    .enum(words)
    .default(value)
    .refine((given) => given === value, {
      error: `${name} can not be chosen yet: only "${value}" is supported.`,
      params: { code: 'not_supported' },
    })
    .meta({ override: { enum: [value] } });
}

function notYet(name: string) {
  return z
    .string()
    .optional()
    .refine((given) => given === undefined || given === '', {
      error: `${name} can not be given yet: leave it out.`,
      params: { code: 'not_supported' },
    })
    .meta({ override: { maxLength: 0 } });
}

const BOOLEANS = ['true', 'false'] as const;

/** The text fields beside the file of an upload. Multipart knows only texts. */
export const importFieldsSchema = z.strictObject({
  kind: z.enum(RECORD_KINDS).meta({ description: 'What the file brings.' }),
  mode: onlyDefault('mode', MODES, DEFAULT_IMPORT_OPTIONS.mode),
  blanks: onlyDefault('blanks', BLANKS, DEFAULT_IMPORT_OPTIONS.blanks),
  duplicates: onlyDefault('duplicates', DUPLICATES, DEFAULT_IMPORT_OPTIONS.duplicates),
  onError: onlyDefault('onError', ON_ERROR, DEFAULT_IMPORT_OPTIONS.onError),
  notify: z.enum(NOTIFY).default(DEFAULT_IMPORT_OPTIONS.notify),
  dryRun: onlyDefault('dryRun', BOOLEANS, 'false').transform((text) => text === 'true'),
  mapping: notYet('mapping'),
  dialect: notYet('dialect'),
});
export type ImportFields = z.output<typeof importFieldsSchema>;

export const importHeadersSchema = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\u0021-\u007e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .meta({
      description:
        'Makes the upload repeatable for 24 hours: the same key with the same file, kind and options gives the same job.',
      example: 'supplier-7-2026-11-21',
    }),
});
