import { describe, expect, test } from 'vitest';
import {
  COMPENSATIONS,
  FORWARD_STEPS,
  type OrderStep,
  type PaymentStatus,
  type ShipmentStatus,
} from '../../../contracts/words.ts';
import { nextStep, type OrderLedger } from '../../../domain/orders/next-step.ts';
import {
  type AskedOrderVerb,
  judgeOrderVerb,
  type OrderVerdict,
} from '../../../domain/orders/order-verbs.ts';
import {
  afterStep,
  afterVerb,
  type OrderPosition,
  type StepOutcome,
} from '../../../domain/orders/transitions.ts';
import { seededRandom } from '../../support/random.ts';

const NEW: OrderPosition = {
  status: 'CREATED',
  goal: 'fulfil',
  isHeld: false,
  payment: null,
  shipment: null,
};

const ledger = (
  isHeld: boolean,
  payment: PaymentStatus | null = null,
  shipment: ShipmentStatus | null = null,
): OrderLedger => ({ isHeld, payment, shipment });

describe('what comes next for an order', () => {
  test.each<[OrderLedger, OrderStep | null]>([
    [ledger(false), 'inventory'],
    [ledger(true, 'requested'), 'payment'],
    [ledger(true, 'declined'), 'payment'],
    [ledger(true, 'authorized', 'requested'), 'shipping'],
    [ledger(false, 'authorized', 'shipped'), null],
    // What was undone counts as not done.
    [ledger(false, 'refunded', 'refused'), 'inventory'],
    [ledger(true, 'refunded', 'refused'), 'payment'],
    [ledger(true, 'void', 'recalled'), 'payment'],
  ])('on the way forward, %j: %s', (given, expected) => {
    expect(nextStep('fulfil', given)).toBe(expected);
  });

  test.each<[OrderLedger, OrderStep | null]>([
    [ledger(false), null],
    [ledger(true, 'requested'), 'refund'],
    [ledger(true, 'authorized', 'requested'), 'recall'],
    [ledger(true, 'authorized', 'recalled'), 'refund'],
    [ledger(true, 'authorized', 'refused'), 'refund'],
    [ledger(true, 'refunded', 'refused'), 'release'],
    [ledger(true, 'declined'), 'release'],
    [ledger(false, 'declined'), null],
    [ledger(false, 'authorized', 'shipped'), 'refund'],
  ])('on the way back, %j: %s', (given, expected) => {
    expect(nextStep('undo', given)).toBe(expected);
    expect(nextStep('cancel', given)).toBe(expected);
  });
});

/** How a step may end. */
const OUTCOMES: Record<OrderStep, readonly StepOutcome[]> = {
  inventory: ['reserved', 'reserved', 'reserved', 'lacking'],
  payment: ['authorized', 'authorized', 'declined'],
  shipping: ['shipped', 'refused'],
  recall: ['recalled', 'too_late'],
  refund: ['refunded', 'never_paid'],
  release: ['released'],
};

const VERBS: readonly AskedOrderVerb[] = [
  { verb: 'cancel' },
  { verb: 'retry' },
  ...FORWARD_STEPS.map((step) => ({ verb: 'retry' as const, step })),
  { verb: 'compensate' },
  ...COMPENSATIONS.map((action) => ({ verb: 'compensate' as const, action })),
];

test('whatever happens and whatever operators do, nothing is shipped unpaid, paid twice or left half undone', () => {
  const random = seededRandom(20_261_121);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const seen = new Set<string>();
  for (let run = 0; run < 400; run += 1) {
    let position = NEW;
    let parked: OrderStep | null = null;
    let retrying: OrderStep | null = null;
    /** What the provider holds, and how often the goods have left. */
    let paid = 0;
    let shipped = 0;
    for (let turn = 0; turn < 30; turn += 1) {
      const next = nextStep(position.goal, position);
      const verdict: OrderVerdict | undefined =
        random() < 0.3 ? judgeOrderVerb(pick(VERBS), { ...position, parked, retrying }) : undefined;
      if (verdict?.effect === 'done') {
        position = afterVerb(position, verdict);
        parked = null;
        retrying = verdict.step ?? null;
      } else if (next !== null && parked === null) {
        // No answer: it waits, and what was asked may have happened.
        if (random() < 0.2) {
          parked = next;
          continue;
        }
        let outcome = pick(OUTCOMES[next]);
        // A provider knows what it has authorised.
        if (next === 'refund' && position.payment === 'authorized') outcome = 'refunded';
        if (outcome === 'authorized') paid += 1;
        if (outcome === 'refunded' && position.payment === 'authorized') paid -= 1;
        if (outcome === 'shipped' || outcome === 'too_late') {
          shipped += 1;
          expect(paid).toBe(1);
        }
        position = afterStep(position, outcome);
        if (position.goal !== 'fulfil') retrying = null;
      }
      expect(paid).toBeGreaterThanOrEqual(0);
      expect(paid).toBeLessThanOrEqual(1);
      expect(shipped).toBeLessThanOrEqual(1);
      if (position.goal === null) {
        seen.add(position.status);
        expect(position.isHeld).toBe(false);
        expect(position.shipment).not.toBe('requested');
        expect(position.payment).not.toBe('requested');
        expect(position.payment === 'authorized').toBe(position.status === 'SHIPPED');
        if (shipped === 1) expect(['SHIPPED', 'REFUNDED']).toContain(position.status);
      } else {
        // There is always a way on: a step, or an operator who lets it be tried again.
        expect(nextStep(position.goal, position)).not.toBeNull();
        if (parked !== null)
          expect(judgeOrderVerb({ verb: 'retry' }, { ...position, parked, retrying }).effect).toBe('done');
      }
    }
  }
  expect([...seen].sort()).toEqual([
    'CANCELLED',
    'INVENTORY_FAILED',
    'PAYMENT_FAILED',
    'REFUNDED',
    'SHIPPED',
  ]);
});
