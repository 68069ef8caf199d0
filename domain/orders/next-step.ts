import { assertNever } from '../../contracts/assert-never.ts';
import type { OrderGoal, OrderStep, PaymentStatus, ShipmentStatus } from '../../contracts/words.ts';

/** What has happened to an order, as far as it matters for what is to happen. */
export interface OrderLedger {
  /** It holds its stock. */
  isHeld: boolean;
  /** Of the last round; null when nothing was ever asked of the provider. */
  payment: PaymentStatus | null;
  /** Of the last round; null when nothing was ever asked of the carrier. */
  shipment: ShipmentStatus | null;
}

/**
 * What comes next for an order: a function of what it is to come to and of what has happened, and of nothing else. So whoever
 * goes on with it, after a crash, a reset or the end of a run, goes on with the same step. A step that was undone counts as not
 * done. What may have happened, because no answer came, is done again on the way forward, which tells, and undone on the way
 * back.
 *
 * @returns null when there is nothing left to do
 */
export function nextStep(
  goal: OrderGoal | null,
  { isHeld, payment, shipment }: OrderLedger,
): OrderStep | null {
  switch (goal) {
    case null:
      return null;
    case 'fulfil':
      if (shipment === 'shipped') return null;
      if (!isHeld) return 'inventory';
      return payment === 'authorized' ? 'shipping' : 'payment';
    case 'undo':
    case 'cancel':
      if (shipment === 'requested') return 'recall';
      if (payment === 'requested' || payment === 'authorized') return 'refund';
      return isHeld ? 'release' : null;
    default:
      return assertNever(goal);
  }
}
