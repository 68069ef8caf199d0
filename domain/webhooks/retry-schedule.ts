/** Delays are lengthened or shortened by up to this share, so that what failed together does not come again together. */
const JITTER = 0.1;

/** A receiver that asks for more than this gets it in several steps. */
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

/**
 * When a delivery is tried again.
 *
 * @param failures how many attempts have failed, from 1
 * @param delaysMs the schedule: before the 2nd, 3rd, ... attempt
 * @param retryAfterMs what the receiver asked for; it is waited for at least that long
 * @param random from 0 to 1
 * @returns milliseconds from now, or null when the schedule is at its end
 */
export function nextDelayMs(
  failures: number,
  delaysMs: readonly number[],
  retryAfterMs: number | null,
  random: number,
): number | null {
  const delayMs = delaysMs[failures - 1];
  if (delayMs === undefined) return null;
  const jittered = delayMs * (1 - JITTER + 2 * JITTER * random);
  return Math.round(Math.max(jittered, retryAfterMs ?? 0));
}

/**
 * Reads Retry-After (RFC 9110, section 10.2.3): seconds, or a date.
 *
 * @returns milliseconds from now, at most a day; null for none, for one that is past, and for what is neither
 */
export function readRetryAfter(header: string | undefined, now: Date): number | null {
  if (header === undefined) return null;
  const text = header.trim();
  const delayMs = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime();
  if (!Number.isFinite(delayMs) || delayMs <= 0) return null;
  return Math.min(delayMs, LONGEST_RETRY_AFTER_MS);
}
