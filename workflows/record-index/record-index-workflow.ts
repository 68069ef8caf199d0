import { continueAsNew, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { RecordIndexActivities } from '../../contracts/temporal/record-index-activities.ts';

const { indexRecords } = proxyActivities<RecordIndexActivities>({
  taskQueue: TASK_QUEUES.apply,
  // It works for a minute, and may wait for a chunk's lock or the statistics at its end.
  startToCloseTimeout: '5 minutes',
  // A killed worker's attempt starts again after this long.
  heartbeatTimeout: '10 seconds',
  // Longer outages end this run; housekeeping starts the next one.
  retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '30 seconds' },
});

/** A minute of work is a few events; this is hours. */
const MAX_HISTORY_EVENTS = 2_000;

/** Whatever comes with it does not matter. */
const wake = defineSignal<[unknown?]>(WAKE_SIGNAL);

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
  let woken = true;
  setHandler(wake, () => {
    woken = true;
  });
  while (woken) {
    woken = false;
    const { chunks, records, more } = await indexRecords();
    done.chunks += chunks;
    done.records += records;
    if (more) woken = true;
    // The next run looks again, whether or not there was a signal.
    if (woken && workflowInfo().historyLength >= MAX_HISTORY_EVENTS)
      await continueAsNew<typeof RecordIndexWorkflow>(done);
  }
  return done;
}
