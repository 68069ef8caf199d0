import { isAscii } from 'node:buffer';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ChunkPlanner, PlannedChunk } from '../../domain/chunk-plan.ts';
import { detectEncoding } from '../../domain/csv/detect-encoding.ts';
import type { Dialect } from '../../domain/csv/dialect.ts';
import type { Encoding } from '../../domain/csv/encodings.ts';
import { type CutOptions, RecordCutter } from '../../domain/csv/record-cutter.ts';
import { describeTooLarge, UnreadableFile } from '../../domain/csv/unreadable-file.ts';

/** How much of the file is read at once. */
const BLOCK_BYTES = 1024 * 1024;
const MAX_LINE_END_BYTES = 2;

/** A file that was plain ASCII so far, and so could have been UTF-8, shows further on that it is in another encoding. */
export class NotUtf8Error extends Error {
  readonly encoding: Encoding;

  constructor(encoding: Encoding) {
    super(`the file is in ${encoding}`);
    this.name = 'NotUtf8Error';
    this.encoding = encoding;
  }
}

/** Reads a stored file block by block; memory stays at a block and the record that crosses its end. */
export class RecordReader {
  readonly #storage: FileStorage;
  readonly #key: string;
  readonly #sizeBytes: number;
  readonly #dialect: Dialect;
  readonly #options: CutOptions | undefined;
  readonly #startsGroup: ((record: Buffer) => boolean) | undefined;

  /** @param options `lines` as for parsing the chunks; `startsGroup` tells which records must not be parted from the one before */
  constructor(
    storage: FileStorage,
    key: string,
    sizeBytes: number,
    dialect: Dialect,
    { startsGroup, ...options }: CutOptions & { startsGroup?: (record: Buffer) => boolean } = {},
  ) {
    this.#storage = storage;
    this.#key = key;
    this.#sizeBytes = sizeBytes;
    this.#dialect = dialect;
    this.#options = options;
    this.#startsGroup = startsGroup;
  }

  /**
   * Adds every record from an offset on to a plan.
   *
   * @throws {UnreadableFile} where it can't be told where a record ends
   * @throws {NotUtf8Error} when `isAsciiSoFar`, and what comes is neither that nor UTF-8
   */
  async eachRecord(
    from: number,
    maxRecordBytes: number,
    planner: ChunkPlanner,
    onChunk: (chunk: PlannedChunk) => Promise<void>,
    isAsciiSoFar = false,
  ): Promise<void> {
    const cutter = new RecordCutter(this.#dialect, this.#options);
    const memory = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, maxRecordBytes + MAX_LINE_END_BYTES));
    let blockStart = from;
    let undecided = isAsciiSoFar;
    while (blockStart < this.#sizeBytes) {
      const end = Math.min(blockStart + memory.length, this.#sizeBytes);
      const block = await this.#storage.read(this.#key, { start: blockStart, end }, memory);
      const final = blockStart + block.length >= this.#sizeBytes;
      let position = 0;
      for (;;) {
        const found = cutter.advance(block, position, final);
        const line = planner.line + cutter.linesBefore;
        if (found === 'unclosed_quote') {
          throw new UnreadableFile(
            'malformed_csv',
            `A quote in the record that begins on line ${String(line)} is never closed.`,
          );
        }
        if (found === 'end') {
          position = block.length;
          break;
        }
        if (found === 'incomplete') {
          // More blank lines than a block holds are no large record.
          planner.skip(cutter.linesBefore);
          position = cutter.start;
          if (position === 0)
            throw new UnreadableFile('record_too_large', describeTooLarge(line, maxRecordBytes));
          break;
        }
        if (cutter.end - cutter.start > maxRecordBytes) {
          throw new UnreadableFile('record_too_large', describeTooLarge(line, maxRecordBytes));
        }
        if (cutter.malformed && cutter.innerBreaks > 0) {
          throw new UnreadableFile(
            'malformed_csv',
            `In the record that begins on line ${String(line)} a quoted cell goes over several lines, and more text follows its closing quote: most likely a quote is missing.`,
          );
        }
        const startsGroup = this.#startsGroup?.(block.subarray(cutter.start, cutter.end));
        const chunk = planner.add(blockStart + cutter.next, cutter.lines, startsGroup);
        position = cutter.next;
        if (chunk !== null) await onChunk(chunk);
        if (position >= block.length) break;
      }
      if (undecided && !isAscii(block.subarray(0, position))) {
        const { encoding } = detectEncoding(fromFirstOther(block));
        if (encoding !== 'utf-8') throw new NotUtf8Error(encoding);
        undecided = false;
      }
      blockStart += position;
    }
  }
}

/** Text from the line of the first byte that is not ASCII on. */
function fromFirstOther(block: Buffer): Buffer {
  const first = block.findIndex((byte) => byte >= 0x80);
  return block.subarray(block.lastIndexOf(0x0a, first) + 1);
}
