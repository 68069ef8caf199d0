import type { Client, WorkflowHandle } from '@temporalio/client';
import type { EraseRequest, EraseResult } from '../contracts/temporal/erase-activities.ts';
import { eraseWorkflowId } from '../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';

/** The workflow as its callers see it. */
export type Erase = (request: EraseRequest) => Promise<EraseResult>;

/**
 * Starts to forget a person. One whom somebody forgets at the moment is not forgotten twice at a time: that workflow is joined.
 *
 * @throws when the Temporal server can't be reached or refuses
 */
export async function startErase(client: Client, request: EraseRequest): Promise<WorkflowHandle<Erase>> {
  return await client.workflow.start<Erase>('EraseWorkflow', {
    workflowId: eraseWorkflowId(request.recordId),
    taskQueue: TASK_QUEUES.workflows,
    args: [request],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // Asked again, it finds what is left, or that nothing is.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `erase one of the ${request.kind}`,
  });
}
