import type { UndoActivities } from '../../contracts/temporal/undo-activities.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import { getChunk } from '../../prisma/repositories/chunks.ts';
import { getUndoJob } from '../../prisma/repositories/undo-jobs.ts';
import { changeTargets } from '../jobs/change-targets.ts';
import type { UndoDeps } from '../orders/cancel-targets.ts';
import { wayOf } from '../ways.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** The applying stage of one chunk of an undo. */
export function createUndoChunk(deps: UndoDeps): UndoActivities['undoChunk'] {
  const { pool } = deps.db;
  return (ref) =>
    withHeartbeat(async () => {
      const job = await getUndoJob(pool, ref.jobId);
      const { undo } = wayOf(IMPORTABLE[job.kind]);
      const chunk = await getChunk(pool, job.number, ref.chunk);
      if (!chunk.isApplied && !job.hasEnded) {
        const range = { firstRow: chunk.firstRow, lastRow: chunk.firstRow + chunk.rows - 1 };
        await undo.prepare(deps, job, range);
      }
      return await changeTargets(deps.db, ref, {
        type: 'undo',
        getJob: (client, jobId) => getUndoJob(client, jobId),
        change: (client, current, _jobId, range) => undo.change(client, current, range),
      });
    });
}
