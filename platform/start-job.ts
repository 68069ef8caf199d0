import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { type ChunkedJobInput, cursorAt } from '../contracts/temporal/chunked-job.ts';
import { JOB_WORKFLOWS, jobWorkflowId } from '../contracts/temporal/ids.ts';
import { TASK_QUEUES } from '../contracts/temporal/queues.ts';
import {
  JOB_TYPE_ATTRIBUTE,
  KIND_ATTRIBUTE,
  STATUS_ATTRIBUTE,
} from '../contracts/temporal/search-attributes.ts';
import type { JobType, ImportKind, Stage } from '../contracts/words.ts';

/** What the start of a job's workflow needs to know about the job. */
export interface JobToStart {
  id: string;
  type: JobType;
  kind: ImportKind;
  /** Of the file, where there is one. */
  sizeBytes: number | null;
  /** Where a job goes on that has run before. */
  from?: { stage: Stage; chunkCount: number } | null;
}

/** Settings that travel with the workflow, so that a change of them does not reach into running ones. */
export interface JobStartSettings {
  IMPORT_RETRY_DELAYS_MS: number[];
  IMPORT_MAX_HISTORY_EVENTS: number;
}

/**
 * Starts the workflow of an accepted job. May be repeated: a workflow that runs or has run to its end is left alone,
 * because its id comes from the job.
 *
 * @throws when the Temporal server can't be reached or refuses; the job row stays, and so the start can be made later
 */
export async function startJob(client: Client, job: JobToStart, settings: JobStartSettings): Promise<void> {
  const input: ChunkedJobInput = {
    jobId: job.id,
    retryDelaysMs: settings.IMPORT_RETRY_DELAYS_MS,
    maxHistoryEvents: settings.IMPORT_MAX_HISTORY_EVENTS,
  };
  const { from = null, sizeBytes } = job;
  if (from !== null) input.cursor = cursorAt(from.stage, from.chunkCount);
  const size = sizeBytes === null ? '' : `, ${(sizeBytes / 1e6).toFixed(1)} MB`;
  try {
    await client.workflow.start(JOB_WORKFLOWS[job.type], {
      workflowId: jobWorkflowId(job),
      taskQueue: TASK_QUEUES.workflows,
      args: [input],
      // A second start of the same job, after an answer that got lost, meets the first.
      workflowIdConflictPolicy: 'USE_EXISTING',
      // A completed one has ended the job, unless an operator has opened it again since. One that was terminated before its
      // first step has left the job waiting to be started.
      workflowIdReusePolicy: from === null ? 'ALLOW_DUPLICATE_FAILED_ONLY' : 'ALLOW_DUPLICATE',
      // Everybody who may see the namespace reads this: no file name, which may be personal.
      staticSummary: `${job.type.replace('_', ' ')} of ${job.kind}${size}`,
      typedSearchAttributes: [
        { key: JOB_TYPE_ATTRIBUTE, value: job.type },
        { key: KIND_ATTRIBUTE, value: job.kind },
        { key: STATUS_ATTRIBUTE, value: 'pending' },
      ],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
