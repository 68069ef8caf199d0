import { type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client';
import type { WorkflowHealth } from '../../prisma/repositories/jobs.ts';

/** A task of a workflow that fails so often does not heal by itself. Its attempts come at growing distances, up to ten minutes. */
const FAILING_ATTEMPTS = 5;

/** Looks how a workflow is. One that was deleted, or never was, counts as closed. @throws when the server can't be reached */
export async function examineWorkflow(workflow: Pick<WorkflowHandle, 'describe'>): Promise<WorkflowHealth> {
  try {
    const { status, raw } = await workflow.describe();
    if (status.name !== 'RUNNING') return 'closed';
    return (raw.pendingWorkflowTask?.attempt ?? 0) >= FAILING_ATTEMPTS ? 'failing' : 'running';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'closed';
    throw error;
  }
}
