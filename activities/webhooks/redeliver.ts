import { ApplicationFailure } from '@temporalio/common';
import { validate as isUuid } from 'uuid';
import type { WebhookActivities } from '../../contracts/temporal/webhook-activities.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { type Redelivery, setGoingAgain } from '../../prisma/repositories/webhook-deliveries.ts';
import { findEndpoint } from '../../prisma/repositories/webhook-endpoints.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

const LONG_AGO = new Date(0);

/** What the signal `redeliver` asks for. The API does the same in the request. */
export function createRedeliver({ db }: { db: Database }): WebhookActivities['redeliver'] {
  return async ({ endpointId, deliveryId, since }) =>
    withHeartbeat(async () => {
      const which = readRedelivery(deliveryId, since);
      return await inTransaction(db.pool, async (client) => {
        const endpoint = await findEndpoint(client, endpointId, true);
        if (endpoint?.active !== true) return { redelivered: 0 };
        return { redelivered: await setGoingAgain(client, endpointId, which) };
      });
    });
}

function readRedelivery(deliveryId: string | undefined, since: string | undefined): Redelivery {
  if (deliveryId !== undefined) {
    if (!isUuid(deliveryId)) throw notUnderstood('deliveryId is not the id of a delivery');
    return { deliveryId };
  }
  const time = since === undefined ? LONG_AGO : new Date(since);
  if (Number.isNaN(time.getTime())) throw notUnderstood('since is not a time');
  return { since: time };
}

function notUnderstood(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'invalid', message, nonRetryable: true });
}
