import { z } from 'zod';
import { STAGES } from '../words.ts';
import { countsSchemaOf } from './counts.ts';
import { cursorSchema, limitSchema, timeSchema } from './common.ts';

const count = z.int().min(0);

/** How far a chunk is. */
const CHUNK_STATES = ['waiting', 'staged', 'applied', 'parked'] as const;
export type ChunkState = (typeof CHUNK_STATES)[number];

/** A run of records of a file, which is staged and applied as one piece. */
export const chunkSchema = z
  .strictObject({
    number: z.int().min(1),
    state: z.enum(CHUNK_STATES),
    firstRow: z.int().min(1),
    firstLine: z.int().min(1).nullable().meta({ description: 'Null where there is no file.' }),
    rows: count,
    counts: countsSchemaOf('Chunk'),
    attempts: count,
    stagedAt: timeSchema.nullable(),
    appliedAt: timeSchema.nullable(),
    parked: z
      .strictObject({
        stage: z.enum(STAGES),
        code: z.string(),
        message: z.string(),
        attempts: count,
        since: timeSchema,
      })
      .nullable()
      .meta({ description: 'Why it gave up and waits for an operator.' }),
  })
  .meta({ id: 'Chunk' });
export type Chunk = z.infer<typeof chunkSchema>;

export const listChunksQuerySchema = z.strictObject({ limit: limitSchema, cursor: cursorSchema });

export const chunkExample: Chunk = {
  number: 1,
  state: 'applied',
  firstRow: 1,
  firstLine: 2,
  rows: 10_000,
  counts: {
    created: 9_990,
    updated: 0,
    unchanged: 0,
    skipped: 0,
    duplicate: 4,
    rejected: 6,
    failed: 0,
    pending: 0,
  },
  attempts: 1,
  stagedAt: '2026-11-21T07:00:01.000Z',
  appliedAt: '2026-11-21T07:00:02.000Z',
  parked: null,
};
