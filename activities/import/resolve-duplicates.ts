import { FILE_ERRORS, type FileErrorCode } from '../../contracts/errors.ts';
import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import {
  getImportJob,
  markFailed,
  markResolved,
  markResolving,
} from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { countRejected, hasAppliedRows, resolveRepeatedKeys } from '../../prisma/repositories/resolve.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** A file of many millions of rows is sorted here in one statement: longer than any other may take, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 25 * 60_000;

/** The resolve stage: decided once, in the transaction that notes it. A repeated attempt finds the note. */
export function createResolveDuplicates({ db }: { db: Database }): ApplyActivities['resolveDuplicates'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markResolving(db.pool, jobId);
      return inTransaction(db.pool, async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${String(STATEMENT_TIMEOUT_MS)}`);
        const job = await getImportJob(client, jobId, true);
        if (job.hasEnded) return { proceed: false };
        if (job.isResolved) return { proceed: job.failureCode !== 'rows_rejected' };
        await resolveRepeatedKeys(client, job.number, {
          kind: KINDS[job.kind],
          duplicates: job.options.duplicates,
          again: await hasAppliedRows(client, job.number),
        });
        const rejected = job.options.onError === 'abort' ? await countRejected(client, job.number) : 0;
        if (rejected > 0) await markFailed(client, jobId, allOrNothing(rejected));
        await markResolved(client, jobId);
        await settleParked(client, job.number, 'resolving', null);
        return { proceed: rejected === 0 };
      });
    });
}

function allOrNothing(rejected: number): { code: FileErrorCode; message: string } {
  const rows = rejected === 1 ? '1 row is rejected' : `${String(rejected)} rows are rejected`;
  return { code: 'rows_rejected', message: `${rows}. ${FILE_ERRORS.rows_rejected}` };
}
