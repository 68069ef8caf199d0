import type { UndoActivities } from '../../contracts/temporal/undo-activities.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { ImportLimits } from '../../platform/config.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { settleParked } from '../../prisma/repositories/parked-parts.ts';
import { getUndoJob, markPlanned, readPlan } from '../../prisma/repositories/undo-jobs.ts';
import { wayOf } from '../ways.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** The effects of tens of millions of rows are gone through in one statement, in milliseconds. */
const STATEMENT_TIMEOUT_MS = 25 * 60_000;

export interface PlanUndoDeps {
  db: Database;
  limits: Pick<ImportLimits, 'IMPORT_CHUNK_ROWS'>;
}

/** The reading stage of an undo: which records it is about, noted once. A repeated attempt finds the note. */
export function createPlanUndo({ db, limits }: PlanUndoDeps): UndoActivities['planUndo'] {
  return async ({ jobId }) =>
    withHeartbeat(async () =>
      inTransaction(db.pool, async (client) => {
        await client.query(`SET LOCAL statement_timeout = ${String(STATEMENT_TIMEOUT_MS)}`);
        const job = await getUndoJob(client, jobId, true);
        if (job.isPlanned || job.hasEnded) return readPlan(client, job.number);
        const plan = await wayOf(IMPORTABLE[job.kind]).undo.plan(client, job, limits.IMPORT_CHUNK_ROWS);
        await markPlanned(client, jobId);
        await settleParked(client, job.number, 'reading', null);
        return plan;
      }),
    );
}
