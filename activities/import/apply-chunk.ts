import { activityInfo } from '@temporalio/activity';
import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { countApplied } from '../../platform/work-metrics.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { type AppliedCounts, applyStagedRows, dryRunStagedRows } from '../../prisma/repositories/apply.ts';
import { getChunk, markApplied } from '../../prisma/repositories/chunks.ts';
import { announceJob, getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { failStagedRow, isolateRefusedRows, type RowRange } from '../../prisma/repositories/refused-rows.ts';
import { keepTurnOrFail } from '../jobs/keep-turn.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/**
 * The apply stage of one chunk: records, outcomes, earlier values and the note that it is done commit together. A repeated
 * attempt finds the note; one that overlaps it waits for the chunk's row, and then finds the note. A row that the database
 * refuses is found and `failed`, and its neighbours go in, unless the import is to bring in all rows or none.
 */
export function createApplyChunk({ db }: { db: Database }): ApplyActivities['applyChunk'] {
  return async ({ jobId, chunk: number }) =>
    withHeartbeat(async () => {
      const { counts, done } = await inTransaction(db.pool, async (client) => {
        const { number: jobNumber } = await getImportJob(client, jobId);
        const chunk = await getChunk(client, jobNumber, number, true);
        // Under the lock: a job that is ended from outside waits for it.
        const job = await getImportJob(client, jobId);
        // A chunk that was given up before it was staged has no rows to apply.
        if (chunk.isApplied || !chunk.isStaged || job.hasEnded) return { counts: chunk.counts, done: null };
        if (!job.options.dryRun) await keepTurnOrFail(client, jobNumber);
        const { counts } = chunk;
        const decided = Object.values(counts).reduce((sum, count) => sum + count, 0);
        const write = job.options.dryRun ? dryRunStagedRows : applyStagedRows;
        const apply = (range: RowRange, isWhole: boolean): Promise<AppliedCounts> =>
          write(client, KINDS[job.kind], job.options.mode, {
            ...range,
            jobId,
            jobNumber,
            // What staging and resolving did not decide; of a part of the chunk that is not known.
            applicableRows: isWhole ? chunk.rows - decided : null,
            // Rows that the mode passed over count too: their records may have come, gone or changed since.
            again: counts.created + counts.updated + counts.unchanged + counts.skipped > 0,
            by: job.createdBy,
          });
        const whole = { firstRow: chunk.firstRow, lastRow: chunk.firstRow + chunk.rows - 1 };
        const { results, failed } =
          job.options.onError === 'abort'
            ? { results: [await apply(whole, true)], failed: 0 }
            : await isolateRefusedRows(client, whole, apply, (row, error) =>
                failStagedRow(client, jobNumber, row, error),
              );
        const applied = { ...sumOf(results), failed };
        await markApplied(client, jobNumber, number, applied, activityInfo().attempt);
        await settleParked(client, jobNumber, 'applying', number);
        await announceJob(client, jobId);
        const sums = {
          ...counts,
          created: counts.created + applied.created,
          updated: counts.updated + applied.updated,
          unchanged: counts.unchanged + applied.unchanged,
          skipped: counts.skipped + applied.skipped,
          failed: counts.failed + applied.failed,
        };
        return { counts: sums, done: job.options.dryRun ? null : { kind: job.kind, applied } };
      });
      if (done !== null) countApplied('import', done.kind, done.applied);
      return counts;
    });
}

function sumOf(results: readonly AppliedCounts[]): AppliedCounts {
  const sum: AppliedCounts = { created: 0, updated: 0, unchanged: 0, skipped: 0 };
  for (const result of results) {
    sum.created += result.created;
    sum.updated += result.updated;
    sum.unchanged += result.unchanged;
    sum.skipped += result.skipped;
  }
  return sum;
}
