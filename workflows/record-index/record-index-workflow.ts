import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { RecordIndexActivities } from '../../contracts/temporal/record-index-activities.ts';
import { whileWoken } from '../while-woken.ts';

const { indexRecords } = proxyActivities<RecordIndexActivities>({
  taskQueue: TASK_QUEUES.apply,
  // It works for a minute, and may wait for a chunk's lock or the statistics at its end.
  startToCloseTimeout: '5 minutes',
  // A killed worker's attempt starts again after this long.
  heartbeatTimeout: '10 seconds',
  // Longer outages end this run; housekeeping starts the next one.
  retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** What this run and those before it have done. */
interface Done {
  chunks: number;
  records: number;
}

/**
 * Brings what jobs wrote into the search tables until nothing is waiting. There is one; whoever ends a job wakes it. What is
 * waiting stands in the database, so a signal says no more than that it is worth looking.
 */
export async function RecordIndexWorkflow(before: Done = { chunks: 0, records: 0 }): Promise<Done> {
  const done = { ...before };
  await whileWoken(
    async () => {
      const { chunks, records, more } = await indexRecords();
      done.chunks += chunks;
      done.records += records;
      return { more };
    },
    () => continueAsNew<typeof RecordIndexWorkflow>(done),
  );
  return done;
}
