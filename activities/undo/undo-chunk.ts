import { activityInfo } from '@temporalio/activity';
import type { UndoActivities } from '../../contracts/temporal/undo-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { getChunk, markApplied } from '../../prisma/repositories/chunks.ts';
import { announceJob } from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { failTarget, isolateRefusedRows } from '../../prisma/repositories/refused-rows.ts';
import { undoTargets } from '../../prisma/repositories/undo.ts';
import { getUndoJob } from '../../prisma/repositories/undo-jobs.ts';
import { keepTurnOrFail } from '../jobs/keep-turn.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/**
 * The applying stage of one chunk of an undo: records, outcomes and the note that it is done commit together. A repeated
 * attempt finds the note; one that overlaps it waits for the chunk's row, and then finds the note.
 */
export function createUndoChunk({ db }: { db: Database }): UndoActivities['undoChunk'] {
  return async ({ jobId, chunk: number }) =>
    withHeartbeat(async () =>
      inTransaction(db.pool, async (client) => {
        const { number: jobNumber, kind, target } = await getUndoJob(client, jobId);
        const chunk = await getChunk(client, jobNumber, number, true);
        const { hasEnded } = await getUndoJob(client, jobId);
        if (chunk.isApplied || hasEnded) return chunk.counts;
        await keepTurnOrFail(client, jobNumber);
        const whole = { firstRow: chunk.firstRow, lastRow: chunk.firstRow + chunk.rows - 1 };
        const { results, failed } = await isolateRefusedRows(
          client,
          whole,
          (range) => undoTargets(client, KINDS[kind], { ...range, jobNumber, targetId: target.id }),
          (row, error) => failTarget(client, jobNumber, row, error),
        );
        const reversed = results.reduce((sum, result) => sum + result.reversed, 0);
        const kept = results.reduce((sum, result) => sum + result.kept, 0);
        await markApplied(client, jobNumber, number, { reversed, kept, failed }, activityInfo().attempt);
        await settleParked(client, jobNumber, 'applying', number);
        await announceJob(client, jobId);
        return { ...chunk.counts, reversed, kept, failed };
      }),
    );
}
