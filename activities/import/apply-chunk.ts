import { activityInfo } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { ChunkCounts, ChunkRef } from '../../contracts/temporal/chunked-job.ts';
import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import type { ImportKind } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { ImportLimits } from '../../platform/config.ts';
import { countApplied } from '../../platform/work-metrics.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import type { AppliedCounts } from '../../prisma/repositories/apply.ts';
import { getChunk, markApplied } from '../../prisma/repositories/chunks.ts';
import { announceJob, getImportJob } from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { isolateRefusedRows, type RowRange } from '../../prisma/repositories/refused-rows.ts';
import { keepTurnOrFail } from '../jobs/keep-turn.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { type Way, wayOf } from '../ways.ts';

interface AppliedChunk {
  counts: ChunkCounts;
  way: Way;
  /** What this attempt has done; null when there was nothing to do, or nothing is to be changed. */
  done: { kind: ImportKind; applied: Partial<ChunkCounts> } | null;
}

/**
 * The apply stage of one chunk: records, outcomes, earlier values and the note that it is done commit together. A repeated
 * attempt finds the note; one that overlaps it waits for the chunk's row, and then finds the note. A row that the database
 * refuses is found and `failed`, and its neighbours go in, unless the import is to bring in all rows or none.
 */
export function createApplyChunk({
  db,
  limits,
}: {
  db: Database;
  limits: Pick<ImportLimits, 'CURRENCY'>;
}): ApplyActivities['applyChunk'] {
  return async (ref) =>
    withHeartbeat(async () => {
      const { counts, way, done } = await applyChunk(ref);
      if (done !== null) countApplied('import', done.kind, done.applied);
      await way.afterChunk();
      return counts;
    });

  async function applyChunk({ jobId, chunk: number }: ChunkRef): Promise<AppliedChunk> {
    return inTransaction(db.pool, async (client) => {
      const { number: jobNumber, kind: name } = await getImportJob(client, jobId);
      const kind = IMPORTABLE[name];
      const way = wayOf(kind);
      const chunk = await getChunk(client, jobNumber, number, true);
      // Under the lock: a job that is ended from outside waits for it.
      const job = await getImportJob(client, jobId);
      // A chunk that was given up before it was staged has no rows to apply.
      if (chunk.isApplied || !chunk.isStaged || job.hasEnded)
        return { counts: chunk.counts, way, done: null };
      if (!job.options.dryRun) await keepTurnOrFail(client, jobNumber);
      const { counts } = chunk;
      const decided = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const whole = { firstRow: chunk.firstRow, lastRow: chunk.firstRow + chunk.rows - 1 };
      const common = {
        jobId,
        jobNumber,
        // Rows that the mode passed over count too: their records may have come, gone or changed since.
        again: counts.created + counts.updated + counts.unchanged + counts.skipped > 0,
        by: job.createdBy,
        chunk: { ...whole, number },
        rules: { duplicates: job.options.duplicates, currency: limits.CURRENCY },
      };
      const write = job.options.dryRun ? way.dryRun : way.apply;
      const apply = (range: RowRange, isWhole: boolean): Promise<AppliedCounts> =>
        write(client, job.options.mode, {
          ...common,
          ...range,
          // What staging and resolving did not decide; of a part of the chunk that is not known.
          applicableRows: isWhole ? chunk.rows - decided : null,
        });
      const { results, failed } =
        job.options.onError === 'abort'
          ? { results: [await apply(whole, true)], failed: 0 }
          : await isolateRefusedRows(client, whole, apply, (row, error) =>
              way.fail(client, common, row, error),
            );
      const applied = { ...sumOf(results), failed };
      if (job.options.onError === 'abort' && applied.rejected > 0 && !job.options.dryRun)
        throw allOrNothing();
      await markApplied(client, jobNumber, number, applied, activityInfo().attempt);
      await settleParked(client, jobNumber, 'applying', number);
      await announceJob(client, jobId);
      return {
        way,
        done: job.options.dryRun ? null : { kind: name, applied },
        counts: {
          ...counts,
          created: counts.created + applied.created,
          updated: counts.updated + applied.updated,
          unchanged: counts.unchanged + applied.unchanged,
          skipped: counts.skipped + applied.skipped,
          rejected: counts.rejected + applied.rejected,
          failed: counts.failed + applied.failed,
        },
      };
    });
  }
}

/** What was good when the whole file was looked at is so no more: others have changed what it is held against. */
function allOrNothing(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'data_refused',
    message: 'Rows of the chunk have to be rejected by now, and the import is to bring in all rows or none.',
    nonRetryable: true,
  });
}

function sumOf(results: readonly AppliedCounts[]): AppliedCounts {
  const sum: AppliedCounts = { created: 0, updated: 0, unchanged: 0, skipped: 0, rejected: 0 };
  for (const result of results) {
    sum.created += result.created;
    sum.updated += result.updated;
    sum.unchanged += result.unchanged;
    sum.skipped += result.skipped;
    sum.rejected += result.rejected;
  }
  return sum;
}
