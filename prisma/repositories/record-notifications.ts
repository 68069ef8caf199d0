import type { RecordKind } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import { RECORDS_CHANNEL } from './job-notifications.ts';
import { createNotifier, type Notifier } from './notifier.ts';

/** Lists are read again at most about so often, however many records are written. */
const DELAY_MS = 250;

/** Tells whoever listens that lists of records have changed; an id is the name of a kind. */
export type RecordNotifier = Notifier;

/** @param onError told of notifications that could not be sent */
export function createRecordNotifier(db: Queryable, onError: (error: unknown) => void): RecordNotifier {
  return createNotifier(db, { channel: RECORDS_CHANNEL, delayMs: DELAY_MS, onError });
}

/**
 * Tells it with the transaction that changes many records at once. Not for what writes one: a notification takes a lock over the
 * whole server until its commit.
 */
export async function announceRecords(db: Queryable, kind: RecordKind): Promise<void> {
  await db.query('SELECT pg_notify($1, $2)', [RECORDS_CHANNEL, kind]);
}
