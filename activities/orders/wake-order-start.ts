import { ORDER_START_WORKFLOW_ID } from '../../contracts/temporal/ids.ts';
import { type Runner, tryToWakeRunner, wakeRunner } from '../wake-runner.ts';

/** Starts the orders of files. */
const ORDER_START: Runner = {
  type: 'OrderStartWorkflow',
  workflowId: ORDER_START_WORKFLOW_ID,
  later: 'orders of a file are started later: the workflow that starts them could not be',
};

export const wakeOrderStart = (): Promise<void> => wakeRunner(ORDER_START);
export const tryToWakeOrderStart = (): Promise<void> => tryToWakeRunner(ORDER_START);
