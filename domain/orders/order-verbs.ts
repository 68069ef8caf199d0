import { assertNever } from '../../contracts/assert-never.ts';
import type {
  Compensation,
  ForwardStep,
  OrderGoal,
  OrderStatus,
  OrderStep,
  OrderVerb,
} from '../../contracts/words.ts';
import type { OrderLedger } from './next-step.ts';

/** What a verb is judged by. */
export interface OrderSituation extends OrderLedger {
  status: OrderStatus;
  goal: OrderGoal | null;
  /** The step that waits for an operator. */
  parked: OrderStep | null;
  /** The step that an operator sent back into work and that is not through yet. */
  retrying: OrderStep | null;
}

/** A verb and what it is for. */
export type AskedOrderVerb =
  | { verb: 'retry'; step?: ForwardStep | undefined }
  | { verb: 'compensate'; action?: Compensation | undefined }
  | { verb: 'cancel' };

/** What is to be done with a verb. */
export type OrderVerdict =
  | {
      effect: 'done';
      /** What the order is to come to from now on. */
      goal: OrderGoal;
      /** Where that changes at once. */
      status?: OrderStatus;
      /** Of `retry`: the step that it sends back into work. */
      step?: OrderStep;
      /** Of `compensate`: what it undoes. */
      action?: Compensation;
    }
  /** The order is where the verb leads to, or on its way there. */
  | { effect: 'already' }
  | { effect: 'refused'; detail: string };

const ALREADY: OrderVerdict = { effect: 'already' };

/**
 * Decides whether a verb is possible. The one place where that is decided: workflow and API ask here. Nothing is shipped that
 * is not paid and nothing is paid twice, because a verb only says what the order is to come to: what is to be done for that is
 * decided by {@link nextStep}, from what has happened.
 */
export function judgeOrderVerb(asked: AskedOrderVerb, situation: OrderSituation): OrderVerdict {
  switch (asked.verb) {
    case 'retry':
      return judgeRetry(asked.step, situation);
    case 'compensate':
      return judgeCompensation(asked.action, situation);
    case 'cancel':
      return judgeCancel(situation);
    default:
      return assertNever(asked);
  }
}

/** The steps that can be done again after each failure. What was undone is done again on the way there. */
const RETRYABLE: Partial<Record<OrderStatus, readonly ForwardStep[]>> = {
  INVENTORY_FAILED: ['inventory'],
  PAYMENT_FAILED: ['inventory', 'payment'],
  SHIPPING_FAILED: ['inventory', 'payment', 'shipping'],
  REFUNDED: ['inventory', 'payment', 'shipping'],
};

function judgeRetry(step: ForwardStep | undefined, situation: OrderSituation): OrderVerdict {
  const { status, goal, parked, retrying } = situation;
  // What gave up is tried again, also on the way back.
  if (goal !== null && parked !== null && step === undefined) return { effect: 'done', goal, step: parked };
  if (hasShipped(situation)) return refused('The order has been shipped.');
  if (goal === null) {
    if (status === 'CANCELLED') return refused('The order was cancelled.');
    const possible = RETRYABLE[status] ?? [];
    const wanted = step ?? possible.at(-1);
    if (wanted === undefined || !possible.includes(wanted))
      return refused(`The order is ${status}: that step of it did not fail.`);
    return { effect: 'done', goal: 'fulfil', step: wanted };
  }
  if (parked !== null) {
    if (step === parked) return { effect: 'done', goal, step: parked };
    return refused(`The order waits at its step ${parked}.`);
  }
  if (goal !== 'fulfil') return refused('The order is being undone.');
  if (retrying !== null && (step ?? retrying) === retrying) return ALREADY;
  return refused('The order is at work.');
}

function judgeCompensation(action: Compensation | undefined, situation: OrderSituation): OrderVerdict {
  const chosen = action ?? defaultCompensation(situation);
  return chosen === 'refundPayment' ? judgeRefund(situation) : judgeRelease(situation);
}

function defaultCompensation({ payment, parked }: OrderSituation): Compensation {
  if (payment === 'authorized' || parked === 'recall' || parked === 'refund') return 'refundPayment';
  return 'releaseInventory';
}

function judgeRefund({ goal, payment, parked }: OrderSituation): OrderVerdict {
  const action = 'refundPayment';
  const isBeingUndone = goal === 'undo' || goal === 'cancel';
  switch (payment) {
    case 'authorized':
      if (!isBeingUndone) return { effect: 'done', goal: 'undo', action };
      return parked === null ? ALREADY : { effect: 'done', goal, action };
    case 'requested':
      if (!isBeingUndone)
        return refused(
          'It is not known whether the order is paid. Retry the payment, release the stock or cancel.',
        );
      return parked === null ? ALREADY : { effect: 'done', goal, action };
    case 'refunded':
      return goal === 'fulfil' ? refused('The order is refunded, and is being worked on again.') : ALREADY;
    case 'declined':
    case 'void':
    case null:
      return refused('The order was never paid.');
    default:
      return assertNever(payment);
  }
}

function judgeRelease(situation: OrderSituation): OrderVerdict {
  const { goal, payment, parked, isHeld } = situation;
  const action = 'releaseInventory';
  if (hasShipped(situation)) return refused('The order has been shipped.');
  const isBeingUndone = goal === 'undo' || goal === 'cancel';
  if (isBeingUndone && parked === null) return ALREADY;
  if (payment === 'authorized') return refused('The order is paid: refund the payment.');
  if (!isHeld) return goal === 'fulfil' ? refused('The order holds no stock.') : ALREADY;
  if (isBeingUndone) return { effect: 'done', goal, action };
  return { effect: 'done', goal: 'undo', status: 'PAYMENT_FAILED', action };
}

function judgeCancel(situation: OrderSituation): OrderVerdict {
  const { status, goal, parked } = situation;
  if (hasShipped(situation)) return refused('The order has been shipped.');
  if (goal === 'cancel') return parked === null ? ALREADY : { effect: 'done', goal };
  if (status === 'CANCELLED') return ALREADY;
  if (status === 'REFUNDED' && goal !== 'fulfil') return refused('The order was refunded.');
  return { effect: 'done', goal: 'cancel' };
}

/** Its goods are on their way, whatever became of the money. */
function hasShipped({ shipment }: OrderSituation): boolean {
  return shipment === 'shipped';
}

function refused(detail: string): OrderVerdict {
  return { effect: 'refused', detail };
}

/** What of a verb's texts it is judged by. */
export function askedVerb(
  verb: OrderVerb,
  { step, action }: { step?: ForwardStep | undefined; action?: Compensation | undefined },
): AskedOrderVerb {
  switch (verb) {
    case 'retry':
      return { verb, step };
    case 'compensate':
      return { verb, action };
    case 'cancel':
      return { verb };
    default:
      return assertNever(verb);
  }
}
