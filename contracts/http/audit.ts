import { z } from 'zod';
import { AUDIT_ACTIONS, AUDIT_WAYS } from '../words.ts';
import { cursorSchema, idSchema, limitSchema, timeSchema } from './common.ts';
import { orderIdSchema } from './order.ts';

const state = z.record(z.string(), z.unknown()).nullable();

/** An action of an operator that had an effect. */
export const auditEntrySchema = z
  .strictObject({
    id: z.uuid().meta({ description: 'Of the action: the same one a second time does nothing.' }),
    at: timeSchema,
    actor: z.string().meta({ description: '`temporal` where a signal did not say who.' }),
    action: z.enum(AUDIT_ACTIONS),
    jobId: idSchema.nullable().meta({ description: 'Null for what was not done to a job.' }),
    orderId: z.string().nullable().meta({ description: 'Null for what was not done to an order.' }),
    part: z.string().nullable().meta({ description: 'The part that it was for; null for all of the job.' }),
    reason: z.string().nullable(),
    before: state.meta({ description: 'What it changed, before.' }),
    after: state.meta({ description: 'What it changed, after.' }),
    via: z
      .enum(AUDIT_WAYS)
      .meta({ description: '`temporal`: a signal of the temporal command line or its Web UI.' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntryJson = z.infer<typeof auditEntrySchema>;

const page = { limit: limitSchema, cursor: cursorSchema };

export const listAuditQuerySchema = z.strictObject({
  jobId: idSchema.optional(),
  orderId: orderIdSchema.optional(),
  actor: z
    .string()
    .min(1)
    .max(200)
    .refine((text) => !text.includes('\0'), 'must not have a NUL character')
    .optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  ...page,
});

export const listJobAuditQuerySchema = z.strictObject(page);

export const auditEntryExample: AuditEntryJson = {
  id: '0195d3c5-9b1f-7d10-8a51-3c1f0a4c2b22',
  at: '2026-11-21T07:05:00.000Z',
  actor: 'ada',
  action: 'retry',
  jobId: '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
  orderId: null,
  part: null,
  reason: 'the disk has room again',
  before: { status: 'needs_attention', stage: 'applying', failureCode: null, parked: ['applying 17'] },
  after: { status: 'processing', stage: 'applying', failureCode: null, parked: [] },
  via: 'api',
};
