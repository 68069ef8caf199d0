import type {
  Authorisation,
  PaymentRequest,
  PaymentUndone,
  PaymentUndoRequest,
} from '../payments/payments.ts';
import { createEntries, idOf } from './entries.ts';
import { faultsOf, type Simulated, simulate, testValuesOf } from './test-values.ts';

/** What has become of a payment. */
export interface SimulatedPayment {
  key: string;
  orderId: string;
  amount: string;
  currency: string;
  /** How often it was asked for. */
  requests: number;
  /** What there is: money taken, money given back. */
  charged: string;
  refunded: string;
  refundRequests: number;
  refundId: string | null;
  /** Nobody can make this payment any more. */
  isVoid: boolean;
  answer: Authorisation | null;
}

/** A provider of payments that moves no money and keeps a ledger as if it did. */
export interface PaymentSimulator {
  authorise: (request: PaymentRequest) => Simulated<Authorisation>;
  undo: (request: PaymentUndoRequest) => Simulated<PaymentUndone>;
  ledger: () => SimulatedPayment[];
}

const DECLINED: Readonly<Record<string, string>> = {
  sim_decline: 'card_declined',
  sim_insufficient_funds: 'insufficient_funds',
  sim_expired_card: 'expired_card',
  sim_unknown_then_declined: 'card_declined',
};

/** Test values that decline nothing. */
const ACCEPTED =
  /^sim_(?:ok|unavailable|fail_\d{1,6}_times|timeout|unknown_then_authorized|slow_\d{1,6}ms|refund_(?:fails|fails_\d{1,6}_times|unknown))$/;

const ZERO = '0';
const NO_FAULTS = faultsOf([], '');

/** @param maxEntries payments that are remembered; of others it is believed what is said about them */
export function createPaymentSimulator(maxEntries: number): PaymentSimulator {
  const payments = createEntries<SimulatedPayment>(maxEntries);

  const entryOf = ({
    key,
    orderId,
    amount,
    currency,
  }: PaymentRequest | PaymentUndoRequest): SimulatedPayment =>
    payments.getOrAdd(key, () => ({
      ...{ key, orderId, amount, currency, answer: null, isVoid: false },
      ...{ requests: 0, charged: ZERO, refunded: ZERO, refundRequests: 0, refundId: null },
    }));

  return {
    authorise(request) {
      const payment = entryOf(request);
      if (payment.amount !== request.amount || payment.currency !== request.currency)
        return { fault: 'invalid' };
      payment.requests += 1;
      const values = testValuesOf(request.token);
      return simulate(faultsOf(values, 'sim'), payment.requests, payment.answer !== null, () => {
        payment.answer ??= payment.isVoid
          ? { outcome: 'declined', reason: 'cancelled' }
          : answerTo(request.key, values);
        if (payment.answer.outcome === 'authorized') payment.charged = payment.amount;
        return payment.answer;
      });
    },

    undo(request) {
      const payment = entryOf(request);
      // The one who asks knows of a payment that is forgotten here.
      if (request.authId !== null && payment.answer === null) {
        payment.answer = { outcome: 'authorized', authId: request.authId };
        payment.charged = payment.amount;
      }
      const authId = payment.answer?.outcome === 'authorized' ? payment.answer.authId : null;
      payment.refundRequests += 1;
      const faults = authId === null ? NO_FAULTS : faultsOf(testValuesOf(request.token), 'sim_refund');
      const isDone = payment.refundId !== null;
      return simulate<PaymentUndone>(faults, payment.refundRequests, isDone, () => {
        if (authId === null) {
          payment.isVoid = true;
          return { outcome: 'never_happened' };
        }
        payment.refundId ??= idOf('refund', request.refundKey);
        payment.refunded = payment.charged;
        return { outcome: 'refunded', refundId: payment.refundId };
      });
    },

    ledger: () => payments.all(),
  };
}

function answerTo(key: string, values: readonly string[]): Authorisation {
  for (const value of values) {
    const reason = DECLINED[value];
    if (reason !== undefined) return { outcome: 'declined', reason };
    // A misspelt one must not pass for a success.
    if (!ACCEPTED.test(value)) return { outcome: 'declined', reason: 'unknown_test_value' };
  }
  return { outcome: 'authorized', authId: idOf('auth', key) };
}
