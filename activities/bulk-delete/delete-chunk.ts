import type { BulkDeleteActivities } from '../../contracts/temporal/bulk-delete-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Database } from '../../prisma/client.ts';
import { deleteTargets } from '../../prisma/repositories/bulk-delete.ts';
import { getBulkDeleteJob } from '../../prisma/repositories/bulk-delete-jobs.ts';
import { changeTargets } from '../jobs/change-targets.ts';

/** The applying stage of one chunk of a bulk delete. */
export function createDeleteChunk({ db }: { db: Database }): BulkDeleteActivities['deleteChunk'] {
  return (ref) =>
    changeTargets(db, ref, {
      type: 'bulk_delete',
      getJob: getBulkDeleteJob,
      change: (client, { number, kind, createdBy }, jobId, range) =>
        deleteTargets(client, KINDS[kind], { ...range, jobId, jobNumber: number, by: createdBy }),
    });
}
