import type { PaymentRequest } from '../../adapters/payments/payments.ts';
import { ProviderError } from '../../adapters/provider-error.ts';
import type { OrderState } from '../../contracts/temporal/order-activities.ts';
import { requestKeys } from '../../domain/orders/request-keys.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import { type OrderControl, readOrderState } from '../../prisma/repositories/order-control.ts';
import { openPayment, readForUndo, recordAnswer } from '../../prisma/repositories/order-steps.ts';
import type { OrderActivityDeps } from './order-activities.ts';

/** What costs nothing is not asked of any provider. */
const NOTHING_TO_PAY = 'nothing-to-pay';

/**
 * Has the payment of an order authorised. The round was written before, with the reservation, and its key is the same however
 * often this is done: a request whose answer was lost is made again, and the answer is the first one.
 */
export async function authorisePayment(
  { db, payments }: OrderActivityDeps,
  orderId: string,
): Promise<OrderState> {
  const control = await openPayment(db, orderId);
  if (control === null) return await readOrderState(db.pool, orderId);
  const request = requestOf(control);
  const { provider } = payments;
  if (isNothing(request.amount)) {
    return await recordAnswer(db, control, {
      outcome: 'authorized',
      provider: 'none',
      authId: NOTHING_TO_PAY,
    });
  }
  return await recordAnswer(db, control, { provider, ...(await payments.authorise(request)) });
}

/** Gives back what was authorised, or sees to it that what may have been never is. */
export async function refundPayment(
  { db, payments }: OrderActivityDeps,
  orderId: string,
): Promise<OrderState> {
  const control = await readForUndo(db, orderId, 'refund');
  if (control === null) return await readOrderState(db.pool, orderId);
  const { payment } = control;
  const request = requestOf(control);
  if (isNothing(request.amount)) {
    const isPaid = payment?.status === 'authorized';
    return await recordAnswer(
      db,
      control,
      isPaid ? { outcome: 'refunded', refundId: NOTHING_TO_PAY } : { outcome: 'never_paid' },
    );
  }
  const refundKey = requestKeys.refund(orderId, payment?.round ?? 0);
  const undone = await payments.undo({ ...request, refundKey, authId: payment?.authId ?? null });
  if (undone.outcome === 'refunded') return await recordAnswer(db, control, undone);
  if (payment?.status === 'authorized') {
    throw new ProviderError(
      'provider_refused',
      `The provider says that it never made the payment ${payment.authId ?? ''}, which it had authorised.`,
    );
  }
  return await recordAnswer(db, control, { outcome: 'never_paid' });
}

function requestOf({ id, payment, paymentToken }: OrderControl): PaymentRequest {
  if (payment === null) throw new Error(`order ${id} has no payment`);
  return {
    key: requestKeys.payment(id, payment.round),
    orderId: id,
    amount: formatMoney(payment.amount),
    currency: payment.currency,
    token: paymentToken,
    requestedAt: new Date(payment.requestedAt).toISOString(),
  };
}

function isNothing(amount: string): boolean {
  return !/[1-9]/.test(amount);
}
