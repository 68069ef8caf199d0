import { constants, existsSync } from 'node:fs';
import { access, chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { takeLock } from '../lib/lock.mjs';

/** Told what takes time, in words for people. */
export type Log = (message: string) => void;

/** A program that is fetched or built once, and kept in the user's cache folder for every checkout. */
export interface KeptProgram {
  name: string;
  /** With the v in front. */
  version: string;
  /** What it is called there. */
  executable: string;
}

/** Where it is kept, whether or not it is there yet. */
export function keptPath({ name, version, executable }: KeptProgram): string {
  return path.join(cacheHome(), 'longshore', name, version, executable);
}

/**
 * Gives the program that is kept, or has it made first. Of several processes that want it one makes it, and the others wait.
 *
 * @param make makes it in the folder given, which goes away afterwards, and returns its path there
 */
export async function keepProgram(
  program: KeptProgram,
  log: Log,
  make: (work: string) => Promise<string>,
): Promise<string> {
  const kept = keptPath(program);
  if (existsSync(kept)) return kept;
  const folder = path.dirname(kept);
  const lock = await takeLock(path.join(folder, 'lock'), (owner) =>
    log(`another process (${String(owner)}) is getting ${program.name}; waiting for it`),
  );
  try {
    if (existsSync(kept)) return kept;
    // An earlier attempt that was cut short left its folder.
    for (const name of await readdir(folder)) {
      if (name.startsWith('new-')) await rm(path.join(folder, name), { recursive: true, force: true });
    }
    const work = await mkdtemp(path.join(folder, 'new-'));
    try {
      const made = await make(work);
      await chmod(made, 0o755);
      await rename(made, kept);
      return kept;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } finally {
    await lock.release();
  }
}

/** @returns the path of a command, or undefined when there is none */
export async function findOnPath(name: string): Promise<string | undefined> {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      try {
        await access(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/** Where this user's programs keep what they can fetch again. */
export function cacheHome(): string {
  const given = process.env.XDG_CACHE_HOME;
  return given === undefined || given === '' ? path.join(os.homedir(), '.cache') : given;
}
