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

  return {
    async startImport(job) {
      try {
        // The deadline bounds the call, the race also what comes before it: a connection that is only being made.
        const deadline = Date.now() + START_TIMEOUT_MS;
        await within(
          START_TIMEOUT_MS,
          client.withDeadline(deadline, () => startImport(client, job, settings)),
        );
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
        const deadline = Date.now() + SIGNAL_TIMEOUT_MS;
        await within(
          SIGNAL_TIMEOUT_MS,
          client.withDeadline(deadline, () => handle.signal(RETRY_SIGNAL, verb)),
        );
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) {
          throw new HttpProblem('wrong-state', 'The workflow of this job does not run.', { cause: error });
        }
        throw new HttpProblem('unavailable', 'The workflow engine can not be reached. Try again soon.', {
          cause: error,
        });
      }
    },

    async check() {
      const deadline = Date.now() + CHECK_TIMEOUT_MS;
      await client.withDeadline(deadline, () =>
        client.workflowService.describeNamespace({ namespace: settings.TEMPORAL_NAMESPACE }),
      );
    },

    close: () => client.connection.close(),
  };
}
