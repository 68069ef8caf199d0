import type pg from 'pg';
import type {
  OrderState,
  OrderVerbRequest,
  OrderVerbResult,
} from '../../contracts/temporal/order-activities.ts';
import { askedVerb, judgeOrderVerb, type OrderVerdict } from '../../domain/orders/order-verbs.ts';
import { afterVerb, type OrderPosition } from '../../domain/orders/transitions.ts';
import { inTransaction } from '../client.ts';
import { isRecorded, recordAction } from './audit.ts';
import { clean, verbId } from './job-verbs.ts';
import { changeOrder, type NewOrderEvent, orderEvent } from './order-changes.ts';
import {
  lockOrder,
  type OrderControl,
  readOrderControl,
  stateOf,
  toOrderSituation,
  toOrderState,
  toPosition,
} from './order-control.ts';

export interface OrderVerbOutcome extends OrderVerbResult {
  /** Why, when it was refused. */
  detail: string | null;
}

/**
 * Does to an order what an operator asks: the change, its entries in the timeline and its row in the audit log, in one
 * transaction. All verbs go through here, whichever way they come. An id that is in the audit log does nothing; neither does a
 * verb that is not possible or whose effect is there already, and they are not recorded.
 *
 * @param hasWorkflow false when no workflow runs that would go on with the order: then it waits to be started
 * @throws {OrderMissingError}
 */
export async function applyOrderVerb(
  pool: pg.Pool,
  orderId: string,
  request: OrderVerbRequest,
  hasWorkflow: boolean,
): Promise<OrderVerbOutcome> {
  return await inTransaction(pool, async (client) => {
    await lockOrder(client, orderId);
    const control = await readOrderControl(client, orderId);
    const id = verbId(orderId, request);
    if (await isRecorded(client, id)) return { effect: 'repeated', detail: null, state: stateOf(control) };
    const verdict = judgeOrderVerb(askedVerb(request.verb, request), toOrderSituation(control));
    if (verdict.effect !== 'done') {
      const detail = verdict.effect === 'refused' ? verdict.detail : null;
      return { effect: verdict.effect, detail, state: stateOf(control) };
    }
    const actor = clean(request.by) ?? 'temporal';
    const reason = clean(request.reason);
    const position = afterVerb(toPosition(control), verdict);
    const isCancelled = request.verb === 'cancel';
    const reasonAfter = isCancelled ? (reason ?? null) : reasonOf(verdict, control);
    await changeOrder(client, control, {
      position,
      events: eventsOf(control, request, verdict, position, actor, reasonAfter),
      reason: reasonAfter,
      retrying: verdict.step ?? null,
      attention: null,
      hasWorkflow,
    });
    const { step, action } = verdict;
    await recordAction(client, {
      id,
      actor,
      action: request.verb,
      jobId: null,
      orderId,
      part: step ?? action,
      reason,
      before: viewForAudit(toPosition(control), stateOf(control)),
      after: viewForAudit(position, toOrderState(position, null)),
      via: request.via ?? 'temporal',
    });
    return { effect: 'done', detail: null, state: toOrderState(position, null) };
  });
}

type Doable = Extract<OrderVerdict, { effect: 'done' }>;

/** An order as the audit log shows it before and after an action. */
function viewForAudit(
  { isHeld, payment, shipment }: OrderPosition,
  { status, goal, parked }: OrderState,
): object {
  return { status, goal, parked, isHeld, payment, shipment };
}

function reasonOf({ status }: Doable, { reason }: OrderControl): string | null {
  return status === 'PAYMENT_FAILED' ? 'released' : reason;
}

function eventsOf(
  { id: orderId }: OrderControl,
  { verb }: OrderVerbRequest,
  { step, action, status }: Doable,
  position: OrderPosition,
  by: string,
  reason: string | null,
): NewOrderEvent[] {
  if (verb === 'retry')
    return step === undefined ? [] : [orderEvent('ops.RetryRequested', { orderId, step, by })];
  if (verb === 'cancel') {
    const asked = orderEvent('ops.CancellationRequested', { orderId, by });
    if (position.status !== 'CANCELLED') return [asked];
    return [asked, orderEvent('order.OrderCancelled', { orderId, reason }, 'CANCELLED')];
  }
  if (action === undefined) return [];
  const asked = orderEvent('ops.CompensationRequested', { orderId, action, by });
  if (status !== 'PAYMENT_FAILED') return [asked];
  return [asked, orderEvent('payment.PaymentFailed', { orderId, reason: 'released' }, status)];
}
