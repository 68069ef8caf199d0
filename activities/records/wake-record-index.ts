import { getClient, log } from '@temporalio/activity';
import { RECORD_INDEX_WORKFLOW_ID } from '../../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';

/** Starts the workflow that fills the search tables, or tells the one that runs to look again. */
export async function wakeRecordIndex(): Promise<void> {
  await getClient().workflow.signalWithStart('RecordIndexWorkflow', {
    workflowId: RECORD_INDEX_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.workflows,
    // Each round of work is a run of its own; while one runs, it only gets the signal.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    signal: WAKE_SIGNAL,
  });
}

/** The same after something that is done already, and that must not fail for it: housekeeping wakes it within a minute too. */
export async function tryToWakeRecordIndex(): Promise<void> {
  try {
    await wakeRecordIndex();
  } catch (error) {
    log.warn('the search tables are filled later: their workflow could not be started', {
      event: 'wake_up_failed',
      error,
    });
  }
}
