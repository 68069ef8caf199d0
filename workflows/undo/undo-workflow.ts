import { proxyActivities } from '@temporalio/workflow';
import type { ChunkedJobInput, ChunkedJobResult } from '../../contracts/temporal/chunked-job.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import type { UndoActivities } from '../../contracts/temporal/undo-activities.ts';
import { partOptions, wholeFileOptions } from '../chunked-job/activities.ts';
import { runChunkedJob } from '../chunked-job/engine.ts';

/** Takes back what a job did to records: finds them, sets them back in chunks, finishes. */
export async function UndoWorkflow(input: ChunkedJobInput): Promise<ChunkedJobResult> {
  const maxAttempts = input.retryDelaysMs.length + 1;
  const onApply = { ...partOptions(maxAttempts), taskQueue: TASK_QUEUES.apply };
  const { planUndo } = proxyActivities<UndoActivities>({
    ...wholeFileOptions(maxAttempts),
    taskQueue: TASK_QUEUES.apply,
    summary: 'find the records to set back',
  });
  const { undoChunk } = proxyActivities<UndoActivities>(onApply);
  return runChunkedJob(input, [
    {
      stage: 'reading',
      shape: 'plan',
      run: async (ref) => {
        const { chunkCount, records } = await planUndo(ref);
        return { proceed: records > 0, chunkCount, rows: records };
      },
    },
    {
      stage: 'applying',
      shape: 'chunks',
      inTurn: true,
      run: ({ summary, ...ref }) =>
        undoChunk.executeWithOptions(
          { ...onApply, activityId: `applying ${String(ref.chunk)}`, summary: `set back ${summary}` },
          [ref],
        ),
    },
  ]);
}
