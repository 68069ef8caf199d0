import {
  type ActivityInterfaceFor,
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import {
  type OrderActivities,
  type OrderRef,
  STEP_ACTIVITIES,
  type StepResult,
} from '../../contracts/temporal/order-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { OrderStep } from '../../contracts/words.ts';

const common: ActivityOptions = { taskQueue: TASK_QUEUES.orders };

/** Makes a step, by whichever way. */
type RunStep = (step: OrderStep, ref: OrderRef) => Promise<StepResult>;

const local = proxyLocalActivities<OrderActivities>({
  // A provider that takes longer gets a regular activity, which does not keep a workflow task waiting.
  startToCloseTimeout: '12 seconds',
  // What fails goes on as a regular activity: its attempts can be seen, and outlive this worker.
  retry: { maximumAttempts: 1 },
});

/**
 * In the worker that runs the workflow, within its task: a step, and those after it as long as they are quick, cost their own time
 * and no more.
 */
export const runAtOnce: RunStep = (step, ref) => local[STEP_ACTIVITIES[step]]({ ...ref, onward: true });

/** @param maxAttempts from the retry delays that are left */
export function proxySteps(maxAttempts: number): RunStep {
  const steps = proxyActivities<OrderActivities>({
    ...common,
    // A provider may take a minute (PAYMENTS_TIMEOUT_MS), and the lock of a product half of one.
    startToCloseTimeout: '2 minutes',
    // A killed worker's attempt starts again after this long.
    heartbeatTimeout: '10 seconds',
    retry: {
      maximumAttempts: maxAttempts,
      // Only after a time-out: an activity that fails by itself names its delay.
      initialInterval: '1 second',
    },
    // An operator's verb ends the wait for the next attempt, never an attempt: what that does is known before the verb is judged.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  });
  return (step, ref) => steps[STEP_ACTIVITIES[step]](ref);
}

/** What must not give up: an order that parks without a note, or a verb that is forgotten, would be lost from sight. */
export const steady: Pick<
  ActivityInterfaceFor<OrderActivities>,
  'readOrder' | 'parkOrder' | 'applyOrderVerb'
> = proxyActivities<OrderActivities>({
  ...common,
  // One short transaction.
  startToCloseTimeout: '30 seconds',
  // Unlimited attempts; a minute is long enough not to hurry a database that is coming back.
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});
