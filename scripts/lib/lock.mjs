// A lock between processes of one machine, for plain Node (the bootstrap uses it before anything is installed).
//
// The lock is a folder that comes into being complete, by renaming: renaming onto a folder that has files in it fails, so
// there is never a lock without an owner. The owner is a process id with that process's start time; a lock whose owner is
// gone is taken over.

import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** How often a waiter looks again. */
const POLL_MS = 200;

/**
 * Tells a process from another that gets the same id later.
 *
 * @param {number} pid
 * @returns {string | undefined} undefined when no such process lives
 */
export function processStart(pid) {
  if (process.platform === 'linux') {
    try {
      // proc(5): the name in parentheses may hold anything; field 22 counts from its end. A zombie is no living process.
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return undefined;
  }
  if (process.platform === 'win32') return 'unknown';
  try {
    const answer = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return answer.trim() || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Waits for the lock and takes it.
 *
 * @param {string} folder the lock; its parent folder is made when missing
 * @param {(owner: number) => void} [onWait] told once, with the owner's process id, when another process has it
 * @returns {Promise<{ release: () => Promise<void>, tookOver: boolean, workedBy: (pid: number) => Promise<void> }>}
 *   `tookOver`: the last owner died with it, so what it was doing may be half done; `workedBy`: names a child that does the
 *   work, so that whoever takes over ends it first, should it outlive its parent
 */
export async function takeLock(folder, onWait) {
  await mkdir(path.dirname(folder), { recursive: true });
  const mine = `${folder}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await mkdir(mine);
  await writeFile(path.join(mine, 'owner'), JSON.stringify(identity(process.pid)));
  let told = false;
  let tookOver = false;
  try {
    for (;;) {
      if (await renamed(mine, folder)) {
        const workedBy = (pid) => writeFile(path.join(folder, 'worker'), JSON.stringify(identity(pid)));
        return { release: () => release(folder, mine), tookOver, workedBy };
      }
      const owner = await readIdentity(folder, 'owner');
      if (owner === undefined) continue;
      if (!lives(owner)) {
        await endWorker(await readIdentity(folder, 'worker'));
        tookOver = (await removeStale(folder, owner)) || tookOver;
        continue;
      }
      if (!told) onWait?.(owner.pid);
      told = true;
      await delay(POLL_MS);
    }
  } finally {
    await rm(mine, { recursive: true, force: true });
  }
}

/** Moved away before it is emptied: onto an empty folder the next owner would move its own, of which the files went then. */
async function release(folder, mine) {
  await renamed(folder, mine);
  await rm(mine, { recursive: true, force: true });
}

/** Moves the dead owner's lock away. Should another waiter have done so and taken the lock meanwhile, it gets it back. */
async function removeStale(folder, owner) {
  // It may have been released since, and have another owner: what is not stale is better not moved at all.
  if (!isSame(await readIdentity(folder, 'owner'), owner)) return false;
  const away = `${folder}.stale.${process.pid}.${Math.random().toString(36).slice(2)}`;
  if (!(await renamed(folder, away))) return false;
  const moved = await readIdentity(away, 'owner');
  if (moved !== undefined && !isSame(moved, owner) && lives(moved)) {
    if (await renamed(away, folder)) return false;
  }
  await rm(away, { recursive: true, force: true });
  return true;
}

/** What a dead owner had started must not go on beside what its successor does. */
async function endWorker(worker) {
  if (worker === undefined || worker.start === undefined) return;
  while (lives(worker)) {
    try {
      process.kill(worker.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile, or is not ours to end; then there is nothing but to wait.
    }
    await delay(POLL_MS);
  }
}

function identity(pid) {
  return { pid, start: processStart(pid) };
}

function lives(owner) {
  const start = processStart(owner.pid);
  return start !== undefined && (owner.start === undefined || owner.start === start);
}

function isSame(one, other) {
  return one !== undefined && one.pid === other.pid && one.start === other.start;
}

async function renamed(from, to) {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'EPERM', 'ENOENT', 'ENOTDIR'].includes(error.code)) return false;
    throw error;
  }
}

async function readIdentity(folder, name) {
  try {
    return JSON.parse(await readFile(path.join(folder, name), 'utf8'));
  } catch {
    return undefined;
  }
}
