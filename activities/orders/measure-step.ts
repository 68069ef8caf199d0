import { orderEventName } from '../../contracts/events/order-events.ts';
import type { OrderEventType } from '../../contracts/order-timeline.ts';
import type { OrderState } from '../../contracts/temporal/order-activities.ts';
import type { OrderStatus, OrderStep } from '../../contracts/words.ts';
import type { OrderService } from '../../platform/order-event-metrics.ts';
import { inSpan } from '../../platform/tracing.ts';
import { observeOrderEvent, observeStep } from '../../platform/work-metrics.ts';

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

/** Measures an attempt of a step, in metrics and as a span. */
export async function measureStep(step: OrderStep, make: () => Promise<OrderState>): Promise<OrderState> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  const { done, refused } = STEP_EVENTS[step];
  try {
    const state = await inSpan(`step ${step}`, make);
    const [no, noEvent] = refused ?? [];
    if (noEvent !== undefined && state.status === no) observe(step, noEvent, 'refused', seconds());
    else observe(step, done, 'done', seconds());
    return state;
  } catch (error) {
    observe(step, done, 'error', seconds());
    throw error;
  }
}

/** Counts a step that gave up. */
export function countParked(step: OrderStep): void {
  const { service, done } = STEP_EVENTS[step];
  observeOrderEvent({ service, eventType: orderEventName(done) }, 'dead_letter', null);
}

function observe(
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
