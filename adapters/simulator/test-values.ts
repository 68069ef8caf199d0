/**
 * Test values: what an order's payment token or shipping service makes the simulators do, as providers of payments have cards for
 * tests. Several are joined by `+`. docs/orders.md lists them.
 */

/** How a simulated request fails before it is answered. */
export interface Faults {
  /** The first so many requests are turned away. */
  failTimes: number;
  /** Nothing is done and nothing is answered. */
  isSilent: boolean;
  /** It is done, and the first answer gets lost. */
  losesFirstAnswer: boolean;
  delayMs: number;
}

/** Longer than any time-out that can be set. */
const LONGEST_DELAY_MS = 120_000;

/** The test values in a token or a service; none in one that is not meant for the simulators. */
export function testValuesOf(text: string | null): string[] {
  return text === null ? [] : text.split('+').filter((value) => value.startsWith('sim_'));
}

/**
 * Reads the faults out of test values.
 *
 * @param prefix of the request that is meant: `sim` of the first one, `sim_refund`, `sim_recall`
 */
export function faultsOf(values: readonly string[], prefix: string): Faults {
  const faults: Faults = { failTimes: 0, isSilent: false, losesFirstAnswer: false, delayMs: 0 };
  for (const value of values) {
    const rest = value.startsWith(`${prefix}_`) ? value.slice(prefix.length + 1) : '';
    const times = /^fails?_(\d{1,6})_times$/.exec(rest)?.[1];
    const delay = /^slow_(\d{1,6})ms$/.exec(rest)?.[1];
    if (rest === 'unavailable' || rest === 'fails') faults.failTimes = Number.POSITIVE_INFINITY;
    else if (rest === 'timeout') faults.isSilent = true;
    else if (rest === 'unknown' || rest.startsWith('unknown_then_')) faults.losesFirstAnswer = true;
    else if (times !== undefined) faults.failTimes = Number(times);
    else if (delay !== undefined) faults.delayMs = Math.min(Number(delay), LONGEST_DELAY_MS);
  }
  return faults;
}

/** How a simulated request ends: with an answer, late perhaps, or without one. */
export type Simulated<Answer> =
  | { answer: Answer; delayMs: number }
  /**
   * `silent`: nothing was done, nothing comes. `lost`: it was done, nothing comes. `invalid`: the key was used for another request.
   */
  | { fault: 'unavailable' | 'silent' | 'lost' | 'invalid' };

/**
 * Lets a request with faults happen.
 *
 * @param count how often it was sent, this time included
 * @param isDone whether it was done before: then it is only answered again
 * @param act does it
 */
export function simulate<Answer>(
  { failTimes, isSilent, losesFirstAnswer, delayMs }: Faults,
  count: number,
  isDone: boolean,
  act: () => Answer,
): Simulated<Answer> {
  if (isDone) return { answer: act(), delayMs: 0 };
  if (isSilent) return { fault: 'silent' };
  if (count <= failTimes) return { fault: 'unavailable' };
  const answer = act();
  return losesFirstAnswer ? { fault: 'lost' } : { answer, delayMs };
}
