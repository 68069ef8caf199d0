import { RECORD_INDEX_WORKFLOW_ID } from '../../contracts/temporal/ids.ts';
import { type Runner, tryToWakeRunner, wakeRunner } from '../wake-runner.ts';

/** Fills the search tables. */
const RECORD_INDEX: Runner = {
  type: 'RecordIndexWorkflow',
  workflowId: RECORD_INDEX_WORKFLOW_ID,
  later: 'the search tables are filled later: their workflow could not be started',
};

export const wakeRecordIndex = (): Promise<void> => wakeRunner(RECORD_INDEX);
export const tryToWakeRecordIndex = (): Promise<void> => tryToWakeRunner(RECORD_INDEX);
