import { orderEventName } from '../../contracts/events/order-events.ts';
import { createOrder, type PriceProblem } from '../../prisma/repositories/order-create.ts';
import { findOrderToStart } from '../../prisma/repositories/order-watch.ts';
import { type OrderSnapshot, readOrderSnapshot } from '../../prisma/repositories/orders.ts';
import type { NewOrder } from '../../domain/orders/new-order.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';
import { found } from '../routes/shared.ts';

/** Who orders. */
export interface Orderer {
  by: string;
  idempotencyKey: string | null;
}

/**
 * Accepts an order and starts its workflow. With the engine away it is accepted all the same, and started later.
 *
 * @throws {HttpProblem} `key-taken`, `idempotency-mismatch`, or `invalid` for a total that is not possible
 */
export async function acceptOrder(
  { database, config, workflows, orderNotifier, metrics }: AppDeps,
  order: NewOrder,
  { by, idempotencyKey }: Orderer,
): Promise<{ order: OrderSnapshot; isNew: boolean }> {
  const made = await createOrder(database, { order, createdBy: by, idempotencyKey }, config.CURRENCY);
  switch (made.result) {
    case 'mismatch': {
      const detail = 'This Idempotency-Key was used for another order in the last 24 hours.';
      throw new HttpProblem('idempotency-mismatch', detail);
    }
    case 'id-taken': {
      const detail = 'There is another order with this id. Look at that one, or choose another id.';
      throw new HttpProblem('key-taken', detail, { existingId: made.orderId });
    }
    case 'refused':
      throw priceProblem(made.problem);
    case 'repeated':
    case 'created': {
      const { orderId } = made;
      const isNew = made.result === 'created';
      if (isNew) {
        orderNotifier.changed(orderId);
        metrics.eventsProcessed.inc({
          service: 'order',
          eventType: orderEventName('order.OrderCreated'),
          status: 'success',
        });
        await workflows.startOrder({ id: orderId, next: 'inventory' });
      } else {
        // The one who made it may have been cut off before its start.
        const toStart = await findOrderToStart(database.pool, orderId);
        if (toStart.next !== null) await workflows.wakeOrder(toStart);
      }
      return { order: found(await readOrderSnapshot(database.pool, orderId)), isNew };
    }
  }
}

function priceProblem(problem: PriceProblem): HttpProblem {
  switch (problem.code) {
    case 'total_mismatch': {
      const detail = `The lines come to ${problem.expected} at the prices of the products.`;
      return invalidField('#/total', problem.code, detail);
    }
    case 'out_of_range':
      return invalidField('#/items', problem.code, 'The order comes to more than can be kept.');
    case 'foreign_currency': {
      const detail = 'An order in another currency than the products brings a price with each line.';
      return invalidField('#/currency', problem.code, detail);
    }
  }
}
