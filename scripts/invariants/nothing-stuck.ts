import proto from '@temporalio/proto';
import type { Evidence, Invariant } from './invariant.ts';

const { TaskQueueType } = proto.temporal.api.enums.v1;

/** A task of a workflow that failed more often than this fails because of the code, not by chance. */
const MAX_TASK_ATTEMPTS = 3;

export const nothingStuck: Invariant = {
  id: 'I5',
  rule: 'No workflow has tasks that keep failing, no activity waits for a worker that is not there.',
  check: async (evidence) => {
    const { temporal } = evidence;
    const broken: string[] = [];
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
      const waits = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name ?? '?');
      for (const queue of new Set(waits.map(queueOf))) {
        if (!(await hasPoller(evidence, queue, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY))) {
          broken.push(`${workflowId}: waits for ${waits.join(', ')}, and nobody polls the queue ${queue}`);
        }
      }
    }
    return broken;
  },
};

/** Activities that read files run on the parse queue, all others on apply. */
function queueOf(activity: string): string {
  return activity === 'readFile' || activity === 'stageChunk' ? 'parse' : 'apply';
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
