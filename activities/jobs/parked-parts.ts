import type { JobActivities } from '../../contracts/temporal/job-activities.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { parkPart, releaseParts } from '../../prisma/repositories/parked-parts.ts';

/** What the chunked-job engine records of parts that gave up. */
export function createJobActivities({ db }: { db: Database }): JobActivities {
  return {
    parkPart: async ({ jobId, part, failure }) =>
      inTransaction(db.pool, (client) => parkPart(client, jobId, part, failure)),
    releaseParts: async ({ jobId, stage }) =>
      inTransaction(db.pool, (client) => releaseParts(client, jobId, stage)),
  };
}
