import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';

/** However many changes there are, a job is read at most so often. */
const READ_INTERVAL_MS = 300;
/** A notification that got lost is made up for after so long. */
const SAFETY_READ_MS = 5_000;

type SnapshotListener = (snapshot: JobSnapshot) => void;

export interface JobWatchOptions {
  read: (jobId: string) => Promise<JobSnapshot | null>;
  /** A read failed; it is repeated. */
  onError: (error: unknown) => void;
}

/** Is interested in all jobs. */
interface AllJobsListener {
  /** A job changed. */
  onJob: SnapshotListener;
  /** Changes may have been missed. */
  onGap: () => void;
}

/** Tells whoever is interested in a job of its changes. All who watch one job share each read of it. */
export interface JobWatch {
  /**
   * Calls the listener with the job as it is soon, and again whenever it has changed.
   * @returns ends it
   */
  subscribe: (jobId: string, listener: SnapshotListener) => () => void;
  /**
   * Calls the listener with every job that changes from now on.
   * @returns ends it
   */
  subscribeAll: (listener: AllJobsListener) => () => void;
  /** The job was changed. */
  changed: (jobId: string) => void;
  /** Any job may have changed, without a word of which. */
  anyChanged: () => void;
  /** How many jobs are being watched. */
  size: () => number;
  close: () => void;
}

interface Topic {
  listeners: Set<SnapshotListener>;
  reading: boolean;
  /** Something changed after the last read began. */
  stale: boolean;
  lastReadAt: number;
  timer: NodeJS.Timeout | undefined;
}

export function createJobWatch({ read, onError }: JobWatchOptions): JobWatch {
  const topics = new Map<string, Topic>();
  const allListeners = new Set<AllJobsListener>();

  const topicOf = (jobId: string): Topic => {
    let topic = topics.get(jobId);
    if (topic === undefined) {
      topic = { listeners: new Set(), reading: false, stale: false, lastReadAt: -Infinity, timer: undefined };
      topics.set(jobId, topic);
    }
    return topic;
  };
  /** A job that nobody watches by itself is looked at for those who watch all, and then forgotten. */
  const forget = (jobId: string, topic: Topic): void => {
    if (topic.listeners.size > 0 || topics.get(jobId) !== topic) return;
    clearTimeout(topic.timer);
    topics.delete(jobId);
  };

  const refresh = (jobId: string, topic: Topic): void => {
    topic.stale = true;
    if (topic.reading || topic.timer !== undefined) return;
    const waitMs = Math.max(0, topic.lastReadAt + READ_INTERVAL_MS - performance.now());
    topic.timer = setTimeout(() => {
      topic.timer = undefined;
      void readNow(jobId, topic);
    }, waitMs);
  };

  const readNow = async (jobId: string, topic: Topic): Promise<void> => {
    topic.reading = true;
    topic.stale = false;
    topic.lastReadAt = performance.now();
    try {
      const snapshot = await read(jobId);
      if (snapshot !== null) {
        for (const listener of [...topic.listeners]) listener(snapshot);
        for (const { onJob } of [...allListeners]) onJob(snapshot);
      }
    } catch (error) {
      // The next notification or safety read asks again; a database that is away is not asked faster than that.
      onError(error);
    } finally {
      topic.reading = false;
    }
    // It may be another topic's turn by now: the last listener may have gone, and a new one come.
    if (!isStale(topic)) forget(jobId, topic);
    else if (topics.get(jobId) === topic) refresh(jobId, topic);
  };

  const refreshAll = (): void => {
    for (const [jobId, topic] of topics) refresh(jobId, topic);
  };
  const safety = setInterval(refreshAll, SAFETY_READ_MS);
  safety.unref();

  return {
    subscribe(jobId, listener) {
      const topic = topicOf(jobId);
      topic.listeners.add(listener);
      refresh(jobId, topic);
      return () => {
        topic.listeners.delete(listener);
        if (allListeners.size === 0) forget(jobId, topic);
      };
    },
    subscribeAll(listener) {
      allListeners.add(listener);
      return () => {
        allListeners.delete(listener);
        if (allListeners.size > 0) return;
        for (const [jobId, topic] of topics) forget(jobId, topic);
      };
    },
    changed(jobId) {
      const topic = allListeners.size > 0 ? topicOf(jobId) : topics.get(jobId);
      if (topic !== undefined) refresh(jobId, topic);
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
function isStale(topic: Topic): boolean {
  return topic.stale;
}
