import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ParseActivities, ReadResult } from '../../contracts/temporal/import-activities.ts';
import { ChunkPlanner, type PlannedChunk } from '../../domain/chunk-plan.ts';
import { readHeader } from '../../domain/csv/read-header.ts';
import { UnreadableFile } from '../../domain/csv/unreadable-file.ts';
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
import { RecordReader } from './record-reader.ts';

export interface ReadFileDeps {
  db: Database;
  storage: FileStorage;
  limits: ImportLimits;
}

/** Chunks that are written at once: what a crash may cost. */
const CHUNKS_PER_WRITE = 50;

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
      if (job.isUnreadable) return UNREADABLE;
      if (!job.isRead) {
        try {
          await planChunks(job);
        } catch (error) {
          if (error instanceof UnreadableFile) {
            const failure = { code: error.code, message: error.message };
            await inTransaction(db.pool, (client) => markUnreadable(client, job, failure));
            return UNREADABLE;
          }
          if (!(error instanceof ReadMeanwhile)) throw error;
        }
      }
      return { readable: true, ...(await countPlanned(db.pool, job.number)) };
    });

  async function planChunks(job: ImportJob): Promise<void> {
    const file = new RecordReader(storage, job.storageKey, job.sizeBytes);
    const beginning = await file.read(0, limits.IMPORT_MAX_RECORD_BYTES);
    const header = readHeader(beginning, beginning.length >= job.sizeBytes, {
      kind: KINDS[job.kind],
      mode: job.options.mode,
      maxColumns: limits.IMPORT_MAX_COLUMNS,
    });
    if (job.reading === null) await saveReading(db.pool, job.id, header.reading);
    const last = await getLastChunk(db.pool, job.number);
    const bounds = { maxRows: limits.IMPORT_CHUNK_ROWS, maxBytes: limits.IMPORT_CHUNK_BYTES };
    // An earlier attempt's plan is kept but for its last chunk, which is made again from where it begins: the place after
    // it is known by its bytes, but not by its line.
    const from = last === null ? header : { offset: last.byteStart, line: last.firstLine };
    const planner = new ChunkPlanner(bounds, from, last ?? undefined);
    let supersedes = last?.number ?? null;
    let planned: PlannedChunk[] = [];

    const write = async (isLast: boolean): Promise<void> => {
      await inTransaction(db.pool, async (client) => {
        const locked = await getImportJob(client, job.id, true);
        if (locked.isRead) throw new ReadMeanwhile();
        if (supersedes !== null) await deleteChunk(client, job.number, supersedes);
        await insertChunks(client, job.number, planned);
        if (isLast) await markRead(client, job.id);
      });
      supersedes = null;
      planned = [];
    };

    await file.eachRecord(from.offset, limits.IMPORT_MAX_RECORD_BYTES, planner, async (chunk) => {
      planned.push(chunk);
      refuseTooMany(planner.rows);
      if (planned.length >= CHUNKS_PER_WRITE) await write(false);
    });
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
