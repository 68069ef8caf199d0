import {
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { tsToMs } from '@temporalio/common/lib/time.js';
import type { EraseRequest, EraseResult } from '../contracts/temporal/erase-activities.ts';
import { type JobAddress, jobWorkflowId, orderWorkflowId } from '../contracts/temporal/ids.ts';
import type { OrderVerbInput, VerbInput } from '../contracts/temporal/messages.ts';
import type { JobVerb, OrderVerb } from '../contracts/words.ts';
import type { Logger } from '../platform/log.ts';
import type { QueueFigures } from '../contracts/figures.ts';
import type { Metrics } from '../platform/metrics.ts';
import { type Erase, startErase } from '../platform/start-erase.ts';
import { type JobStartSettings, type JobToStart, startJob } from '../platform/start-job.ts';
import {
  type OrderStartSettings,
  type OrderToStart,
  startOrder,
  wakeOrder,
} from '../platform/start-order.ts';
import { wakeEndpoint, wakeFeed } from '../platform/webhook-workflows.ts';
import { createTemporalClient, type TemporalSettings } from '../platform/temporal-connection.ts';
import { outsideTrace } from '../platform/tracing.ts';
import { HttpProblem } from './http/http-problem.ts';
import { describeQueue, POLLED } from './task-queues.ts';
import { within } from '../platform/within.ts';

/** An accepted upload is answered within this time, whether its workflow could be started or not. */
const START_TIMEOUT_MS = 3_000;
const SIGNAL_TIMEOUT_MS = 3_000;
/** Writes in quick succession are announced together. */
const ANNOUNCE_DELAY_MS = 200;
const CHECK_TIMEOUT_MS = 2_000;
/** How long an answer waits for what may take long. */
const EFFECT_TIMEOUT_MS = 5_000;

/** An activity that a workflow waits for, or a task of its own that keeps failing. */
export interface PendingStep {
  /** Its id: the name of the part, where it works on a chunk; `workflow` for the workflow's own task. */
  id: string;
  activity: string;
  attempt: number;
  lastError: { code: string; message: string } | null;
  nextAttemptAt: Date | null;
}

/** What the API asks of the workflow engine. */
export interface Workflows {
  /** Starts the workflow of an accepted job. Never rejects: what can't be started now is started later, by its job row. */
  startJob(job: JobToStart): Promise<void>;
  /**
   * Hands a verb to a job's workflow.
   * @returns false when the workflow does not run, or there is none
   * @throws {HttpProblem} `unavailable` when the engine can't be reached
   */
  sendVerb(job: JobAddress, action: JobVerb, verb: VerbInput): Promise<boolean>;
  /** Starts the workflow of a new order. Never rejects: what can't be started now is started later, by the order's row. */
  startOrder(order: OrderToStart): Promise<void>;
  /** The same for an order that may have had a workflow before: one that runs is told to look again. */
  wakeOrder(order: OrderToStart): Promise<void>;
  /**
   * Hands a verb to an order's workflow.
   * @returns false when the workflow does not run, or there is none
   * @throws {HttpProblem} `unavailable` when the engine can't be reached
   */
  sendOrderVerb(orderId: string, verb: OrderVerb, input: OrderVerbInput): Promise<boolean>;
  /**
   * Ends the workflow of a job at once, so that it can be started anew. One that does not run is left alone.
   * @throws {HttpProblem} `unavailable` when the engine can't be reached
   */
  terminate(job: JobAddress, reason: string): Promise<void>;
  /**
   * Starts to forget a person, or joins whoever does already, and waits for a moment until it is done.
   * @returns null when it goes on
   * @throws {HttpProblem} `unavailable` when the engine can't be reached
   */
  erase(request: EraseRequest): Promise<EraseResult | null>;
  /** @returns what a job's workflow waits for at the moment; null when the engine can't be reached or it does not run */
  pendingSteps(job: JobAddress): Promise<PendingStep[] | null>;
  /**
   * Says, in a moment, that there may be events to be announced: once for all that happens until then. Nobody waits for it, and
   * it may fail: whoever announces them looks by himself too.
   */
  announceSoon(): void;
  /** Says that something is due for an endpoint of webhooks. Never rejects: the feed says it again. */
  wakeEndpoint(endpointId: string): Promise<void>;
  /** @returns how much waits in each task queue, and how many workers ask for it; rejects when the engine can't be reached */
  queueFigures(): Promise<QueueFigures[]>;
  /** Rejects when the engine can't be used. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The one place of the API that talks to Temporal. */
export function createWorkflows(
  settings: TemporalSettings & JobStartSettings & OrderStartSettings,
  metrics: Pick<Metrics, 'workflowStarts'>,
  log: Logger,
): Workflows {
  const client = createTemporalClient(settings);
  const underWay = new Set<Promise<unknown>>();
  let announcing: NodeJS.Timeout | undefined;

  /**
   * Makes a call with a bounded wait. The client's own retries may go on for a moment after the deadline, and a retry on a
   * closed connection would throw where nobody catches it: so calls are remembered until they are really over.
   */
  const bounded = async (timeoutMs: number, call: () => Promise<unknown>): Promise<void> => {
    const promise = client.withDeadline(Date.now() + timeoutMs, call);
    underWay.add(promise);
    const forget = (): void => {
      underWay.delete(promise);
    };
    promise.then(forget, forget);
    await within(timeoutMs, promise);
  };

  /** @returns false when there is no running workflow */
  const ifRunning = async (call: () => Promise<unknown>): Promise<boolean> => {
    try {
      await bounded(SIGNAL_TIMEOUT_MS, call);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      const detail = 'The workflow engine can not be reached. Try again soon.';
      throw new HttpProblem('unavailable', detail, { cause: error });
    }
  };

  const bestEffort = async (what: string, call: () => Promise<unknown>): Promise<void> => {
    try {
      await outsideTrace(() => bounded(SIGNAL_TIMEOUT_MS, call));
    } catch (error) {
      log.warn({ event: 'wake_up_failed', err: error }, what);
    }
  };

  const startSoon = async (orderId: string, start: () => Promise<void>): Promise<void> => {
    try {
      await bounded(START_TIMEOUT_MS, start);
      metrics.workflowStarts.inc({ result: 'started' });
    } catch (error) {
      metrics.workflowStarts.inc({ result: 'deferred' });
      log.warn(
        { event: 'workflow_start_deferred', err: error, orderId },
        'the workflow of an order could not be started yet',
      );
    }
  };

  return {
    announceSoon() {
      announcing ??= setTimeout(() => {
        announcing = undefined;
        void bestEffort('events could not be announced at once', () => wakeFeed(client));
      }, ANNOUNCE_DELAY_MS);
    },

    wakeEndpoint: (endpointId) =>
      bestEffort('the workflow of an endpoint could not be woken', () => wakeEndpoint(client, endpointId)),

    async startJob(job) {
      try {
        await bounded(START_TIMEOUT_MS, () => startJob(client, job, settings));
        metrics.workflowStarts.inc({ result: 'started' });
      } catch (error) {
        metrics.workflowStarts.inc({ result: 'deferred' });
        log.warn(
          { event: 'workflow_start_deferred', err: error, jobId: job.id },
          'the workflow of an accepted job could not be started yet',
        );
      }
    },

    async sendVerb(job, action, verb) {
      const handle = client.workflow.getHandle(jobWorkflowId(job));
      return await ifRunning(() => handle.signal(action, verb));
    },

    startOrder: (order) => startSoon(order.id, () => startOrder(client, order, settings)),
    wakeOrder: (order) => startSoon(order.id, () => wakeOrder(client, order, settings)),

    async sendOrderVerb(orderId, verb, input) {
      const handle = client.workflow.getHandle(orderWorkflowId(orderId));
      return await ifRunning(() => handle.signal(verb, input));
    },

    async terminate(job, reason) {
      const handle = client.workflow.getHandle(jobWorkflowId(job));
      await ifRunning(() => handle.terminate(reason));
    },

    async erase(request) {
      let handle: WorkflowHandle<Erase> | undefined;
      try {
        await bounded(START_TIMEOUT_MS, async () => {
          handle = await startErase(client, request);
        });
      } catch (error) {
        const detail = 'The workflow engine can not be reached. Try again soon.';
        throw new HttpProblem('unavailable', detail, { cause: error });
      }
      let result: EraseResult | undefined;
      try {
        await bounded(EFFECT_TIMEOUT_MS, async () => {
          result = await handle?.result();
        });
      } catch (error) {
        if (error instanceof WorkflowFailedError) throw error;
        log.info({ event: 'erase_pending', recordId: request.recordId }, 'a person is still being erased');
      }
      return result ?? null;
    },

    async pendingSteps(job) {
      const handle = client.workflow.getHandle(jobWorkflowId(job));
      let steps: PendingStep[] | null = null;
      try {
        await bounded(CHECK_TIMEOUT_MS, async () => {
          const { raw, status } = await handle.describe();
          if (status.name === 'RUNNING')
            steps = [...failingTask(raw), ...(raw.pendingActivities ?? []).map(toPendingStep)];
        });
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError))
          log.warn(
            { event: 'workflow_not_seen', err: error, jobId: job.id },
            'a workflow could not be looked at',
          );
      }
      return steps;
    },

    async queueFigures() {
      const figures: QueueFigures[] = [];
      await bounded(CHECK_TIMEOUT_MS, async () => {
        const found = await Promise.all(POLLED.map((polled) => describeQueue(client, polled)));
        figures.push(...found);
      });
      return figures;
    },

    async check() {
      const { TEMPORAL_NAMESPACE: namespace } = settings;
      await bounded(CHECK_TIMEOUT_MS, () => client.workflowService.describeNamespace({ namespace }));
    },

    async close() {
      clearTimeout(announcing);
      await Promise.allSettled(underWay);
      await client.connection.close();
    },
  };
}

/** A task of the workflow itself that is tried again: its code can not go on, as after a deploy that changed it. */
function failingTask({ pendingWorkflowTask }: WorkflowExecutionDescription['raw']): PendingStep[] {
  const attempt = pendingWorkflowTask?.attempt ?? 1;
  if (attempt === 1) return [];
  const message =
    'The code of the workflow does not fit its history, or its worker fails: see the log of the workflow worker.';
  const lastError = { code: 'program_error', message };
  return [{ id: 'workflow', activity: 'workflow task', attempt, lastError, nextAttemptAt: null }];
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

function toPendingStep(pending: PendingActivity): PendingStep {
  const { lastFailure, nextAttemptScheduleTime } = pending;
  return {
    id: pending.activityId ?? '',
    activity: pending.activityType?.name ?? '',
    attempt: pending.attempt ?? 1,
    lastError:
      lastFailure == null
        ? null
        : {
            code: lastFailure.applicationFailureInfo?.type ?? 'timed_out',
            message: lastFailure.message ?? '',
          },
    nextAttemptAt: nextAttemptScheduleTime == null ? null : new Date(tsToMs(nextAttemptScheduleTime)),
  };
}
