import type { PlacedEntry, StreamPage, StreamPlace } from '../../prisma/repositories/order-streams.ts';

/** However much happens, the timelines are read at most so often. */
const READ_INTERVAL_MS = 50;
/** Entries that wait for another transaction are looked for again after so long: nobody tells of its end. */
const HELD_BACK_MS = 100;
/** A notification that got lost is made up for after so long. */
const SAFETY_READ_MS = 1_000;
/** Entries in one read. */
const PAGE = 500;

export interface OrderFeedOptions {
  read: (after: StreamPlace, limit: number) => Promise<StreamPage>;
  /** The place behind all that can be read now. */
  end: () => Promise<StreamPlace>;
  onError: (error: unknown) => void;
}

/** One who follows all orders. */
export interface FeedListener {
  /** Takes entries, in order. @returns false to be given no more until {@link FeedSubscription.resume} */
  take: (entries: readonly PlacedEntry[]) => boolean;
  /** Told once where it begins, before the first entry. */
  begin: (place: StreamPlace) => void;
}

export interface FeedSubscription {
  /** Goes on after a pause. */
  resume: () => void;
  end: () => void;
}

/** The timelines of all orders, as one. One reader serves all who follow; one who comes back catches up by himself first. */
export interface OrderFeed {
  /** @param after what the follower has seen last; null to begin now */
  subscribe: (after: StreamPlace | null, listener: FeedListener) => FeedSubscription;
  /** Orders may have changed. */
  wake: () => void;
  /** How many follow. */
  size: () => number;
  close: () => void;
}

interface Follower extends FeedListener {
  place: StreamPlace;
  hasEnded: boolean;
  isCatchingUp: boolean;
}

export function createOrderFeed({ read, end, onError }: OrderFeedOptions): OrderFeed {
  const followers = new Set<Follower>();
  /** Those whom the shared reader serves. */
  const live = new Set<Follower>();
  /** Of the shared reader; null while it serves nobody. */
  let place: StreamPlace | null = null;
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
      place = page.entries.at(-1)?.place ?? place;
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

  const deliver = (follower: Follower, entries: readonly PlacedEntry[]): void => {
    const fresh = entries.filter((entry) => isBehind(entry.place, follower.place));
    const last = fresh.at(-1);
    if (last === undefined) return;
    follower.place = last.place;
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
        const last = entries.at(-1);
        if (last !== undefined) {
          follower.place = last.place;
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

  const catchUpOrRetry = (follower: Follower): void => {
    catchUp(follower).catch((error: unknown) => {
      onError(error);
      setTimeout(() => {
        if (!follower.hasEnded && !closed) catchUpOrRetry(follower);
      }, SAFETY_READ_MS);
    });
  };

  const begin = async (follower: Follower): Promise<void> => {
    follower.place = await end();
    if (follower.hasEnded) return;
    follower.begin(follower.place);
    await catchUp(follower);
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
        place: after ?? { tx: 0n, position: 0n },
        hasEnded: false,
        isCatchingUp: false,
      };
      followers.add(follower);
      if (after === null) {
        begin(follower).catch((error: unknown) => {
          onError(error);
          if (!follower.hasEnded) follower.take([]);
        });
      } else {
        listener.begin(after);
        catchUpOrRetry(follower);
      }
      return {
        resume: () => {
          if (!live.has(follower)) catchUpOrRetry(follower);
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

/** Whether a place comes after another. */
function isBehind(one: StreamPlace, other: StreamPlace): boolean {
  return one.tx > other.tx || (one.tx === other.tx && one.position > other.position);
}

/** A function of its own, because the compiler does not see that others write the variable during an await. */
function isTrue(flag: boolean): boolean {
  return flag;
}
