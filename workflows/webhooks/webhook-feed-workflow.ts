import {
  ActivityFailure,
  condition,
  continueAsNew,
  defineSignal,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { WAKE_SIGNAL } from '../../contracts/temporal/messages.ts';
import type { WebhookFeedInput } from '../../contracts/temporal/webhook-activities.ts';
import { announceEvents } from './activities.ts';

const wakeSignal = defineSignal<[unknown?]>(WAKE_SIGNAL);

const INTERVAL_MS = 10_000;
const MAX_HISTORY_EVENTS = 2_000;

/**
 * Makes deliveries of events: whenever a writer says that there is one, and every ten seconds, since a writer may have died
 * before it could say so. There is one such workflow, and it never ends.
 */
export async function WebhookFeedWorkflow(input: WebhookFeedInput = {}): Promise<void> {
  const { intervalMs = INTERVAL_MS, maxHistoryEvents = MAX_HISTORY_EVENTS } = input;
  let woken = false;
  setHandler(wakeSignal, () => {
    woken = true;
  });
  for (;;) {
    woken = false;
    const more = await announce();
    if (workflowInfo().historyLength >= maxHistoryEvents) {
      await continueAsNew<typeof WebhookFeedWorkflow>(input);
    }
    if (!more) await condition(() => woken, intervalMs);
  }
}

/** A fault that retrying at once does not heal must not end the workflow either: the next round tries again. */
async function announce(): Promise<boolean> {
  try {
    return (await announceEvents()).more;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    log.error('events could not be announced', { error });
    return false;
  }
}
