import { WorkflowNotFoundError } from '@temporalio/client';
import { importWorkflowId } from '../contracts/temporal/ids.ts';
import { RETRY_SIGNAL, type VerbInput } from '../contracts/temporal/messages.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import { type ImportStartSettings, type ImportToStart, startImport } from '../platform/start-import.ts';
import { createTemporalClient, type TemporalSettings } from '../platform/temporal-connection.ts';
import { HttpProblem } from './http/http-problem.ts';
import { within } from './within.ts';

/** An accepted upload is answered within this time, whether its workflow could be started or not. */
const START_TIMEOUT_MS = 3_000;
const SIGNAL_TIMEOUT_MS = 3_000;
const CHECK_TIMEOUT_MS = 2_000;

/** What the API asks of the workflow engine. */
export interface Workflows {
  /** Starts the workflow of an accepted import. Never rejects: what can't be started now is started later, by its job row. */
  startImport(job: ImportToStart): Promise<void>;
  /**
   * Asks a job's workflow to run its parked parts again.
   * @throws {HttpProblem} `unavailable` when it can't be asked, `wrong-state` when it does not run
   */
  retry(jobId: string, verb: VerbInput): Promise<void>;
  /** Rejects when the engine can't be used. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The one place of the API that talks to Temporal. */
export function createWorkflows(
  settings: TemporalSettings & ImportStartSettings,
  metrics: Pick<Metrics, 'workflowStarts'>,
  log: Logger,
): Workflows {
  const client = createTemporalClient(settings);
  const underWay = new Set<Promise<unknown>>();

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

  return {
    async startImport(job) {
      try {
        await bounded(START_TIMEOUT_MS, () => startImport(client, job, settings));
        metrics.workflowStarts.inc({ result: 'started' });
      } catch (error) {
        metrics.workflowStarts.inc({ result: 'deferred' });
        log.warn(
          { err: error, jobId: job.jobId },
          'the workflow of an accepted import could not be started yet',
        );
      }
    },

    async retry(jobId, verb) {
      const handle = client.workflow.getHandle(importWorkflowId(jobId));
      try {
        await bounded(SIGNAL_TIMEOUT_MS, () => handle.signal(RETRY_SIGNAL, verb));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) {
          throw new HttpProblem('wrong-state', 'The workflow of this job does not run.', { cause: error });
        }
        const detail = 'The workflow engine can not be reached. Try again soon.';
        throw new HttpProblem('unavailable', detail, { cause: error });
      }
    },

    async check() {
      const { TEMPORAL_NAMESPACE: namespace } = settings;
      await bounded(CHECK_TIMEOUT_MS, () => client.workflowService.describeNamespace({ namespace }));
    },

    async close() {
      await Promise.allSettled(underWay);
      await client.connection.close();
    },
  };
}
