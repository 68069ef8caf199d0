import { freePort } from '../../scripts/stack/ports.ts';
import { startProcess, waitUntilReady } from '../../scripts/stack/processes.ts';
import { type GoTool, resolveGoTool } from './go-tool.ts';

const STRIPE_MOCK: GoTool = {
  name: 'stripe-mock',
  version: 'v0.203.0',
  build: [['install', 'github.com/stripe/stripe-mock@v0.203.0']],
  buildMs: 60_000,
};
/** It reads all of the API's description first. */
const START_MS = 30_000;

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
  const command = await resolveGoTool(STRIPE_MOCK);
  if (typeof command !== 'string') return command.reason;
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
