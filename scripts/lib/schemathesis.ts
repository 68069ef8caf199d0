import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { runToEnd } from '../stack/processes.ts';
import { cacheHome } from '../stack/program-cache.ts';
import { takeLock } from './lock.mjs';

/** The version whose checks this API is held against. */
const VERSION = '4.32.5';

/**
 * The program that sends requests made from an OpenAPI document; installed by Python's own tools into the user's cache folder, for
 * every checkout, when it is not there.
 *
 * @returns its path, or why it can't be had
 */
export async function resolveSchemathesis(
  log: (text: string) => void,
): Promise<{ program: string } | { why: string }> {
  const folder = path.join(cacheHome(), 'longshore', 'schemathesis');
  const target = path.join(folder, `v${VERSION}`);
  const program = path.join(target, 'bin', 'schemathesis');
  const ready = path.join(target, 'ready');
  if (existsSync(ready)) return { program };
  await mkdir(folder, { recursive: true });
  const lock = await takeLock(path.join(folder, 'lock'), (owner) => {
    log(`another process (${String(owner)}) is installing Schemathesis; waiting for it`);
  });
  try {
    if (existsSync(ready)) return { program };
    // An environment of Python knows its own path and can't be moved: one that was cut short is made again.
    await rm(target, { recursive: true, force: true });
    log(`installing Schemathesis ${VERSION} into ${target}`);
    const made = await runToEnd('python3', ['-m', 'venv', target]);
    if (made.code !== 0)
      return { why: `Python 3 with its module venv is not there: ${lastLine(made.output)}` };
    const pip = path.join(target, 'bin', 'pip');
    const installed = await runToEnd(pip, ['install', '--quiet', `schemathesis==${VERSION}`]);
    if (installed.code !== 0) return { why: `it could not be installed: ${lastLine(installed.output)}` };
    await mkdir(`${ready}.new`, { recursive: true });
    await rename(`${ready}.new`, ready);
    return { program };
  } finally {
    await lock.release();
  }
}

function lastLine(output: string): string {
  return output.split('\n').findLast((line) => line.trim() !== '') ?? 'no reason was given';
}
