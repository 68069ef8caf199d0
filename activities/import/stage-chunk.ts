import { activityInfo } from '@temporalio/activity';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import type { ParseActivities } from '../../contracts/temporal/import-activities.ts';
import { readRows } from '../../domain/read-rows.ts';
import { countStaged } from '../../platform/work-metrics.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { getChunk, markStaged } from '../../prisma/repositories/chunks.ts';
import { announceJob, getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { copyStagedRows } from '../../prisma/repositories/staging.ts';
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
      const { number: jobNumber, reading: read, hasEnded } = await getImportJob(db.pool, jobId);
      if (read === null) throw new Error('the file has not been read yet');
      const chunk = await getChunk(db.pool, jobNumber, number);
      if (chunk.isStaged || hasEnded) return chunk.counts;
      const { storageKey } = read.text;
      const bytes = await storage.read(storageKey, { start: chunk.byteStart, end: chunk.byteEnd });

      const { counts, done } = await inTransaction(db.pool, async (client) => {
        const locked = await getChunk(client, jobNumber, number, true);
        if (locked.isStaged) return { counts: locked.counts, done: null };
        // Under the lock: whoever takes chunks back because of their numbers changes both together.
        const { kind, options, reading } = await getImportJob(client, jobId);
        if (reading === null) throw new Error('the file has not been read yet');
        const { rows, summary } = readRows(bytes, chunk, { kind, options, reading });
        // Row by row on the way into COPY, so that a chunk is never in memory in all of its forms at once.
        await copyStagedRows(client, jobNumber, rows);
        const { count, rejected, skipped, evidence } = summary();
        if (count !== chunk.rows) {
          throw new Error(`the chunk was cut for ${chunk.rows} records, but ${count} are there`);
        }
        await markStaged(client, jobNumber, number, {
          rejected,
          skipped,
          numbers: { formats: reading.numberFormats, evidence },
          attempts: activityInfo().attempt,
        });
        await settleParked(client, jobNumber, 'staging', number);
        await announceJob(client, jobId);
        const pending = count - rejected - skipped;
        return {
          counts: { ...locked.counts, rejected, skipped },
          done: { kind, rows: { pending, rejected, skipped } },
        };
      });
      if (done !== null) countStaged(done.kind, done.rows);
      return counts;
    });
}
