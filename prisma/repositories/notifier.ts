import type { Queryable } from '../client.ts';

/** PostgreSQL takes payloads of less than 8,000 bytes; an id has at most 64, and a comma behind it. */
const MAX_IDS = 120;

/** Tells whoever listens that things have changed. */
export interface Notifier {
  /** Call it once the change is committed. */
  changed: (id: string) => void;
  /** Resolves once all is told that was to be told. */
  flush: () => Promise<void>;
}

interface NotifierOptions {
  channel: string;
  /** Changes within so long of each other are told of together. */
  delayMs: number;
  /** Told of notifications that could not be sent. */
  onError: (error: unknown) => void;
}

/**
 * Notifies outside of the transactions that change things: a transaction that notifies holds a lock over the whole server until
 * its commit is written to disk, and all others that notify queue behind it. A notification that gets lost costs time, not
 * truth: readers also look by themselves, or their users do.
 */
export function createNotifier(db: Queryable, { channel, delayMs, onError }: NotifierOptions): Notifier {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...waiting];
    waiting.clear();
    try {
      for (let from = 0; from < ids.length; from += MAX_IDS) {
        await db.query('SELECT pg_notify($1, $2)', [channel, ids.slice(from, from + MAX_IDS).join(',')]);
      }
    } catch (error) {
      onError(error);
    }
  };
  return {
    changed(id) {
      waiting.add(id);
      timer ??= setTimeout(() => void send(), delayMs);
    },
    flush: send,
  };
}
