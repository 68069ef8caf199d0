import type { JobActivities } from '../../contracts/temporal/job-activities.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { applyVerb } from '../../prisma/repositories/job-verbs.ts';
import { enterStage, parkPart } from '../../prisma/repositories/parked-parts.ts';
import { announceSoon } from '../webhooks/announce-soon.ts';

/** What the chunked-job engine notes, and what operators ask of it. */
export function createJobActivities({ db }: { db: Database }): JobActivities {
  return {
    enterStage: async ({ jobId, stage }) =>
      inTransaction(db.pool, (client) => enterStage(client, jobId, stage)),
    parkPart: async ({ jobId, part, failure }) => {
      const state = await inTransaction(db.pool, (client) => parkPart(client, jobId, part, failure));
      await announceSoon();
      return state;
    },
    applyVerb: async ({ jobId, verb }) => {
      const { effect, state } = await inTransaction(db.pool, (client) =>
        applyVerb(client, jobId, verb, true),
      );
      return { effect, state };
    },
  };
}
