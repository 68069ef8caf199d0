/**
 * Workflow ids, all built here and always from business ids, so that whoever knows a job finds its workflow,
 * and a second start of the same job meets the first.
 */
export function importWorkflowId(jobId: string): string {
  return `import-${jobId}`;
}

/** Of forgetting the person whom a record is about. */
export function eraseWorkflowId(recordId: string): string {
  return `erase-${recordId}`;
}

/** The schedule of the housekeeping rounds; there is one. */
export const HOUSEKEEPING_SCHEDULE_ID = 'housekeeping';
export const HOUSEKEEPING_WORKFLOW_ID = 'housekeeping';
