import { getClient, log } from '@temporalio/activity';
import { ORDER_START_WORKFLOW_ID } from '../../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';

/** Starts the workflow that starts the orders of files, or tells the one that runs to look again. */
export async function wakeOrderStart(): Promise<void> {
  await getClient().workflow.signalWithStart('OrderStartWorkflow', {
    workflowId: ORDER_START_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.workflows,
    // Each round of work is a run of its own; while one runs, it only gets the signal.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    signal: WAKE_SIGNAL,
  });
}

/** The same after something that is done already, and that must not fail for it: housekeeping wakes it within a minute too. */
export async function tryToWakeOrderStart(): Promise<void> {
  try {
    await wakeOrderStart();
  } catch (error) {
    log.warn('orders of a file are started later: the workflow that starts them could not be', {
      event: 'wake_up_failed',
      error,
    });
  }
}
