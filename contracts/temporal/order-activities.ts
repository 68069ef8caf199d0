import type { OrderGoal, OrderStatus, OrderStep, OrderVerb } from '../words.ts';
import type { PartFailure, VerbEffect } from './job-activities.ts';
import type { OrderVerbInput } from './messages.ts';

/**
 * On the `orders` queue. Each step is one short transaction around or after its call to the outside, may be repeated, and does
 * nothing of its own when it is not the order's next one: what is next stands in the database. Arguments and results are ids and
 * words.
 */
export interface OrderActivities {
  /** Holds the stock of all lines, or of none. */
  reserveStock: (ref: StepRef) => Promise<StepResult>;
  /** Has the payment authorised, under the key of the order and its round. */
  authorisePayment: (ref: StepRef) => Promise<StepResult>;
  /** Hands the goods to the carrier; the stock that was held leaves the house. */
  shipGoods: (ref: StepRef) => Promise<StepResult>;
  /** Takes a shipment back that may have been made; accepts that it never was. */
  recallShipment: (ref: StepRef) => Promise<StepResult>;
  /** Gives the money back of a payment that may have been made; accepts that it never was. */
  refundPayment: (ref: StepRef) => Promise<StepResult>;
  /** Gives back exactly what is held; accepts that nothing is. */
  releaseStock: (ref: StepRef) => Promise<StepResult>;
  /** Where the order stands, for a workflow that goes on with it. */
  readOrder: (ref: OrderRef) => Promise<OrderState>;
  /** Records that a step gave up: the order needs attention. A step that is done all the same is not parked. */
  parkOrder: (ref: OrderRef & { step: OrderStep; failure: PartFailure }) => Promise<OrderState>;
  /** Does what an operator asks, together with its row in the audit log, once for each id. */
  applyOrderVerb: (ref: OrderRef & { verb: OrderVerbRequest }) => Promise<OrderVerbResult>;
}

/** The activity of each step. */
export const STEP_ACTIVITIES = {
  inventory: 'reserveStock',
  payment: 'authorisePayment',
  shipping: 'shipGoods',
  recall: 'recallShipment',
  refund: 'refundPayment',
  release: 'releaseStock',
} as const satisfies Record<OrderStep, keyof OrderActivities>;

/** What every activity of an order is given. */
export interface OrderRef {
  orderId: string;
  /** Delays before the attempts that follow, in milliseconds; its length bounds them. */
  retryDelaysMs: number[];
}

/** What a step is given. */
export interface StepRef extends OrderRef {
  /** The steps that come next are made too, as long as that takes no time to speak of. */
  onward?: boolean;
}

/** Where the order stands after a step and those that followed it. */
export interface StepResult extends OrderState {
  /** The step after it that failed: its first attempt. A failure of the step itself is thrown. */
  failed?: FailedStep;
  /** There is more to do, and it takes its time: each further step is for an activity of its own. */
  isSlow?: boolean;
}

export interface FailedStep {
  step: OrderStep;
  /** Another attempt may heal it. */
  retryable: boolean;
  failure: PartFailure;
}

/** What the database says of an order: the truth that a workflow goes by. */
export interface OrderState {
  status: OrderStatus;
  /** Null when there is nothing to do: the order has ended. */
  goal: OrderGoal | null;
  /** What comes next on the way to the goal; null when the order has ended. */
  next: OrderStep | null;
  /** The step that gave up and waits for an operator. */
  parked: OrderStep | null;
}

/** Input of the workflow of an order. */
export interface OrderWorkflowInput {
  orderId: string;
  /** Delays before the 2nd, 3rd, ... attempt of a step that fails for a passing reason, in milliseconds. */
  retryDelaysMs: number[];
  /** The step that comes next, as far as whoever starts it knows; null has it looked up. */
  next: OrderStep | null;
  /** How many verbs have come to earlier runs: it makes an id for those that bring none. */
  verbs?: number;
}

/** Result of the workflow: what an operator reads in the Temporal Web UI. */
export interface OrderResult {
  status: OrderStatus;
}

/** A verb as the workflow hands it on. */
export interface OrderVerbRequest extends OrderVerbInput {
  verb: OrderVerb;
  /** Stands for the verb where it has no id. */
  key: string;
}

export interface OrderVerbResult {
  effect: Exclude<VerbEffect, 'early'>;
  state: OrderState;
}
