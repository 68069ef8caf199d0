import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  defineSignal,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { REDELIVER_SIGNAL, WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import type {
  DeliveryOutlook,
  RedeliverInput,
  WebhookEndpointInput,
} from '../../contracts/temporal/webhook-activities.ts';
import { deliverDue, redeliver } from './activities.ts';

const wakeSignal = defineSignal<[unknown?]>(WAKE_SIGNAL);
const redeliverSignal = defineSignal<[RedeliverInput?]>(REDELIVER_SIGNAL);

/** Well below the limit of 4,096 events: each lane of a window adds some more. */
const MAX_HISTORY_EVENTS = 2_000;

/** A timer that has run out finds its delivery due by the database's clock too. */
const MIN_SLEEP_MS = 50;

const AFTER_FAULT_MS = 30_000;

/**
 * Sends what is due for one endpoint, a few at a time, then sleeps until the next one is due or somebody wakes it. The deliveries
 * and their schedule are rows of the database: this workflow only sees to it that they are looked at in time. It ends when the
 * endpoint is gone or switched off, and is started again by whatever makes something due.
 */
export async function WebhookEndpointWorkflow(input: WebhookEndpointInput): Promise<void> {
  const { endpointId, maxHistoryEvents = MAX_HISTORY_EVENTS } = input;
  let woken = false;
  const isWoken = (): boolean => woken;
  setHandler(wakeSignal, () => {
    woken = true;
  });
  setHandler(redeliverSignal, async (payload) => {
    try {
      await redeliver({ endpointId, ...textsOf(payload) });
    } catch (error) {
      // Nothing of what an operator sends may fail the workflow.
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('deliveries could not be set going again', { error });
    }
    woken = true;
  });

  for (;;) {
    woken = false;
    // A first one says how many lanes there is work for.
    let outlook = await deliver(1);
    if (outlook.lanes > 0) {
      const { lanes } = outlook;
      outlook = combine(await Promise.all(Array.from({ length: lanes }, () => lane(lanes))));
    }
    if (workflowInfo().historyLength >= maxHistoryEvents) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof WebhookEndpointWorkflow>(input);
    }
    if (!outlook.isActive) {
      await condition(allHandlersFinished);
      // A signal that came meanwhile may have switched it on, or been sent to it because it was.
      if (!isWoken()) return;
    } else if (outlook.lanes > 0) {
      continue;
    } else if (outlook.nextInMs === null) {
      await condition(isWoken);
    } else {
      await condition(isWoken, Math.max(MIN_SLEEP_MS, outlook.nextInMs));
    }
  }

  /** A fault that retrying at once does not heal must not end the workflow either: it looks again after a while. */
  async function deliver(maxDeliveries: number | null): Promise<DeliveryOutlook> {
    try {
      return await deliverDue({ endpointId, maxDeliveries });
    } catch (error) {
      if (!(error instanceof ActivityFailure)) throw error;
      log.error('what is due could not be sent', { error });
      return { isActive: true, lanes: 0, nextInMs: AFTER_FAULT_MS };
    }
  }

  /**
   * Sends until nothing is due any more, or there is work for more lanes. A receiver that takes its time holds up its own lane
   * only.
   */
  async function lane(running: number): Promise<DeliveryOutlook> {
    for (;;) {
      const outlook = await deliver(null);
      const { lanes } = outlook;
      if (lanes === 0 || lanes > running || workflowInfo().historyLength >= maxHistoryEvents) return outlook;
    }
  }
}

/** What several lanes have seen, one after the other. A delivery that is due earlier than that is looked for in vain, once. */
function combine(outlooks: readonly DeliveryOutlook[]): DeliveryOutlook {
  const next = Math.min(...outlooks.map(({ nextInMs }) => nextInMs ?? Infinity));
  return {
    isActive: outlooks.every(({ isActive }) => isActive),
    lanes: Math.max(...outlooks.map(({ lanes }) => lanes)),
    nextInMs: Number.isFinite(next) ? next : null,
  };
}

/** What of a payload is understood; a signal may bring anything. */
function textsOf(payload: unknown): RedeliverInput {
  if (typeof payload !== 'object' || payload === null) return {};
  const { deliveryId, since } = payload as Record<string, unknown>;
  const texts: RedeliverInput = {};
  if (typeof deliveryId === 'string') texts.deliveryId = deliveryId;
  if (typeof since === 'string') texts.since = since;
  return texts;
}
