import { useSyncExternalStore } from 'react';
import { formatAgo, formatTime } from './format.ts';

const TICK_MS = 10_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

/** One clock for all times on the page. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** How long ago something was; the day and the second of it on hover. */
export function Time({ at }: { at: string }) {
  const nowMs = useSyncExternalStore(subscribe, () => now);
  return (
    <time dateTime={at} title={formatTime(at)}>
      {formatAgo(at, nowMs)}
    </time>
  );
}
