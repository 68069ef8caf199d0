import type { UndoActivities } from '../../contracts/temporal/undo-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Database } from '../../prisma/client.ts';
import { undoTargets } from '../../prisma/repositories/undo.ts';
import { getUndoJob } from '../../prisma/repositories/undo-jobs.ts';
import { changeTargets } from '../jobs/change-targets.ts';

/** The applying stage of one chunk of an undo. */
export function createUndoChunk({ db }: { db: Database }): UndoActivities['undoChunk'] {
  return (ref) =>
    changeTargets(db, ref, {
      type: 'undo',
      getJob: (client, jobId) => getUndoJob(client, jobId),
      change: (client, { number, kind, target }, _jobId, range) =>
        undoTargets(client, KINDS[kind], { ...range, jobNumber: number, target }),
    });
}
