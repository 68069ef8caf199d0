import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { observeActivity } from '../platform/work-metrics.ts';

/** Measures each attempt of an activity. Put it before the failure interceptor, which finds out what a failure is. */
export function createMeasureInterceptor(ctx: Context): ActivityInboundCallsInterceptor {
  const { activityType } = ctx.info;
  return {
    async execute(input, next) {
      const started = performance.now();
      const seconds = (): number => (performance.now() - started) / 1000;
      try {
        const result = await next(input);
        observeActivity(activityType, 'ok', seconds());
        return result;
      } catch (error) {
        observeActivity(activityType, codeOf(error), seconds());
        throw error;
      }
    },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  // The failure interceptor gives a code to each.
  return error instanceof ApplicationFailure && error.type ? error.type : 'program_error';
}
