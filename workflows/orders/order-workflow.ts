import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  defineSignal,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  type SignalDefinition,
  TemporalFailure,
  TimeoutFailure,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PartFailure } from '../../contracts/temporal/job-activities.ts';
import { type OrderVerbInput, WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import type {
  FailedStep,
  OrderRef,
  OrderResult,
  OrderState,
  OrderVerbRequest,
  OrderWorkflowInput,
} from '../../contracts/temporal/order-activities.ts';
import { STATUS_ATTRIBUTE } from '../../contracts/temporal/search-attributes.ts';
import {
  COMPENSATIONS,
  FORWARD_STEPS,
  ORDER_VERBS,
  type OrderStep,
  type OrderVerb,
} from '../../contracts/words.ts';
import { runPart } from '../chunked-job/run-part.ts';
import { proxySteps, runAtOnce, steady } from './activities.ts';

/** A verb's signal has the verb's name. */
const SIGNALS: Record<OrderVerb, SignalDefinition<[OrderVerbInput?]>> = {
  retry: defineSignal<[OrderVerbInput?]>('retry'),
  compensate: defineSignal<[OrderVerbInput?]>('compensate'),
  cancel: defineSignal<[OrderVerbInput?]>('cancel'),
};

/** Whatever comes with it does not matter. */
const wake = defineSignal<[unknown?]>(WAKE_SIGNAL);

/** An order has twenty events; this is one that operators have tried again a hundred times. */
const MAX_HISTORY_EVENTS = 2_000;

/**
 * Brings about what an order is to come to. What that is, and what has happened, stands in the database; each step tells where
 * the order stands after it, and with that which one is next. So this is a loop without a plan: it does the next step, parks the
 * order where a step gives up, and does what operators ask, between steps and one after the other. Cancelled from outside, it
 * does what the verb `cancel` does.
 */
export async function OrderWorkflow(input: OrderWorkflowInput): Promise<OrderResult> {
  const { orderId, retryDelaysMs } = input;
  const ref: OrderRef = { orderId, retryDelaysMs };
  const verbs: OrderVerbRequest[] = [];
  let taken = input.verbs ?? 0;
  let woken = false;
  /** Its steps take their time. */
  let isSlow = false;
  /** Ends the wait for the next attempt of a step. */
  let interrupt: (() => void) | null = null;

  for (const verb of ORDER_VERBS) setHandler(SIGNALS[verb], (payload) => take(verb, payload));
  setHandler(wake, () => {
    woken = true;
  });
  const { cancelRequested } = CancellationScope.current();
  const whole = CancellationScope.nonCancellable(run);
  // What is under way ends, and then the order is cancelled, if that is still possible.
  cancelRequested.catch(() => take('cancel', undefined));
  return await whole;

  async function run(): Promise<OrderResult> {
    let state: OrderState | null = null;
    for (;;) {
      const verb = verbs.shift();
      if (verb !== undefined) {
        state = await apply(verb, state);
        continue;
      }
      if (woken) {
        woken = false;
        state = await steady.readOrder(ref);
      }
      show(state);
      if (state?.goal === null) return { status: state.status };
      // Whoever started this knows what is next; should that be wrong, the step only tells where the order stands.
      const next: OrderStep | null = state === null ? input.next : state.next;
      if (workflowInfo().historyLength >= MAX_HISTORY_EVENTS) {
        await continueAsNew<typeof OrderWorkflow>({ ...input, next, verbs: taken });
      }
      if (state !== null && state.parked !== null) {
        await condition(() => verbs.length > 0 || woken);
        continue;
      }
      state = next === null ? await steady.readOrder(ref) : ((await runSteps(next)) ?? state);
    }
  }

  /**
   * Makes a step, and those after it as far as they are made at once.
   *
   * @returns where the order stands then; null when that is not known, because an operator has interrupted it
   */
  async function runSteps(first: OrderStep): Promise<OrderState | null> {
    // An activity of its own ends the workflow's task, so that operators are heard before the next one.
    if (isSlow) return await tryOn(first, { delaysMs: retryDelaysMs, made: 0, state: null });
    const { state, failed } = await runFirst(first);
    if (failed === null) return state;
    const { step, retryable, failure } = failed;
    const [firstDelay, ...delaysMs] = retryDelaysMs;
    if (!retryable || firstDelay === undefined) return await park(step, failure);
    if (await condition(() => verbs.length > 0, firstDelay)) return state;
    return await tryOn(step, { delaysMs, made: 1, state });
  }

  async function runFirst(step: OrderStep): Promise<{ state: OrderState | null; failed: FailedStep | null }> {
    try {
      const { failed = null, isSlow: takesTime = false, ...state } = await runAtOnce(step, ref);
      isSlow = takesTime;
      return { state, failed };
    } catch (error) {
      return { state: null, failed: { step, ...toFailure(error) } };
    }
  }

  /** Makes a step as an activity that is tried again, after so many attempts of it. */
  async function tryOn(
    step: OrderStep,
    { delaysMs, made, state }: { delaysMs: number[]; made: number; state: OrderState | null },
  ): Promise<OrderState | null> {
    const run = proxySteps(delaysMs.length + 1);
    const scope = new CancellationScope({ cancellable: true });
    interrupt = () => {
      scope.cancel();
    };
    try {
      const result = await runPart(() => scope.run(() => run(step, { orderId, retryDelaysMs: delaysMs })));
      if (result.done) return result.value;
      // What the verb makes of it comes first; then the step is tried anew, if it is still to be done.
      if (verbs.length > 0) return state;
      return await park(step, { ...result.failure, attempts: result.failure.attempts + made });
    } catch (cancelled) {
      if (!isCancellation(cancelled)) throw cancelled;
      return state;
    } finally {
      interrupt = null;
    }
  }

  async function park(step: OrderStep, failure: PartFailure): Promise<OrderState> {
    return await steady.parkOrder({ ...ref, step, failure });
  }

  async function apply(verb: OrderVerbRequest, state: OrderState | null): Promise<OrderState | null> {
    try {
      return (await steady.applyOrderVerb({ ...ref, verb })).state;
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('a verb could not be applied', { verb: verb.verb, error });
      return state;
    }
  }

  function take(verb: OrderVerb, payload: unknown): void {
    taken += 1;
    // The same after a reset, which brings the signals again: the first run's id and the place in the order stay.
    const key = `${workflowInfo().firstExecutionRunId}/${String(taken)}`;
    verbs.push({ ...textsOf(payload), verb, key });
    interrupt?.();
  }
}

/** @returns what became of the first attempt, and whether another one may heal it */
function toFailure(error: unknown): Omit<FailedStep, 'step'> {
  if (!(error instanceof TemporalFailure)) throw error;
  // Of a local activity the failure itself may come, without one around it that names the activity.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const failure = { code: cause.type ?? 'program_error', message: cause.message, attempts: 1 };
    return { retryable: cause.nonRetryable !== true, failure };
  }
  const code = cause instanceof TimeoutFailure ? 'timed_out' : 'program_error';
  const failure = { code, message: cause?.message ?? error.message, attempts: 1 };
  return { retryable: cause instanceof TimeoutFailure, failure };
}

/** What an operator sees of the workflow in the Temporal Web UI. Most orders need nobody, and show nothing. */
function show(state: OrderState | null): void {
  const isParked = state !== null && state.parked !== null;
  const wasParked = workflowInfo().typedSearchAttributes.get(STATUS_ATTRIBUTE) === 'needs_attention';
  if (isParked) {
    setCurrentDetails(
      `Status **${state.status}**, waits at **${String(state.parked)}**: find the error in the order, then send the signal \`retry\`, ` +
        '`compensate` or `cancel`.',
    );
  }
  if (isParked === wasParked) return;
  upsertSearchAttributes([{ key: STATUS_ATTRIBUTE, value: isParked ? 'needs_attention' : 'processing' }]);
  if (!isParked) setCurrentDetails('At work.');
}

/** What of a payload is understood; a signal may bring anything. */
function textsOf(payload: unknown): OrderVerbInput {
  if (typeof payload !== 'object' || payload === null) return {};
  const given = payload as Record<string, unknown>;
  const texts: OrderVerbInput = {};
  for (const name of ['by', 'reason', 'id'] as const) {
    const value = given[name];
    if (typeof value === 'string' && value !== '') texts[name] = value;
  }
  const step = FORWARD_STEPS.find((known) => known === given.step);
  if (step !== undefined) texts.step = step;
  const action = COMPENSATIONS.find((known) => known === given.action);
  if (action !== undefined) texts.action = action;
  if (given.via === 'api' || given.via === 'script') texts.via = given.via;
  return texts;
}
