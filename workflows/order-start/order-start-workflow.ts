import { continueAsNew, defineSignal, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import type { OrderStartActivities } from '../../contracts/temporal/order-start-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';

const { startQueuedOrders } = proxyActivities<OrderStartActivities>({
  taskQueue: TASK_QUEUES.orders,
  // It works for half a minute.
  startToCloseTimeout: '2 minutes',
  // A killed worker's attempt starts again after this long.
  heartbeatTimeout: '10 seconds',
  // Longer outages end this run; housekeeping starts the next one.
  retry: { maximumAttempts: 5, initialInterval: '1 second', maximumInterval: '30 seconds' },
  summary: 'start orders of files',
});

/** Half a minute of work is a few events; this is hours. */
const MAX_HISTORY_EVENTS = 2_000;

/** Whatever comes with it does not matter. */
const wake = defineSignal<[unknown?]>(WAKE_SIGNAL);

/** What this run and those before it have started. */
interface Done {
  started: number;
}

/**
 * Starts the orders that files have brought, until none waits. There is one for all files: so it is one number of orders that are
 * at work at a time. What waits stands in the database, so a signal says no more than that it is worth looking.
 */
export async function OrderStartWorkflow(before: Done = { started: 0 }): Promise<Done> {
  const done = { ...before };
  let woken = true;
  setHandler(wake, () => {
    woken = true;
  });
  while (woken) {
    woken = false;
    const { started, more } = await startQueuedOrders();
    done.started += started;
    if (more) woken = true;
    // The next run looks again, whether or not there was a signal.
    if (woken && workflowInfo().historyLength >= MAX_HISTORY_EVENTS)
      await continueAsNew<typeof OrderStartWorkflow>(done);
  }
  return done;
}
