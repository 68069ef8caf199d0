import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { JobActivities } from '../../contracts/temporal/job-activities.ts';

/**
 * Parts of a job that work for seconds: a chunk, the end of a job. They heartbeat.
 * @param maxAttempts from the job's retry delays
 */
export function partOptions(maxAttempts: number): ActivityOptions {
  return {
    // A chunk of thousands of rows takes well under a second; the database ends a statement after 90 s. Two minutes are
    // for a server under heavy load.
    startToCloseTimeout: '2 minutes',
    // A killed worker's chunk starts again after this long; a busy one manages four heartbeats in it.
    heartbeatTimeout: '10 seconds',
    retry: {
      maximumAttempts: maxAttempts,
      // Only after a time-out: an activity that fails by itself names its delay.
      initialInterval: '1 second',
    },
  };
}

/**
 * Parts that go over the whole file: cutting it, finding its repeated keys.
 * @param maxAttempts from the job's retry delays
 */
export function wholeFileOptions(maxAttempts: number): ActivityOptions {
  return {
    ...partOptions(maxAttempts),
    // Tens of millions of rows on a slow disk; a dead worker is noticed by its heartbeat, not by this.
    startToCloseTimeout: '30 minutes',
  };
}

/**
 * What the engine itself writes. It must not give up: a part that parks without a note would be lost from sight.
 */
export const jobs = proxyActivities<JobActivities>({
  taskQueue: TASK_QUEUES.apply,
  // One short statement.
  startToCloseTimeout: '30 seconds',
  // Unlimited attempts; a minute is long enough not to hurry a database that is coming back.
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    nonRetryableErrorTypes: [],
  },
});
