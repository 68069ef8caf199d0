import { proxyActivities } from '@temporalio/workflow';
import type {
  EraseActivities,
  EraseRequest,
  EraseResult,
} from '../../contracts/temporal/erase-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';

const { eraseRecord } = proxyActivities<EraseActivities>({
  taskQueue: TASK_QUEUES.apply,
  // All rows that are kept are read, some two seconds for each million: this is for thousands of millions.
  startToCloseTimeout: '4 hours',
  // A killed worker's search starts again after this.
  heartbeatTimeout: '10 seconds',
  // Whoever asked may have gone: it is done once the database is back, whenever that is.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

/** Forgets one person, however long it takes and whatever dies meanwhile. */
export async function EraseWorkflow(request: EraseRequest): Promise<EraseResult> {
  return await eraseRecord(request);
}
