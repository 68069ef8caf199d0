import type { Client, WorkflowStartOptions } from '@temporalio/client';
import { ORDER_WORKFLOW, orderWorkflowId } from '../contracts/temporal/ids.ts';
import { WAKE_SIGNAL } from '../contracts/temporal/messages.ts';
import type { OrderResult, OrderWorkflowInput } from '../contracts/temporal/order-activities.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import { KIND_ATTRIBUTE } from '../contracts/temporal/search-attributes.ts';
import type { OrderStep } from '../contracts/words.ts';

/** What the start of an order's workflow needs to know about the order. */
export interface OrderToStart {
  id: string;
  /** What comes next for it; `inventory` for a new one, null when that is not known. */
  next: OrderStep | null;
}

/** Settings that travel with the workflow, so that a change of them does not reach into running ones. */
export interface OrderStartSettings {
  ORDER_RETRY_DELAYS_MS: number[];
}

/** How many orders of files are at work at a time. */
export interface OrderPaceSettings {
  ORDER_IMPORT_AT_WORK: number;
}

type OrderWorkflow = (input: OrderWorkflowInput) => Promise<OrderResult>;

/**
 * Starts the workflow of an order that has just been created. May be repeated: one that runs is left alone, and one that starts
 * once more finds in the database what is left to do.
 *
 * @throws when the Temporal server can't be reached or refuses; the order stays, and so the start can be made later
 */
export async function startOrder(
  client: Client,
  order: OrderToStart,
  settings: OrderStartSettings,
): Promise<void> {
  await client.workflow.start<OrderWorkflow>(ORDER_WORKFLOW, optionsOf(order, settings));
}

/**
 * The same for an order that has had a workflow before: one that runs all the same is told to look again.
 *
 * @throws as above
 */
export async function wakeOrder(
  client: Client,
  order: OrderToStart,
  settings: OrderStartSettings,
): Promise<void> {
  await client.workflow.signalWithStart<OrderWorkflow, [unknown?]>(ORDER_WORKFLOW, {
    ...optionsOf(order, settings),
    signal: WAKE_SIGNAL,
    signalArgs: [],
  });
}

function optionsOf(
  { id, next }: OrderToStart,
  { ORDER_RETRY_DELAYS_MS: retryDelaysMs }: OrderStartSettings,
): WorkflowStartOptions<OrderWorkflow> & { args: [OrderWorkflowInput] } {
  return {
    workflowId: orderWorkflowId(id),
    taskQueue: TASK_QUEUES.orders,
    args: [{ orderId: id, retryDelaysMs, next }],
    // A second start of the same order, after an answer that got lost, meets the first.
    workflowIdConflictPolicy: 'USE_EXISTING',
    // An operator may have an order done again that has ended.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    typedSearchAttributes: [{ key: KIND_ATTRIBUTE, value: 'orders' }],
  };
}
