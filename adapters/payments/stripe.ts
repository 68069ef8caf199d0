import { Stripe } from 'stripe';
import { decimalsOf, toMinorUnits } from '../../domain/values/minor-units.ts';
import { ProviderError, type ProviderErrorCode } from '../provider-error.ts';
import { faultOfConnection, faultOfStatus } from '../provider-faults.ts';
import type {
  Authorisation,
  PaymentRequest,
  Payments,
  PaymentUndone,
  PaymentUndoRequest,
} from './payments.ts';

/** The one that this adapter was written for and is tested with. An account's own default may be another. */
const API_VERSION = '2026-10-28.endive';

/**
 * Currencies whose amounts Stripe takes with other decimals than ISO 4217 gives them.
 * Source: Stripe's documentation, "Supported currencies", sections on zero-decimal and special cases.
 */
const STRIPE_DECIMALS: Readonly<Record<string, number>> = { ISK: 2, UGX: 2, MGA: 0 };

/** Stripe forgets idempotency keys after 24 hours; a key that is nearly as old is not relied on. */
const KEY_LIFE_MS = 23 * 60 * 60 * 1_000;
/** Stripe's search finds a payment within a minute, as a rule; after an hour what it does not find is not there. */
const SEARCH_DELAY_MS = 60_000;
const SEARCH_SETTLED_MS = 60 * 60 * 1_000;

/** By which a payment is found again. */
const KEY_FIELD = 'longshore_key';

export interface StripeSettings {
  secretKey: string;
  /** Of a request, at most. */
  timeoutMs: number;
  /** Where something is that answers like Stripe; Stripe itself when null. */
  url: string | null;
}

/**
 * Payments by Stripe: a PaymentIntent that is made and confirmed in one request, under the payment's key as idempotency key. Money is
 * taken at once, so the undo is a refund. A customer who would have to be asked is a decline (`authentication_required`): nobody is
 * there to ask.
 */
export function createStripePayments(
  { secretKey, timeoutMs, url }: StripeSettings,
  now: () => number = Date.now,
): Payments {
  const stripe = new Stripe(secretKey, {
    apiVersion: API_VERSION,
    timeout: timeoutMs,
    // The workflow decides about further attempts, with delays that an operator can see.
    maxNetworkRetries: 0,
    telemetry: false,
    ...(url === null ? {} : addressOf(url)),
  });
  const ageOf = ({ requestedAt }: { requestedAt: string }): number => now() - Date.parse(requestedAt);

  /** @returns the payment of a key; null when Stripe has none, or does not find it yet */
  const find = async (key: string): Promise<Stripe.PaymentIntent | null> => {
    const { data } = await asked(
      stripe.paymentIntents.search({ query: `metadata["${KEY_FIELD}"]:"${key}"`, limit: 10 }),
    );
    // Search means words; only the very same key counts.
    const found = data.filter(({ metadata }) => metadata[KEY_FIELD] === key);
    return found.find(({ status }) => status === 'succeeded') ?? found[0] ?? null;
  };

  const refund = async (intentId: string, { refundKey, key }: PaymentUndoRequest): Promise<PaymentUndone> => {
    const made = await asked(
      stripe.refunds
        .create({ payment_intent: intentId, metadata: { [KEY_FIELD]: key } }, { idempotencyKey: refundKey })
        .catch(async (error: unknown) => {
          if (!isCode(error, 'charge_already_refunded')) throw error;
          const [first] = (await stripe.refunds.list({ payment_intent: intentId, limit: 1 })).data;
          if (first === undefined) throw error;
          return first;
        }),
    );
    if (made.status === 'failed' || made.status === 'canceled') {
      throw new ProviderError('provider_refused', `Stripe could not pay the refund ${made.id} out.`);
    }
    return { outcome: 'refunded', refundId: made.id };
  };

  /** Uses a key up, so that no payment can be made under it any more. @returns false when it was used before */
  const useUp = async ({ key, refundKey, amount, currency }: PaymentUndoRequest): Promise<boolean> => {
    let intent: Stripe.PaymentIntent;
    try {
      intent = await stripe.paymentIntents.create(
        { amount: unitsOf(amount, currency), currency: currency.toLowerCase() },
        { idempotencyKey: key },
      );
    } catch (error) {
      if (error instanceof Stripe.errors.StripeIdempotencyError) return false;
      throw toProviderError(error);
    }
    await asked(stripe.paymentIntents.cancel(intent.id, {}, { idempotencyKey: `${refundKey}:void` }));
    return true;
  };

  return {
    provider: 'stripe',

    async check() {
      await asked(stripe.paymentIntents.list({ limit: 1 }));
    },

    async authorise(request) {
      if (request.token === null) return { outcome: 'declined', reason: 'no_payment_method' };
      const age = ageOf(request);
      if (age > KEY_LIFE_MS) {
        const made = await find(request.key);
        if (made !== null) return answerOf(made);
      }
      try {
        return answerOf(await stripe.paymentIntents.create(...toIntent(request, request.token)));
      } catch (error) {
        if (error instanceof Stripe.errors.StripeCardError) return declined(error);
        const fault = toProviderError(error);
        // Under one key Stripe repeats even an internal error, so it is of no use to ask like that again.
        const isWorthLookingUp =
          error instanceof Stripe.errors.StripeAPIError && isCode(fault, 'provider_timeout');
        const made = isWorthLookingUp && age > SEARCH_DELAY_MS ? await find(request.key) : null;
        if (made === null) throw fault;
        return answerOf(made);
      }
    },

    async undo(request) {
      if (request.authId !== null) return await refund(request.authId, request);
      const made = await find(request.key);
      if (made === null) {
        if (!(await useUp(request)) && ageOf(request) < SEARCH_SETTLED_MS) {
          const detail = 'Stripe was asked for this payment and does not find it yet. It is looked up again.';
          throw new ProviderError('provider_timeout', detail);
        }
        return { outcome: 'never_happened' };
      }
      switch (made.status) {
        case 'succeeded':
          return await refund(made.id, request);
        case 'canceled':
          return { outcome: 'never_happened' };
        case 'processing':
          throw stillProcessing(made);
        default:
          await asked(
            stripe.paymentIntents.cancel(made.id, {}, { idempotencyKey: `${request.refundKey}:cancel` }),
          );
          return { outcome: 'never_happened' };
      }
    },
  };
}

function toIntent(
  { key, orderId, amount, currency }: PaymentRequest,
  token: string,
): [Stripe.PaymentIntentCreateParams, Stripe.RequestOptions] {
  return [
    {
      amount: unitsOf(amount, currency),
      currency: currency.toLowerCase(),
      payment_method: token,
      confirm: true,
      error_on_requires_action: true,
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { [KEY_FIELD]: key, order_id: orderId },
    },
    { idempotencyKey: key },
  ];
}

function answerOf(intent: Stripe.PaymentIntent): Authorisation {
  switch (intent.status) {
    case 'succeeded':
      return { outcome: 'authorized', authId: intent.id };
    case 'processing':
      throw stillProcessing(intent);
    case 'canceled':
      return { outcome: 'declined', reason: 'cancelled' };
    case 'requires_action':
    case 'requires_confirmation':
      return { outcome: 'declined', reason: 'authentication_required' };
    default: {
      const { last_payment_error: error } = intent;
      return { outcome: 'declined', reason: error?.decline_code ?? error?.code ?? 'card_declined' };
    }
  }
}

function declined({ decline_code: byIssuer, code }: Stripe.errors.StripeError): Authorisation {
  // For a decline by the issuer the code is always `card_declined`: the issuer's own word, empty for others, says more.
  return { outcome: 'declined', reason: [byIssuer, code].find(Boolean) ?? 'card_declined' };
}

function stillProcessing({ id }: Stripe.PaymentIntent): ProviderError {
  return new ProviderError('provider_timeout', `Stripe is still processing ${id}.`);
}

/** @throws {ProviderError} when Stripe can't take this amount */
function unitsOf(amount: string, currency: string): number {
  const units = toMinorUnits(amount, STRIPE_DECIMALS[currency] ?? decimalsOf(currency));
  if (units === null) {
    throw new ProviderError('provider_refused', `An amount in ${currency} has fewer decimals than this one.`);
  }
  // Stripe: amounts of three decimals must end in 0.
  if (decimalsOf(currency) === 3 && units % 10 !== 0) {
    throw new ProviderError(
      'provider_refused',
      `Stripe takes amounts in ${currency} only to the second decimal.`,
    );
  }
  return units;
}

async function asked<Answer>(answer: Promise<Answer>): Promise<Answer> {
  return await answer.catch((error: unknown) => {
    throw toProviderError(error);
  });
}

function isCode(error: unknown, code: string): boolean {
  if (error instanceof ProviderError) return error.providerCode === code;
  return error instanceof Stripe.errors.StripeError && error.code === code;
}

/**
 * What an error of Stripe's means. Its own text is left out, as is the error itself: they may quote what was sent.
 */
function toProviderError(error: unknown): Error {
  if (error instanceof ProviderError) return error;
  if (!(error instanceof Stripe.errors.StripeError)) {
    return error instanceof Error ? error : new Error(String(error));
  }
  const { type, code, statusCode, requestId } = error;
  const said = [type, code, statusCode, requestId].filter((part) => part !== undefined).join(' ');
  return new ProviderError(faultOf(error), `Stripe: ${said}.`);
}

function faultOf(error: Stripe.errors.StripeError): ProviderErrorCode {
  if (error instanceof Stripe.errors.StripeConnectionError) {
    return faultOfConnection(error.detail);
  }
  if (error instanceof Stripe.errors.StripeIdempotencyError) return 'provider_refused';
  // A limit is told by 400 too.
  if (error instanceof Stripe.errors.StripeRateLimitError) return 'provider_unavailable';
  return error.statusCode === undefined ? 'provider_timeout' : faultOfStatus(error.statusCode);
}

function addressOf(
  url: string,
): Pick<NonNullable<ConstructorParameters<typeof Stripe>[1]>, 'host' | 'port' | 'protocol'> {
  const { hostname, port, protocol } = new URL(url);
  const isPlain = protocol === 'http:';
  return {
    host: hostname,
    port: port === '' ? (isPlain ? 80 : 443) : port,
    protocol: isPlain ? 'http' : 'https',
  };
}
