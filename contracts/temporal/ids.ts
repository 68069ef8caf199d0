/**
 * Workflow ids, all built here and always from business ids, so that whoever knows a job finds its workflow,
 * and a second start of the same job meets the first.
 */
export function importWorkflowId(jobId: string): string {
  return `import-${jobId}`;
}

/** The schedule of the housekeeping rounds; there is one. */
export const HOUSEKEEPING_SCHEDULE_ID = 'housekeeping';
export const HOUSEKEEPING_WORKFLOW_ID = 'housekeeping';
