import { getClient, log } from '@temporalio/activity';
import { WAKE_SIGNAL } from '../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';

/** A workflow of which there is one, and which works off what stands in the database until nothing is left. */
export interface Runner {
  type: 'OrderStartWorkflow' | 'RecordIndexWorkflow';
  workflowId: string;
  /** What is said when it can't be woken: what comes later for that. */
  later: string;
}

/** Starts it, or tells the one that runs to look again. */
export async function wakeRunner({ type, workflowId }: Runner): Promise<void> {
  await getClient().workflow.signalWithStart(type, {
    workflowId,
    taskQueue: TASK_QUEUES.workflows,
    // Each round of work is a run of its own; while one runs, it only gets the signal.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    signal: WAKE_SIGNAL,
  });
}

/** The same after something that is done already, and that must not fail for it: housekeeping wakes it within a minute too. */
export async function tryToWakeRunner(runner: Runner): Promise<void> {
  try {
    await wakeRunner(runner);
  } catch (error) {
    log.warn(runner.later, { event: 'wake_up_failed', error });
  }
}
