import { getClient } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { orderWorkflowId } from '../../contracts/temporal/ids.ts';
import { type OrderStartSettings, wakeOrder } from '../../platform/start-order.ts';
import type { Database } from '../../prisma/client.ts';
import {
  listOrdersAtWork,
  markOrderWorkflowClosed,
  markOrderWorkflowFailing,
  markOrderWorkflowRunning,
  type OrderAtWork,
} from '../../prisma/repositories/order-watch.ts';
import { hasQueuedOrders } from '../../prisma/repositories/order-queue.ts';
import { wakeOrderStart } from '../orders/wake-order-start.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { examineWorkflow } from './workflow-health.ts';

/** An order that was touched since is in the hands of a request or of its workflow, in milliseconds. */
const MIN_AGE_MS = 10_000;

/** Orders that are looked at together. */
const BATCH_ORDERS = 200;

/** Workflows that are started or described at once. */
const AT_ONCE = 10;

export interface KeepOrdersDeps {
  db: Database;
  orderStart: OrderStartSettings;
}

/**
 * The row of an order is what counts: one that is to come to something and whose workflow was never started, because the API
 * died or Temporal was away, is started. Orders of files that wait for their turn are left to the one who starts so many at a time,
 * who is told that there is something to do. One whose workflow was terminated or deleted from outside needs attention; so does
 * one whose workflow can not go on with the code that is deployed, until it can.
 */
export function createKeepOrders({ db, orderStart }: KeepOrdersDeps): HousekeepingActivities['keepOrders'] {
  return async () =>
    withHeartbeat(async () => {
      if (await hasQueuedOrders(db.pool)) await wakeOrderStart();
      const client = getClient();
      const sums = { started: 0, closed: 0, failing: 0 };
      for (let after = 0; ;) {
        const orders = await listOrdersAtWork(db.pool, {
          minAgeMs: MIN_AGE_MS,
          after,
          limit: BATCH_ORDERS,
        });
        for (let start = 0; start < orders.length; start += AT_ONCE) {
          await Promise.all(orders.slice(start, start + AT_ONCE).map((order) => keep(client, order, sums)));
        }
        const last = orders.at(-1);
        if (last === undefined || orders.length < BATCH_ORDERS) return sums;
        after = last.number;
      }
    });

  async function keep(
    client: Client,
    { id, isStarted, isFailing, revision }: OrderAtWork,
    sums: { started: number; closed: number; failing: number },
  ): Promise<void> {
    if (!isStarted) {
      // One that waits for an operator, who has spoken since, runs: it is told.
      await wakeOrder(client, { id, next: null }, orderStart);
      sums.started += 1;
      return;
    }
    const health = await examineWorkflow(client.workflow.getHandle(orderWorkflowId(id)));
    if (health === 'closed') {
      if (await markOrderWorkflowClosed(db.pool, id, revision)) sums.closed += 1;
    } else if (health === 'failing') {
      if (isFailing || (await markOrderWorkflowFailing(db.pool, id, revision))) sums.failing += 1;
    } else if (isFailing) {
      await markOrderWorkflowRunning(db.pool, id);
    }
  }
}
