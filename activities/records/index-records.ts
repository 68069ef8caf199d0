import type { RecordIndexActivities } from '../../contracts/temporal/record-index-activities.ts';
import type { Database } from '../../prisma/client.ts';
import { indexMovedStock, indexNextChunk, settleSearch } from '../../prisma/repositories/record-search.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** How long one call works, in milliseconds: well below its time-out, whatever it finds. */
const WORKING_MS = 60_000;
/** So many records change what the planner has to know of the search tables. */
const MANY_RECORDS = 5_000;

/** Brings what jobs wrote into the search tables, a transaction for each chunk. */
export function createIndexRecords({ db }: { db: Database }): RecordIndexActivities['indexRecords'] {
  return async () =>
    withHeartbeat(async () => {
      const until = performance.now() + WORKING_MS;
      let [chunks, records, more] = [0, 0, true];
      while (more && performance.now() < until) {
        const indexed = await indexNextChunk(db);
        if (indexed === null) {
          more = false;
        } else {
          chunks += 1;
          records += indexed;
        }
      }
      // Once the chunks are done: it goes by what the records hold now.
      records += await indexMovedStock(db);
      if (records >= MANY_RECORDS) await settleSearch(db.pool);
      return { chunks, records, more };
    });
}
