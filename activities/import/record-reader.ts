import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ChunkPlanner, PlannedChunk } from '../../domain/chunk-plan.ts';
import { STANDARD_DIALECT } from '../../domain/csv/reading.ts';
import { RecordCutter } from '../../domain/csv/record-cutter.ts';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';

/** How much of the file is read at once. */
const BLOCK_BYTES = 1024 * 1024;

/** Reads a stored file block by block; memory stays at a block and the record that crosses its end. */
export class RecordReader {
  readonly #storage: FileStorage;
  readonly #key: string;
  readonly #sizeBytes: number;

  constructor(storage: FileStorage, key: string, sizeBytes: number) {
    this.#storage = storage;
    this.#key = key;
    this.#sizeBytes = sizeBytes;
  }

  async read(start: number, length: number, into?: Buffer): Promise<Buffer> {
    return this.#storage.read(this.#key, { start, end: Math.min(start + length, this.#sizeBytes) }, into);
  }

  /**
   * Adds every record from an offset on to a plan.
   *
   * @throws {UnreadableFile} where it can't be told where a record ends
   */
  async eachRecord(
    from: number,
    maxRecordBytes: number,
    planner: ChunkPlanner,
    onChunk: (chunk: PlannedChunk) => Promise<void>,
  ): Promise<void> {
    const cutter = new RecordCutter(STANDARD_DIALECT);
    const memory = Buffer.allocUnsafe(Math.max(BLOCK_BYTES, maxRecordBytes + 1));
    let blockStart = from;
    while (blockStart < this.#sizeBytes) {
      const block = await this.read(blockStart, memory.length, memory);
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
        if (found === 'end') return;
        if (found === 'incomplete') {
          if (position === 0) throw new UnreadableFile('record_too_large', tooLarge(line, maxRecordBytes));
          break;
        }
        if (cutter.end - cutter.start > maxRecordBytes) {
          throw new UnreadableFile('record_too_large', tooLarge(line, maxRecordBytes));
        }
        if (cutter.malformed && cutter.lines - cutter.linesBefore > 1) {
          throw new UnreadableFile(
            'malformed_csv',
            `In the record that begins on line ${String(line)} a quoted cell goes over several lines, and more text follows its closing quote: most likely a quote is missing.`,
          );
        }
        const chunk = planner.add(blockStart + cutter.next, cutter.lines);
        position = cutter.next;
        if (chunk !== null) await onChunk(chunk);
        if (position >= block.length) break;
      }
      blockStart += position;
    }
  }
}

function tooLarge(line: number, maxRecordBytes: number): string {
  return `The record that begins on line ${String(line)} is larger than ${String(maxRecordBytes)} bytes.`;
}
