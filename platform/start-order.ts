import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ORDER_WORKFLOW, orderWorkflowId } from '../contracts/temporal/ids.ts';
import type { OrderWorkflowInput } from '../contracts/temporal/order-activities.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import type { OrderStep } from '../contracts/words.ts';

/** Settings that travel with the workflow, so that a change of them does not reach into running ones. */
export interface OrderStartSettings {
  ORDER_RETRY_DELAYS_MS: number[];
}

/** What the start of an order's workflow needs to know. */
export interface OrderToStart {
  id: string;
  /** The step that comes next, as far as that is known; null has it looked up. */
  next: OrderStep | null;
}

/**
 * Starts the workflow of an order. May be repeated: a workflow that runs is left alone; one that has ended makes room, because an
 * order is opened again by an operator's verb. One with nothing to do ends at once.
 *
 * @throws when the Temporal server can't be reached or refuses; the order's row stays, and so the start can be made later
 */
export async function startOrder(
  client: Client,
  { id, next }: OrderToStart,
  settings: OrderStartSettings,
): Promise<void> {
  const input: OrderWorkflowInput = { orderId: id, next, retryDelaysMs: settings.ORDER_RETRY_DELAYS_MS };
  try {
    await client.workflow.start(ORDER_WORKFLOW, {
      workflowId: orderWorkflowId(id),
      taskQueue: TASK_QUEUES.orders,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
