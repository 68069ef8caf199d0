import type { FileStorage } from '../storage/storage.ts';

/** Bytes that can be read from any place. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** @returns the bytes from `start` up to, not including, `end`, or up to the end of the source */
  read(start: number, end: number): Promise<Buffer>;
}

/** What is read at once. */
const BLOCK_BYTES = 256 * 1024;

/** @param onRead told after each read how many bytes have been read in all; what it throws ends the work */
export function storedBytes(
  storage: FileStorage,
  key: string,
  sizeBytes: number,
  onRead?: (bytes: number) => void,
): ByteSource {
  let total = 0;
  return {
    sizeBytes,
    read: async (start, end) => {
      const bytes = await storage.read(key, { start, end: Math.min(end, sizeBytes) });
      total += bytes.length;
      onRead?.(total);
      return bytes;
    },
  };
}

export function bytesInMemory(bytes: Buffer): ByteSource {
  return { sizeBytes: bytes.length, read: (start, end) => Promise.resolve(bytes.subarray(start, end)) };
}

/** The bytes between two places, in blocks. */
export async function* blocksOf(
  source: ByteSource,
  start = 0,
  end = source.sizeBytes,
): AsyncGenerator<Buffer, void, undefined> {
  for (let at = start; at < end;) {
    const block = await source.read(at, Math.min(at + BLOCK_BYTES, end));
    // A file that is shorter than it was said to be: whoever reads the blocks finds something missing.
    if (block.length === 0) return;
    at += block.length;
    yield block;
  }
}

/**
 * Reads ahead.
 *
 * @returns the first bytes, at least as many as asked for unless there are fewer in all; and everything, from the beginning
 */
export async function peek(
  blocks: AsyncGenerator<Buffer, void, undefined>,
  minBytes: number,
): Promise<{ beginning: Buffer; all: AsyncGenerator<Buffer, void, undefined> }> {
  const held: Buffer[] = [];
  let length = 0;
  while (length < minBytes) {
    const next = await blocks.next();
    if (next.done === true) break;
    held.push(next.value);
    length += next.value.length;
  }
  const beginning = Buffer.concat(held);
  async function* all(): AsyncGenerator<Buffer, void, undefined> {
    try {
      yield beginning;
      yield* blocks;
    } finally {
      await blocks.return();
    }
  }
  return { beginning, all: all() };
}
