import { STEP_COMMANDS } from '../../contracts/order-timeline.ts';
import type { PartFailure } from '../../contracts/temporal/job-activities.ts';
import type { OrderStep } from '../../contracts/words.ts';
import { type OrderChange, orderEvent } from './order-changes.ts';
import { type OrderControl, toPosition } from './order-control.ts';

/** An order stops at a step, and waits for an operator: where it stands stays. */
export function parkingAt(
  control: OrderControl,
  step: OrderStep,
  { code, message, attempts }: PartFailure,
): OrderChange {
  return {
    position: toPosition(control),
    attention: { step, code, message, attempts },
    retrying: null,
    events: [
      orderEvent('ops.DeadLetter', {
        orderId: control.id,
        originalType: STEP_COMMANDS[step],
        originalEventId: control.lastEventId,
        error: { code, message },
        payload: { step, attempts },
      }),
    ],
  };
}
