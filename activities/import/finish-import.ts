import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { endImport, markFinishing } from '../../prisma/repositories/import-jobs.ts';
import { announceSoon } from '../webhooks/announce-soon.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** The finish stage: the job's final status, once. */
export function createFinishImport({ db }: { db: Database }): ApplyActivities['finishImport'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markFinishing(db.pool, jobId);
      const ended = await inTransaction(db.pool, (client) => endImport(client, jobId));
      await announceSoon();
      return ended;
    });
}
