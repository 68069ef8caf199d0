import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { runToEnd } from '../../scripts/stack/processes.ts';
import { cacheHome, findOnPath } from '../../scripts/stack/temporal-binary.ts';

/** A command that tests run beside the code, and that Go can build. */
export interface GoTool {
  name: string;
  /** The one that the tests were written with. */
  version: string;
  /** Arguments of `go`, one call after the other, in an empty folder that is also GOBIN. They leave the command there. */
  build: readonly (readonly string[])[];
  /** It takes this long at most: a network that swallows packets must not hold the tests up. */
  buildMs: number;
}

/**
 * Finds a command: on PATH, in the project's cache, or built by Go into that cache.
 *
 * @returns its path, or the reason, in words, where it can't be had on this machine
 */
export async function resolveGoTool(tool: GoTool): Promise<string | { reason: string }> {
  const onPath = await findOnPath(tool.name);
  if (onPath !== undefined) return onPath;
  const folder = path.join(cacheHome(), 'longshore', tool.name, tool.version);
  const cached = path.join(folder, tool.name);
  if (existsSync(cached)) return cached;
  const go = await findOnPath('go');
  if (go === undefined) return { reason: 'Go is not installed' };
  const work = path.join(folder, `new-${String(process.pid)}`);
  await mkdir(work, { recursive: true });
  const signal = AbortSignal.timeout(tool.buildMs);
  let said = '';
  try {
    for (const args of tool.build) {
      const { output } = await runToEnd(go, [...args], {
        env: { ...process.env, HOME: os.homedir(), GOBIN: work, GOFLAGS: '' },
        cwd: work,
        signal,
      });
      said = output.slice(-300);
    }
    const made = path.join(work, tool.name);
    if (!existsSync(made)) return { reason: `Go does not build ${tool.name} ${tool.version}: ${said}` };
    await rename(made, cached);
    return cached;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
