import type { Job, Schemas } from '../client/api.ts';

export type JobStatus = Job['status'];
export type Outcome =
  | 'created'
  | 'updated'
  | 'unchanged'
  | 'skipped'
  | 'duplicate'
  | 'rejected'
  | 'failed'
  | 'pending'
  | 'reversed'
  | 'deleted'
  | 'kept';

/** As people read them. */
export const STATUS_WORDS: Record<JobStatus, string> = {
  pending: 'Waiting',
  processing: 'Running',
  paused: 'Paused',
  needs_attention: 'Needs attention',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export const TYPE_WORDS: Record<Job['type'], string> = {
  import: 'Import',
  undo: 'Undo',
  bulk_delete: 'Bulk delete',
};

export const KIND_WORDS: Record<Job['kind'], string> = {
  customers: 'Customers',
  products: 'Products',
  orders: 'Orders',
};

/** Whether nothing changes a job any more except somebody who asks for it. */
export function isEnded(status: JobStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

/** The counts of a job, without their total, in the order in which they are told. */
export function outcomesOf(job: { counts: Job['counts'] | Schemas['Chunk']['counts'] }): [Outcome, number][] {
  return Object.entries(job.counts).filter(([name]) => name !== 'total') as [Outcome, number][];
}

/** What a job is called in a list and in a heading. */
export function nameOf(job: Job): string {
  return job.filename ?? `${TYPE_WORDS[job.type]} of ${KIND_WORDS[job.kind].toLowerCase()}`;
}

export const OUTCOME_WORDS: Record<Outcome, string> = {
  created: 'Created',
  updated: 'Updated',
  unchanged: 'Unchanged',
  skipped: 'Skipped',
  duplicate: 'Duplicate',
  rejected: 'Rejected',
  failed: 'Failed',
  pending: 'Pending',
  reversed: 'Set back',
  deleted: 'Deleted',
  kept: 'Kept',
};

/** Of the theme; beside words, never instead of them. */
export const OUTCOME_COLORS: Record<Outcome, string> = {
  created: 'success.main',
  updated: 'primary.main',
  unchanged: 'text.secondary',
  skipped: 'text.disabled',
  duplicate: 'secondary.main',
  rejected: 'error.main',
  failed: 'warning.main',
  pending: 'divider',
  reversed: 'success.main',
  deleted: 'error.main',
  kept: 'secondary.main',
};

/** The stages that a job goes through, in order. */
export const STAGE_WORDS: Record<NonNullable<Job['stage']>, string> = {
  reading: 'Read the file',
  staging: 'Check the rows',
  resolving: 'Settle repeated keys',
  applying: 'Apply',
  finishing: 'Finish',
};
