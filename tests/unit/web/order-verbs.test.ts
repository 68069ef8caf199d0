import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  FORWARD_STEPS,
  ORDER_GOALS,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  SHIPMENT_STATUSES,
  UNDO_STEPS,
} from '../../../contracts/words.ts';
import { judgeOrderVerb, type OrderSituation } from '../../../domain/orders/order-verbs.ts';
import { actionsOf } from '../../../web/src/orders/verbs.ts';

const situations: fc.Arbitrary<OrderSituation> = fc
  .record({
    status: fc.constantFrom(...ORDER_STATUSES),
    goal: fc.constantFrom(null, ...ORDER_GOALS),
    parked: fc.constantFrom(null, ...FORWARD_STEPS, ...UNDO_STEPS),
    payment: fc.constantFrom(null, ...PAYMENT_STATUSES),
    shipment: fc.constantFrom(null, ...SHIPMENT_STATUSES),
    isHeld: fc.boolean(),
  })
  // Nothing waits of an order for which nothing is to be done.
  .map((situation) => ({
    ...situation,
    parked: situation.goal === null ? null : situation.parked,
    retrying: null,
  }));

const shown = ({ status, goal, parked, payment, shipment, isHeld }: OrderSituation) => ({
  status,
  isAtWork: goal !== null,
  isBeingUndone: goal === 'undo' || goal === 'cancel',
  attention: parked && { step: parked },
  payment: payment && { status: payment },
  shipment: shipment && { status: shipment },
  items: [{ reserved: isHeld }],
});

test('no button is offered that an order in this state refuses', () => {
  fc.assert(
    fc.property(situations, (situation) => {
      for (const action of actionsOf(shown(situation)))
        expect(judgeOrderVerb(action, situation), JSON.stringify(action)).not.toMatchObject({
          effect: 'refused',
        });
    }),
    { numRuns: 2_000 },
  );
});

test('an order that waits or has failed offers the step to be tried again', () => {
  const failed: OrderSituation = {
    ...{ status: 'PAYMENT_FAILED', goal: null, parked: null, retrying: null },
    ...{ payment: 'declined', shipment: null, isHeld: false },
  };
  expect(actionsOf(shown(failed))).toContainEqual({ verb: 'retry', step: 'payment' });
  const waits: OrderSituation = {
    ...failed,
    status: 'PAYMENT_AUTHORIZED',
    goal: 'fulfil',
    parked: 'shipping',
  };
  expect(actionsOf(shown({ ...waits, payment: 'authorized', isHeld: true }))).toEqual([
    { verb: 'retry' },
    { verb: 'compensate', action: 'refundPayment' },
    { verb: 'cancel' },
  ]);
});
