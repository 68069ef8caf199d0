import { proxyActivities } from '@temporalio/workflow';
import type { BulkDeleteActivities } from '../../contracts/temporal/bulk-delete-activities.ts';
import type { ChunkedJobInput, ChunkedJobResult } from '../../contracts/temporal/chunked-job.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { partOptions } from '../chunked-job/activities.ts';
import { runChunkedJob } from '../chunked-job/engine.ts';

/**
 * Deletes the records that were noted when the job was accepted, in chunks, and finishes. How many chunks there are comes with
 * the input: nothing is left to be found out.
 */
export async function BulkDeleteWorkflow(input: ChunkedJobInput): Promise<ChunkedJobResult> {
  const onApply = { ...partOptions(input.retryDelaysMs.length + 1), taskQueue: TASK_QUEUES.apply };
  const { deleteChunk } = proxyActivities<BulkDeleteActivities>(onApply);
  return runChunkedJob(input, [
    {
      stage: 'applying',
      shape: 'chunks',
      inTurn: true,
      run: ({ summary, ...ref }) =>
        deleteChunk.executeWithOptions(
          { ...onApply, activityId: `applying ${String(ref.chunk)}`, summary: `delete ${summary}` },
          [ref],
        ),
    },
  ]);
}
