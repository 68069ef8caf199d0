import type { Carrier } from '../../adapters/carriers/carrier.ts';
import type { Payments } from '../../adapters/payments/payments.ts';
import type { OrderActivities, OrderRef, OrderState } from '../../contracts/temporal/order-activities.ts';
import type { Database } from '../../prisma/client.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import type { OrderNotifier } from '../../prisma/repositories/order-notifications.ts';
import { parkOrder, recordAnswer, readForUndo, reserveStock } from '../../prisma/repositories/order-steps.ts';
import { applyOrderVerb } from '../../prisma/repositories/order-verbs.ts';
import { wakeRecordIndex } from '../records/wake-record-index.ts';
import { announceSoon } from '../webhooks/announce-soon.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { authorisePayment, refundPayment } from './payment-steps.ts';
import { recallShipment, shipGoods } from './shipping-steps.ts';
import { createThrottle } from './throttle.ts';

export interface OrderActivityDeps {
  db: Database;
  payments: Payments;
  carrier: Carrier;
  orderNotifier: OrderNotifier;
}

/** Events of many orders are announced together, and so is what they took from the shelves brought into lists by stock. */
const ANNOUNCE_EVERY_MS = 500;
const INDEX_EVERY_MS = 3_000;

/** The steps of orders, and what operators ask of them. */
export function createOrderActivities(deps: OrderActivityDeps): OrderActivities {
  const { db, orderNotifier } = deps;
  const announce = createThrottle(ANNOUNCE_EVERY_MS);
  const index = createThrottle(INDEX_EVERY_MS);

  /** What has been written is told of; that may fail, because everybody looks by himself too. */
  const told = async (orderId: string, step: () => Promise<OrderState>): Promise<OrderState> => {
    const state = await withHeartbeat(step);
    orderNotifier.changed(orderId);
    announce(announceSoon);
    return state;
  };
  const asStep =
    (step: (deps: OrderActivityDeps, orderId: string) => Promise<OrderState>) =>
    ({ orderId }: OrderRef): Promise<OrderState> =>
      told(orderId, () => step(deps, orderId));

  return {
    reserveStock: asStep((_, orderId) => reserveStock(db, orderId)),
    authorisePayment: asStep(authorisePayment),
    shipGoods: async (ref) => {
      const state = await asStep(shipGoods)(ref);
      index(wakeRecordIndex);
      return state;
    },
    recallShipment: asStep(recallShipment),
    refundPayment: asStep(refundPayment),
    releaseStock: asStep(async (_, orderId) => {
      const control = await readForUndo(db, orderId, 'release');
      if (control === null) return await readOrderState(db.pool, orderId);
      return await recordAnswer(db, control, { outcome: 'released' });
    }),
    readOrder: ({ orderId }) => readOrderState(db.pool, orderId),
    parkOrder: ({ orderId, step, failure }) => told(orderId, () => parkOrder(db, orderId, step, failure)),
    applyOrderVerb: async ({ orderId, verb }) => {
      const { effect, state } = await applyOrderVerb(db.pool, orderId, verb, true);
      orderNotifier.changed(orderId);
      announce(announceSoon);
      return { effect, state };
    },
  };
}
