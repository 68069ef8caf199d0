import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Carrier } from '../../../adapters/carriers/carrier.ts';
import type { Payments } from '../../../adapters/payments/payments.ts';
import type { ProviderErrorCode } from '../../../adapters/provider-error.ts';
import {
  createHttpSimulatedCarrier,
  createHttpSimulatedPayments,
} from '../../../adapters/simulator/client.ts';
import { createSimulatedCarrier, createSimulatedPayments } from '../../../adapters/simulator/in-process.ts';
import { type SimulatorServer, startSimulatorServer } from '../../../adapters/simulator/server.ts';
import { paymentOf, recallOf, shipmentOf, undoOf } from '../../support/providers.ts';

let server: SimulatorServer;
beforeAll(async () => {
  server = await startSimulatorServer();
});
afterAll(() => server.close());

const providerError = (providerCode: ProviderErrorCode) =>
  expect.objectContaining({ name: 'ProviderError', providerCode }) as unknown;

let made = 0;
/** Of an order that no other test has. */
function newOrder() {
  made += 1;
  const orderId = `order-${String(made)}`;
  return {
    orderId,
    payment: { orderId, key: `${orderId}:payment:1` },
    undo: { orderId, key: `${orderId}:payment:1`, refundKey: `${orderId}:payment:1:refund` },
    shipment: { orderId, key: `${orderId}:shipping:1` },
  };
}

interface Ways {
  payments: () => Payments;
  carrier: () => Carrier;
}

describe.each<[string, Ways]>([
  ['in the process', { payments: createSimulatedPayments, carrier: createSimulatedCarrier }],
  [
    'behind HTTP',
    {
      payments: () => createHttpSimulatedPayments({ url: server.url, timeoutMs: 300 }),
      carrier: () => createHttpSimulatedCarrier({ url: server.url, timeoutMs: 300 }),
    },
  ],
])('the simulators %s', (_where, ways) => {
  test('take a payment, and give the same answer to the same request', async () => {
    const payments = ways.payments();
    const { payment } = newOrder();
    const answer = await payments.authorise(paymentOf(payment));
    expect(answer).toEqual({ outcome: 'authorized', authId: expect.stringMatching(/^sim_auth_/) });
    expect(await payments.authorise(paymentOf(payment))).toEqual(answer);
    expect(await ways.payments().authorise(paymentOf(payment))).toEqual(answer);
  });

  test.each([
    ['sim_decline', 'card_declined'],
    ['sim_insufficient_funds', 'insufficient_funds'],
    ['sim_expired_card', 'expired_card'],
    ['sim_declien', 'unknown_test_value'],
  ])('decline with the token %s', async (token, reason) => {
    const { payment } = newOrder();
    expect(await ways.payments().authorise(paymentOf({ ...payment, token }))).toEqual({
      outcome: 'declined',
      reason,
    });
  });

  test('take any token that is no test value', async () => {
    const { payment } = newOrder();
    expect(await ways.payments().authorise(paymentOf({ ...payment, token: 'tok_visa' }))).toMatchObject({
      outcome: 'authorized',
    });
  });

  test.each<[string, ProviderErrorCode]>([
    ['sim_timeout', 'provider_timeout'],
    ['sim_unavailable', 'provider_unavailable'],
  ])('never answer with the token %s', async (token, code) => {
    const payments = ways.payments();
    const request = paymentOf({ ...newOrder().payment, token });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await expect(payments.authorise(request)).rejects.toEqual(providerError(code));
    }
  });

  test('fail as often as the token says, then take the payment', async () => {
    const payments = ways.payments();
    const request = paymentOf({ ...newOrder().payment, token: 'sim_fail_2_times' });
    await expect(payments.authorise(request)).rejects.toEqual(providerError('provider_unavailable'));
    await expect(payments.authorise(request)).rejects.toEqual(providerError('provider_unavailable'));
    expect(await payments.authorise(request)).toMatchObject({ outcome: 'authorized' });
  });

  test.each([
    ['sim_unknown_then_authorized', 'authorized'],
    ['sim_unknown_then_declined', 'declined'],
  ])('lose the first answer with the token %s, and give it to the same request', async (token, outcome) => {
    const payments = ways.payments();
    const request = paymentOf({ ...newOrder().payment, token });
    await expect(payments.authorise(request)).rejects.toEqual(providerError('provider_timeout'));
    expect(await payments.authorise(request)).toMatchObject({ outcome });
  });

  test('answer late with the token sim_slow_50ms', async () => {
    const request = paymentOf({ ...newOrder().payment, token: 'sim_slow_50ms' });
    expect(await ways.payments().authorise(request)).toMatchObject({ outcome: 'authorized' });
  });

  test('give back what was taken, once', async () => {
    const payments = ways.payments();
    const { payment, undo } = newOrder();
    const answer = await payments.authorise(paymentOf(payment));
    const authId = answer.outcome === 'authorized' ? answer.authId : null;
    const first = await payments.undo(undoOf({ ...undo, authId }));
    expect(first).toEqual({ outcome: 'refunded', refundId: expect.stringMatching(/^sim_refund_/) });
    expect(await payments.undo(undoOf({ ...undo, authId }))).toEqual(first);
    // A process that came later, and has never heard of this payment.
    expect(await ways.payments().undo(undoOf({ ...undo, authId }))).toEqual(first);
  });

  test('give back a payment whose answer was lost', async () => {
    const payments = ways.payments();
    const { payment, undo } = newOrder();
    const token = 'sim_unknown_then_authorized';
    await payments.authorise(paymentOf({ ...payment, token })).catch(() => undefined);
    expect(await payments.undo(undoOf({ ...undo, token }))).toMatchObject({ outcome: 'refunded' });
  });

  test('do not take a payment any more that was undone before it was made', async () => {
    const payments = ways.payments();
    const { payment, undo } = newOrder();
    expect(await payments.undo(undoOf(undo))).toEqual({ outcome: 'never_happened' });
    expect(await payments.authorise(paymentOf(payment))).toEqual({
      outcome: 'declined',
      reason: 'cancelled',
    });
  });

  test('fail to refund as the token says', async () => {
    const payments = ways.payments();
    const { payment, undo } = newOrder();
    const token = 'sim_refund_fails_1_times';
    const answer = await payments.authorise(paymentOf({ ...payment, token }));
    const authId = answer.outcome === 'authorized' ? answer.authId : null;
    const request = undoOf({ ...undo, token, authId });
    await expect(payments.undo(request)).rejects.toEqual(providerError('provider_unavailable'));
    expect(await payments.undo(request)).toMatchObject({ outcome: 'refunded' });
    const other = newOrder();
    const always = 'sim_ok+sim_refund_fails';
    await payments.authorise(paymentOf({ ...other.payment, token: always }));
    const refused = payments.undo(undoOf({ ...other.undo, token: always }));
    await expect(refused).rejects.toEqual(providerError('provider_unavailable'));
  });

  test('refuse a key that was used for another amount', async () => {
    const payments = ways.payments();
    const { payment } = newOrder();
    await payments.authorise(paymentOf(payment));
    await expect(payments.authorise(paymentOf({ ...payment, amount: '21.00' }))).rejects.toEqual(
      providerError('provider_refused'),
    );
  });

  test('ship, and give the same answer to the same request', async () => {
    const carrier = ways.carrier();
    const { shipment } = newOrder();
    const answer = await carrier.ship(shipmentOf(shipment));
    expect(answer).toEqual({
      outcome: 'shipped',
      carrier: 'simulated',
      trackingId: expect.stringMatching(/^sim_parcel_/),
    });
    expect(await carrier.ship(shipmentOf(shipment))).toEqual(answer);
  });

  test('refuse with the service sim_refuse', async () => {
    const { shipment } = newOrder();
    expect(await ways.carrier().ship(shipmentOf({ ...shipment, service: 'sim_refuse' }))).toEqual({
      outcome: 'refused',
      reason: 'address_not_served',
    });
  });

  test('fail with a service as they do with a token', async () => {
    const carrier = ways.carrier();
    const attempt = (service: string) => {
      const request = shipmentOf({ ...newOrder().shipment, service });
      return { first: carrier.ship(request), again: () => carrier.ship(request) };
    };
    await expect(attempt('sim_timeout').first).rejects.toEqual(providerError('provider_timeout'));
    const fails = attempt('sim_fail_1_times');
    await expect(fails.first).rejects.toEqual(providerError('provider_unavailable'));
    expect(await fails.again()).toMatchObject({ outcome: 'shipped' });
    const lost = attempt('sim_unknown_then_shipped');
    await expect(lost.first).rejects.toEqual(providerError('provider_timeout'));
    expect(await lost.again()).toMatchObject({ outcome: 'shipped' });
  });

  test('recall what was never shipped, and do not ship it afterwards', async () => {
    const carrier = ways.carrier();
    const { shipment } = newOrder();
    expect(await carrier.recall(recallOf(shipment))).toEqual({ outcome: 'never_happened' });
    expect(await carrier.ship(shipmentOf(shipment))).toEqual({ outcome: 'refused', reason: 'cancelled' });
  });

  test('recall a parcel only with the service sim_recallable', async () => {
    const carrier = ways.carrier();
    const usual = newOrder().shipment;
    const shipped = await carrier.ship(shipmentOf(usual));
    expect(await carrier.recall(recallOf(usual))).toEqual({ ...shipped, outcome: 'too_late' });
    const recallable = { ...newOrder().shipment, service: 'sim_unknown_then_shipped+sim_recallable' };
    await carrier.ship(shipmentOf(recallable)).catch(() => undefined);
    expect(await carrier.recall(recallOf(recallable))).toEqual({ outcome: 'recalled' });
  });

  test('can be asked whether they are there', async () => {
    await ways.payments().check();
    await ways.carrier().check();
  });
});

describe('the simulators behind HTTP', () => {
  test('say in their ledger what was really taken and given back, whatever became of the answers', async () => {
    const payments = createHttpSimulatedPayments({ url: server.url, timeoutMs: 300 });
    const { orderId, payment, undo } = newOrder();
    const token = 'sim_unknown_then_authorized';
    await payments.authorise(paymentOf({ ...payment, token })).catch(() => undefined);
    await payments.authorise(paymentOf({ ...payment, token }));
    const ledger = async () =>
      (await (await fetch(`${server.url}/ledger?orderId=${orderId}`)).json()) as { payments: object[] };
    expect((await ledger()).payments).toMatchObject([
      { key: payment.key, charged: '20.00', refunded: '0', requests: 2 },
    ]);
    await payments.undo(undoOf({ ...undo, token }));
    expect((await ledger()).payments).toMatchObject([{ charged: '20.00', refunded: '20.00' }]);
  });

  test('are away when nothing listens there, and unknown when the line breaks', async () => {
    const other = await startSimulatorServer();
    const payments = createHttpSimulatedPayments({ url: other.url, timeoutMs: 300 });
    other.setReachable(false);
    await expect(payments.authorise(paymentOf())).rejects.toEqual(providerError('provider_timeout'));
    await other.close();
    await expect(payments.authorise(paymentOf())).rejects.toEqual(providerError('provider_unavailable'));
    await expect(payments.check()).rejects.toEqual(providerError('provider_unavailable'));
  });
});
