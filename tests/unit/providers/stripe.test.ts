import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { PaymentRequest, Payments, PaymentUndoRequest } from '../../../adapters/payments/payments.ts';
import { createStripePayments } from '../../../adapters/payments/stripe.ts';
import type { ProviderErrorCode } from '../../../adapters/provider-error.ts';
import {
  type StripeFault,
  type StripeLikeServer,
  startStripeLikeServer,
} from '../../support/stripe-like-server.ts';

const HOUR_MS = 3_600_000;
const REQUESTED_AT = '2026-11-21T07:00:00.000Z';

let stripe: StripeLikeServer;
/** How long ago the payment was written down. */
let ageMs: number;
let payments: Payments;

beforeEach(async () => {
  stripe = await startStripeLikeServer();
  ageMs = 0;
  payments = createStripePayments(
    { secretKey: 'sk_test_123', timeoutMs: 500, url: stripe.url },
    () => Date.parse(REQUESTED_AT) + ageMs,
  );
});
afterEach(() => stripe.close());

const payment = (changes: Partial<PaymentRequest> = {}): PaymentRequest => ({
  key: 'order-1:payment:1',
  orderId: 'order-1',
  amount: '20.00',
  currency: 'EUR',
  token: 'pm_card_visa',
  requestedAt: REQUESTED_AT,
  ...changes,
});

const undo = (changes: Partial<PaymentUndoRequest> = {}): PaymentUndoRequest => ({
  key: 'order-1:payment:1',
  refundKey: 'order-1:payment:1:refund',
  orderId: 'order-1',
  authId: null,
  amount: '20.00',
  currency: 'EUR',
  token: 'pm_card_visa',
  requestedAt: REQUESTED_AT,
  ...changes,
});

/** Money that is with us: taken, and not given back. */
const taken = (): number =>
  stripe.intents
    .filter(({ status, refund }) => status === 'succeeded' && refund === null)
    .reduce((sum, { amount }) => sum + amount, 0);

const failing = (fault: StripeFault, isMeant: (path: string) => boolean = () => true): void => {
  stripe.setFault(({ path }) => (isMeant(path) ? fault : null));
};

const providerError = (providerCode: ProviderErrorCode) =>
  expect.objectContaining({ name: 'ProviderError', providerCode }) as unknown;

describe('a payment by Stripe', () => {
  test('is made and confirmed in one request under its key, by the pinned version of the API', async () => {
    expect(await payments.authorise(payment())).toEqual({ outcome: 'authorized', authId: 'pi_1' });
    expect(stripe.requests).toHaveLength(1);
    const [{ body, ...request }] = stripe.requests as [(typeof stripe.requests)[0]];
    expect(request).toEqual({
      method: 'POST',
      path: '/v1/payment_intents',
      idempotencyKey: 'order-1:payment:1',
      apiVersion: '2026-10-28.endive',
      authorization: 'Bearer sk_test_123',
    });
    expect(Object.fromEntries(body)).toEqual({
      amount: '2000',
      currency: 'eur',
      payment_method: 'pm_card_visa',
      confirm: 'true',
      error_on_requires_action: 'true',
      'automatic_payment_methods[enabled]': 'true',
      'automatic_payment_methods[allow_redirects]': 'never',
      'metadata[longshore_key]': 'order-1:payment:1',
      'metadata[order_id]': 'order-1',
    });
  });

  test('is declined with the word of the issuer', async () => {
    expect(await payments.authorise(payment({ token: 'pm_card_chargeDeclinedInsufficientFunds' }))).toEqual({
      outcome: 'declined',
      reason: 'insufficient_funds',
    });
    expect(taken()).toBe(0);
  });

  test('is declined where a customer would have to be asked, and where there is nothing to pay with', async () => {
    failing({ status: 402, error: { type: 'card_error', code: 'authentication_required' } });
    expect(await payments.authorise(payment())).toEqual({
      outcome: 'declined',
      reason: 'authentication_required',
    });
    expect(await payments.authorise(payment({ token: null }))).toMatchObject({ reason: 'no_payment_method' });
    expect(stripe.requests).toHaveLength(1);
  });

  test.each<[string, StripeFault, ProviderErrorCode]>([
    [
      'a limit',
      { status: 429, error: { type: 'invalid_request_error', code: 'rate_limit' } },
      'provider_unavailable',
    ],
    [
      'a limit told by 400',
      { status: 400, error: { type: 'invalid_request_error', code: 'rate_limit' } },
      'provider_unavailable',
    ],
    ['an internal error', { status: 500, error: { type: 'api_error' } }, 'provider_timeout'],
    ['a proxy without its server', { status: 502, error: { type: 'api_error' } }, 'provider_timeout'],
    [
      'a key that another request holds',
      { status: 409, error: { type: 'idempotency_error', code: 'idempotency_key_in_use' } },
      'provider_timeout',
    ],
    ['a broken connection', 'lost', 'provider_timeout'],
    ['no answer in time', 'hang', 'provider_timeout'],
    [
      'a key that was used for something else',
      { status: 400, error: { type: 'idempotency_error' } },
      'provider_refused',
    ],
    ['a wrong API key', { status: 401, error: { type: 'invalid_request_error' } }, 'provider_refused'],
    [
      'a right that is missing',
      { status: 403, error: { type: 'invalid_request_error' } },
      'provider_refused',
    ],
    [
      'an invalid request',
      { status: 400, error: { type: 'invalid_request_error', code: 'parameter_invalid' } },
      'provider_refused',
    ],
  ])('that meets %s is no answer, and says whether to ask again', async (_what, fault, code) => {
    failing(fault);
    await expect(payments.authorise(payment())).rejects.toEqual(providerError(code));
  });

  test('that nobody could be asked for has not been made', async () => {
    await stripe.close();
    await expect(payments.authorise(payment())).rejects.toEqual(providerError('provider_unavailable'));
    stripe = await startStripeLikeServer();
  });

  test('errors quote nothing that Stripe said about it', async () => {
    failing({ status: 400, error: { type: 'invalid_request_error', message: 'No such card: 4242 4242' } });
    const error = await payments.authorise(payment()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toContain('req_test');
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('4242');
  });

  test('is made once when the answer is lost and the request comes again', async () => {
    failing('lost');
    await expect(payments.authorise(payment())).rejects.toEqual(providerError('provider_timeout'));
    failing(null);
    expect(await payments.authorise(payment())).toEqual({ outcome: 'authorized', authId: 'pi_1' });
    expect(taken()).toBe(2_000);
  });

  test('is made once when the request comes again after Stripe has forgotten the key', async () => {
    failing('lost');
    await payments.authorise(payment()).catch(() => undefined);
    failing(null);
    stripe.forgetKeys();
    ageMs = 48 * HOUR_MS;
    expect(await payments.authorise(payment())).toEqual({ outcome: 'authorized', authId: 'pi_1' });
    expect(taken()).toBe(2_000);
  });

  test('is looked up where Stripe repeats its internal error under the key', async () => {
    failing('lost');
    await payments.authorise(payment()).catch(() => undefined);
    failing({ status: 500, error: { type: 'api_error' } }, (path) => path === '/v1/payment_intents');
    await expect(payments.authorise(payment())).rejects.toEqual(providerError('provider_timeout'));
    ageMs = 2 * 60_000;
    expect(await payments.authorise(payment())).toEqual({ outcome: 'authorized', authId: 'pi_1' });
    expect(taken()).toBe(2_000);
  });
});

describe('amounts', () => {
  test.each([
    ['20.00', 'EUR', '2000'],
    ['0.5', 'USD', '50'],
    ['1999', 'JPY', '1999'],
    ['1999.00', 'KRW', '1999'],
    ['12.340', 'KWD', '12340'],
    // Stripe takes these otherwise than ISO 4217 has them.
    ['10', 'ISK', '1000'],
    ['10', 'UGX', '1000'],
    ['5', 'MGA', '5'],
    ['90071992547409.91', 'EUR', '9007199254740991'],
  ])('%s %s go as %s', async (amount, currency, units) => {
    await payments.authorise(payment({ amount, currency }));
    expect(stripe.requests[0]?.body.get('amount')).toBe(units);
  });

  test.each([
    ['20.005', 'EUR'],
    ['0.5', 'JPY'],
    ['12.345', 'KWD'],
    ['90071992547409.92', 'EUR'],
  ])('%s %s can not be paid, and nothing is rounded', async (amount, currency) => {
    await expect(payments.authorise(payment({ amount, currency }))).rejects.toEqual(
      providerError('provider_refused'),
    );
    expect(stripe.requests).toHaveLength(0);
  });
});

describe('an undo at Stripe', () => {
  test('refunds all of it, once, however often it is asked for', async () => {
    await payments.authorise(payment());
    const first = await payments.undo(undo({ authId: 'pi_1' }));
    expect(first).toEqual({ outcome: 'refunded', refundId: 're_pi_1' });
    expect(await payments.undo(undo({ authId: 'pi_1' }))).toEqual(first);
    stripe.forgetKeys();
    expect(await payments.undo(undo({ authId: 'pi_1' }))).toEqual(first);
    expect(taken()).toBe(0);
    expect(stripe.requests[1]).toMatchObject({ idempotencyKey: 'order-1:payment:1:refund' });
  });

  test('finds a payment whose answer was lost, and refunds it', async () => {
    failing('lost');
    await payments.authorise(payment()).catch(() => undefined);
    failing(null);
    expect(await payments.undo(undo())).toEqual({ outcome: 'refunded', refundId: 're_pi_1' });
    expect(taken()).toBe(0);
  });

  test('waits where the payment was asked for and is not found yet', async () => {
    failing('lost');
    await payments.authorise(payment()).catch(() => undefined);
    failing(null);
    stripe.setIndexed(false);
    await expect(payments.undo(undo())).rejects.toEqual(providerError('provider_timeout'));
    stripe.setIndexed(true);
    expect(await payments.undo(undo())).toMatchObject({ outcome: 'refunded' });
    expect(taken()).toBe(0);
  });

  test('of a payment that never was sees to it that a late request does not make it', async () => {
    expect(await payments.undo(undo())).toEqual({ outcome: 'never_happened' });
    expect(await payments.undo(undo())).toEqual({ outcome: 'never_happened' });
    await expect(payments.authorise(payment())).rejects.toEqual(providerError('provider_refused'));
    expect(taken()).toBe(0);
  });

  test('of a declined payment gives nothing back', async () => {
    await payments.authorise(payment({ token: 'pm_card_chargeDeclined' }));
    expect(await payments.undo(undo())).toEqual({ outcome: 'never_happened' });
    expect(stripe.intents).toMatchObject([{ status: 'canceled', refund: null }]);
  });
});
