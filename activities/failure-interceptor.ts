import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { FailureDetail } from '../contracts/temporal/chunked-job.ts';
import type { Logger } from '../platform/log.ts';
import { classifyError } from './classify-error.ts';

/**
 * Turns whatever an activity throws into a failure of the catalogue: its type says what happened, whether it can heal is
 * decided by one table, and the delay before the next attempt is the one that the job was started with.
 */
export function createFailureInterceptor(ctx: Context, log: Logger): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      const { attempt, activityType, workflowExecution } = ctx.info;
      try {
        return await next(input);
      } catch (error) {
        if (error instanceof CancelledFailure || error instanceof TemporalFailure) throw error;
        const classified = classifyError(error);
        log.warn(
          {
            event: 'activity_failed',
            activity: activityType,
            workflow_id: workflowExecution?.workflowId,
            attempt,
            code: classified.code,
            err: error,
          },
          'an attempt failed',
        );
        const delayMs = retryDelaysOf(input.args)[attempt - 1];
        throw ApplicationFailure.create({
          type: classified.code,
          message: classified.message,
          nonRetryable: !classified.retryable,
          details: [{ attempt } satisfies FailureDetail],
          ...(delayMs === undefined ? {} : { nextRetryDelay: delayMs }),
        });
      }
    },
  };
}

/** The delays that came with the job, in milliseconds. */
function retryDelaysOf(args: readonly unknown[]): readonly number[] {
  const [ref] = args;
  if (typeof ref !== 'object' || ref === null || !('retryDelaysMs' in ref)) return [];
  return Array.isArray(ref.retryDelaysMs) ? (ref.retryDelaysMs as number[]) : [];
}
