import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { getImportJob, markResolved, markResolving } from '../../prisma/repositories/import-jobs.ts';
import { recordDuplicates } from '../../prisma/repositories/resolve.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** A file of many millions of rows is sorted here in one statement: longer than any other may take, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 25 * 60_000;

/** The resolve stage: decided once, in the transaction that notes it. A repeated attempt finds the note. */
export function createResolveDuplicates({ db }: { db: Database }): ApplyActivities['resolveDuplicates'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markResolving(db.pool, jobId);
      await inTransaction(db.pool, async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${String(STATEMENT_TIMEOUT_MS)}`);
        const job = await getImportJob(client, jobId, true);
        if (job.isResolved) return;
        const { duplicates } = job.options;
        if (duplicates === 'reject') throw new Error('rejecting repeated keys is not built');
        await recordDuplicates(client, job.number, duplicates);
        await markResolved(client, jobId);
      });
    });
}
