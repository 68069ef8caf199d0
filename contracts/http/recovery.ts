import { z } from 'zod';
import { JOB_VERBS, STAGES } from '../words.ts';
import { timeSchema } from './common.ts';
import { jobExample, jobSchema } from './job.ts';

/** A part of a job that gave up and waits for an operator. */
export const parkedPartSchema = z
  .strictObject({
    part: z.string().meta({ description: 'Its name in verbs.', example: 'applying 17' }),
    stage: z.enum(STAGES),
    chunk: z.int().min(1).nullable().meta({ description: 'Null for a stage that is one piece.' }),
    code: z.string(),
    message: z.string(),
    attempts: z.int().min(0),
    since: timeSchema,
  })
  .meta({ id: 'ParkedPart' });
export type ParkedPartJson = z.infer<typeof parkedPartSchema>;

/** A step that failed and is being tried again by itself. */
const retryingStepSchema = z
  .strictObject({
    step: z
      .string()
      .meta({ description: 'The part where it works on a chunk, else the number of the step.' }),
    activity: z.string(),
    attempt: z.int().min(1),
    lastError: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
    nextAttemptAt: timeSchema.nullable(),
  })
  .meta({ id: 'RetryingStep' });

/** Where a job stands for the one who is to get it going again. */
export const recoverySchema = z
  .strictObject({
    job: jobSchema,
    parked: z.array(parkedPartSchema),
    retrying: z
      .array(retryingStepSchema)
      .nullable()
      .meta({ description: 'Null where the workflow does not run or can not be asked.' }),
    verbs: z.array(
      z.strictObject({
        verb: z.enum(JOB_VERBS),
        possible: z.boolean(),
        effect: z.string().meta({ description: 'What it would do, or why it is not possible.' }),
      }),
    ),
  })
  .meta({ id: 'Recovery' });
export type Recovery = z.infer<typeof recoverySchema>;

const job = {
  ...jobExample,
  status: 'needs_attention' as const,
  etaSeconds: null,
  failure: { code: 'database_error', message: 'The database refused a statement.' },
};
const parked: ParkedPartJson[] = [
  {
    part: 'applying 17',
    stage: 'applying',
    chunk: 17,
    code: 'database_error',
    message: 'The database refused a statement.',
    attempts: 1,
    since: '2026-11-21T07:02:00.000Z',
  },
];

export const parkedJobExample = { job, parked };

export const recoveryExample: Recovery = {
  job,
  parked,
  retrying: [],
  verbs: [{ verb: 'retry', possible: true, effect: 'Runs the parked parts again.' }],
};
