import { FileMissingError, type FileStorage } from '../../adapters/storage/storage.ts';
import { restoreFormula } from '../../domain/csv/formula.ts';
import { parseCells } from '../../domain/csv/parse-chunk.ts';
import { cutOptionsOf, type Reading } from '../../domain/csv/reading.ts';
import { RecordCutter } from '../../domain/csv/record-cutter.ts';
import { createGroupFiller } from '../../domain/mapping/map-record.ts';
import type { ChunkRange, JobRow } from '../../prisma/repositories/job-rows.ts';

/**
 * Finds the cells of records as they stand in their file, but for the apostrophes against formulas, and with what a row takes
 * from the first one of its group, so that it can stand alone.
 *
 * @returns cells by row; those whose file is gone are missing
 */
export type RawRecords = (chunk: ChunkRange, rows: readonly JobRow[]) => Promise<Map<number, string[]>>;

/** Good rows are staged without their text: whoever wants it as it stood reads it from the file, a chunk at a time. */
export function createRawRecords(storage: FileStorage, reading: Reading | null): RawRecords {
  // The batches of a chunk come one after the other.
  let last: { chunk: number; bytes: Buffer } | null = null;

  async function bytesOf({ text }: Reading, { number, byteStart, byteEnd }: ChunkRange): Promise<Buffer> {
    if (last?.chunk !== number) {
      const range = { start: byteStart, end: byteEnd };
      last = { chunk: number, bytes: await readOrNothing(storage, text.storageKey, range) };
    }
    return last.bytes;
  }

  return async (chunk, rows) => {
    const found = new Map<number, string[]>();
    if (reading === null) return found;
    const fill = createGroupFiller(reading.mapping);
    for (const { row, raw } of rows) {
      if (raw !== null) found.set(row, splitRecord(Buffer.from(raw), reading).map(restoreFormula));
    }
    const wanted = new Set(rows.filter(({ raw }) => fill !== null || raw === null).map(({ row }) => row));
    if (wanted.size === 0) return found;
    const bytes = await bytesOf(reading, chunk);
    const cutter = new RecordCutter(reading.dialect, cutOptionsOf(reading.source));
    let position = 0;
    for (let row = chunk.firstRow; wanted.size > 0; row += 1) {
      if (cutter.advance(bytes, position, true) !== 'record') break;
      position = cutter.next;
      const isWanted = wanted.delete(row);
      if (fill === null && !isWanted) continue;
      const cells = splitRecord(bytes.subarray(cutter.start, cutter.end), reading);
      const whole = fill === null ? cells.map(restoreFormula) : fill(cells);
      if (isWanted) found.set(row, whole);
    }
    return found;
  };
}

/** Splits the text of one record. One whose quotes are broken beyond splitting stays whole, in the first cell. */
function splitRecord(raw: Buffer, { dialect }: Reading): string[] {
  try {
    const [record, ...others] = parseCells(raw, dialect);
    if (record !== undefined && others.length === 0) return record;
  } catch {
    // Falls through to the whole text.
  }
  return [raw.toString('utf8')];
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
