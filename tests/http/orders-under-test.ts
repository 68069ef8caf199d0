import { emptyTables } from '../support/database.ts';
import { createSimulatedCarrier, createSimulatedPayments } from '../../adapters/simulator/in-process.ts';
import { createOrderActivities } from '../../activities/orders/order-activities.ts';
import { type OrderState, STEP_ACTIVITIES } from '../../contracts/temporal/order-activities.ts';
import type { Database } from '../../prisma/client.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import type { OrderNotifier } from '../../prisma/repositories/order-notifications.ts';
import { createActivityEnvironment } from '../support/activity-environment.ts';

/** Does the steps of orders as the workers do, against the simulators. */
export interface OrderRunner {
  step: (orderId: string) => Promise<OrderState>;
  /** Until nothing is left to do; a step that gets no answer parks the order. */
  run: (orderId: string) => Promise<OrderState>;
}

export function createOrderRunner(db: Database, orderNotifier: OrderNotifier): OrderRunner {
  const activities = createOrderActivities({
    ...{ db, orderNotifier },
    ...{ payments: createSimulatedPayments(), carrier: createSimulatedCarrier() },
  });
  const step = async (orderId: string): Promise<OrderState> => {
    const { next } = await readOrderState(db.pool, orderId);
    if (next === null) throw new Error('nothing is left to do');
    const activity = activities[STEP_ACTIVITIES[next]] as (ref: object) => Promise<OrderState>;
    const ref = { orderId, retryDelaysMs: [] };
    try {
      return await createActivityEnvironment().run((given: object) => activity(given), ref);
    } catch (error) {
      const failure = { code: 'provider_unavailable', message: String(error), attempts: 4 };
      const park = { ...ref, step: next, failure };
      return await createActivityEnvironment().run((given: typeof park) => activities.parkOrder(given), park);
    }
  };
  return {
    step,
    async run(orderId) {
      let state = await readOrderState(db.pool, orderId);
      while (state.next !== null && state.parked === null) state = await step(orderId);
      return state;
    },
  };
}

/** Products with pieces on hand, at 10.00 each. */
export async function stockUp(db: Database, stock: Record<string, number>): Promise<void> {
  for (const [sku, pieces] of Object.entries(stock)) {
    await db.pool.query(
      `INSERT INTO products (sku, sku_key, name, price, stock, last_change) VALUES ($1, $2, $1, 10, $3, uuidv7())
       ON CONFLICT (sku_key) DO UPDATE SET stock = excluded.stock`,
      [sku, sku.toLowerCase(), pieces],
    );
  }
}

/** Takes all orders away, and all products. */
export async function removeOrders(db: Database): Promise<void> {
  await emptyTables(
    db.pool,
    'orders, order_lines, reservations, payments, shipments, order_events, moved_stock, products, audit, idempotency_keys, events',
  );
}
