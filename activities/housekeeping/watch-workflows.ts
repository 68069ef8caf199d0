import { getClient } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { LOOK_SIGNAL } from '../../contracts/temporal/messages.ts';
import type { Database } from '../../prisma/client.ts';
import { markWorkflowClosed, markWorkflowRunning } from '../../prisma/repositories/job-verbs.ts';
import { listUnendedJobs, type UnendedJob } from '../../prisma/repositories/jobs.ts';
import { tellNextInTurn } from '../jobs/turns.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** A job that has just been started, or started again, may not have its workflow yet, in milliseconds. */
const MIN_AGE_MS = 10_000;

/** Jobs that are looked at together. */
const BATCH_JOBS = 200;

/** Workflows that are described at once. */
const AT_ONCE = 10;

/**
 * Holds jobs that have not ended against their workflows. One whose workflow was terminated, deleted or timed out from outside
 * would wait for ever: it needs attention. One that was said to have none, and has one again, goes on.
 */
export function createWatchWorkflows({ db }: { db: Database }): HousekeepingActivities['watchWorkflows'] {
  return async () =>
    withHeartbeat(async () => {
      const client = getClient();
      let found = 0;
      for (let after = 0; ;) {
        const jobs = await listUnendedJobs(db.pool, { minAgeMs: MIN_AGE_MS, after, limit: BATCH_JOBS });
        for (let start = 0; start < jobs.length; start += AT_ONCE) {
          const changed = await Promise.all(
            jobs.slice(start, start + AT_ONCE).map((job) => compare(client, db, job)),
          );
          found += changed.filter(Boolean).length;
        }
        const last = jobs.at(-1);
        if (last === undefined || jobs.length < BATCH_JOBS) return { found };
        after = last.number;
      }
    });
}

async function compare(client: Client, db: Database, job: UnendedJob): Promise<boolean> {
  const runs = await isRunning(client, jobWorkflowId(job));
  // What a worker does that had been given up is not told to the workflow: it would wait for the operator of a part that is done.
  if (runs && job.wasSettledLately) await client.workflow.getHandle(jobWorkflowId(job)).signal(LOOK_SIGNAL);
  if (runs !== job.isWorkflowClosed) return false;
  if (runs) return await markWorkflowRunning(db.pool, job.id, job.revision);
  const isClosed = await markWorkflowClosed(db.pool, job.id, job.revision);
  // Whoever waited for it may go on.
  if (isClosed) await tellNextInTurn(db.pool, job.id);
  return isClosed;
}

async function isRunning(client: Client, workflowId: string): Promise<boolean> {
  try {
    return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
