import { FileMissingError, type FileStorage } from '../../adapters/storage/storage.ts';
import { cutOptionsOf, type Reading } from '../../domain/csv/reading.ts';
import { RecordCutter } from '../../domain/csv/record-cutter.ts';
import type { ChunkRange } from '../../prisma/repositories/job-rows.ts';

/** Finds the texts of records of a chunk in their file. @returns texts by row; those whose file is gone are missing */
export type RawRecords = (chunk: ChunkRange, rows: readonly number[]) => Promise<Map<number, string>>;

/** Good rows are staged without their text: whoever wants it as it stood reads it from the file, a chunk at a time. */
export function createRawRecords(storage: FileStorage, reading: Reading | null): RawRecords {
  // The batches of a chunk come one after the other.
  let last: { chunk: number; bytes: Buffer } | null = null;
  return async ({ number, byteStart, byteEnd, firstRow }, rows) => {
    const found = new Map<number, string>();
    if (reading === null || rows.length === 0) return found;
    const range = { start: byteStart, end: byteEnd };
    if (last?.chunk !== number) {
      last = { chunk: number, bytes: await readOrNothing(storage, reading.text.storageKey, range) };
    }
    const { bytes } = last;
    const wanted = new Set(rows);
    const cutter = new RecordCutter(reading.dialect, cutOptionsOf(reading.source));
    let position = 0;
    for (let row = firstRow; found.size < wanted.size; row += 1) {
      if (cutter.advance(bytes, position, true) !== 'record') break;
      if (wanted.has(row)) found.set(row, bytes.toString('utf8', cutter.start, cutter.end));
      position = cutter.next;
    }
    return found;
  };
}

async function readOrNothing(
  storage: FileStorage,
  key: string,
  range: { start: number; end: number },
): Promise<Buffer> {
  try {
    return await storage.read(key, range);
  } catch (error) {
    if (error instanceof FileMissingError) return Buffer.alloc(0);
    throw error;
  }
}
