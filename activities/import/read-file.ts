import { parse } from 'csv-parse/sync';
import { isUtf8 } from 'node:buffer';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { FILE_ERRORS, type FileErrorCode } from '../../contracts/errors.ts';
import type { ParseActivities, ReadResult } from '../../contracts/temporal/import-activities.ts';
import { ChunkPlanner, type PlannedChunk } from '../../domain/chunk-plan.ts';
import { matchHeader } from '../../domain/csv/match-header.ts';
import { type Reading, STANDARD_DIALECT } from '../../domain/csv/reading.ts';
import { RecordCutter } from '../../domain/csv/record-cutter.ts';
import { byteOrderMarkLength, looksBinary } from '../../domain/csv/text.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { ImportLimits } from '../../platform/config.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { countPlanned, deleteChunk, getLastChunk, insertChunks } from '../../prisma/repositories/chunks.ts';
import {
  getImportJob,
  type ImportJob,
  markRead,
  markReading,
  markUnreadable,
  saveReading,
} from '../../prisma/repositories/import-jobs.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface ReadFileDeps {
  db: Database;
  storage: FileStorage;
  limits: ImportLimits;
}

/** How much of the file is read at once. */
const BLOCK_BYTES = 4 * 1024 * 1024;
/** How much of the file tells whether it is text. */
const SAMPLE_BYTES = 64 * 1024;
/** Chunks that are written at once: what a crash may cost. */
const CHUNKS_PER_WRITE = 50;

/** Why the file as a whole can't be imported. */
class UnreadableFile extends Error {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode, detail: string) {
    super(`${detail} ${FILE_ERRORS[code]}`);
    this.code = code;
  }
}

/**
 * The read stage: is it text, what does its header mean, where does each chunk begin and end.
 * The plan in the database is also the place where a repeated attempt goes on.
 */
export function createReadFile({ db, storage, limits }: ReadFileDeps): ParseActivities['readFile'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markReading(db.pool, jobId);
      const job = await getImportJob(db.pool, jobId);
      if (job.isUnreadable) return UNREADABLE;
      if (!job.isRead) {
        try {
          await planChunks(job);
        } catch (error) {
          if (!(error instanceof UnreadableFile)) throw error;
          const failure = { code: error.code, message: error.message };
          await inTransaction(db.pool, (client) => markUnreadable(client, job, failure));
          return UNREADABLE;
        }
      }
      return { readable: true, ...(await countPlanned(db.pool, job.number)) };
    });

  async function planChunks(job: ImportJob): Promise<void> {
    const file = new BlockReader(storage, job.storageKey, job.sizeBytes);
    const start = await readHeader(job, file);
    const last = await getLastChunk(db.pool, job.number);
    const bounds = { maxRows: limits.IMPORT_CHUNK_ROWS, maxBytes: limits.IMPORT_CHUNK_BYTES };
    // An earlier attempt's plan is kept but for its last chunk, which is made again from where it begins: the place after
    // it is known by its bytes, but not by its line.
    const from = last === null ? start : { offset: last.byteStart, line: last.firstLine };
    const planner = new ChunkPlanner(bounds, from, last ?? undefined);
    let supersedes = last?.number ?? null;
    let planned: PlannedChunk[] = [];

    const write = async (isLast: boolean): Promise<void> => {
      await inTransaction(db.pool, async (client) => {
        const locked = await getImportJob(client, job.id, true);
        if (locked.isRead) throw new Error('another attempt has read the file meanwhile');
        if (supersedes !== null) await deleteChunk(client, job.number, supersedes);
        await insertChunks(client, job.number, planned);
        if (isLast) await markRead(client, job.id);
      });
      supersedes = null;
      planned = [];
    };

    await file.eachRecord(from.offset, limits.IMPORT_MAX_RECORD_BYTES, planner, async (chunk) => {
      planned.push(chunk);
      if (planner.rows > limits.IMPORT_MAX_ROWS) {
        throw new UnreadableFile('too_many_rows', `The file has more than ${String(limits.IMPORT_MAX_ROWS)} records.`);
      }
      if (planned.length >= CHUNKS_PER_WRITE) await write(false);
    });
    const rest = planner.finish();
    if (rest !== null) planned.push(rest);
    if (planner.rows === 0) throw new UnreadableFile('empty_file', 'The file has a header and nothing below it.');
    await write(true);
  }

  /** Understands the header and keeps that. @returns where the records begin */
  async function readHeader(job: ImportJob, file: BlockReader): Promise<{ offset: number; line: number }> {
    const sample = await file.read(0, Math.max(SAMPLE_BYTES, limits.IMPORT_MAX_RECORD_BYTES));
    const bom = byteOrderMarkLength(sample);
    if (sample.subarray(bom).toString('latin1').trim() === '') {
      throw new UnreadableFile('empty_file', 'The file is empty.');
    }
    if (looksBinary(sample.subarray(0, SAMPLE_BYTES))) {
      throw new UnreadableFile('not_text', 'The file is not a text file.');
    }
    const cutter = new RecordCutter(STANDARD_DIALECT);
    const found = cutter.advance(sample, bom, sample.length >= job.sizeBytes);
    const line = 1 + cutter.linesBefore;
    if (found === 'unclosed_quote' || cutter.malformed) {
      throw new UnreadableFile('malformed_csv', `The quotes of the header on line ${String(line)} do not fit together.`);
    }
    if (found !== 'record') {
      throw new UnreadableFile('record_too_large', `The header on line ${String(line)} is too large.`);
    }
    const bytes = sample.subarray(cutter.start, cutter.end);
    if (!isUtf8(bytes) || bytes.includes(0)) {
      throw new UnreadableFile('not_text', `The header on line ${String(line)} is not UTF-8 text.`);
    }
    const [header = []] = parse(bytes, { relax_quotes: true, max_record_size: limits.IMPORT_MAX_RECORD_BYTES });
    const reading = understandHeader(job, header, line);
    if (job.reading === null) await saveReading(db.pool, job.id, reading);
    return { offset: cutter.next, line: 1 + cutter.lines };
  }

  function understandHeader(job: ImportJob, header: string[], line: number): Reading {
    if (header.length > limits.IMPORT_MAX_COLUMNS) {
      const message = `The header on line ${String(line)} has ${String(header.length)} columns; ${String(limits.IMPORT_MAX_COLUMNS)} are allowed.`;
      throw new UnreadableFile('too_many_columns', message);
    }
    const kind = KINDS[job.kind];
    const match = matchHeader(header, kind, job.options.mode);
    if (match.missing.length > 0) {
      const found = header.map((cell) => cell.trim()).filter(Boolean);
      const message = `The header on line ${String(line)} has no column ${listed(match.missing)}. It has: ${listed(found.slice(0, 20))}.`;
      throw new UnreadableFile('missing_columns', message);
    }
    if (match.repeated.length > 0) {
      const message = `The header on line ${String(line)} has more than one column for ${listed(match.repeated)}.`;
      throw new UnreadableFile('duplicate_columns', message);
    }
    return { encoding: 'utf-8', dialect: STANDARD_DIALECT, header, columns: match.columns };
  }
}

const UNREADABLE: ReadResult = { readable: false, chunkCount: 0, rows: 0 };

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** Reads a stored file block by block; memory stays at a block and the record that crosses its end. */
class BlockReader {
  readonly #storage: FileStorage;
  readonly #key: string;
  readonly #sizeBytes: number;

  constructor(storage: FileStorage, key: string, sizeBytes: number) {
    this.#storage = storage;
    this.#key = key;
    this.#sizeBytes = sizeBytes;
  }

  async read(start: number, length: number): Promise<Buffer> {
    return this.#storage.read(this.#key, { start, end: Math.min(start + length, this.#sizeBytes) });
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
    let blockStart = from;
    while (blockStart < this.#sizeBytes) {
      const block = await this.read(blockStart, Math.max(BLOCK_BYTES, maxRecordBytes + 1));
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
