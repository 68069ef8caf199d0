import type { PaymentSettings } from '../../platform/config.ts';
import { createHttpSimulatedPayments } from '../simulator/client.ts';
import { createSimulatedPayments } from '../simulator/in-process.ts';
import type { Payments } from './payments.ts';
import { createStripePayments } from './stripe.ts';

/** The provider of payments that the settings name. */
export function createPayments(settings: PaymentSettings): Payments {
  const { PAYMENTS_TIMEOUT_MS: timeoutMs, PAYMENTS_URL: url } = settings;
  switch (settings.PAYMENTS_PROVIDER) {
    case 'simulator':
      return createSimulatedPayments();
    case 'simulator-http':
      // The settings were refused if it were not there.
      return createHttpSimulatedPayments({ url: url ?? '', timeoutMs });
    case 'stripe':
      return createStripePayments({
        secretKey: settings.STRIPE_SECRET_KEY ?? '',
        timeoutMs,
        url: url ?? null,
      });
  }
}
