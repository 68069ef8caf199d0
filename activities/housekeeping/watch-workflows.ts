import { getClient } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { jobWorkflowId } from '../../contracts/temporal/ids.ts';
import { LOOK_SIGNAL } from '../../contracts/temporal/messages.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import {
  markWorkflowClosed,
  markWorkflowFailing,
  markWorkflowRunning,
} from '../../prisma/repositories/job-verbs.ts';
import { listUnendedJobs, type UnendedJob } from '../../prisma/repositories/jobs.ts';
import { tellNextInTurn } from '../jobs/turns.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { examineWorkflow } from './workflow-health.ts';

/** A job that has just been started, or started again, may not have its workflow yet, in milliseconds. */
const MIN_AGE_MS = 10_000;

/** Jobs that are looked at together. */
const BATCH_JOBS = 200;

/** Workflows that are described at once. */
const AT_ONCE = 10;

/**
 * Holds jobs that have not ended against their workflows. One whose workflow was terminated, deleted or timed out from outside
 * would wait for ever: it needs attention. So does one whose workflow can not go on with the code that is deployed. One that was
 * said to be such a one, and is no more, goes on.
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
  const workflow = client.workflow.getHandle(jobWorkflowId(job));
  const health = await examineWorkflow(workflow);
  // What a worker does that had been given up is not told to the workflow: it would wait for the operator of a part that is done.
  if (health !== 'closed' && job.wasSettledLately) await workflow.signal(LOOK_SIGNAL);
  if (health === job.workflow) return false;
  // One that fails after it was closed is found to do so in the next round.
  if (health === 'running' || job.workflow === 'closed') {
    return await markWorkflowRunning(db.pool, job.id, job.revision);
  }
  const isMarked =
    health === 'failing'
      ? await markWorkflowFailing(db.pool, job.id, job.revision)
      : await inTransaction(db.pool, (tx) => markWorkflowClosed(tx, job.id, job.revision));
  // Whoever waited for it may go on.
  if (isMarked) await tellNextInTurn(db.pool, job.id);
  return isMarked;
}
