import { z } from 'zod';
import {
  BLANKS,
  DUPLICATES,
  IMPORT_KINDS,
  JOB_STATUSES,
  JOB_TYPES,
  KEPT_PARTS,
  MODES,
  NOTIFY,
  ON_ERROR,
  STAGES,
} from '../words.ts';
import { countsSchemaOf } from './counts.ts';
import { givenDialectSchema } from './import.ts';
import { callerMappingSchema } from './mapping.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';

const countsSchema = countsSchemaOf<{ total: number | null }>('', {
  total: z
    .int()
    .min(0)
    .nullable()
    .meta({ description: 'Null until it is known what there is to do, then always the sum of the others.' }),
});

/** The policies of an import. */
const importOptionsSchema = z
  .strictObject({
    mode: z.enum(MODES),
    blanks: z.enum(BLANKS),
    duplicates: z.enum(DUPLICATES),
    onError: z.enum(ON_ERROR),
    notify: z.enum(NOTIFY),
    dryRun: z.boolean(),
    dialect: givenDialectSchema
      .nullable()
      .meta({ description: 'What the caller said of how the file is written; null when nothing.' }),
    mapping: z
      .strictObject({
        name: z.string().nullable().meta({ description: 'Of a saved mapping, as it was then.' }),
        columns: callerMappingSchema,
      })
      .nullable()
      .meta({ description: 'The mapping that the caller chose; null when it was found out.' }),
  })
  .meta({ id: 'ImportOptions' });

const path = z.string().meta({ example: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11' });

const jobFields = {
  id: idSchema,
  type: z.enum(JOB_TYPES),
  kind: z.enum(IMPORT_KINDS),
  status: z.enum(JOB_STATUSES),
  stage: z.enum(STAGES).nullable(),
  filename: z.string().nullable(),
  sizeBytes: z.int().min(0).nullable(),
  sha256: z.string().nullable(),
  options: importOptionsSchema.nullable().meta({
    description: 'Null where the job is no import; what a bulk delete was asked is in its audit log.',
  }),
  counts: countsSchema,
  orders: z
    .strictObject({
      total: z.int().min(0).meta({ description: 'Orders that the import has made.' }),
      started: z.int().min(0).meta({
        description: 'Those that do not wait for their start any more: so many are at work at a time.',
      }),
      finished: z.int().min(0).meta({
        description: 'Those for which nothing is left to be done: shipped, failed, cancelled.',
      }),
    })
    .nullable()
    .meta({ description: 'How far the orders of a file are, also after the job has ended; null for other jobs.' }),
  percent: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .meta({ description: 'Share of rows no longer pending; 100 only at the end.' }),
  rowsPerSecond: z.number().min(0).nullable(),
  etaSeconds: z.int().min(0).nullable().meta({ description: 'Only while rows are being applied.' }),
  waitingFor: idSchema.nullable().meta({
    description: 'The job that is to change records of this kind before this one may: they take turns.',
  }),
  createdBy: z.string(),
  createdAt: timeSchema,
  startedAt: timeSchema.nullable(),
  finishedAt: timeSchema.nullable(),
  failure: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  targetJobId: idSchema.nullable().meta({
    description:
      'The job that this one is about: of a confirmed import the dry run, of an undo what it undoes.',
  }),
  undoneBy: idSchema.nullable().meta({ description: 'The undo of this job that is under way or done.' }),
  revision: z.int().min(0).meta({
    description: 'Grows with every change of the job, with gaps: of two answers the higher one is newer.',
  }),
  expired: z
    .array(z.enum(KEPT_PARTS))
    .meta({ description: 'What is no longer kept of the job; what needs it answers 410 `expired`.' }),
  earlierImport: z
    .strictObject({ jobId: idSchema, finishedAt: timeSchema })
    .nullable()
    .meta({ description: 'The latest import before this one that brought the very same file in.' }),
  workflow: z
    .strictObject({
      id: z.string(),
      url: z.url().nullable().meta({ description: 'Its page in the Temporal Web UI.' }),
    })
    .meta({ description: 'The workflow that runs this job.' }),
  links: z.strictObject({
    self: path,
    stream: path,
    chunks: path,
    rows: path,
    errors: path.optional(),
    unprocessed: path.optional(),
    reading: path.optional(),
    workflow: z.url().optional(),
  }),
};

/** A job and where it stands. */
export const jobSchema = z.strictObject(jobFields).meta({ id: 'Job' });
export type Job = z.infer<typeof jobSchema>;

/** A job with a verb that was asked for and has not taken effect yet. */
export const requestedJobSchema = z
  .strictObject({ ...jobFields, requested: z.literal(true) })
  .meta({ id: 'RequestedJob' });

export const jobParamsSchema = z.strictObject({ id: idSchema });

export const listJobsQuerySchema = z.strictObject({
  type: z.enum(JOB_TYPES).optional(),
  kind: z.enum(IMPORT_KINDS).optional(),
  status: z.enum(JOB_STATUSES).optional(),
  limit: limitSchema,
  cursor: cursorSchema,
});

export const reasonSchema = z
  .string()
  .trim()
  .min(1)
  .max(500)
  .refine((text) => !text.includes('\0'), 'must not have a NUL character')
  .optional()
  .meta({ description: 'Why, for the audit log.' });

/** What each verb may bring. */
export const verbFields = {
  reason: reasonSchema,
  id: z
    .uuid()
    .optional()
    .meta({ description: 'Makes the verb repeatable: a second one with this id does nothing.' }),
};

/** Body of a verb on a job. Who asks is taken from the token. */
export const verbBodySchema = z.strictObject(verbFields).optional();

/** What a cancel may ask for besides. */
export const cancelQuerySchema = z.strictObject({
  undo: z.enum(['true', 'false']).optional().meta({
    description: 'With `true`, what was applied is undone by a job of its own once this one has ended.',
  }),
});

/** Body of a verb on parked parts of a job. */
export const partVerbBodySchema = z
  .strictObject({
    part: z
      .string()
      .regex(/^(?:reading|staging|resolving|applying|finishing)(?: [1-9]\d{0,8})?$/)
      .optional()
      .meta({
        description: 'The parked part that is meant; all of them when not given.',
        example: 'applying 17',
      }),
    ...verbFields,
  })
  .optional();

/** Body of a reset of a job. */
export const resetBodySchema = z
  .strictObject({
    stage: z
      .enum(['reading', 'staging', 'resolving', 'applying'])
      .optional()
      .meta({ description: 'Where it begins again; as late as possible when not given.' }),
    ...verbFields,
  })
  .optional();

export const undoExample: Job = {
  id: '0195d3c9-0f1e-7d0c-8a55-2f6f3a1b9c02',
  type: 'undo',
  kind: 'products',
  status: 'pending',
  stage: null,
  filename: null,
  sizeBytes: null,
  sha256: null,
  options: null,
  counts: { total: null, reversed: 0, kept: 0, failed: 0, pending: 0 },
  orders: null,
  percent: null,
  rowsPerSecond: null,
  etaSeconds: null,
  waitingFor: null,
  createdBy: 'ada',
  createdAt: '2026-11-21T07:05:00.000Z',
  startedAt: null,
  finishedAt: null,
  failure: null,
  targetJobId: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
  undoneBy: null,
  revision: 1,
  expired: [],
  earlierImport: null,
  workflow: { id: 'undo-0195d3c9-0f1e-7d0c-8a55-2f6f3a1b9c02', url: null },
  links: {
    self: '/api/jobs/0195d3c9-0f1e-7d0c-8a55-2f6f3a1b9c02',
    stream: '/api/jobs/0195d3c9-0f1e-7d0c-8a55-2f6f3a1b9c02/stream',
    chunks: '/api/jobs/0195d3c9-0f1e-7d0c-8a55-2f6f3a1b9c02/chunks',
    rows: '/api/jobs/0195d3c9-0f1e-7d0c-8a55-2f6f3a1b9c02/rows',
  },
};

const BULK_DELETE_ID = '0195d3cb-4c2a-7e11-9b06-5d8e0a4c2b33';

export const bulkDeleteExample: Job = {
  ...undoExample,
  id: BULK_DELETE_ID,
  type: 'bulk_delete',
  counts: { total: 1_250, deleted: 0, kept: 0, failed: 0, pending: 1_250 },
  percent: 0,
  targetJobId: null,
  workflow: { id: `bulk-delete-${BULK_DELETE_ID}`, url: null },
  links: {
    self: `/api/jobs/${BULK_DELETE_ID}`,
    stream: `/api/jobs/${BULK_DELETE_ID}/stream`,
    chunks: `/api/jobs/${BULK_DELETE_ID}/chunks`,
    rows: `/api/jobs/${BULK_DELETE_ID}/rows`,
  },
};

export const jobExample: Job = {
  id: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
  type: 'import',
  kind: 'products',
  status: 'processing',
  stage: 'applying',
  filename: 'products.csv',
  sizeBytes: 43_112_930,
  sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  options: {
    mode: 'upsert',
    blanks: 'keep',
    duplicates: 'last',
    onError: 'skip',
    notify: 'summary',
    dryRun: false,
    dialect: null,
    mapping: null,
  },
  counts: {
    total: 500_000,
    created: 180_000,
    updated: 9_950,
    unchanged: 0,
    skipped: 0,
    duplicate: 30,
    rejected: 20,
    failed: 0,
    pending: 310_000,
  },
  orders: null,
  percent: 38,
  rowsPerSecond: 38_000,
  etaSeconds: 6,
  waitingFor: null,
  createdBy: 'ada',
  createdAt: '2026-11-21T07:00:00.000Z',
  startedAt: '2026-11-21T07:00:00.120Z',
  finishedAt: null,
  failure: null,
  targetJobId: null,
  undoneBy: null,
  revision: 42,
  expired: [],
  earlierImport: null,
  workflow: { id: 'import-0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11', url: null },
  links: {
    self: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
    stream: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/stream',
    chunks: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/chunks',
    rows: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/rows',
    errors: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/errors.csv',
    unprocessed: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/unprocessed.csv',
    reading: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11/reading',
  },
};
