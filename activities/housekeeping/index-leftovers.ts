import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import type { Database } from '../../prisma/client.ts';
import { hasMovedStock, hasUnindexedChunks } from '../../prisma/repositories/record-search.ts';
import { wakeRecordIndex } from '../records/wake-record-index.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** Whatever was written by a job that has ended, or waits, is to be found, also where a crash came between. */
export function createIndexLeftovers({ db }: { db: Database }): HousekeepingActivities['indexLeftovers'] {
  return async () =>
    withHeartbeat(async () => {
      const waiting = (await hasUnindexedChunks(db.pool)) || (await hasMovedStock(db.pool));
      if (waiting) await wakeRecordIndex();
      return { waiting };
    });
}
