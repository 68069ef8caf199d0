import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { endImport } from '../../prisma/repositories/import-jobs.ts';

/** The finish stage: the job's final status, once. */
export function createFinishImport({ db }: { db: Database }): ApplyActivities['finishImport'] {
  return async ({ jobId }) => inTransaction(db.pool, (client) => endImport(client, jobId));
}
