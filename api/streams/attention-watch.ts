import type { AttentionCount } from '../../contracts/http/attention.ts';
import type { AttentionCounts } from '../../prisma/repositories/attention.ts';
import type { JobWatch } from './job-watch.ts';

/** However much changes, it is counted at most so often. */
const COUNT_INTERVAL_MS = 1_000;
/** A notification that got lost, and what nobody tells of, such as deliveries that are no longer kept, is made up for after so long. */
const SAFETY_COUNT_MS = 30_000;

/** Tells whoever is interested how much waits for an operator. All share each count. */
export interface AttentionWatch {
  /**
   * Calls the listener with the numbers soon, and again whenever one has changed.
   * @returns ends it
   */
  subscribe: (listener: (count: AttentionCount) => void) => () => void;
  /** Something other than a job may wait now, or no longer. */
  changed: () => void;
  close: () => void;
}

/**
 * @param count asks the database
 * @param onError a count failed; the next change asks again
 */
export function createAttentionWatch(
  watch: JobWatch,
  count: () => Promise<AttentionCounts>,
  onError: (error: unknown) => void,
): AttentionWatch {
  const listeners = new Map<(count: AttentionCount) => void, string>();
  let stopWatching: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let countedAt = -Infinity;
  /** What was counted last, as long as somebody listens. */
  let latest: AttentionCount | null = null;
  let counting = false;
  let stale = false;

  const recount = (): void => {
    stale = true;
    if (counting || timer !== undefined || listeners.size === 0) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        void countNow();
      },
      Math.max(0, countedAt + COUNT_INTERVAL_MS - performance.now()),
    );
  };

  const countNow = async (): Promise<void> => {
    counting = true;
    stale = false;
    countedAt = performance.now();
    try {
      const { jobs, orders, webhooks } = await count();
      const found = { count: jobs + orders + webhooks, jobs, orders, webhooks };
      const text = JSON.stringify(found);
      latest = found;
      for (const [listener, told] of listeners) {
        if (told === text) continue;
        listeners.set(listener, text);
        listener(found);
      }
    } catch (error) {
      onError(error);
    } finally {
      counting = false;
    }
    if (isStale()) recount();
  };
  /** A function, because the compiler does not see that others write it during an await. */
  const isStale = (): boolean => stale;

  const safety = setInterval(recount, SAFETY_COUNT_MS);
  safety.unref();

  return {
    changed: recount,
    subscribe(listener) {
      listeners.set(listener, latest === null ? '' : JSON.stringify(latest));
      if (latest !== null) listener(latest);
      stopWatching ??= watch.subscribeAll({ onChange: recount, onGap: recount });
      recount();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stopWatching?.();
        stopWatching = undefined;
        latest = null;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    close() {
      clearInterval(safety);
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
