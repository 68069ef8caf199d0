import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import type { WebhookSettings } from '../../platform/config.ts';
import type { Database } from '../../prisma/client.ts';
import { removeOldEvents } from '../../prisma/repositories/events.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** Events that are removed in one statement. */
const BATCH_EVENTS = 1_000;

/** A round removes for this long, in milliseconds; the next one goes on. */
const BUDGET_MS = 30_000;

export interface RemoveOldDeliveriesDeps {
  db: Database;
  webhooks: Pick<WebhookSettings, 'WEBHOOK_DELIVERIES_RETENTION_DAYS'>;
}

/** Events and what became of their deliveries are kept for some days, those that are on their way for as long as they are. */
export function createRemoveOldDeliveries({
  db,
  webhooks,
}: RemoveOldDeliveriesDeps): HousekeepingActivities['removeOldDeliveries'] {
  return async () =>
    withHeartbeat(async () => {
      const deadline = Date.now() + BUDGET_MS;
      let removed = 0;
      for (;;) {
        const batch = await removeOldEvents(
          db.pool,
          webhooks.WEBHOOK_DELIVERIES_RETENTION_DAYS,
          BATCH_EVENTS,
        );
        removed += batch;
        if (batch < BATCH_EVENTS || Date.now() >= deadline) return { removed };
      }
    });
}
