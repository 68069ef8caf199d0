import { patched, proxyActivities } from '@temporalio/workflow';
import type {
  HousekeepingActivities,
  HousekeepingResult,
} from '../../contracts/temporal/housekeeping-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';

const {
  startPendingJobs,
  keepOrders,
  watchWorkflows,
  removeExpired,
  removeOrphanFiles,
  indexLeftovers,
  wakeWebhooks,
  removeOldDeliveries,
} = proxyActivities<HousekeepingActivities>({
  taskQueue: TASK_QUEUES.apply,
  // A round looks at what a crash left: mostly nothing. A folder of a million files is listed in a minute.
  startToCloseTimeout: '5 minutes',
  // A step that got lost, as with a killed server or worker, must not hold up the rounds for those minutes.
  heartbeatTimeout: '10 seconds',
  // The next round does what this one could not.
  retry: { maximumAttempts: 3 },
});

/** One round of housekeeping; a schedule starts them, never two at a time. */
export async function HousekeepingWorkflow(): Promise<HousekeepingResult> {
  const { started } = await startPendingJobs();
  const { found } = await watchWorkflows();
  const orders = patched('2026-11-21-orders') ? await keepOrders() : undefined;
  // Before the files: those of jobs that are marked now belong to nobody. The patch may go with the one below.
  const expired = patched('2026-11-21-retention') ? await removeExpired() : undefined;
  const { removed } = await removeOrphanFiles();
  // Both may go once no round of an earlier version can be running: they end within ten minutes.
  const { waiting } = patched('2026-11-21-index-leftovers') ? await indexLeftovers() : { waiting: false };
  const oldEvents = patched('2026-11-21-webhooks') ? await keepWebhooks() : 0;
  return {
    started,
    found,
    removed,
    indexing: waiting,
    oldEvents,
    ...(orders === undefined ? {} : { orders }),
    ...(expired === undefined ? {} : { expired }),
  };
}

async function keepWebhooks(): Promise<number> {
  await wakeWebhooks();
  return (await removeOldDeliveries()).removed;
}
