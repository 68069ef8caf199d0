import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../scripts/stack/ports.ts';
import { runToEnd, startProcess, waitUntilReady } from '../../scripts/stack/processes.ts';
import { cacheHome, findOnPath } from '../../scripts/stack/temporal-binary.ts';

/** The one that the tests were written with. */
const VERSION = 'v0.203.0';
const MODULE = `github.com/stripe/stripe-mock@${VERSION}`;
/** It takes seconds; a network that swallows packets must not hold the tests up. */
const BUILD_MS = 60_000;
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
  const command = await resolveBinary();
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

async function resolveBinary(): Promise<string | { reason: string }> {
  const onPath = await findOnPath('stripe-mock');
  if (onPath !== undefined) return onPath;
  const folder = path.join(cacheHome(), 'longshore', 'stripe-mock', VERSION);
  const cached = path.join(folder, 'stripe-mock');
  if (existsSync(cached)) return cached;
  const go = await findOnPath('go');
  if (go === undefined) return { reason: 'Go is not installed' };
  const work = path.join(folder, `new-${String(process.pid)}`);
  await mkdir(work, { recursive: true });
  const { output } = await runToEnd(go, ['install', MODULE], {
    env: { ...process.env, HOME: os.homedir(), GOBIN: work, GOFLAGS: '' },
    cwd: work,
    signal: AbortSignal.timeout(BUILD_MS),
  });
  try {
    const made = path.join(work, 'stripe-mock');
    if (!existsSync(made)) return { reason: `\`go install ${MODULE}\` failed: ${output.slice(-300)}` };
    await rename(made, cached);
    return cached;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
