import type { OrderProgress } from '../../prisma/repositories/order-timelines.ts';
import { createWatch } from './watch.ts';

/** Entries in one read; whoever is further behind is served by the next ones. */
export const PROGRESS_LIMIT = 500;
/** However much happens to an order, it is read at most so often. */
const READ_INTERVAL_MS = 50;
/** A notification that got lost is made up for after so long: an order is done in less than a second. */
const SAFETY_READ_MS = 1_000;

export interface OrderWatchOptions {
  /** Reads an order's timeline from a place on, at most {@link PROGRESS_LIMIT} entries. */
  read: (orderId: string, afterSeq: number) => Promise<OrderProgress | null>;
  onError: (error: unknown) => void;
}

/** What a watcher of an order has seen so far. It moves the place on as it takes entries. */
export interface OrderPlace {
  seq: number;
}

/** Tells whoever is interested in an order of what happens to it. All who watch one order share each read. */
export interface OrderWatch {
  /**
   * Calls the listener soon, and again whenever something has happened. The entries may begin before the listener's place.
   * @returns ends it
   */
  subscribe: (orderId: string, place: OrderPlace, listener: (progress: OrderProgress) => void) => () => void;
  changed: (orderId: string) => void;
  anyChanged: () => void;
  /** How many orders are being watched. */
  size: () => number;
  close: () => void;
}

export function createOrderWatch({ read, onError }: OrderWatchOptions): OrderWatch {
  const places = new Map<string, Set<OrderPlace>>();
  const watch = createWatch<OrderProgress>({
    read: (orderId) => {
      const seqs = [...(places.get(orderId) ?? [])].map(({ seq }) => seq);
      return read(orderId, seqs.length === 0 ? 0 : Math.min(...seqs));
    },
    onError,
    readIntervalMs: READ_INTERVAL_MS,
    safetyReadMs: SAFETY_READ_MS,
  });
  return {
    subscribe(orderId, place, listener) {
      const known = places.get(orderId) ?? new Set();
      places.set(orderId, known.add(place));
      const unsubscribe = watch.subscribe(orderId, (progress) => {
        listener(progress);
        // There is more than one read holds.
        if (progress.entries.length >= PROGRESS_LIMIT) watch.changed(orderId);
      });
      return () => {
        unsubscribe();
        known.delete(place);
        if (known.size === 0 && places.get(orderId) === known) places.delete(orderId);
      };
    },
    changed: watch.changed,
    anyChanged: watch.anyChanged,
    size: watch.size,
    close: watch.close,
  };
}
