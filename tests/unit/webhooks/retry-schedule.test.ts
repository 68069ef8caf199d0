import { describe, expect, test } from 'vitest';
import { loadWorkerConfig } from '../../../platform/config.ts';
import { nextDelayMs, readRetryAfter } from '../../../domain/webhooks/retry-schedule.ts';

const HOUR_MS = 60 * 60 * 1_000;

describe('the schedule', () => {
  test('goes on for about three days by default, and then ends', () => {
    const { WEBHOOKS_RETRY_DELAYS_MS: delays } = loadWorkerConfig({
      DATABASE_URL: 'postgresql://127.0.0.1/x',
    });
    let wholeMs = 0;
    for (let failures = 1; failures <= delays.length; failures += 1) {
      wholeMs += nextDelayMs(failures, delays, null, 0.5)!;
    }
    expect(wholeMs / HOUR_MS).toBeGreaterThan(70);
    expect(wholeMs / HOUR_MS).toBeLessThan(80);
    expect(nextDelayMs(delays.length + 1, delays, null, 0.5)).toBeNull();
  });

  test('spreads what failed together', () => {
    expect(nextDelayMs(1, [1_000], null, 0)).toBe(900);
    expect(nextDelayMs(1, [1_000], null, 0.5)).toBe(1_000);
    expect(nextDelayMs(1, [1_000], null, 1)).toBe(1_100);
  });

  test('waits at least as long as the receiver asked for, and no longer than it would anyway', () => {
    expect(nextDelayMs(1, [1_000], 5_000, 0.5)).toBe(5_000);
    expect(nextDelayMs(1, [1_000], 10, 0.5)).toBe(1_000);
    expect(nextDelayMs(2, [1_000], 5_000, 0.5)).toBeNull();
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-11-21T07:00:00.000Z');

  test.each([
    ['120', 120_000],
    [' 3 ', 3_000],
    ['Sat, 21 Nov 2026 07:00:30 GMT', 30_000],
    ['999999', 24 * HOUR_MS],
    ['Sat, 21 Nov 2026 06:59:59 GMT', null],
    ['0', null],
    ['-5', null],
    ['soon', null],
    ['', null],
    [undefined, null],
  ])('%j is %j ms', (header, expected) => {
    expect(readRetryAfter(header, now)).toBe(expected);
  });
});
