import type { Queryable } from '../client.ts';
import { ORDERS_CHANNEL } from './job-notifications.ts';

/** Changes in quick succession are told of together. */
const DELAY_MS = 20;
/** PostgreSQL takes payloads of less than 8,000 bytes; an id has at most 64, and a comma behind it. */
const MAX_IDS = 120;

/** Tells whoever listens that orders have changed. */
export interface OrderNotifier {
  /** Call it once the change is committed. */
  changed: (orderId: string) => void;
  /** Resolves once all is told that was to be told. */
  flush: () => Promise<void>;
}

/**
 * Notifies outside of the transactions that change orders: a transaction that notifies holds a lock over the whole server until
 * its commit is written to disk, and all others that notify queue behind it. A notification that gets lost costs time, not
 * truth: readers also look by themselves.
 *
 * @param onError told of notifications that could not be sent
 */
export function createOrderNotifier(db: Queryable, onError: (error: unknown) => void): OrderNotifier {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const send = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const ids = [...waiting];
    waiting.clear();
    try {
      for (let from = 0; from < ids.length; from += MAX_IDS) {
        await db.query('SELECT pg_notify($1, $2)', [
          ORDERS_CHANNEL,
          ids.slice(from, from + MAX_IDS).join(','),
        ]);
      }
    } catch (error) {
      onError(error);
    }
  };
  return {
    changed(orderId) {
      waiting.add(orderId);
      timer ??= setTimeout(() => void send(), DELAY_MS);
    },
    flush: send,
  };
}
