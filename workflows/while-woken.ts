import { defineSignal, setHandler, workflowInfo } from '@temporalio/workflow';
import { WAKE_SIGNAL } from '../contracts/temporal/messages.ts';

/** A round of work is a few events; this is hours. */
const MAX_HISTORY_EVENTS = 2_000;

/** Whatever comes with it does not matter. */
const wake = defineSignal<[unknown?]>(WAKE_SIGNAL);

/**
 * Works off what stands in the database, until nothing is left and nobody has said that there is more.
 *
 * @param round does some of it, and tells whether there is more
 * @param continueAnew goes on as a new run, with what is known so far; the new run looks again, whether or not there was a signal
 */
export async function whileWoken(
  round: () => Promise<{ more: boolean }>,
  continueAnew: () => Promise<never>,
): Promise<void> {
  let woken = true;
  setHandler(wake, () => {
    woken = true;
  });
  while (woken) {
    woken = false;
    const { more } = await round();
    if (more) woken = true;
    if (woken && workflowInfo().historyLength >= MAX_HISTORY_EVENTS) await continueAnew();
  }
}
