import type { Queryable } from '../client.ts';
import { ORDERS_CHANNEL } from './job-notifications.ts';
import { createNotifier, type Notifier } from './notifier.ts';

/** Changes in quick succession are told of together. */
const DELAY_MS = 20;

/** Tells whoever listens that orders have changed. */
export type OrderNotifier = Notifier;

/** @param onError told of notifications that could not be sent */
export function createOrderNotifier(db: Queryable, onError: (error: unknown) => void): OrderNotifier {
  return createNotifier(db, { channel: ORDERS_CHANNEL, delayMs: DELAY_MS, onError });
}
