import { ActivityFailure, ApplicationFailure, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetail } from '../../contracts/temporal/chunked-job.ts';
import type { PartFailure } from '../../contracts/temporal/job-activities.ts';

/** How often a part whose worker stopped answering starts again before it parks: a healthy part outlives some kills. */
const MAX_RESTARTS = 10;

/** What became of a part. */
export type PartResult<T> = { done: true; value: T } | { done: false; failure: PartFailure };

/**
 * Runs a part of a job to its end, or until retrying can't heal it.
 * The server has retried what its error says can heal; a part that ended with a time-out, as after a killed worker, starts
 * again here. Cancellation passes through.
 */
export async function runPart<T>(run: () => Promise<T>): Promise<PartResult<T>> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return { done: true, value: await run() };
    } catch (error) {
      if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
      const timedOut = error.cause instanceof TimeoutFailure;
      if (timedOut && restarts < MAX_RESTARTS) continue;
      return { done: false, failure: toPartFailure(error, restarts) };
    }
  }
}

/** @param restarts rounds of attempts that ended with a time-out before the last one */
function toPartFailure({ cause, message }: ActivityFailure, restarts: number): PartFailure {
  if (cause instanceof ApplicationFailure) {
    const [detail] = (cause.details ?? []) as [FailureDetail?];
    return {
      code: cause.type ?? 'program_error',
      message: cause.message,
      attempts: restarts + (detail?.attempt ?? 1),
    };
  }
  const code = cause instanceof TimeoutFailure ? 'timed_out' : 'program_error';
  return { code, message: cause?.message ?? message, attempts: restarts + 1 };
}
