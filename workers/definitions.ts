import { createApplyActivities, createParseActivities } from '../activities/index.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import { ensureHousekeeping } from './housekeeping-schedule.ts';
import type { WorkerDefinition } from './run-worker.ts';
import { loadWorkflowBundle } from './workflow-bundle.ts';

/** Runs workflow code; no activities. */
export const workflowsWorker: WorkerDefinition = {
  queue: TASK_QUEUES.workflows,
  maxActivities: 0,
  prepare: ensureHousekeeping,
  options: async ({ config }) => ({
    workflowBundle: await loadWorkflowBundle(config.WORKFLOW_BUNDLE),
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
