import { cancellationSignal } from '@temporalio/activity';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import type { KeptPart } from '../../contracts/words.ts';
import type { RetentionSettings } from '../../platform/config.ts';
import type { Database } from '../../prisma/client.ts';
import {
  endRemoval,
  findLastRow,
  listRemovals,
  markExpired,
  removeIdempotencyKeys,
  removeJobs,
  removeRequestChanges,
  removeRows,
  type Removal,
  ROW_TABLES,
} from '../../prisma/repositories/retention.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** How much one round does, and one transaction of it. */
export interface RemovalBounds {
  /** Rows, or rows of other tables, that one transaction removes: a few tenths of a second. */
  batchRows: number;
  /** Jobs that one transaction marks or removes. */
  batchJobs: number;
  /** Transactions of a round; a larger backlog is worked off over rounds. */
  maxBatches: number;
}

const BOUNDS: RemovalBounds = { batchRows: 10_000, batchJobs: 100, maxBatches: 200 };

/** Staging before outcomes, which are of no use without it. */
const DAYS_BY_PART = [
  ['files', 'RETENTION_FILES_DAYS'],
  ['staging', 'RETENTION_STAGING_DAYS'],
  ['outcomes', 'RETENTION_OUTCOMES_DAYS'],
  ['changes', 'RETENTION_CHANGES_DAYS'],
] as const satisfies readonly (readonly [KeptPart, keyof RetentionSettings])[];

/**
 * Removes what has been kept for its time. First a job is marked, then what the mark means is removed, batch by batch, each a
 * transaction of its own: a round that is cut off at any moment leaves nothing that the next one does not find.
 */
export function createRemoveExpired(
  { db: { pool }, retention }: { db: Database; retention: RetentionSettings },
  bounds: RemovalBounds = BOUNDS,
): HousekeepingActivities['removeExpired'] {
  return async () => withHeartbeat(removeExpired);

  async function removeExpired(): ReturnType<HousekeepingActivities['removeExpired']> {
    const { batchRows, batchJobs } = bounds;
    let batchesLeft = bounds.maxBatches;
    const mayGoOn = (): boolean => {
      cancellationSignal().throwIfAborted();
      return batchesLeft > 0;
    };

    /** Does a step again and again, until it finds less than it may take, or the round is over. */
    const repeat = async (limit: number, step: (limit: number) => Promise<number>): Promise<number> => {
      let total = 0;
      while (mayGoOn()) {
        const done = await step(limit);
        total += done;
        if (done > 0) batchesLeft -= 1;
        if (done < limit) break;
      }
      return total;
    };

    const removeRowsOf = async (removal: Removal): Promise<number> => {
      let total = 0;
      for (const table of ROW_TABLES[removal.part]) {
        // From the end, so that where a round begins is known without a note.
        const last = await findLastRow(pool, table, removal);
        for (let to = last ?? -1; to >= 0; to -= batchRows) {
          if (!mayGoOn()) return total;
          total += await removeRows(pool, table, removal, to - batchRows + 1, to);
          batchesLeft -= 1;
        }
      }
      await endRemoval(pool, removal);
      return total;
    };

    let parts = 0;
    for (const [part, setting] of DAYS_BY_PART) {
      parts += await repeat(batchJobs, (limit) => markExpired(pool, part, retention[setting], limit));
    }
    let rows = 0;
    let removals: Removal[];
    do {
      removals = mayGoOn() ? await listRemovals(pool, batchJobs) : [];
      for (const removal of removals) rows += await removeRowsOf(removal);
    } while (removals.length === batchJobs);
    rows += await repeat(batchRows, (limit) =>
      removeRequestChanges(pool, retention.RETENTION_CHANGES_DAYS, limit),
    );
    const keys = await repeat(batchRows, (limit) => removeIdempotencyKeys(pool, limit));
    const jobs = await repeat(batchJobs, (limit) => removeJobs(pool, retention.RETENTION_JOBS_DAYS, limit));
    return { parts, rows, keys, jobs };
  }
}
