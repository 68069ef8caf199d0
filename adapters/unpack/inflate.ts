import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createInflateRaw } from 'node:zlib';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import type { UnpackBudget } from './unpack-budget.ts';

type Blocks = AsyncGenerator<Buffer, void, undefined>;

/** What comes out at once. */
const CHUNK_BYTES = 64 * 1024;

/**
 * Unpacks gzip, one member or several after each other (RFC 1952).
 *
 * @param isWhole whether the end of the blocks is the end of the file; otherwise what is there is unpacked
 * @throws {UnreadableFile} when it is damaged or cut off
 */
export function gunzip(blocks: Blocks, isWhole: boolean, budget: UnpackBudget): Blocks {
  const finishFlush = isWhole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH;
  return through(createGunzip({ chunkSize: CHUNK_BYTES, finishFlush }), blocks, budget);
}

/**
 * Unpacks a part of a zip archive (RFC 1951).
 *
 * @throws {UnreadableFile} when it is damaged or cut off
 */
export function inflate(blocks: Blocks, budget: UnpackBudget): Blocks {
  return through(createInflateRaw({ chunkSize: CHUNK_BYTES }), blocks, budget);
}

async function* through(engine: Transform, blocks: Blocks, budget: UnpackBudget): Blocks {
  async function* counted(): Blocks {
    for await (const block of blocks) {
      budget.takeIn(block.length);
      yield block;
    }
  }
  // An error of the source comes out of the engine, as itself; so the promise has nothing to add.
  pipeline(Readable.from(counted(), { objectMode: false }), engine).catch(() => undefined);
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      budget.giveOut(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (!isCompressionError(error)) throw error;
    throw new UnreadableFile('unreadable_archive', 'The compressed data can not be unpacked.');
  } finally {
    engine.destroy();
  }
}

function isCompressionError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}
