import { getClient } from '@temporalio/activity';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { type ImportStartSettings, startImport } from '../../platform/start-import.ts';
import type { Database } from '../../prisma/client.ts';
import { listUnstartedImports } from '../../prisma/repositories/import-jobs.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** A job this young is still in the hands of the request that accepted it, in milliseconds. */
const MIN_AGE_MS = 10_000;

export interface StartPendingImportsDeps {
  db: Database;
  importStart: ImportStartSettings;
}

/** The row of an accepted import is what counts: whoever finds one without a workflow starts it. */
export function createStartPendingImports({
  db,
  importStart,
}: StartPendingImportsDeps): HousekeepingActivities['startPendingImports'] {
  return async () =>
    withHeartbeat(async () => {
      const client = getClient();
      const jobs = await listUnstartedImports(db.pool, MIN_AGE_MS);
      for (const job of jobs) await startImport(client, job, importStart);
      return { started: jobs.length };
    });
}
