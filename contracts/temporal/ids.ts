import type { JobType } from '../words.ts';

/** What a job's workflow is found by. */
export interface JobAddress {
  id: string;
  type: JobType;
}

const JOB_PREFIXES: Record<JobType, string> = { import: 'import', undo: 'undo', bulk_delete: 'bulk-delete' };

/**
 * Workflow ids, all built here and always from business ids, so that whoever knows a job finds its workflow,
 * and a second start of the same job meets the first.
 */
export function jobWorkflowId({ id, type }: JobAddress): string {
  return `${JOB_PREFIXES[type]}-${id}`;
}

const JOB_WORKFLOW_ID = new RegExp(`^(?:${Object.values(JOB_PREFIXES).join('|')})-([0-9a-f-]{36})$`);

/** The id of the job whose workflow this is; null for other workflows. */
export function jobIdOfWorkflow(workflowId: string): string | null {
  return JOB_WORKFLOW_ID.exec(workflowId)?.[1] ?? null;
}

/** Of an order; a caller's own id of it is part of the workflow's. */
export function orderWorkflowId(orderId: string): string {
  return `order-${orderId}`;
}

/** The workflow that runs an order. */
export const ORDER_WORKFLOW = 'OrderWorkflow';

/** One for each endpoint; it sends what is due there. */
export function webhookWorkflowId(endpointId: string): string {
  return `webhook-${endpointId}`;
}

/** The workflow that makes deliveries of events; there is one. */
export const WEBHOOK_FEED_WORKFLOW_ID = 'webhook-feed';

/** The workflow that runs the jobs of a type. */
export const JOB_WORKFLOWS = {
  import: 'ImportWorkflow',
  undo: 'UndoWorkflow',
  bulk_delete: 'BulkDeleteWorkflow',
} as const satisfies Record<JobType, string>;

/** Of forgetting the person whom a record is about. */
export function eraseWorkflowId(recordId: string): string {
  return `erase-${recordId}`;
}

/** The schedule of the housekeeping rounds; there is one. */
export const HOUSEKEEPING_SCHEDULE_ID = 'housekeeping';
export const HOUSEKEEPING_WORKFLOW_ID = 'housekeeping';

/** The workflow that fills the search tables; there is one. */
export const RECORD_INDEX_WORKFLOW_ID = 'record-index';

/** The workflow that starts the orders of files, so many at a time; there is one. */
export const ORDER_START_WORKFLOW_ID = 'order-start';
