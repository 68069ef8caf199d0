import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal, getClient } from '@temporalio/activity';
import { type OrderStartSettings, wakeOrder } from '../../platform/start-order.ts';
import type { Database } from '../../prisma/client.ts';
import { countUnsettled, listTargetOrders } from '../../prisma/repositories/order-undo.ts';
import { applyOrderVerb } from '../../prisma/repositories/order-verbs.ts';
import type { RowRange } from '../../prisma/repositories/refused-rows.ts';
import type { UndoJob } from '../../prisma/repositories/undo-jobs.ts';

export interface UndoDeps {
  db: Database;
  orderStart: OrderStartSettings;
}

/** Orders that are cancelled at once: each takes a connection of the few that this worker has. */
const AT_ONCE = 3;

/** What was done for an order is undone by its workflow: so long that is waited for, well below the time-out of the activity, in milliseconds. */
const WAITING_MS = 45_000;
const LOOK_EVERY_MS = 200;

/**
 * Cancels the orders of some targets of an undo, each as an operator would, and waits until it is known what came of it: what was
 * on its way to the customer does not come back. An order that had not begun is cancelled at once. Repeated, it finds what it did.
 */
export async function cancelTargets(
  { db: { pool }, orderStart }: UndoDeps,
  job: UndoJob,
  range: RowRange,
): Promise<void> {
  const ids = await listTargetOrders(pool, job.number, range);
  const client = getClient();
  const toWake: string[] = [];
  const signal = cancellationSignal();
  const left = [...ids];
  const lane = async (): Promise<void> => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      signal.throwIfAborted();
      const verb = {
        verb: 'cancel' as const,
        by: job.by,
        reason: `undo of the import ${job.target.id}`,
        via: 'api' as const,
        key: `undo/${job.id}`,
      };
      // As if no workflow ran: should this process die before it tells the one that does, housekeeping will.
      const { state } = await applyOrderVerb(pool, id, verb, false);
      if (state.goal === 'cancel' && state.parked === null) toWake.push(id);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const id of toWake) await wakeOrder(client, { id, next: null }, orderStart);
  const until = performance.now() + WAITING_MS;
  while (toWake.length > 0 && performance.now() < until && (await countUnsettled(pool, toWake)) > 0) {
    await sleep(LOOK_EVERY_MS, undefined, { signal });
  }
}
