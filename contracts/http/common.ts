import { z } from 'zod';

/** Id of a job, and of everything else that Longshore makes: a UUIDv7. */
export const idSchema = z
  .uuid()
  .meta({ description: 'A UUIDv7.', example: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11' });

/** ISO 8601 in UTC with milliseconds. */
export const timeSchema = z.iso
  .datetime({ precision: 3 })
  .meta({ description: 'ISO 8601, UTC, with milliseconds.', example: '2026-11-21T07:00:00.000Z' });

const MAX_PAGE = 200;

/** How many items a page has at most. */
export const limitSchema = z
  .string()
  .refine((text) => /^\d{1,6}$/.test(text), 'must be a whole number')
  .transform(Number)
  .pipe(z.number().int().min(1).max(MAX_PAGE))
  .default(50)
  .meta({
    description: `Items on a page: 50 when not given, at most ${String(MAX_PAGE)}.`,
    override: { type: 'integer', minimum: 1, maximum: MAX_PAGE, default: 50 },
    example: 50,
  });

/** Where a page starts: what `nextCursor` of the page before said. */
export const cursorSchema = z
  .string()
  .min(1)
  .max(1_000)
  .optional()
  .meta({
    override: { pattern: '^[A-Za-z0-9_-]+$' },
    description: 'The `nextCursor` of the page before. It means nothing else and is not to be made by hand.',
  });

/** Makes a request repeatable. */
export const idempotencyKeySchema = z
  .string()
  .regex(/^[\u0021-\u007e]{1,255}$/, 'must be 1 to 255 visible ASCII characters')
  .optional();

/** A page of a list. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Asks for the next page as `cursor`; null on the last one.' }),
  });
}
