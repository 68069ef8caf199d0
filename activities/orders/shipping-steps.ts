import type { OrderState } from '../../contracts/temporal/order-activities.ts';
import { requestKeys } from '../../domain/orders/request-keys.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import { openShipment, readForUndo, recordAnswer } from '../../prisma/repositories/order-steps.ts';
import type { OrderActivityDeps } from './order-activities.ts';

/** Hands the goods of an order to the carrier, under the key of the round that was written with the payment. */
export async function shipGoods({ db, carrier }: OrderActivityDeps, orderId: string): Promise<OrderState> {
  const control = await openShipment(db, orderId);
  if (control === null) return await readOrderState(db.pool, orderId);
  const answer = await carrier.ship({
    key: requestKeys.shipping(orderId, control.shipment?.round ?? 0),
    orderId,
    service: control.shippingService,
    items: control.held ?? [],
  });
  return await recordAnswer(db, control, answer);
}

/** Takes back a shipment that may be on its way. What does not come back is shipped: the order has ended well, too late. */
export async function recallShipment(
  { db, carrier }: OrderActivityDeps,
  orderId: string,
): Promise<OrderState> {
  const control = await readForUndo(db, orderId, 'recall');
  if (control === null) return await readOrderState(db.pool, orderId);
  const key = requestKeys.shipping(orderId, control.shipment?.round ?? 0);
  const answer = await carrier.recall({ key, orderId, service: control.shippingService });
  return await recordAnswer(db, control, answer.outcome === 'too_late' ? answer : { outcome: 'recalled' });
}
