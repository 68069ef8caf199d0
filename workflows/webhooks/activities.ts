import { proxyActivities, type RetryPolicy } from '@temporalio/workflow';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { WebhookActivities } from '../../contracts/temporal/webhook-activities.ts';

/**
 * None of these gives up: while the database is away there is nothing to be delivered, and once it is back there is. What a
 * receiver does is no failure of an activity but a result, and its retries are in the database.
 */
const retry: RetryPolicy = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  // Long enough not to hurry a database that is coming back.
  maximumInterval: '30 seconds',
};

export const { deliverDue } = proxyActivities<WebhookActivities>({
  taskQueue: TASK_QUEUES.webhooks,
  // It sends for ten seconds, and the last attempt may take a minute.
  startToCloseTimeout: '2 minutes',
  // A killed worker's lane starts again after this long.
  heartbeatTimeout: '10 seconds',
  retry,
  summary: 'send what is due',
});

export const { announceEvents } = proxyActivities<WebhookActivities>({
  taskQueue: TASK_QUEUES.webhooks,
  // The rows of one chunk take about a second.
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  retry,
  summary: 'make deliveries of events',
});

export const { redeliver } = proxyActivities<WebhookActivities>({
  taskQueue: TASK_QUEUES.webhooks,
  // One statement over all that is parked.
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  // What a signal brings may be anything: what can't be understood is dropped, not tried for ever.
  retry: { ...retry, maximumAttempts: 10 },
  summary: 'set parked deliveries going again',
});
