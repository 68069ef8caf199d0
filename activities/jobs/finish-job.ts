import { getClient, log } from '@temporalio/activity';
import type { JobActivities } from '../../contracts/temporal/job-activities.ts';
import { type JobStartSettings, startJob } from '../../platform/start-job.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { endJob, markFinishing } from '../../prisma/repositories/job-end.ts';
import { findUnstartedUndo } from '../../prisma/repositories/job-start.ts';
import { tryToWakeRecordIndex } from '../records/wake-record-index.ts';
import { announceSoon } from '../webhooks/announce-soon.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { tellNextInTurn } from './turns.ts';

export interface FinishJobDeps {
  db: Database;
  jobStart: JobStartSettings;
}

/** The finish stage: the job's final status, once; the undo that is to follow it; and the turn of the next job. */
export function createFinishJob({ db, jobStart }: FinishJobDeps): JobActivities['finishJob'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markFinishing(db.pool, jobId);
      const ended = await inTransaction(db.pool, (client) => endJob(client, jobId));
      const { status, failureCode, counts } = ended;
      log.info('the job has ended', { event: 'job_ended', status, failure_code: failureCode, counts });
      await startUndo({ db, jobStart }, jobId);
      await tellNextInTurn(db.pool, jobId);
      await announceSoon();
      // What the job wrote can be searched from now on, and not before: its chunks had the database to themselves.
      await tryToWakeRecordIndex();
      return ended;
    });
}

/** Starts the undo that was accepted with the end of a job. What can't be started now is started by housekeeping. */
async function startUndo({ db, jobStart }: FinishJobDeps, jobId: string): Promise<void> {
  const undo = await findUnstartedUndo(db.pool, jobId);
  if (undo === null) return;
  try {
    await startJob(getClient(), undo, jobStart);
  } catch (error) {
    log.warn('the workflow of an undo could not be started yet', {
      event: 'workflow_start_deferred',
      jobId: undo.id,
      error,
    });
  }
}
