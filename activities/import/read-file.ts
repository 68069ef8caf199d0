import type { FileStorage } from '../../adapters/storage/storage.ts';
import { unpackFile } from '../../adapters/unpack/unpack-file.ts';
import type { ParseActivities, ReadResult } from '../../contracts/temporal/import-activities.ts';
import { ChunkPlanner, type PlannedChunk } from '../../domain/chunk-plan.ts';
import { wholeCharacters } from '../../domain/csv/detect-encoding.ts';
import { parseCells } from '../../domain/csv/parse-chunk.ts';
import { findSheet } from '../../domain/csv/file-source.ts';
import { cutOptionsOf, type Reading } from '../../domain/csv/reading.ts';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
import { createGroupBoundary } from '../../domain/mapping/map-record.ts';
import { type Understanding, understandFile } from '../../domain/understand-file.ts';
import type { ImportLimits } from '../../platform/config.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { countPlanned, deleteChunk, getLastChunk, insertChunks } from '../../prisma/repositories/chunks.ts';
import {
  forgetReading,
  getImportJob,
  type ImportJob,
  markRead,
  markReading,
  markUnreadable,
  noteReading,
} from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { NotUtf8Error, RecordReader } from './record-reader.ts';

export interface ReadFileDeps {
  db: Database;
  storage: FileStorage;
  limits: ImportLimits;
}

/** Chunks that are written at once: what a crash may cost. */
const CHUNKS_PER_WRITE = 50;

/** What tells how a file is to be read. */
const BEGINNING_BYTES = 1024 * 1024;

/** An attempt that was thought dead has read the file to its end while this one was at it. */
class ReadMeanwhile extends Error {}

/**
 * The read stage: is it text, what does its header mean, where does each chunk begin and end.
 * The plan in the database is also the place where a repeated attempt goes on.
 */
export function createReadFile({ db, storage, limits }: ReadFileDeps): ParseActivities['readFile'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markReading(db.pool, jobId);
      const job = await getImportJob(db.pool, jobId);
      if (!job.isRead && (job.hasEnded || job.failureCode !== null)) return UNREADABLE;
      if (!job.isRead) {
        try {
          await planChunks(job);
        } catch (error) {
          if (error instanceof UnreadableFile) {
            const failure = { code: error.code, message: error.message };
            const wasRead = await inTransaction(db.pool, async (client) => {
              // An attempt that others have overtaken says nothing about what they have read.
              const { isRead } = await getImportJob(client, jobId, true);
              if (isRead) return true;
              await markUnreadable(client, job, failure);
              await settleParked(client, job.number, 'reading', null);
              return false;
            });
            if (!wasRead) return UNREADABLE;
          }
          if (!(error instanceof ReadMeanwhile || error instanceof UnreadableFile)) throw error;
        }
      }
      return { readable: true, ...(await countPlanned(db.pool, job.number)) };
    });

  async function planChunks(job: ImportJob): Promise<void> {
    const reading = job.reading ?? (await understand(job));
    try {
      await plan(job, reading);
    } catch (error) {
      if (!(error instanceof NotUtf8Error)) throw error;
      // What comes later in the file shows that it is in an older encoding: it is understood anew, by that.
      const newer = await inTransaction(db.pool, async (client) => {
        const locked = await getImportJob(client, job.id, true);
        if (locked.isRead) throw new ReadMeanwhile();
        // An attempt that overlaps this one has found it out already: what it understood counts, and its plan stays.
        if (locked.reading?.text.storageKey !== reading.text.storageKey) return locked.reading;
        await forgetReading(client, job);
        return null;
      });
      await plan(job, newer ?? (await understand(job, error.encoding)));
    }
  }

  /** Finds out how the file is to be read, and notes it. */
  async function understand(job: ImportJob, encoding?: string): Promise<Reading> {
    const { sheet, decimal } = job.options.dialect ?? {};
    const found = await findSheet(
      sheet,
      (name) => look(job, encoding, name),
      ({ understood }) => understood.problems.length === 0,
    );
    const reading = toReading(found, decimal !== undefined);
    if (await noteReading(db.pool, job.id, reading)) return reading;
    // An attempt that overlaps this one was quicker: chunks are cut by what it noted.
    const { reading: noted } = await getImportJob(db.pool, job.id);
    return noted ?? (await understand(job, encoding));
  }

  /** Looks at the beginning of a file, or of a sheet of it. */
  async function look(
    { kind, options, storageKey, sizeBytes }: ImportJob,
    encoding: string | undefined,
    sheet: string | undefined,
  ): Promise<Look> {
    const given = options.dialect ?? {};
    const { key, source, ...unpacked } = await unpackFile({
      storage,
      key: storageKey,
      sizeBytes,
      given: { encoding: encoding ?? given.encoding, sheet },
      limits,
    });
    const end = Math.min(Math.max(BEGINNING_BYTES, limits.IMPORT_MAX_RECORD_BYTES), unpacked.sizeBytes);
    const bytes = await storage.read(key, { start: 0, end });
    const isWhole = end >= unpacked.sizeBytes;
    const beginning = isWhole ? bytes : bytes.subarray(0, wholeCharacters(bytes));
    const understood = understandFile(beginning, isWhole, source, {
      kind,
      mode: options.mode,
      given,
      mapping: options.mapping,
      currency: limits.CURRENCY,
      maxColumns: limits.IMPORT_MAX_COLUMNS,
      maxRecordBytes: limits.IMPORT_MAX_RECORD_BYTES,
    });
    return { text: { storageKey: key, sizeBytes: unpacked.sizeBytes }, source, understood };
  }

  async function plan(job: ImportJob, reading: Reading): Promise<void> {
    const { text, source, dialect, recordsAt } = reading;
    const last = await getLastChunk(db.pool, job.number);
    const bounds = { maxRows: limits.IMPORT_CHUNK_ROWS, maxBytes: limits.IMPORT_CHUNK_BYTES };
    // An earlier attempt's plan is kept but for its last chunk, which is made again from where it begins: the place after
    // it is known by its bytes, but not by its line.
    const from = last === null ? recordsAt : { offset: last.byteStart, line: last.firstLine };
    const planner = new ChunkPlanner(bounds, from, last ?? undefined);
    let supersedes = last?.number ?? null;
    let planned: PlannedChunk[] = [];

    const write = async (isLast: boolean): Promise<void> => {
      await inTransaction(db.pool, async (client) => {
        const locked = await getImportJob(client, job.id, true);
        if (locked.isRead) throw new ReadMeanwhile();
        if (supersedes !== null) await deleteChunk(client, job.number, supersedes);
        await insertChunks(client, job.number, planned);
        if (!isLast) return;
        await markRead(client, job.id);
        await settleParked(client, job.number, 'reading', null);
      });
      supersedes = null;
      planned = [];
    };

    const file = new RecordReader(storage, text.storageKey, text.sizeBytes, dialect, {
      ...cutOptionsOf(source),
      ...groupsOf(reading),
    });
    const onChunk = async (chunk: PlannedChunk): Promise<void> => {
      planned.push(chunk);
      refuseTooMany(planner.rows);
      if (planned.length >= CHUNKS_PER_WRITE) await write(false);
    };
    const isAsciiSoFar = source.encoding === 'utf-8' && !source.encodingCertain;
    await file.eachRecord(from.offset, limits.IMPORT_MAX_RECORD_BYTES, planner, onChunk, isAsciiSoFar);
    const rest = planner.finish();
    if (rest !== null) planned.push(rest);
    refuseTooMany(planner.rows);
    if (planner.rows === 0) {
      throw new UnreadableFile('empty_file', 'The file has a header and nothing below it.');
    }
    await write(true);
  }

  function refuseTooMany(rows: number): void {
    const { IMPORT_MAX_ROWS } = limits;
    if (rows <= IMPORT_MAX_ROWS) return;
    throw new UnreadableFile('too_many_rows', `The file has more than ${IMPORT_MAX_ROWS} records.`);
  }
}

const UNREADABLE: ReadResult = { readable: false, chunkCount: 0, rows: 0 };

/** What a look at the beginning of a file showed. */
interface Look extends Pick<Reading, 'text' | 'source'> {
  understood: Understanding;
}

/** @throws {UnreadableFile} when it has a problem */
function toReading({ text, source, understood }: Look, numberFormatsGiven: boolean): Reading {
  const { dialect, dialectConfidence, headerLine, header, recordsAt, match, numberFormats } = understood;
  const [problem] = understood.problems;
  if (problem !== undefined) throw new UnreadableFile(problem.code, problem.message);
  if (match === null) throw new Error('a file without problems has a mapping');
  return {
    text,
    source,
    dialect,
    dialectConfidence,
    headerLine,
    header,
    recordsAt,
    mapping: match.mapping,
    numberFormats,
    numberFormatsGiven,
  };
}

/** Rows of one product must not be parted: the later ones leave blank what the first one says. */
function groupsOf({ mapping, dialect }: Reading): { startsGroup?: (record: Buffer) => boolean } {
  const begins = createGroupBoundary(mapping);
  return begins === null ? {} : { startsGroup: (record) => begins(parseCells(record, dialect)[0] ?? []) };
}
