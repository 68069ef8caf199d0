import {
  createApplyActivities,
  createParseActivities,
  createWebhookActivities,
} from '../activities/index.ts';
import { createOrderActivities } from '../activities/orders/order-activities.ts';
import { createStartQueuedOrders } from '../activities/orders/start-queued-orders.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import { ensureHousekeeping } from './housekeeping-schedule.ts';
import { startWebhookFeed } from './webhook-feed.ts';
import type { WorkerDefinition } from './run-worker.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

/** Runs workflow code; no activities. */
export const workflowsWorker: WorkerDefinition = {
  queue: TASK_QUEUES.workflows,
  maxActivities: 0,
  prepare: ensureHousekeeping,
  options: async ({ config, isTraced }) => ({
    workflowBundle: await loadWorkflowBundle(config.WORKFLOW_BUNDLE, isTraced),
    // By default the cache grows with the heap until the process dies of it. A workflow here takes well under 1 MB.
    maxCachedWorkflows: 200,
  }),
};

/** Reads files. Parsing keeps one core busy: two at a time, so that one parses while the other waits for the database. */
export const parseWorker: WorkerDefinition = {
  queue: TASK_QUEUES.parse,
  maxActivities: 2,
  options: (deps) => ({ activities: createParseActivities(deps) }),
};

/** Applies staged rows. The work is the database's: more at a time than it has cores would only queue there. */
export const applyWorker: WorkerDefinition = {
  queue: TASK_QUEUES.apply,
  maxActivities: 4,
  options: (deps) => ({ activities: createApplyActivities(deps) }),
};

/**
 * Runs orders: their workflows and their steps. The first attempt of a step runs within the workflow's task, so that an order
 * that goes well takes one task. A step holds a connection for a few milliseconds, never while it waits for a provider.
 */
export const ordersWorker: WorkerDefinition = {
  queue: TASK_QUEUES.orders,
  maxActivities: 50,
  maxConnections: 12,
  options: async (deps) => ({
    activities: { ...createOrderActivities(deps), startQueuedOrders: createStartQueuedOrders(deps) },
    workflowBundle: await loadWorkflowBundle(deps.config.WORKFLOW_BUNDLE, deps.isTraced),
    // One for each order at work, and for some of those that wait for an operator.
    maxCachedWorkflows: 500,
  }),
};

/**
 * Delivers webhooks, and runs their workflows too: a crowd of slow receivers is no business of the imports. An activity waits for a
 * receiver most of the time, and holds a connection only to take and to report a delivery.
 */
export const webhooksWorker: WorkerDefinition = {
  queue: TASK_QUEUES.webhooks,
  maxActivities: 100,
  maxConnections: 8,
  prepare: startWebhookFeed,
  options: async (deps) => ({
    activities: createWebhookActivities(deps),
    workflowBundle: await loadWorkflowBundle(deps.config.WORKFLOW_BUNDLE, deps.isTraced),
    // One for each endpoint that is at work, and the feed.
    maxCachedWorkflows: 200,
  }),
};
