import { randomUUID } from 'node:crypto';
import { constants, createWriteStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ByteRange, FileMissingError, type FileStorage } from './storage.ts';

/** Files that are being written. */
const INCOMING = 'incoming';

/**
 * Keeps files in a folder that all processes of one machine share.
 * A file is written beside its place and then renamed, so that nobody ever sees half of one.
 *
 * @param folder made when it is missing
 */
export function createLocalFolderStorage(folder: string): FileStorage {
  const pathOf = (key: string): string => {
    if (!/^[\w-]+$/.test(key)) throw new TypeError('a storage key has letters, digits, - and _ only');
    // Two levels keep folders small when there are a million files.
    return join(folder, key.slice(-2), key);
  };
  const incoming = join(folder, INCOMING);

  async function* unfinished(before: Date): AsyncGenerator<string, void, undefined> {
    for (const name of await namesIn(incoming)) {
      if (await isOlder(join(incoming, name), before)) yield name;
    }
  }

  return {
    async write(key, content) {
      const path = pathOf(key);
      // Two attempts may write the same file at a time: each has a partial one of its own, and the last to be whole stays.
      const partial = join(incoming, `${key}.${randomUUID()}`);
      await mkdir(incoming, { recursive: true });
      await mkdir(dirname(path), { recursive: true });
      try {
        const sink = createWriteStream(partial, { flush: true });
        await pipeline(content, sink);
        await rename(partial, path);
        await syncFolder(dirname(path));
        return sink.bytesWritten;
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },

    async read(key, range, into) {
      const file = await openExisting(pathOf(key), key);
      try {
        return await readRange(file, range, into);
      } finally {
        await file.close();
      }
    },

    async remove(key) {
      await rm(pathOf(key), { force: true });
    },

    async *list(before) {
      for (const shard of await namesIn(folder)) {
        if (shard === INCOMING) continue;
        for (const key of await namesIn(join(folder, shard))) {
          if (await isOlder(join(folder, shard, key), before)) yield key;
        }
      }
    },

    unfinished,

    async removeUnfinished(before) {
      let removed = 0;
      for await (const name of unfinished(before)) {
        await rm(join(incoming, name), { force: true });
        removed += 1;
      }
      return removed;
    },

    async check() {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.R_OK | constants.W_OK);
    },
  };
}

/** Names in a folder; none when it is not there. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Whether a file was last written before a time; one that has just gone was not. */
async function isOlder(path: string, before: Date): Promise<boolean> {
  try {
    return (await stat(path)).mtime < before;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

type OpenFile = Awaited<ReturnType<typeof open>>;

async function openExisting(path: string, key: string): Promise<OpenFile> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new FileMissingError(key);
    throw error;
  }
}

/** Reads a range whole, or up to the end of the file where that comes first. */
async function readRange(file: OpenFile, { start, end }: ByteRange, into?: Buffer): Promise<Buffer> {
  const length = Math.max(0, end - start);
  const buffer = into?.subarray(0, length) ?? Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

/** Makes a rename survive a power failure. Some systems can't open a folder; there it is left to them. */
async function syncFolder(folder: string): Promise<void> {
  let handle: OpenFile;
  try {
    handle = await open(folder, 'r');
  } catch {
    return;
  }
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
