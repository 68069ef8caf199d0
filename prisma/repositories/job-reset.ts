import type pg from 'pg';
import {
  type AuditWay,
  isEnded,
  type JobStatus,
  type Stage,
  STAGES,
  STAGES_OF,
} from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import { isRecorded, recordAction } from './audit.ts';
import { announceJob } from './import-jobs.ts';
import { type StartPoint, startPoint } from './job-start.ts';
import { readJobControl } from './job-control.ts';
import { furthestStage, startAgainAt, viewForAudit } from './job-verbs.ts';
import { undoneBy } from './undo-jobs.ts';

/** A reset as it is asked for. */
export interface ResetRequest {
  id: string;
  by: string;
  via: AuditWay;
  reason?: string;
  /** Where it begins again; as late as possible when missing. */
  stage?: Stage | undefined;
}

/** @returns why a job can not be reset to a stage; null when it can */
export async function checkReset(
  db: Queryable,
  jobId: string,
  { id, stage }: Pick<ResetRequest, 'id' | 'stage'>,
): Promise<string | null> {
  if (await isRecorded(db, id)) return null;
  const { type, status, stage: startsAt, isUndone } = await readJobControl(db, jobId);
  if (isUndone) return 'This job was undone.';
  if (type === 'undo') {
    const objection = await checkTarget(db, jobId);
    if (objection !== null) return objection;
  }
  if (stage !== undefined && !STAGES_OF[type].includes(stage))
    return `A job of this type has no stage ${stage}.`;
  if (status === 'pending' && startsAt === null) return 'This job has not begun.';
  const furthest = await furthestStage(db, jobId);
  if (stage === undefined || STAGES.indexOf(stage) <= STAGES.indexOf(furthest)) return null;
  return `This job can not begin at ${stage}: what comes before it is not done. The last possible stage is ${furthest}.`;
}

/** @returns why an undo can not go on: what it undoes is at work again, or is undone by another one */
async function checkTarget(db: Queryable, undoId: string): Promise<string | null> {
  const { rows } = await db.query<{ status: JobStatus; undoneBy: string | null }>(
    `SELECT target.status, ${undoneBy('target')} AS "undoneBy"
       FROM jobs undo
       JOIN jobs target ON target.id = undo.target_job_id
      WHERE undo.id = $1`,
    [undoId],
  );
  const [target] = rows;
  if (target === undefined) return 'What this job undoes is no longer kept.';
  if (!isEnded(target.status)) return `What this job undoes is ${target.status}.`;
  if (target.undoneBy === null || target.undoneBy === undoId) return null;
  return `Another job undoes it: ${target.undoneBy}.`;
}

/**
 * Puts a job back to the beginning of a stage, where it waits for its workflow. Nothing that is noted as done is forgotten,
 * so it is not done again; all else that keeps the job from going on is. Repeated under the same id, it does nothing.
 *
 * @returns from where its workflow is to be started; null when it is under way already
 */
export async function resetJob(
  client: pg.PoolClient,
  jobId: string,
  { id, by, via, reason, stage }: ResetRequest,
): Promise<StartPoint | null> {
  const control = await readJobControl(client, jobId, true);
  if (await isRecorded(client, id)) return await startPoint(client, jobId);
  const from = stage ?? (await furthestStage(client, jobId));
  await client.query(
    `UPDATE parked_parts SET released_at = now(), resolution = 'reset' WHERE job_number = $1 AND released_at IS NULL`,
    [control.number],
  );
  // What resolving decided of the rows stays; whether anything is applied is decided anew.
  const decidesAnew = STAGES.indexOf(from) <= STAGES.indexOf('resolving');
  await client.query(
    `UPDATE jobs
        SET failure_code = NULL, failure_message = NULL, resolved_at = CASE WHEN $2 THEN NULL ELSE resolved_at END
      WHERE number = $1`,
    [control.number, decidesAnew],
  );
  await startAgainAt(client, control, from);
  await recordAction(client, {
    id,
    actor: by,
    action: 'reset',
    jobId,
    part: from,
    reason,
    before: viewForAudit(control),
    after: viewForAudit(await readJobControl(client, jobId)),
    via,
  });
  await announceJob(client, jobId);
  return await startPoint(client, jobId);
}
