import { activityInfo } from '@temporalio/activity';
import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { applyStagedRows, dryRunStagedRows } from '../../prisma/repositories/apply.ts';
import { getChunk, markApplied } from '../../prisma/repositories/chunks.ts';
import { announceJob, getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/**
 * The apply stage of one chunk: records, outcomes, earlier values and the note that it is done commit together. A repeated
 * attempt finds the note; one that overlaps it waits for the chunk's row, and then finds the note.
 */
export function createApplyChunk({ db }: { db: Database }): ApplyActivities['applyChunk'] {
  return async ({ jobId, chunk: number }) =>
    withHeartbeat(async () => {
      const job = await getImportJob(db.pool, jobId);
      return inTransaction(db.pool, async (client) => {
        const chunk = await getChunk(client, job.number, number, true);
        if (chunk.isApplied) return chunk.counts;
        // What staging and resolving did not decide.
        const { rows: total, counts } = chunk;
        const applicableRows = total - Object.values(counts).reduce((sum, count) => sum + count, 0);
        const write = job.options.dryRun ? dryRunStagedRows : applyStagedRows;
        const applied = await write(client, KINDS[job.kind], job.options.mode, {
          jobId,
          jobNumber: job.number,
          firstRow: chunk.firstRow,
          lastRow: chunk.firstRow + chunk.rows - 1,
          applicableRows,
          // Rows that the mode passed over count too: their records may have come, gone or changed since.
          again: counts.created + counts.updated + counts.unchanged + counts.skipped > 0,
          by: job.createdBy,
        });
        await markApplied(client, job.number, number, { ...applied, attempts: activityInfo().attempt });
        await announceJob(client, jobId);
        return {
          ...counts,
          created: counts.created + applied.created,
          updated: counts.updated + applied.updated,
          unchanged: counts.unchanged + applied.unchanged,
          skipped: counts.skipped + applied.skipped,
        };
      });
    });
}
