import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import type { ChunkCounts } from '../../contracts/temporal/chunked-job.ts';
import type { ApplyActivities, ParseActivities } from '../../contracts/temporal/import-activities.ts';
import { TASK_QUEUES } from '../../contracts/temporal/queues.ts';
import { partOptions, wholeFileOptions } from '../chunked-job/activities.ts';

/** The steps of an import, on the workers that do them. */
export interface ImportSteps {
  readFile: ParseActivities['readFile'];
  stageChunk: (
    ...args: [...Parameters<ParseActivities['stageChunk']>, summary: string]
  ) => Promise<ChunkCounts>;
  settleReading: ApplyActivities['settleReading'];
  resolveDuplicates: ApplyActivities['resolveDuplicates'];
  applyChunk: (
    ...args: [...Parameters<ApplyActivities['applyChunk']>, summary: string]
  ) => Promise<ChunkCounts>;
}

/** @param maxAttempts of each part: one more than there are retry delays */
export function proxyImportSteps(maxAttempts: number): ImportSteps {
  const whole = wholeFileOptions(maxAttempts);
  const part = partOptions(maxAttempts);
  const onParse = (options: ActivityOptions) => ({ ...options, taskQueue: TASK_QUEUES.parse });
  const onApply = (options: ActivityOptions) => ({ ...options, taskQueue: TASK_QUEUES.apply });
  const { readFile } = proxyActivities<ParseActivities>({
    ...onParse(whole),
    summary: 'cut the file into chunks',
  });
  const { stageChunk } = proxyActivities<ParseActivities>(onParse(part));
  const { settleReading } = proxyActivities<ApplyActivities>({
    ...onApply(part),
    summary: 'compare how the chunks write their numbers',
  });
  const { resolveDuplicates } = proxyActivities<ApplyActivities>({
    ...onApply(whole),
    summary: 'decide which row of a repeated key wins',
  });
  const { applyChunk } = proxyActivities<ApplyActivities>(onApply(part));
  return {
    readFile,
    settleReading,
    resolveDuplicates,
    stageChunk: (ref, summary) =>
      stageChunk.executeWithOptions(
        // By its id an operator sees which part is being tried again.
        { ...onParse(part), activityId: `staging ${String(ref.chunk)}`, summary: `stage ${summary}` },
        [ref],
      ),
    applyChunk: (ref, summary) =>
      applyChunk.executeWithOptions(
        { ...onApply(part), activityId: `applying ${String(ref.chunk)}`, summary: `apply ${summary}` },
        [ref],
      ),
  };
}
