import { ScheduleAlreadyRunning, ScheduleOverlapPolicy } from '@temporalio/client';
import { HOUSEKEEPING_SCHEDULE_ID, HOUSEKEEPING_WORKFLOW_ID } from '../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import type { WorkerConfig } from '../platform/config.ts';
import { createTemporalClient } from '../platform/temporal-connection.ts';

/** Sees to it that the schedule of the housekeeping rounds exists, with the interval of the settings. */
export async function ensureHousekeeping(config: WorkerConfig): Promise<void> {
  const client = createTemporalClient(config);
  const spec = { intervals: [{ every: config.HOUSEKEEPING_INTERVAL_MS }] };
  try {
    await client.schedule.create({
      scheduleId: HOUSEKEEPING_SCHEDULE_ID,
      spec,
      action: {
        type: 'startWorkflow',
        workflowType: 'HousekeepingWorkflow',
        workflowId: HOUSEKEEPING_WORKFLOW_ID,
        taskQueue: TASK_QUEUES.workflows,
        // A round that nobody works on must not hold up the next ones for ever.
        workflowExecutionTimeout: '10 minutes',
      },
      // Rounds that were missed, as while the server was away, are made up for by the next one.
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 minute' },
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // Whoever paused it keeps it paused: only the interval follows the settings.
    await client.schedule
      .getHandle(HOUSEKEEPING_SCHEDULE_ID)
      .update((current) => ({ ...current, spec: { intervals: spec.intervals } }));
  } finally {
    await client.connection.close();
  }
}
