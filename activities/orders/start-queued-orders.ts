import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal, getClient } from '@temporalio/activity';
import type { OrderStartActivities } from '../../contracts/temporal/order-start-activities.ts';
import { type OrderPaceSettings, type OrderStartSettings, startOrder } from '../../platform/start-order.ts';
import type { Database } from '../../prisma/client.ts';
import { hasQueuedOrders, listUnstarted, takeQueuedOrders } from '../../prisma/repositories/order-queue.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** How long one call works, in milliseconds: well below its time-out, whatever it finds. */
const WORKING_MS = 30_000;

/** As many as are at work have to end before the next are started: it is looked for that so often, in milliseconds. */
const LOOK_EVERY_MS = 100;

/** Workflows that are started at once. */
const AT_ONCE = 20;

export interface StartQueuedOrdersDeps {
  db: Database;
  orderStart: OrderStartSettings & OrderPaceSettings;
}

/** Starts the orders of files: so many are at work at a time, and the next ones start as these end. */
export function createStartQueuedOrders({
  db: { pool },
  orderStart,
}: StartQueuedOrdersDeps): OrderStartActivities['startQueuedOrders'] {
  return async () =>
    withHeartbeat(async () => {
      const until = performance.now() + WORKING_MS;
      const signal = cancellationSignal();
      // What an attempt took that did not live to start it.
      await startAll(await listUnstarted(pool));
      let started = 0;
      while (performance.now() < until && !signal.aborted) {
        const ids = await takeQueuedOrders(pool, orderStart.ORDER_IMPORT_AT_WORK);
        await startAll(ids);
        started += ids.length;
        if (!(await hasQueuedOrders(pool))) return { started, more: false };
        // Ends early where the worker is to stop: the next one goes on.
        await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
      }
      return { started, more: true };
    });

  async function startAll(ids: readonly string[]): Promise<void> {
    const client = getClient();
    for (let start = 0; start < ids.length; start += AT_ONCE) {
      await Promise.all(
        // Nothing has happened to them yet: the first step comes next.
        ids
          .slice(start, start + AT_ONCE)
          .map((id) => startOrder(client, { id, next: 'inventory' }, orderStart)),
      );
    }
  }
}
