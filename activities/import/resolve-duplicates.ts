import { FILE_ERRORS, type FileErrorCode } from '../../contracts/errors.ts';
import type { ApplyActivities } from '../../contracts/temporal/import-activities.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { ImportLimits } from '../../platform/config.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import {
  getImportJob,
  markFailed,
  markResolved,
  markResolving,
} from '../../prisma/repositories/import-jobs.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { countRejected } from '../../prisma/repositories/resolve.ts';
import { withHeartbeat } from '../with-heartbeat.ts';
import { wayOf } from '../ways.ts';

/** A file of many millions of rows is sorted here in one statement: longer than any other may take, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 25 * 60_000;

/** The resolve stage: decided once, in the transaction that notes it. A repeated attempt finds the note. */
export function createResolveDuplicates({
  db,
  limits,
}: {
  db: Database;
  limits: Pick<ImportLimits, 'CURRENCY'>;
}): ApplyActivities['resolveDuplicates'] {
  return async ({ jobId }) =>
    withHeartbeat(async () => {
      await markResolving(db.pool, jobId);
      return inTransaction(db.pool, async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${String(STATEMENT_TIMEOUT_MS)}`);
        const job = await getImportJob(client, jobId, true);
        if (job.hasEnded) return { proceed: false };
        if (job.isResolved)
          return { proceed: job.failureCode !== 'rows_rejected' && job.failureCode !== 'lines_missing' };
        const failure = await wayOf(IMPORTABLE[job.kind]).resolve(client, {
          jobNumber: job.number,
          options: job.options,
          by: job.createdBy,
          currency: limits.CURRENCY,
        });
        if (failure !== null)
          await markFailed(client, jobId, { code: failure, message: FILE_ERRORS[failure] });
        const rejected = job.options.onError === 'abort' ? await countRejected(client, job.number) : 0;
        if (rejected > 0 && failure === null) await markFailed(client, jobId, allOrNothing(rejected));
        await markResolved(client, jobId);
        await settleParked(client, job.number, 'resolving', null);
        return { proceed: rejected === 0 && failure === null };
      });
    });
}

function allOrNothing(rejected: number): { code: FileErrorCode; message: string } {
  const rows = rejected === 1 ? '1 row is rejected' : `${String(rejected)} rows are rejected`;
  return { code: 'rows_rejected', message: `${rows}. ${FILE_ERRORS.rows_rejected}` };
}
