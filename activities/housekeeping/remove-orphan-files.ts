import { originalKeyOf } from '../../adapters/storage/derived-key.ts';
import { FileMissingError, type FileStorage } from '../../adapters/storage/storage.ts';
import type { HousekeepingActivities } from '../../contracts/temporal/housekeeping-activities.ts';
import { LEFT_ALONE_MS } from '../../platform/upload-timeout.ts';
import type { Database } from '../../prisma/client.ts';
import { findUnownedFiles } from '../../prisma/repositories/import-jobs.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** Files that are compared with the jobs at once. */
const BATCH_FILES = 1_000;

export interface RemoveOrphanFilesDeps {
  db: Database;
  storage: FileStorage;
}

/**
 * What an upload left whose process died between storing the file and committing its job, and what was unpacked from files
 * that are gone.
 */
export function createRemoveOrphanFiles({
  db,
  storage,
}: RemoveOrphanFilesDeps): HousekeepingActivities['removeOrphanFiles'] {
  return async () => withHeartbeat(removeOrphanFiles);

  async function removeOrphanFiles(): Promise<{ removed: number }> {
    const before = new Date(Date.now() - LEFT_ALONE_MS);
    let removed = await storage.removeUnfinished(before);
    let batch: string[] = [];
    const removeUnowned = async (): Promise<void> => {
      const unowned = new Set(await findUnownedFiles(db.pool, batch.map(originalKeyOf)));
      for (const key of batch) {
        const original = originalKeyOf(key);
        // What was made from a file goes with it.
        if (!unowned.has(original) && (key === original || (await exists(original)))) continue;
        await storage.remove(key);
        removed += 1;
      }
      batch = [];
    };
    const exists = async (key: string): Promise<boolean> => {
      try {
        await storage.read(key, { start: 0, end: 0 });
        return true;
      } catch (error) {
        if (error instanceof FileMissingError) return false;
        throw error;
      }
    };
    for await (const key of storage.list(before)) {
      batch.push(key);
      if (batch.length === BATCH_FILES) await removeUnowned();
    }
    if (batch.length > 0) await removeUnowned();
    return { removed };
  }
}
