import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Payments } from '../../../adapters/payments/payments.ts';
import { createStripePayments } from '../../../adapters/payments/stripe.ts';
import { paymentOf, undoOf } from '../../support/providers.ts';
import { startStripeMock, type StripeMock } from '../../support/stripe-mock.ts';

let mock: StripeMock | string;
let payments: Payments;

beforeAll(async () => {
  mock = await startStripeMock();
  if (typeof mock === 'string') {
    process.stderr.write(`NOT RUN: requests to Stripe against its own mock, because ${mock}\n`);
    return;
  }
  payments = createStripePayments({ secretKey: 'sk_test_123', timeoutMs: 10_000, url: mock.url });
});
afterAll(async () => {
  if (typeof mock === 'object') await mock.stop();
});

test('what is sent to Stripe is what the published description of its API takes', async (context) => {
  if (typeof mock === 'string') context.skip(mock);
  // The mock answers with fixed examples, so what comes back says only that the request was taken.
  const answered = async (request: Promise<unknown>): Promise<unknown> =>
    await request.catch((error: unknown) => error);
  const token = 'pm_card_visa';
  expect(await answered(payments.authorise(paymentOf({ token })))).toMatchObject({ outcome: 'declined' });
  const longAgo = '2020-01-01T00:00:00.000Z';
  expect(await answered(payments.authorise(paymentOf({ token, requestedAt: longAgo })))).toMatchObject({
    outcome: expect.stringMatching(/^(?:authorized|declined)$/),
  });
  expect(await answered(payments.undo(undoOf({ token, authId: 'pi_123' })))).toMatchObject({
    outcome: 'refunded',
  });
  expect(await answered(payments.undo(undoOf({ token })))).toEqual({ outcome: 'never_happened' });
  await payments.check();
});

test('what the description does not know is refused, so that the test above means something', async (context) => {
  if (typeof mock === 'string') return context.skip(mock);
  const response = await fetch(`${mock.url}/v1/payment_intents`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk_test_123' },
    body: new URLSearchParams({ amount: '2000', currency: 'eur', confirmm: 'true' }),
  });
  expect(response.status).toBe(400);
});
