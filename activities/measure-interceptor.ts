import type { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { orderEventName } from '../contracts/events/order-events.ts';
import type { OrderEventType } from '../contracts/order-timeline.ts';
import { type OrderState, STEP_ACTIVITIES } from '../contracts/temporal/order-activities.ts';
import type { OrderStatus, OrderStep } from '../contracts/words.ts';
import type { OrderService } from '../platform/order-event-metrics.ts';
import { observeActivity, observeOrderEvent, observeStep } from '../platform/work-metrics.ts';

/** Of a step of an order: whose part it is, and what its end is called in the order's timeline. */
interface StepEvents {
  service: OrderService;
  done: OrderEventType;
  /** The status that says that the answer was no, and the event of that. */
  refused?: readonly [OrderStatus, OrderEventType];
}

const STEP_EVENTS: Readonly<Record<OrderStep, StepEvents>> = {
  inventory: {
    service: 'inventory',
    done: 'inventory.InventoryReserved',
    refused: ['INVENTORY_FAILED', 'inventory.InventoryFailed'],
  },
  payment: {
    service: 'payment',
    done: 'payment.PaymentAuthorized',
    refused: ['PAYMENT_FAILED', 'payment.PaymentFailed'],
  },
  shipping: {
    service: 'shipping',
    done: 'shipping.OrderShipped',
    refused: ['SHIPPING_FAILED', 'shipping.ShippingFailed'],
  },
  recall: {
    service: 'shipping',
    done: 'shipping.ShipmentRecalled',
    // What is on its way does not come back.
    refused: ['SHIPPED', 'shipping.OrderShipped'],
  },
  refund: { service: 'payment', done: 'payment.PaymentRefunded' },
  release: { service: 'inventory', done: 'inventory.InventoryReleased' },
};

const STEP_OF = new Map<string, OrderStep>(
  Object.entries(STEP_ACTIVITIES).map(([step, activity]) => [activity, step as OrderStep]),
);

/** Measures each attempt of an activity. Put it before the failure interceptor, which finds out what a failure is. */
export function createMeasureInterceptor(ctx: Context): ActivityInboundCallsInterceptor {
  const { activityType } = ctx.info;
  return {
    async execute(input, next) {
      const started = performance.now();
      const seconds = (): number => (performance.now() - started) / 1000;
      try {
        const result = await next(input);
        observeActivity(activityType, 'ok', seconds());
        measureOrder(activityType, input.args, result as OrderState, seconds());
        return result;
      } catch (error) {
        observeActivity(activityType, codeOf(error), seconds());
        const step = STEP_OF.get(activityType);
        if (step !== undefined) measureEvent(step, STEP_EVENTS[step].done, 'error', seconds());
        throw error;
      }
    },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof CancelledFailure) return 'cancelled';
  // The failure interceptor gives a code to each.
  return error instanceof ApplicationFailure && error.type ? error.type : 'program_error';
}

function measureOrder(
  activityType: string,
  args: readonly unknown[],
  state: OrderState,
  seconds: number,
): void {
  const step = STEP_OF.get(activityType);
  if (step !== undefined) {
    const { done, refused } = STEP_EVENTS[step];
    const [no, noEvent] = refused ?? [];
    if (noEvent !== undefined && state.status === no) measureEvent(step, noEvent, 'refused', seconds);
    else measureEvent(step, done, 'done', seconds);
    return;
  }
  if (activityType !== 'parkOrder') return;
  const [{ step: parked }] = args as [{ step: OrderStep }];
  const { service, done } = STEP_EVENTS[parked];
  observeOrderEvent({ service, eventType: orderEventName(done) }, 'dead_letter', null);
}

function measureEvent(
  step: OrderStep,
  type: OrderEventType,
  result: 'done' | 'refused' | 'error',
  seconds: number,
): void {
  const { service } = STEP_EVENTS[step];
  observeStep(step, result, seconds);
  // That the answer is no is an event like others.
  const status = result === 'error' ? 'error' : 'success';
  observeOrderEvent({ service, eventType: orderEventName(type) }, status, seconds);
}
