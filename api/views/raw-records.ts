import { FileMissingError, type FileStorage } from '../../adapters/storage/storage.ts';
import { restoreFormula } from '../../domain/csv/formula.ts';
import { parseCells } from '../../domain/csv/parse-chunk.ts';
import { cutOptionsOf, type Reading } from '../../domain/csv/reading.ts';
import { RecordCutter } from '../../domain/csv/record-cutter.ts';
import { createGroupFiller } from '../../domain/mapping/map-record.ts';
import type { ChunkRange, JobRow } from '../../prisma/repositories/job-rows.ts';

/**
 * Finds the cells of records as they stand in their file, but for the apostrophes against formulas, and with what a row takes
 * from the first one of its group, so that it can stand alone. Rows come in the order of the file, batch after batch.
 *
 * @returns cells by row; those whose file is gone are missing
 */
export type RawRecords = (
  chunk: ChunkRange,
  rows: readonly Pick<JobRow, 'row' | 'raw'>[],
) => Promise<Map<number, string[]>>;

/** Good rows are staged without their text: whoever wants it as it stood reads it from the file, a chunk at a time. */
export function createRawRecords(storage: FileStorage, reading: Reading | null): RawRecords {
  // A chunk has many batches: each goes on where the one before it ended, so that a record is looked at once.
  let walk: ChunkWalk | null = null;

  return async (chunk, rows) => {
    const found = new Map<number, string[]>();
    if (reading === null) return found;
    const isGrouped = reading.mapping.group !== null;
    for (const { row, raw } of rows) {
      if (raw !== null) found.set(row, splitRecord(Buffer.from(raw), reading).map(restoreFormula));
    }
    const wanted = rows.filter(({ raw }) => isGrouped || raw === null);
    const [first] = wanted;
    if (first === undefined) return found;
    if (walk?.chunk.number !== chunk.number || first.row < walk.nextRow) {
      const range = { start: chunk.byteStart, end: chunk.byteEnd };
      walk = new ChunkWalk(chunk, await readOrNothing(storage, reading.text.storageKey, range), reading);
    }
    for (const { row } of wanted) {
      const cells = walk.cellsOf(row);
      if (cells !== null) found.set(row, cells);
    }
    return found;
  };
}

/** Goes once over the records of a chunk, as far as they are asked for. */
class ChunkWalk {
  readonly chunk: ChunkRange;
  /** The first row that has not been passed. */
  nextRow: number;
  readonly #bytes: Buffer;
  readonly #reading: Reading;
  readonly #cutter: RecordCutter;
  readonly #fill: ReturnType<typeof createGroupFiller>;
  #position = 0;
  #hasEnded = false;

  constructor(chunk: ChunkRange, bytes: Buffer, reading: Reading) {
    this.chunk = chunk;
    this.nextRow = chunk.firstRow;
    this.#bytes = bytes;
    this.#reading = reading;
    this.#cutter = new RecordCutter(reading.dialect, cutOptionsOf(reading.source));
    this.#fill = createGroupFiller(reading.mapping);
  }

  /** @returns the cells of a row that has not been passed; null when the text ends before it */
  cellsOf(row: number): string[] | null {
    let cells: string[] | null = null;
    while (this.nextRow <= row && this.#advance()) {
      const isWanted = this.nextRow === row;
      this.nextRow += 1;
      if (isWanted || this.#fill !== null) cells = this.#readCells();
    }
    return this.nextRow > row ? cells : null;
  }

  #advance(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = this.#cutter.advance(this.#bytes, this.#position, true) !== 'record';
    this.#position = this.#cutter.next;
    return !this.#hasEnded;
  }

  /** Of the record at which the walk is. */
  #readCells(): string[] {
    const cells = splitRecord(this.#bytes.subarray(this.#cutter.start, this.#cutter.end), this.#reading);
    return this.#fill === null ? cells.map(restoreFormula) : this.#fill(cells);
  }
}

/** The cells of one record, as they stand in its text. One whose quotes are broken beyond splitting stays whole, in the first cell. */
export function splitRecord(raw: Buffer, { dialect }: Reading): string[] {
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
