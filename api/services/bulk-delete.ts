import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Notify } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import { acceptBulkDelete } from '../../prisma/repositories/bulk-delete-jobs.ts';
import { findUnstartedJob } from '../../prisma/repositories/job-start.ts';
import { type JobSnapshot, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { RecordSelection } from '../../prisma/repositories/record-selection.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type Actor, found } from '../routes/shared.ts';

/** Which records of a kind are to be deleted. */
export interface BulkDeleteOrder {
  kind: Kind;
  selection: RecordSelection;
  /** How many records are meant; null where whoever asks does not say. */
  confirm: number | null;
  notify: Notify;
  /** What the audit log keeps of the selection beside its way. */
  noted: object;
  idempotencyKey?: string | undefined;
}

/**
 * Makes a job of it and starts its workflow. Once this returns, the job is durable, whether the workflow could be started or not.
 *
 * @throws {HttpProblem} `count-mismatch`, `idempotency-mismatch`
 */
export async function deleteMany(
  { config, database: { pool }, workflows }: Pick<AppDeps, 'config' | 'database' | 'workflows'>,
  { kind, selection, confirm, notify, noted, idempotencyKey: key }: BulkDeleteOrder,
  actor: Actor,
): Promise<JobSnapshot> {
  const asked = { bulkDelete: kind.name, selection, notify, confirm };
  const acceptance = await acceptBulkDelete(pool, {
    jobId: uuidv7(),
    kind,
    selection,
    confirm,
    notify,
    chunkRows: config.IMPORT_CHUNK_ROWS,
    action: actor,
    noted,
    claim: key === undefined ? null : { principal: actor.by, key, request: digestOf(asked) },
  });
  switch (acceptance.result) {
    case 'mismatch':
      throw new HttpProblem(
        'idempotency-mismatch',
        'This Idempotency-Key was used for another request, or with another body.',
      );
    case 'other-count': {
      const { count } = acceptance;
      const detail = `There are ${String(count)} ${kind.name}, not ${String(confirm)}. Nothing was deleted.`;
      throw new HttpProblem('count-mismatch', detail, { count });
    }
    case 'accepted':
    case 'repeated': {
      const { jobId } = acceptance;
      // Also for a repeated request: its first one may have found the workflow engine away.
      const unstarted = await findUnstartedJob(pool, jobId);
      if (unstarted !== null) await workflows.startJob(unstarted);
      return found(await readJobSnapshot(pool, jobId));
    }
  }
}

function digestOf(asked: object): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
}
