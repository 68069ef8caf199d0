import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runToEnd } from './processes.ts';
import { findOnPath, keepProgram, keptPath, type Log } from './program-cache.ts';

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
  log?: Log | undefined;
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
  const kept = { name: program.name, version: program.version, executable: program.name };
  if (existsSync(keptPath(kept))) return keptPath(kept);
  if (options.whyNotBuilt !== undefined) throw new NoProgramError(program.name, options.whyNotBuilt);
  const go = await findOnPath('go');
  if (go === undefined) throw new NoProgramError(program.name, 'Go is not installed, which would build it');
  return await keepProgram(kept, log, (work) => build(program, go, work, log));
}

async function build(
  { name, module, version, builtAs, asDependency, buildMs }: GoProgram,
  go: string,
  work: string,
  log: Log,
): Promise<string> {
  const source = `${module}@${version}`;
  const steps =
    asDependency === undefined
      ? [['install', source]]
      : [
          ['mod', 'init', `longshore/${name}`],
          ['get', '-tool', source],
          ['build', '-tags', asDependency.tags.join(','), '-o', builtAs, module],
        ];
  log(`building ${name} with Go (the first time only)`);
  const said = await runGo(go, steps, { work, what: name, log, signal: AbortSignal.timeout(buildMs) });
  const built = path.join(work, builtAs);
  if (existsSync(built)) return built;
  throw new NoProgramError(name, `Go does not build ${source}: ${said.slice(-300)}`);
}

export interface GoRun {
  /** Where it works, and where what it installs goes. */
  work: string;
  /** What is being built, in words for people: they hear now and then that it goes on. */
  what: string;
  log: Log;
  /** Breaks it off. */
  signal: AbortSignal | undefined;
}

/**
 * Runs commands of Go one after the other, until one fails.
 *
 * @returns what the last one said
 */
export async function runGo(
  go: string,
  steps: readonly string[][],
  { work, what, log, signal }: GoRun,
): Promise<string> {
  const started = Date.now();
  const timer = setInterval(() => {
    log(`still building ${what} (${String(Math.round((Date.now() - started) / 1000))} s)`);
  }, STILL_MS);
  try {
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
    return said;
  } finally {
    clearInterval(timer);
  }
}
