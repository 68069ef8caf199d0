import type { JobWatch } from './job-watch.ts';

/** However many jobs change, they are counted at most so often. */
const COUNT_INTERVAL_MS = 1_000;

/** Tells whoever is interested how many jobs need attention. All share each count. */
export interface AttentionWatch {
  /**
   * Calls the listener with the number soon, and again whenever it has changed.
   * @returns ends it
   */
  subscribe: (listener: (count: number) => void) => () => void;
  close: () => void;
}

/**
 * @param count asks the database
 * @param onError a count failed; the next change of a job asks again
 */
export function createAttentionWatch(
  watch: JobWatch,
  count: () => Promise<number>,
  onError: (error: unknown) => void,
): AttentionWatch {
  const listeners = new Map<(count: number) => void, number | null>();
  let stopWatching: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let countedAt = -Infinity;
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
      const found = await count();
      for (const [listener, told] of listeners) {
        if (told === found) continue;
        listeners.set(listener, found);
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

  return {
    subscribe(listener) {
      listeners.set(listener, null);
      stopWatching ??= watch.subscribeAll({ onChange: recount, onGap: recount });
      recount();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stopWatching?.();
        stopWatching = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
    close() {
      clearTimeout(timer);
      listeners.clear();
    },
  };
}
