import { getClient, log } from '@temporalio/activity';
import { EVENTS } from '../../contracts/events/index.ts';
import { MAX_CHANGES } from '../../contracts/events/record-events.ts';
import type { WebhookActivities } from '../../contracts/temporal/webhook-activities.ts';
import { wakeEndpoint } from '../../platform/webhook-workflows.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import {
  announceEvents,
  type AnnouncedEvent,
  type AppliedRows,
  expandAppliedRows,
  takeUnannouncedEvents,
  type UnannouncedEvent,
} from '../../prisma/repositories/events.ts';
import { listEndpointsWithDue } from '../../prisma/repositories/webhook-endpoints.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { shapeEvent } from './shape-event.ts';

/** What one event holds of the rows of a chunk. */
const BATCH_OF_ROWS = { version: EVENTS['records.changed'].version, maxChanges: MAX_CHANGES };

/** Events that are announced in one transaction. */
const BATCH_EVENTS = 200;

/** One call goes on for this long, in milliseconds, while there is more. */
const BUDGET_MS = 5_000;

/**
 * Turns events into deliveries. The mark on the event and its deliveries commit together, so an event that a crash left without
 * the mark has no deliveries, and one with it has all of them.
 */
export function createAnnounceEvents({ db }: { db: Database }): WebhookActivities['announceEvents'] {
  return async () =>
    withHeartbeat(async () => {
      const deadline = Date.now() + BUDGET_MS;
      let taken: number;
      do {
        taken = await inTransaction(db.pool, async (client) => {
          const events = await takeUnannouncedEvents(client, BATCH_EVENTS);
          const [chunks, others] = partition(events, isChunk);
          for (const { id, source } of chunks) {
            // The trigger on chunks wrote it.
            await expandAppliedRows(client, id, source as AppliedRows, BATCH_OF_ROWS);
          }
          const [noted, ready] = partition(others, ({ source }) => source !== null);
          const shaped = noted.flatMap(shapeOrLeave);
          await announceEvents(
            client,
            shaped,
            ready.map(({ id }) => id),
          );
          return chunks.length + shaped.length + ready.length;
        });
        // As each batch is there, not when all are: the receivers may as well begin.
        await wakeEndpoints(db);
      } while (taken > 0 && Date.now() < deadline);
      return { more: taken > 0 };
    });
}

/** An event that can't be understood stays, for somebody to look at, and does not hold up the others. */
function shapeOrLeave(event: UnannouncedEvent): AnnouncedEvent[] {
  try {
    return [shapeEvent(event)];
  } catch (error) {
    log.error('an event can not be announced', {
      event: 'event_not_announced',
      eventId: event.id,
      type: event.type,
      error,
    });
    return [];
  }
}

function isChunk({ type, source }: UnannouncedEvent): boolean {
  return type === 'records.changed' && source !== null;
}

/** Best effort: what is due stays due, and is seen again in the next round. */
async function wakeEndpoints(db: Database): Promise<void> {
  const client = getClient();
  for (const endpointId of await listEndpointsWithDue(db.pool, 0)) {
    try {
      await wakeEndpoint(client, endpointId);
    } catch (error) {
      log.warn('the workflow of an endpoint could not be woken', {
        event: 'wake_up_failed',
        endpointId,
        error,
      });
    }
  }
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
