import type { Client } from '@temporalio/client';
import { WEBHOOK_FEED_WORKFLOW_ID, webhookWorkflowId } from '../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../contracts/temporal/messages.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import type { WebhookEndpointInput, WebhookFeedInput } from '../contracts/temporal/webhook-activities.ts';

/** How a workflow is woken that waits for something to be due: it looks, and is started when it does not run. */
const AWAKE = {
  taskQueue: TASK_QUEUES.webhooks,
  signal: WAKE_SIGNAL,
  signalArgs: [] as [],
  workflowIdConflictPolicy: 'USE_EXISTING',
  // An endpoint's workflow that ended found it switched off; the feed's never ends by itself, so somebody closed it.
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
} as const;

/**
 * Says that something is due for an endpoint.
 *
 * @throws when the Temporal server can't be reached; what is due stays so, and the feed says it again
 */
export async function wakeEndpoint(client: Client, endpointId: string): Promise<void> {
  const input: WebhookEndpointInput = { endpointId };
  await client.workflow.signalWithStart('WebhookEndpointWorkflow', {
    ...AWAKE,
    workflowId: webhookWorkflowId(endpointId),
    args: [input],
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
    ...AWAKE,
    workflowId: WEBHOOK_FEED_WORKFLOW_ID,
    args: [input],
    staticSummary: 'deliveries of events',
  });
}
