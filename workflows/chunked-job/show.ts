import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { ChunkedJobResult } from '../../contracts/temporal/chunked-job.ts';
import type { JobState } from '../../contracts/temporal/job-activities.ts';
import {
  ROWS_DONE_ATTRIBUTE,
  ROWS_REJECTED_ATTRIBUTE,
  ROWS_TOTAL_ATTRIBUTE,
  STAGE_ATTRIBUTE,
  STATUS_ATTRIBUTE,
} from '../../contracts/temporal/search-attributes.ts';
import { isEnded, type JobStatus, type Stage } from '../../contracts/words.ts';

const ADVICE: Partial<Record<JobStatus, string>> = {
  needs_attention:
    ' Parts are parked: find their errors in the job, then send the signal `retry`, `skip` or `abandon`.',
  paused: ' Send the signal `resume` to go on, or `cancel`.',
};

/** What an operator sees of the workflow in the Temporal Web UI while it runs. Nothing is sent where nothing changed. */
export function showState({ status, parked }: JobState, stage: Stage): void {
  if (isEnded(status)) return;
  const shown = status === 'pending' ? 'processing' : status;
  const { typedSearchAttributes } = workflowInfo();
  if (
    typedSearchAttributes.get(STATUS_ATTRIBUTE) !== shown ||
    typedSearchAttributes.get(STAGE_ATTRIBUTE) !== stage
  ) {
    upsertSearchAttributes([
      { key: STATUS_ATTRIBUTE, value: shown },
      { key: STAGE_ATTRIBUTE, value: stage },
    ]);
  }
  const parts = parked.length > 0 ? ` Parked: ${parked.slice(0, 10).join(', ')}.` : '';
  setCurrentDetails(`Status **${shown}**, stage **${stage}**.${parts}${ADVICE[shown] ?? ''}`);
}

/** What stays to be seen of a workflow that has ended. */
export function showEnd({ status, counts, failureCode }: ChunkedJobResult): void {
  upsertSearchAttributes([
    { key: STATUS_ATTRIBUTE, value: status },
    { key: STAGE_ATTRIBUTE, value: null },
  ]);
  if (counts === null) {
    setCurrentDetails(`Status **${status}**${failureCode === null ? '' : `, code \`${failureCode}\``}.`);
    return;
  }
  const { total, pending, rejected = 0, ...others } = counts;
  upsertSearchAttributes([
    { key: ROWS_TOTAL_ATTRIBUTE, value: total },
    { key: ROWS_DONE_ATTRIBUTE, value: total - pending },
    { key: ROWS_REJECTED_ATTRIBUTE, value: rejected },
  ]);
  const named = Object.entries<number>({ ...others, rejected, pending }).filter(([, count]) => count > 0);
  setCurrentDetails(
    `Status **${status}**. ${String(total)} rows: ${named.map(([outcome, count]) => `${String(count)} ${outcome}`).join(', ')}.`,
  );
}
