import { originalKeyOf } from '../../adapters/storage/derived-key.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { loadRetention } from '../../platform/config.ts';
import { LEFT_ALONE_MS } from '../../platform/upload-timeout.ts';
import type { Queryable } from '../../prisma/client.ts';
import {
  listAcceptedJobs,
  listIdleTransactions,
  listKeptTooLong,
} from '../../prisma/repositories/invariants.ts';
import { all, type Invariant, storedFiles } from './invariant.ts';

export const nothingLeftBehind: Invariant = {
  id: 'I9',
  rule: 'No temporary file and nothing of ended jobs stays past its time, no connection holds a transaction open.',
  check: async ({ db, storage, retention }) => {
    const abandoned = await all(storage.unfinished(new Date(Date.now() - LEFT_ALONE_MS)));
    return [
      ...abandoned.map((name) => `the upload ${name} was never finished or removed`),
      ...(await listStaleFiles(db.pool, storage)),
      ...(await listKeptTooLong(db.pool, retention ?? loadRetention())),
      ...(await listIdleTransactions(db.pool)),
    ];
  },
};

/** Long enough for many rounds of the housekeeping. */
const ROUNDS_MS = 24 * 60 * 60_000;

/** Files whose jobs have all been marked as having none any more. */
async function listStaleFiles(db: Queryable, storage: FileStorage): Promise<string[]> {
  const gone = new Map<string, string>();
  const kept = new Set<string>();
  for (const { id, storageKey, fileRemovedAt } of await listAcceptedJobs(db)) {
    if (storageKey === null) continue;
    if (fileRemovedAt === null || Date.now() - fileRemovedAt.getTime() < ROUNDS_MS) kept.add(storageKey);
    else gone.set(storageKey, id);
  }
  return (await storedFiles(storage)).flatMap((name) => {
    const key = originalKeyOf(name);
    const jobId = kept.has(key) ? undefined : gone.get(key);
    return jobId === undefined ? [] : [`the file ${name} of job ${jobId} is kept past its time`];
  });
}
