export interface WatchOptions<Snapshot> {
  read: (id: string) => Promise<Snapshot | null>;
  /** A read failed; it is repeated. */
  onError: (error: unknown) => void;
  /** However many changes there are, a thing is read at most so often. */
  readIntervalMs: number;
  /** A notification that got lost is made up for after so long. */
  safetyReadMs: number;
}

/** Is interested in all of them. */
interface AllListener<Snapshot> {
  /** One changed. */
  onChange: (snapshot: Snapshot) => void;
  /** Changes may have been missed. */
  onGap: () => void;
}

/** Tells whoever is interested in a thing, such as a job, of its changes. All who watch one thing share each read of it. */
export interface Watch<Snapshot> {
  /**
   * Calls the listener with the thing as it is soon, and again whenever it has changed.
   * @returns ends it
   */
  subscribe: (id: string, listener: (snapshot: Snapshot) => void) => () => void;
  /**
   * Calls the listener with each that changes from now on.
   * @returns ends it
   */
  subscribeAll: (listener: AllListener<Snapshot>) => () => void;
  /** The thing was changed. */
  changed: (id: string) => void;
  /** Any of them may have changed, without a word of which. */
  anyChanged: () => void;
  /** How many are being watched. */
  size: () => number;
  close: () => void;
}

interface Topic<Snapshot> {
  listeners: Set<(snapshot: Snapshot) => void>;
  reading: boolean;
  /** Something changed after the last read began. */
  stale: boolean;
  lastReadAt: number;
  timer: NodeJS.Timeout | undefined;
}

export function createWatch<Snapshot>({
  read,
  onError,
  readIntervalMs,
  safetyReadMs,
}: WatchOptions<Snapshot>): Watch<Snapshot> {
  const topics = new Map<string, Topic<Snapshot>>();
  const allListeners = new Set<AllListener<Snapshot>>();

  const topicOf = (id: string): Topic<Snapshot> => {
    let topic = topics.get(id);
    if (topic === undefined) {
      topic = { listeners: new Set(), reading: false, stale: false, lastReadAt: -Infinity, timer: undefined };
      topics.set(id, topic);
    }
    return topic;
  };
  /** What nobody watches by itself is looked at for those who watch all, and then forgotten. */
  const forget = (id: string, topic: Topic<Snapshot>): void => {
    if (topic.listeners.size > 0 || topics.get(id) !== topic) return;
    clearTimeout(topic.timer);
    topics.delete(id);
  };

  const refresh = (id: string, topic: Topic<Snapshot>): void => {
    topic.stale = true;
    if (topic.reading || topic.timer !== undefined) return;
    const waitMs = Math.max(0, topic.lastReadAt + readIntervalMs - performance.now());
    topic.timer = setTimeout(() => {
      topic.timer = undefined;
      void readNow(id, topic);
    }, waitMs);
  };

  const readNow = async (id: string, topic: Topic<Snapshot>): Promise<void> => {
    topic.reading = true;
    topic.stale = false;
    topic.lastReadAt = performance.now();
    try {
      const snapshot = await read(id);
      if (snapshot !== null) {
        for (const listener of [...topic.listeners]) listener(snapshot);
        for (const { onChange } of [...allListeners]) onChange(snapshot);
      }
    } catch (error) {
      // The next notification or safety read asks again; a database that is away is not asked faster than that.
      onError(error);
    } finally {
      topic.reading = false;
    }
    // It may be another topic's turn by now: the last listener may have gone, and a new one come.
    if (!isStale(topic)) forget(id, topic);
    else if (topics.get(id) === topic) refresh(id, topic);
  };

  const refreshAll = (): void => {
    for (const [id, topic] of topics) refresh(id, topic);
  };
  const safety = setInterval(refreshAll, safetyReadMs);
  safety.unref();

  return {
    subscribe(id, listener) {
      const topic = topicOf(id);
      topic.listeners.add(listener);
      refresh(id, topic);
      return () => {
        topic.listeners.delete(listener);
        if (allListeners.size === 0) forget(id, topic);
      };
    },
    subscribeAll(listener) {
      allListeners.add(listener);
      return () => {
        allListeners.delete(listener);
        if (allListeners.size > 0) return;
        for (const [id, topic] of topics) forget(id, topic);
      };
    },
    changed(id) {
      const topic = allListeners.size > 0 ? topicOf(id) : topics.get(id);
      if (topic !== undefined) refresh(id, topic);
    },
    anyChanged() {
      refreshAll();
      for (const { onGap } of [...allListeners]) onGap();
    },
    size: () => topics.size,
    close() {
      clearInterval(safety);
      for (const topic of topics.values()) clearTimeout(topic.timer);
      topics.clear();
    },
  };
}

/** A function of its own, because the compiler does not see that others write the field during an await. */
function isStale(topic: { stale: boolean }): boolean {
  return topic.stale;
}
