import pg from 'pg';
import { ATTENTION_CHANNEL } from './attention.ts';

/** Writers notify this channel, with the job's id, inside the transactions that change a job or its chunks. */
const CHANNEL = 'longshore_jobs';

/** Writers notify this channel with ids of orders, with commas between, after they have committed. */
export const ORDERS_CHANNEL = 'longshore_orders';

/** Writers notify this channel with kinds of records, with commas between, when lists of them have changed. */
export const RECORDS_CHANNEL = 'longshore_records';

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

export interface JobNotificationsOptions {
  url: string;
  applicationName: string;
  /** A job changed. */
  onChange: (jobId: string) => void;
  /** Orders changed. */
  onOrders?: (orderIds: readonly string[]) => void;
  /** Records of these kinds changed. */
  onRecords?: (kinds: readonly string[]) => void;
  /** Deliveries were parked, or are no longer. */
  onAttention?: () => void;
  /** Listening has begun, or begun again: what changed in between was not heard. */
  onListening: () => void;
  /** The connection was lost or can't be made; it is tried again. */
  onError: (error: Error) => void;
}

export interface JobNotifications {
  close(): Promise<void>;
}

/**
 * Listens for changes of jobs and orders on a connection of its own, which a pool can't lend for good. When it breaks it is made
 * again, after growing delays. A notification only says that there is something to read, so a lost one costs time, not truth.
 */
export function listenForJobChanges(options: JobNotificationsOptions): JobNotifications {
  let client: pg.Client | null = null;
  let retry: NodeJS.Timeout | undefined;
  let delayMs = FIRST_RETRY_MS;
  let closed = false;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: options.url,
      application_name: options.applicationName,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 10_000,
    });
    client = next;
    let lost = false;
    const lose = (error: Error): void => {
      if (lost || closed) return;
      lost = true;
      options.onError(error);
      void next.end().catch(() => undefined);
      // Up to twice as long, so that many processes don't come back at the same moment.
      retry = setTimeout(() => void connect(), delayMs * (1 + Math.random()));
      delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS);
    };
    next.on('error', lose);
    next.on('end', () => {
      lose(new Error('the connection was closed'));
    });
    next.on('notification', ({ channel, payload }) => {
      if (payload === undefined) return;
      if (channel === ATTENTION_CHANNEL) options.onAttention?.();
      else if (channel === RECORDS_CHANNEL) options.onRecords?.(payload.split(','));
      else if (channel === ORDERS_CHANNEL) options.onOrders?.(payload.split(','));
      else options.onChange(payload);
    });
    try {
      await next.connect();
      await next.query(
        [CHANNEL, ORDERS_CHANNEL, RECORDS_CHANNEL, ATTENTION_CHANNEL]
          .map((name) => `LISTEN ${name}`)
          .join('; '),
      );
    } catch (error) {
      lose(error as Error);
      return;
    }
    delayMs = FIRST_RETRY_MS;
    if (!closed) options.onListening();
  };

  void connect();

  return {
    async close() {
      closed = true;
      clearTimeout(retry);
      await client?.end().catch(() => undefined);
    },
  };
}
