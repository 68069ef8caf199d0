import type { JobActivities } from '../../contracts/temporal/job-activities.ts';
import { inTransaction } from '../../prisma/client.ts';
import { applyVerb } from '../../prisma/repositories/job-verbs.ts';
import { readJobState } from '../../prisma/repositories/job-control.ts';
import { enterStage, parkPart } from '../../prisma/repositories/parked-parts.ts';
import { releaseTurn, takeTurn } from '../../prisma/repositories/turns.ts';
import { createFinishJob, type FinishJobDeps } from './finish-job.ts';
import { tellNextInTurn } from './turns.ts';

/** What the chunked-job engine notes, and what operators ask of it. */
export function createJobActivities(deps: FinishJobDeps): JobActivities {
  const { pool } = deps.db;
  return {
    enterStage: async ({ jobId, stage }) => inTransaction(pool, (client) => enterStage(client, jobId, stage)),
    takeTurn: async ({ jobId }) =>
      inTransaction(pool, async (client) => {
        await takeTurn(client, jobId);
        return readJobState(client, jobId);
      }),
    releaseTurn: async ({ jobId }) => {
      const state = await inTransaction(pool, async (client) => {
        await releaseTurn(client, jobId);
        return readJobState(client, jobId);
      });
      await tellNextInTurn(pool, jobId);
      return state;
    },
    parkPart: async ({ jobId, part, failure }) => {
      const state = await inTransaction(pool, (client) => parkPart(client, jobId, part, failure));
      // A job that waits for an operator holds up no other, whether it has had its turn yet or not.
      await tellNextInTurn(pool, jobId);
      return state;
    },
    applyVerb: async ({ jobId, verb }) => {
      const { effect, state } = await inTransaction(pool, (client) => applyVerb(client, jobId, verb, true));
      if (verb.action === 'pause') await tellNextInTurn(pool, jobId);
      return { effect, state };
    },
    finishJob: createFinishJob(deps),
  };
}
