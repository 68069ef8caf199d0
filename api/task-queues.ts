import type { Client } from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import type { QueueFigures } from '../contracts/figures.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** What workers ask for: tasks of workflows or of activities, or both (workers/definitions.ts). */
export const POLLED: readonly Pick<QueueFigures, 'queue' | 'type'>[] = [
  { queue: TASK_QUEUES.workflows, type: 'workflow' },
  { queue: TASK_QUEUES.parse, type: 'activity' },
  { queue: TASK_QUEUES.apply, type: 'activity' },
  { queue: TASK_QUEUES.orders, type: 'workflow' },
  { queue: TASK_QUEUES.orders, type: 'activity' },
  { queue: TASK_QUEUES.webhooks, type: 'workflow' },
  { queue: TASK_QUEUES.webhooks, type: 'activity' },
];

/** @returns how much waits in a task queue and how many ask for it, as the server estimates it */
export async function describeQueue(
  client: Client,
  { queue, type }: Pick<QueueFigures, 'queue' | 'type'>,
): Promise<QueueFigures> {
  const { pollers, stats } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: queue },
    taskQueueType:
      type === 'workflow' ? TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW : TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
    reportStats: true,
  });
  const age = stats?.approximateBacklogAge;
  return {
    queue,
    type,
    backlog: Number(stats?.approximateBacklogCount ?? 0),
    backlogSeconds: age == null ? 0 : tsToMs(age) / 1000,
    pollers: pollers.length,
  };
}
