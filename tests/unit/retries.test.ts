import { MockActivityEnvironment } from '@temporalio/testing';
import { ApplicationFailure } from '@temporalio/common';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { createFailureInterceptor } from '../../activities/failure-interceptor.ts';
import { loadApiConfig } from '../../platform/config.ts';

const REQUIRED = {
  DATABASE_URL: 'postgresql://127.0.0.1/longshore',
  AUTH_SECRET: '0123456789abcdefghijklmnopqrstuv',
};

function delaysOf(env: Record<string, string> = {}): number[] {
  return loadApiConfig({ ...REQUIRED, ...env }).IMPORT_RETRY_DELAYS_MS;
}

/** How an attempt ends whose activity meets this error. */
async function failureOf(error: unknown, attempt: number, retryDelaysMs: number[]): Promise<unknown> {
  const { context } = new MockActivityEnvironment({ attempt });
  const interceptor = createFailureInterceptor(context, pino({ level: 'silent' }));
  return interceptor.execute!({ args: [{ jobId: 'x', retryDelaysMs }], headers: {} }, () =>
    Promise.reject(error as Error),
  ).catch((failure: unknown) => failure);
}

const OUTAGE = Object.assign(new Error('the connection is gone'), { code: '08006' });

describe('transient failures', () => {
  test('are retried three times by default, with growing delays, and as often as the setting has delays', () => {
    const delays = delaysOf();
    expect(delays).toHaveLength(3);
    expect(delays).toEqual([...new Set(delays)].toSorted((a, b) => a - b));
    expect(delaysOf({ IMPORT_RETRY_DELAYS_MS: '10,20,40,80' })).toEqual([10, 20, 40, 80]);
    expect(() => delaysOf({ IMPORT_RETRY_DELAYS_MS: '10,soon' })).toThrow('IMPORT_RETRY_DELAYS_MS');
  });

  test.each([
    [1, 1_000],
    [2, 5_000],
    [3, 25_000],
  ])('after attempt %i wait for the delay of the job that comes next: %i ms', async (attempt, delay) => {
    expect(await failureOf(OUTAGE, attempt, delaysOf())).toMatchObject({
      type: 'database_unavailable',
      nonRetryable: false,
      nextRetryDelay: delay,
      details: [{ attempt }],
    });
  });

  test('are told from those that no retry heals', async () => {
    const failure = await failureOf(Object.assign(new Error('no such column'), { code: '42703' }), 1, [1, 2]);
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({ type: 'database_error', nonRetryable: true });
  });
});
