import { activityInfo } from '@temporalio/activity';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ParseActivities } from '../../contracts/temporal/import-activities.ts';
import { type FileRecord, parseChunk } from '../../domain/csv/parse-chunk.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { createRowValidator, type RowError, type RowValidator } from '../../domain/validate-row.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { getChunk, markStaged } from '../../prisma/repositories/chunks.ts';
import { announceJob, getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { copyStagedRows, type NewStagedRow } from '../../prisma/repositories/staging.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

export interface StageChunkDeps {
  db: Database;
  storage: FileStorage;
}

/**
 * The stage stage of one chunk: its bytes become staged rows, good ones and rejected ones alike, in the transaction that
 * notes it. A repeated attempt finds the note.
 */
export function createStageChunk({ db, storage }: StageChunkDeps): ParseActivities['stageChunk'] {
  return async ({ jobId, chunk: number }) =>
    withHeartbeat(async () => {
      const job = await getImportJob(db.pool, jobId);
      const { reading } = job;
      if (reading === null) throw new Error('the file has not been read yet');
      const { dialect, columns } = reading;
      const chunk = await getChunk(db.pool, job.number, number);
      if (chunk.isStaged) return chunk.counts;

      const bytes = await storage.read(job.storageKey, { start: chunk.byteStart, end: chunk.byteEnd });
      const validate = createRowValidator(KINDS[job.kind], columns, job.options.mode);
      let staged = 0;
      let rejected = 0;
      // Row by row on the way into COPY, so that a chunk is never in memory in all of its forms at once.
      function* stagedRows(): Generator<NewStagedRow> {
        for (const record of parseChunk(bytes, dialect, chunk.firstLine)) {
          const row = toStagedRow(record, chunk.firstRow + staged, validate);
          staged += 1;
          if (row.errors !== null) rejected += 1;
          yield row;
        }
      }

      return inTransaction(db.pool, async (client) => {
        const locked = await getChunk(client, job.number, number, true);
        if (locked.isStaged) return locked.counts;
        await copyStagedRows(client, job.number, stagedRows());
        if (staged !== chunk.rows) {
          throw new Error(`the chunk was cut for ${chunk.rows} records, but ${staged} are there`);
        }
        await markStaged(client, job.number, number, { rejected, attempts: activityInfo().attempt });
        await announceJob(client, jobId);
        return { ...locked.counts, rejected };
      });
    });
}

function toStagedRow(record: FileRecord, row: number, validate: RowValidator): NewStagedRow {
  if (record.problem !== null) {
    const error: RowError = { column: null, value: null, ...record.problem };
    return {
      row,
      line: record.line,
      key: null,
      cells: [],
      cleared: 0,
      raw: storable(record.raw()),
      errors: [error],
    };
  }
  const { key, cells, cleared, errors } = validate(record.cells);
  if (errors.length === 0) return { row, line: record.line, key, cells, cleared, raw: null, errors: null };
  return { row, line: record.line, key, cells, cleared, raw: storable(record.raw()), errors };
}

/** PostgreSQL's text can't hold a NUL: it is kept as the sign that stands for it. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u2400');
}
