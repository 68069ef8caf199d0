import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { takeLock } from '../lib/lock.mjs';
import { runToEnd } from './processes.ts';
import { cacheHome, findOnPath } from './temporal-binary.ts';

/** How often whoever waits for a build hears that it goes on. */
const STILL_MS = 15_000;

/** A program that Go builds from its module. */
export interface GoProgram {
  /** As it is called on PATH and in the cache. */
  name: string;
  /** The package, without a version. */
  module: string;
  /** With the v in front. */
  version: string;
  /** As Go calls it: the last part of the package. */
  builtAs: string;
  /** Other names that it goes by on PATH, for example in a container image. */
  alsoCalled?: readonly string[];
  /**
   * Its module replaces others, so it can't be installed by itself: it is built as what a module of ours needs, with these tags.
   */
  asDependency?: { tags: readonly string[] };
  /** A network that swallows packets must not hold others up for ever. */
  buildMs: number;
}

export interface GoBuildOptions {
  /** Told what takes time, in words for people. */
  log?: ((message: string) => void) | undefined;
  /** Why it is not built when it can't be found, where it takes too long for what it is good for. */
  whyNotBuilt?: string | undefined;
}

/** A program can't be had on this machine. */
export class NoProgramError extends Error {
  constructor(name: string, reason: string) {
    super(`there is no ${name}: ${reason}`);
    this.name = 'NoProgramError';
  }
}

/**
 * Finds a program on PATH or in the user's cache folder, which all checkouts share, or builds it into that folder.
 *
 * @returns path of the executable
 * @throws {NoProgramError} that says why it can't be had
 */
export async function resolveGoProgram(program: GoProgram, options: GoBuildOptions = {}): Promise<string> {
  const log = options.log ?? (() => undefined);
  for (const name of [program.name, ...(program.alsoCalled ?? [])]) {
    const onPath = await findOnPath(name);
    if (onPath !== undefined) return onPath;
  }
  const folder = path.join(cacheHome(), 'longshore', program.name, program.version);
  const cached = path.join(folder, program.name);
  if (existsSync(cached)) return cached;
  if (options.whyNotBuilt !== undefined) throw new NoProgramError(program.name, options.whyNotBuilt);
  const go = await findOnPath('go');
  if (go === undefined) throw new NoProgramError(program.name, 'Go is not installed, which would build it');

  const lock = await takeLock(path.join(folder, 'lock'), (owner) =>
    log(`another process (${String(owner)}) is building ${program.name}; waiting for it`),
  );
  try {
    if (existsSync(cached)) return cached;
    // An earlier attempt that was cut short left its folder.
    for (const name of await readdir(folder)) {
      if (name.startsWith('new-')) await rm(path.join(folder, name), { recursive: true, force: true });
    }
    const work = await mkdtemp(path.join(folder, 'new-'));
    try {
      await build(program, go, work, log);
      await rename(path.join(work, program.builtAs), cached);
      return cached;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } finally {
    await lock.release();
  }
}

async function build(
  { name, module, version, builtAs, asDependency, buildMs }: GoProgram,
  go: string,
  work: string,
  log: (message: string) => void,
): Promise<void> {
  const started = Date.now();
  log(`building ${name} with Go (the first time only)`);
  const timer = setInterval(() => {
    log(`still building ${name} (${String(Math.round((Date.now() - started) / 1000))} s)`);
  }, STILL_MS);
  const source = `${module}@${version}`;
  const steps =
    asDependency === undefined
      ? [['install', source]]
      : [
          ['mod', 'init', `longshore/${name}`],
          ['get', '-tool', source],
          ['build', '-tags', asDependency.tags.join(','), '-o', builtAs, module],
        ];
  const signal = AbortSignal.timeout(buildMs);
  let said = '';
  for (const args of steps) {
    const { code, output } = await runToEnd(go, args, {
      // GOFLAGS of the user, -mod=vendor for example, are meant for other projects.
      env: { ...process.env, HOME: os.homedir(), GOBIN: work, GOFLAGS: '' },
      cwd: work,
      signal,
    });
    said = output;
    if (code !== 0) break;
  }
  clearInterval(timer);
  if (existsSync(path.join(work, builtAs))) return;
  throw new NoProgramError(name, `Go does not build ${source}: ${said.slice(-300)}`);
}
