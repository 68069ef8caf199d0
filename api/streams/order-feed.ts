import { setTimeout as delay } from 'node:timers/promises';
import type { StreamedOrderEvent, StreamPosition } from '../../prisma/repositories/order-events.ts';
import type { StreamPage } from '../../prisma/repositories/order-timelines.ts';

/** However much happens, the timelines are read at most so often. */
const READ_INTERVAL_MS = 50;
/** Entries that wait for another transaction are looked for again after so long: nobody tells of its end. */
const HELD_BACK_MS = 100;
/** A notification that got lost is made up for after so long. */
const SAFETY_READ_MS = 1_000;
/** Entries in one read. */
const PAGE = 500;

export interface OrderFeedOptions {
  read: (after: StreamPosition, limit: number) => Promise<StreamPage>;
  /** The place behind all that can be read now. */
  end: () => Promise<StreamPosition>;
  onError: (error: unknown) => void;
}

/** One who follows all orders. */
export interface FeedListener {
  /** Takes entries, in order. @returns false to be given no more until {@link FeedSubscription.resume} */
  take: (entries: readonly StreamedOrderEvent[]) => boolean;
  /** Told once where it begins, before the first entry. */
  begin: (place: StreamPosition) => void;
}

export interface FeedSubscription {
  /** Goes on after a pause. */
  resume: () => void;
  end: () => void;
}

/** The timelines of all orders, as one. One reader serves all who follow; one who comes back catches up by himself first. */
export interface OrderFeed {
  /** @param after what the follower has seen last; null to begin now */
  subscribe: (after: StreamPosition | null, listener: FeedListener) => FeedSubscription;
  /** Orders may have changed. */
  wake: () => void;
  /** How many follow. */
  size: () => number;
  close: () => void;
}

interface Follower extends FeedListener {
  place: StreamPosition;
  hasEnded: boolean;
  isCatchingUp: boolean;
}

export function createOrderFeed({ read, end, onError }: OrderFeedOptions): OrderFeed {
  const followers = new Set<Follower>();
  /** Those whom the shared reader serves. */
  const live = new Set<Follower>();
  /** Of the shared reader; null while it serves nobody. */
  let place: StreamPosition | null = null;
  let reading = false;
  let stale = false;
  let timer: NodeJS.Timeout | undefined;

  const readSoon = (delayMs: number): void => {
    stale = true;
    if (reading || timer !== undefined || live.size === 0) return;
    timer = setTimeout(() => {
      timer = undefined;
      void readNow();
    }, delayMs);
  };

  const readNow = async (): Promise<void> => {
    if (place === null) return;
    reading = true;
    stale = false;
    let nextMs: number | null = null;
    try {
      const page = await read(place, PAGE);
      place = placeOf(page.entries) ?? place;
      for (const follower of [...live]) deliver(follower, page.entries);
      if (page.entries.length === PAGE) nextMs = 0;
      else if (page.isHeldBack) nextMs = HELD_BACK_MS;
    } catch (error) {
      onError(error);
      nextMs = SAFETY_READ_MS;
    } finally {
      reading = false;
    }
    if (live.size === 0) place = null;
    else if (nextMs !== null || isTrue(stale)) readSoon(nextMs ?? READ_INTERVAL_MS);
  };

  const deliver = (follower: Follower, entries: readonly StreamedOrderEvent[]): void => {
    const fresh = entries.filter((entry) => isBehind(entry, follower.place));
    const last = placeOf(fresh);
    if (last === null) return;
    follower.place = last;
    if (!follower.take(fresh)) live.delete(follower);
  };

  /** Reads for one follower until he has all that the shared reader has given out. */
  const catchUp = async (follower: Follower): Promise<void> => {
    if (follower.isCatchingUp) return;
    follower.isCatchingUp = true;
    try {
      for (;;) {
        const { entries } = await read(follower.place, PAGE);
        if (follower.hasEnded) return;
        const last = placeOf(entries);
        if (last !== null) {
          follower.place = last;
          if (!follower.take(entries)) return;
        }
        if (entries.length < PAGE && (place === null || !isBehind(place, follower.place))) break;
      }
      // Nothing was awaited since the comparison: from here on the shared reader has what comes.
      place ??= follower.place;
      live.add(follower);
      readSoon(READ_INTERVAL_MS);
    } finally {
      follower.isCatchingUp = false;
    }
  };

  /** Tries until it goes well: the client sees a stream that is late, not one that has ended. */
  const start = async (follower: Follower, isNew: boolean): Promise<void> => {
    let isToBegin = isNew;
    while (!follower.hasEnded && !closed) {
      try {
        if (isToBegin) {
          follower.place = await end();
          isToBegin = false;
          if (!isGone(follower)) follower.begin(follower.place);
        }
        if (!isGone(follower)) await catchUp(follower);
        return;
      } catch (error) {
        onError(error);
        await delay(SAFETY_READ_MS, undefined, { ref: false });
      }
    }
  };

  let closed = false;
  const safety = setInterval(() => {
    readSoon(0);
  }, SAFETY_READ_MS);
  safety.unref();

  return {
    subscribe(after, listener) {
      const follower: Follower = {
        ...listener,
        place: after ?? { tx: '0', position: '0' },
        hasEnded: false,
        isCatchingUp: false,
      };
      followers.add(follower);
      if (after !== null) listener.begin(after);
      void start(follower, after === null);
      return {
        resume: () => {
          if (!live.has(follower)) void start(follower, false);
        },
        end() {
          follower.hasEnded = true;
          followers.delete(follower);
          live.delete(follower);
          if (live.size === 0 && !reading) {
            place = null;
            clearTimeout(timer);
            timer = undefined;
          }
        },
      };
    },
    wake() {
      readSoon(READ_INTERVAL_MS);
    },
    size: () => followers.size,
    close() {
      closed = true;
      clearInterval(safety);
      clearTimeout(timer);
      live.clear();
      followers.clear();
    },
  };
}

/** The place behind entries; null when there are none. */
function placeOf(entries: readonly StreamedOrderEvent[]): StreamPosition | null {
  const last = entries.at(-1);
  return last === undefined ? null : { tx: last.tx, position: last.position };
}

/** Whether a place comes after another. */
function isBehind(one: StreamPosition, other: StreamPosition): boolean {
  const [tx, otherTx] = [BigInt(one.tx), BigInt(other.tx)];
  return tx > otherTx || (tx === otherTx && BigInt(one.position) > BigInt(other.position));
}

/** Functions of their own, because the compiler does not see that others write during an await. */
function isTrue(flag: boolean): boolean {
  return flag;
}

function isGone({ hasEnded }: Follower): boolean {
  return hasEnded;
}
