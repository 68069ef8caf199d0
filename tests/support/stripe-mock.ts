import { freePort } from '../../scripts/stack/ports.ts';
import { NoProgramError, resolveGoProgram } from '../../scripts/stack/go-binary.ts';
import { startProcess, waitUntilReady } from '../../scripts/stack/processes.ts';

/** It reads all of the API's description first. */
const START_MS = 30_000;

const STRIPE_MOCK = {
  name: 'stripe-mock',
  module: 'github.com/stripe/stripe-mock',
  // The one that the tests were written with.
  version: 'v0.203.0',
  builtAs: 'stripe-mock',
  // It takes seconds.
  buildMs: 60_000,
};

/** Stripe's own mock of its API: it holds requests against the published description, and remembers nothing. */
export interface StripeMock {
  url: string;
  stop: () => Promise<void>;
}

/**
 * Starts the mock: from PATH, from the project's cache, or built by Go into that cache.
 *
 * @returns the reason, in words, where it can't be had on this machine
 */
export async function startStripeMock(): Promise<StripeMock | string> {
  let command: string;
  try {
    command = await resolveGoProgram(STRIPE_MOCK);
  } catch (error) {
    if (error instanceof NoProgramError) return error.message;
    throw error;
  }
  const port = await freePort();
  const address = `127.0.0.1:${String(port)}`;
  const running = await startProcess({
    name: 'stripe-mock',
    command,
    args: ['-http-addr', address],
    whenParentDies: 'SIGTERM',
  });
  const url = `http://${address}`;
  await waitUntilReady(running, () => answers(url), START_MS);
  return { url, stop: () => running.stop() };
}

/** Without a key it answers 401. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/v1/charges`, { signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return response.status === 401;
  } catch {
    return false;
  }
}
