import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UPLOAD_TIMEOUT_MS } from '../../platform/upload-timeout.ts';
import { listIdleTransactions } from '../../prisma/repositories/invariants.ts';
import type { Invariant } from './invariant.ts';

export const nothingLeftBehind: Invariant = {
  id: 'I9',
  rule: 'No temporary file stays past its time, no connection holds a transaction open.',
  check: async ({ db, storageDir }) => {
    const incoming = join(storageDir, 'incoming');
    const names = await readdir(incoming).catch(() => []);
    const broken: string[] = [];
    for (const name of names) {
      const { mtimeMs } = await stat(join(incoming, name));
      if (Date.now() - mtimeMs > UPLOAD_TIMEOUT_MS)
        broken.push(`the upload ${name} was never finished or removed`);
    }
    return [...broken, ...(await listIdleTransactions(db.pool))];
  },
};
