import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own, so small that it can be filled up. */
export interface SmallDisk {
  resize: (sizeBytes: number) => Promise<void>;
  remove: () => Promise<void>;
}

/**
 * Makes a folder a file system in memory of a given size.
 *
 * @returns undefined where this user or this system can't do that
 */
export async function mountSmallDisk(folder: string, sizeBytes: number): Promise<SmallDisk | undefined> {
  if (process.platform !== 'linux') return undefined;
  await mkdir(folder, { recursive: true });
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  return {
    async resize(size) {
      await run('mount', ['-o', `remount,size=${size}`, folder]);
    },
    async remove() {
      // Lazily: a process that is on its way out may still have a file open.
      await run('umount', ['--lazy', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
