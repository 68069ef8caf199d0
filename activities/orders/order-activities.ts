import { activityInfo, log } from '@temporalio/activity';
import { TemporalFailure } from '@temporalio/common';
import type { Carrier } from '../../adapters/carriers/carrier.ts';
import type { Payments } from '../../adapters/payments/payments.ts';
import {
  type FailedStep,
  type OrderActivities,
  type OrderState,
  STEP_ACTIVITIES,
  type StepRef,
  type StepResult,
} from '../../contracts/temporal/order-activities.ts';
import type { OrderStep } from '../../contracts/words.ts';
import { TimeoutError, within } from '../../platform/within.ts';
import { observeActivity } from '../../platform/work-metrics.ts';
import type { Database } from '../../prisma/client.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import type { OrderNotifier } from '../../prisma/repositories/order-notifications.ts';
import { parkOrder, recordAnswer, readForUndo, reserveStock } from '../../prisma/repositories/order-steps.ts';
import { applyOrderVerb } from '../../prisma/repositories/order-verbs.ts';
import { classifyError } from '../classify-error.ts';
import { wakeRecordIndex } from '../records/wake-record-index.ts';
import { announceSoon } from '../webhooks/announce-soon.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { countParked, measureStep } from './measure-step.ts';
import { authorisePayment, refundPayment } from './payment-steps.ts';
import { recallShipment, shipGoods } from './shipping-steps.ts';
import { createThrottle } from './throttle.ts';

export interface OrderActivityDeps {
  db: Database;
  payments: Payments;
  carrier: Carrier;
  orderNotifier: OrderNotifier;
  /** In place of {@link PACE}. */
  pace?: Pace;
}

/** How long steps are made one after the other, in milliseconds since the first. */
export interface Pace {
  /** So long they are begun: the workflow hears nothing of what operators ask until they end. */
  quickMs: number;
  /** So long they are waited for: less than the activity may take, so that it is known which one takes so long. */
  waitedMs: number;
}

/** Events of many orders are announced together, and so is what they took from the shelves brought into lists by stock. */
const ANNOUNCE_EVERY_MS = 500;
const INDEX_EVERY_MS = 3_000;

/** With quick providers all of an order takes some hundredths of a second; on a busy machine, a second. */
const PACE: Pace = { quickMs: 3_000, waitedMs: 10_000 };

/** How each step is made, by what stands in the database; what is not the order's next one does nothing. */
const STEPS: Readonly<Record<OrderStep, (deps: OrderActivityDeps, orderId: string) => Promise<OrderState>>> =
  {
    inventory: ({ db }, orderId) => reserveStock(db, orderId),
    payment: authorisePayment,
    shipping: shipGoods,
    recall: recallShipment,
    refund: refundPayment,
    release: async ({ db }, orderId) => {
      const control = await readForUndo(db, orderId, 'release');
      if (control === null) return await readOrderState(db.pool, orderId);
      return await recordAnswer(db, control, { outcome: 'released' });
    },
  };

/** The steps of orders, and what operators ask of them. */
export function createOrderActivities(deps: OrderActivityDeps): OrderActivities {
  const { db, orderNotifier, pace = PACE } = deps;
  const announce = createThrottle(ANNOUNCE_EVERY_MS);
  const index = createThrottle(INDEX_EVERY_MS);

  /** What has been written is told of; that may fail, because everybody looks by himself too. */
  const tell = (orderId: string): void => {
    orderNotifier.changed(orderId);
    announce(announceSoon);
  };
  const make = async (step: OrderStep, orderId: string): Promise<OrderState> => {
    const state = await measureStep(step, () => STEPS[step](deps, orderId));
    tell(orderId);
    if (step === 'shipping') index(wakeRecordIndex);
    return state;
  };
  /** An activity for one step, which may go on with those after it: each that is a task of its own costs as much as the step. */
  const startingWith =
    (first: OrderStep) =>
    ({ orderId, onward = false }: StepRef): Promise<StepResult> =>
      withHeartbeat(async () => {
        const begun = performance.now();
        let state = await make(first, orderId);
        while (onward && state.next !== null && state.parked === null) {
          const { next } = state;
          const passedMs = performance.now() - begun;
          if (passedMs >= pace.quickMs) return { ...state, isSlow: true };
          try {
            // Made again it asks under the same key, and what was answered meanwhile it finds.
            state = await within(pace.waitedMs - passedMs, make(next, orderId));
          } catch (error) {
            if (error instanceof TimeoutError) return { ...state, isSlow: true };
            // What Temporal itself has to say is no failure of the step.
            if (error instanceof TemporalFailure) throw error;
            return { ...state, failed: toFailedStep(next, error, performance.now() - begun - passedMs) };
          }
        }
        return state;
      });

  return {
    reserveStock: startingWith('inventory'),
    authorisePayment: startingWith('payment'),
    shipGoods: startingWith('shipping'),
    recallShipment: startingWith('recall'),
    refundPayment: startingWith('refund'),
    releaseStock: startingWith('release'),
    readOrder: ({ orderId }) => readOrderState(db.pool, orderId),
    parkOrder: ({ orderId, step, failure }) =>
      withHeartbeat(async () => {
        const state = await parkOrder(db, orderId, step, failure);
        countParked(step);
        tell(orderId);
        return state;
      }),
    applyOrderVerb: async ({ orderId, verb }) => {
      const { effect, state } = await applyOrderVerb(db.pool, orderId, verb, true);
      tell(orderId);
      return { effect, state };
    },
  };
}

/** Tells of a step that failed as of an activity that fails by itself. */
function toFailedStep(step: OrderStep, error: unknown, milliseconds: number): FailedStep {
  const { code, message, retryable } = classifyError(error);
  const activity = STEP_ACTIVITIES[step];
  observeActivity(activity, code, milliseconds / 1000);
  const { workflowId } = activityInfo().workflowExecution ?? {};
  const about = { event: 'activity_failed', activity, workflow_id: workflowId, attempt: 1, code };
  log.warn('an attempt failed', { ...about, err: error });
  return { step, retryable, failure: { code, message, attempts: 1 } };
}
