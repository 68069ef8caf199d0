import { getClient } from '@temporalio/activity';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { type JobStartSettings, startJob } from '../../platform/start-job.ts';
import type { Database } from '../../prisma/client.ts';
import { listUnstartedJobs } from '../../prisma/repositories/job-start.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** A job this young is still in the hands of the request that accepted it, in milliseconds. */
const MIN_AGE_MS = 10_000;

export interface StartPendingJobsDeps {
  db: Database;
  jobStart: JobStartSettings;
}

/** The row of an accepted job is what counts: whoever finds one without a workflow starts it. */
export function createStartPendingJobs({
  db,
  jobStart,
}: StartPendingJobsDeps): HousekeepingActivities['startPendingJobs'] {
  return async () =>
    withHeartbeat(async () => {
      const client = getClient();
      const jobs = await listUnstartedJobs(db.pool, MIN_AGE_MS);
      for (const job of jobs) await startJob(client, job, jobStart);
      return { started: jobs.length };
    });
}
