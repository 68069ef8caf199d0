import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { OrderStartActivities } from '../../contracts/temporal/order-start-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { whileWoken } from '../while-woken.ts';

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
  await whileWoken(
    async () => {
      const { started, more } = await startQueuedOrders();
      done.started += started;
      return { more };
    },
    () => continueAsNew<typeof OrderStartWorkflow>(done),
  );
  return done;
}
