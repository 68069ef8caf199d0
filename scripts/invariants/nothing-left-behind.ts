import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { originalKeyOf } from '../../adapters/storage/derived-key.ts';
import { loadRetention } from '../../platform/config.ts';
import { UPLOAD_TIMEOUT_MS } from '../../platform/upload-timeout.ts';
import type { Queryable } from '../../prisma/client.ts';
import {
  listAcceptedJobs,
  listIdleTransactions,
  listKeptTooLong,
} from '../../prisma/repositories/invariants.ts';
import type { Invariant } from './invariant.ts';

export const nothingLeftBehind: Invariant = {
  id: 'I9',
  rule: 'No temporary file and nothing of ended jobs stays past its time, no connection holds a transaction open.',
  check: async ({ db, storageDir, retention }) => {
    const incoming = join(storageDir, 'incoming');
    const names = await readdir(incoming).catch(() => []);
    const broken: string[] = [];
    for (const name of names) {
      const { mtimeMs } = await stat(join(incoming, name));
      if (Date.now() - mtimeMs > UPLOAD_TIMEOUT_MS)
        broken.push(`the upload ${name} was never finished or removed`);
    }
    return [
      ...broken,
      ...(await listStaleFiles(db.pool, storageDir)),
      ...(await listKeptTooLong(db.pool, retention ?? loadRetention())),
      ...(await listIdleTransactions(db.pool)),
    ];
  },
};

/** Long enough for many rounds of the housekeeping. */
const ROUNDS_MS = 24 * 60 * 60_000;

/** Files whose jobs have all been marked as having none any more. */
async function listStaleFiles(db: Queryable, storageDir: string): Promise<string[]> {
  const gone = new Map<string, string>();
  const kept = new Set<string>();
  for (const { id, storageKey, fileRemovedAt } of await listAcceptedJobs(db)) {
    if (storageKey === null) continue;
    if (fileRemovedAt === null || Date.now() - fileRemovedAt.getTime() < ROUNDS_MS) kept.add(storageKey);
    else gone.set(storageKey, id);
  }
  const names = await readdir(storageDir, { recursive: true }).catch(() => []);
  return names.flatMap((name) => {
    const key = originalKeyOf(basename(name));
    const jobId = kept.has(key) ? undefined : gone.get(key);
    return jobId === undefined ? [] : [`the file ${basename(name)} of job ${jobId} is kept past its time`];
  });
}
