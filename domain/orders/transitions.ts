import { assertNever } from '../../contracts/assert-never.ts';
import type { OrderGoal, OrderStatus } from '../../contracts/words.ts';
import { nextStep, type OrderLedger } from './next-step.ts';
import type { OrderVerdict } from './order-verbs.ts';

/** Where an order stands. */
export interface OrderPosition extends OrderLedger {
  status: OrderStatus;
  goal: OrderGoal | null;
}

/** How a step ended. What got no answer has not ended. */
export type StepOutcome =
  | 'reserved'
  | 'lacking'
  | 'authorized'
  | 'declined'
  | 'shipped'
  | 'refused'
  | 'recalled'
  | 'too_late'
  | 'refunded'
  | 'never_paid'
  | 'released';

/**
 * What the end of a step makes of an order. With the step that needs a provider's answer its request is written down already,
 * before it is made: `requested` means that it may have happened.
 */
export function afterStep(position: OrderPosition, outcome: StepOutcome): OrderPosition {
  return settle(changedBy(position, outcome));
}

function changedBy(position: OrderPosition, outcome: StepOutcome): OrderPosition {
  const { status, goal, payment } = position;
  switch (outcome) {
    case 'reserved':
      return {
        ...position,
        status: 'INVENTORY_RESERVED',
        isHeld: true,
        payment: payment === 'authorized' ? payment : 'requested',
      };
    case 'lacking':
      return { ...position, status: 'INVENTORY_FAILED', goal: null };
    case 'authorized':
      return { ...position, status: 'PAYMENT_AUTHORIZED', payment: 'authorized', shipment: 'requested' };
    case 'declined':
      return { ...position, status: 'PAYMENT_FAILED', goal: 'undo', payment: 'declined' };
    case 'shipped':
      return { ...position, status: 'SHIPPED', goal: null, isHeld: false, shipment: 'shipped' };
    case 'refused':
      return { ...position, status: 'SHIPPING_FAILED', goal: 'undo', shipment: 'refused' };
    case 'recalled':
      return { ...position, shipment: 'recalled' };
    // Whoever wanted it undone is too late, and may look again: what is on its way does not come back.
    case 'too_late':
      return { ...position, status: 'SHIPPED', goal: null, isHeld: false, shipment: 'shipped' };
    case 'refunded':
      return {
        ...position,
        // That the payment failed stays the reason; what was cancelled says so at its end.
        status: status === 'PAYMENT_FAILED' || goal === 'cancel' ? status : 'REFUNDED',
        payment: 'refunded',
      };
    case 'never_paid':
      return { ...position, payment: 'void' };
    case 'released':
      return { ...position, isHeld: false };
    default:
      return assertNever(outcome);
  }
}

/** What a verb makes of an order. */
export function afterVerb(
  position: OrderPosition,
  { goal, status }: Extract<OrderVerdict, { effect: 'done' }>,
): OrderPosition {
  return settle({ ...position, goal, status: status ?? position.status });
}

/** Once nothing is left to do the order has ended. */
function settle(position: OrderPosition): OrderPosition {
  if (nextStep(position.goal, position) !== null) return position;
  return { ...position, goal: null, status: position.goal === 'cancel' ? 'CANCELLED' : position.status };
}
