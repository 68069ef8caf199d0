import proto from '@temporalio/proto';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import type { OrderActivities } from '../../contracts/temporal/order-activities.ts';
import type { OrderStartActivities } from '../../contracts/temporal/order-start-activities.ts';
import { listAcceptedJobs } from '../../prisma/repositories/invariants.ts';
import { type Evidence, type Invariant, settled } from './invariant.ts';

const ORDER_STEPS: ReadonlySet<string> = new Set<keyof (OrderActivities & OrderStartActivities)>([
  ...([
    'reserveStock',
    'authorisePayment',
    'shipGoods',
    'recallShipment',
    'refundPayment',
    'releaseStock',
  ] as const),
  ...(['readOrder', 'parkOrder', 'applyOrderVerb', 'startQueuedOrders'] as const),
]);

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** A task of a workflow that failed more often than this fails because of the code, not by chance. */
const MAX_TASK_ATTEMPTS = 3;

export const nothingStuck: Invariant = {
  id: 'I5',
  rule: 'No workflow has tasks that keep failing, none waits for a worker that is not there, or for nothing at all.',
  check: settled(async (evidence) => {
    const { db, temporal } = evidence;
    const broken: string[] = [];
    const jobs = await listAcceptedJobs(db.pool);
    const atWork = new Set(
      jobs.filter(({ status }) => status === 'pending' || status === 'processing').map(jobWorkflowId),
    );
    for await (const { workflowId, taskQueue } of temporal.workflow.list({
      query: `ExecutionStatus = 'Running'`,
    })) {
      const { raw } = await temporal.workflow.getHandle(workflowId).describe();
      const attempt = raw.pendingWorkflowTask?.attempt ?? 0;
      if (attempt > MAX_TASK_ATTEMPTS)
        broken.push(`${workflowId}: its workflow task failed ${attempt} times`);
      if (!(await hasPoller(evidence, taskQueue, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW))) {
        broken.push(`${workflowId}: nobody polls the queue ${taskQueue}`);
      }
      const pending = [raw.pendingWorkflowTask ?? [], raw.pendingActivities ?? [], raw.pendingChildren ?? []];
      if (pending.flat().length === 0 && atWork.has(workflowId)) {
        broken.push(`${workflowId}: nothing of it is under way, and it is neither parked nor paused`);
      }
      const waits = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '?');
      for (const queue of new Set(waits.map(queueOf))) {
        if (!(await hasPoller(evidence, queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY))) {
          broken.push(`${workflowId}: waits for ${waits.join(', ')}, and nobody polls the queue ${queue}`);
        }
      }
    }
    return broken;
  }),
};

/** Activities that read files run on the parse queue, those of orders and webhooks on their own, all others on apply. */
function queueOf(activity: string): string {
  if (activity === 'readFile' || activity === 'stageChunk') return 'parse';
  if (ORDER_STEPS.has(activity)) return 'orders';
  return ['announceEvents', 'deliverDue', 'redeliver'].includes(activity) ? 'webhooks' : 'apply';
}

async function hasPoller(
  { temporal }: Evidence,
  name: string,
  taskQueueType: proto.temporal.api.enums.v1.TaskQueueType,
): Promise<boolean> {
  const { pollers } = await temporal.workflowService.describeTaskQueue({
    namespace: temporal.options.namespace,
    taskQueue: { name },
    taskQueueType,
  });
  return pollers.length > 0;
}
