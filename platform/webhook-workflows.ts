import type { Client } from '@temporalio/client';
import { WEBHOOK_FEED_WORKFLOW_ID, webhookWorkflowId } from '../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import type { WebhookEndpointInput, WebhookFeedInput } from '../contracts/temporal/webhook-activities.ts';

/**
 * Says that something is due for an endpoint: its workflow looks, and is started when it does not run.
 *
 * @throws when the Temporal server can't be reached; what is due stays so, and the feed says it again
 */
export async function wakeEndpoint(client: Client, endpointId: string): Promise<void> {
  const input: WebhookEndpointInput = { endpointId };
  await client.workflow.signalWithStart('WebhookEndpointWorkflow', {
    workflowId: webhookWorkflowId(endpointId),
    taskQueue: TASK_QUEUES.webhooks,
    args: [input],
    signal: WAKE_SIGNAL,
    signalArgs: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // One that ended found its endpoint switched off.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: 'deliveries to one endpoint',
  });
}

/**
 * Says that there are events to be announced. Also starts the workflow that announces them.
 *
 * @throws when the Temporal server can't be reached; the events stay
 */
export async function wakeFeed(client: Client): Promise<void> {
  const input: WebhookFeedInput = {};
  await client.workflow.signalWithStart('WebhookFeedWorkflow', {
    workflowId: WEBHOOK_FEED_WORKFLOW_ID,
    taskQueue: TASK_QUEUES.webhooks,
    args: [input],
    signal: WAKE_SIGNAL,
    signalArgs: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    // It never ends by itself: one that is closed was closed from outside.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: 'deliveries of events',
  });
}
