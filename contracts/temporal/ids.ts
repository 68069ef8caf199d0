/**
 * Workflow ids, all built here and always from business ids, so that whoever knows a job finds its workflow,
 * and a second start of the same job meets the first.
 */
export function importWorkflowId(jobId: string): string {
  return `import-${jobId}`;
}

/** One for each endpoint; it sends what is due there. */
export function webhookWorkflowId(endpointId: string): string {
  return `webhook-${endpointId}`;
}

/** The workflow that makes deliveries of events; there is one. */
export const WEBHOOK_FEED_WORKFLOW_ID = 'webhook-feed';

/** The schedule of the housekeeping rounds; there is one. */
export const HOUSEKEEPING_SCHEDULE_ID = 'housekeeping';
export const HOUSEKEEPING_WORKFLOW_ID = 'housekeeping';
