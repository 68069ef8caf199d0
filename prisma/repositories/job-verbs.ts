import type pg from 'pg';
import { validate as isUuid, v5 as uuidv5 } from 'uuid';
import { assertNever } from '../../contracts/assert-never.ts';
import { JOB_ERRORS } from '../../contracts/errors.ts';
import type { JobState, VerbEffect, VerbRequest } from '../../contracts/temporal/job-activities.ts';
import type { Stage } from '../../contracts/words.ts';
import { judgeVerb } from '../../domain/job-verbs.ts';
import { isRecorded, recordAction } from './audit.ts';
import { inTransaction, type Queryable } from '../client.ts';
import { announceJob } from './import-jobs.ts';
import { endJob } from './job-end.ts';
import { type StartPoint, startPoint } from './job-start.ts';
import {
  type JobControl,
  type KnownPart,
  readJobControl,
  toJobState,
  toSituation,
  WHOLE_STAGE,
} from './job-control.ts';
import { leaveAttention } from './parked-parts.ts';
import { NEW_PLACE } from './turns.ts';

/** Ids made from other keys are told apart by this one. */
const KEYS = '6f0b7c0e-52a1-5d0c-9a57-0a1f6a3c6b21';

const MAX_TEXT = 500;

export interface VerbOutcome {
  effect: VerbEffect;
  /** Why, when it was refused. */
  detail: string | null;
  state: JobState;
}

/**
 * Does to a job what an operator asks: the change and its row in the audit log, in the caller's transaction. All verbs go
 * through here, whichever way they come. An id that is in the audit log does nothing; neither does a verb that is not possible
 * or whose effect is there already, and they are not recorded.
 *
 * @param hasWorkflow false when no workflow runs that would do the rest: then the job ends here, or waits to be started
 * @throws {JobMissingError}
 */
export async function applyVerb(
  client: pg.PoolClient,
  jobId: string,
  verb: VerbRequest,
  hasWorkflow: boolean,
): Promise<VerbOutcome> {
  const control = await readJobControl(client, jobId, true);
  const id = verbId(jobId, verb);
  if (await isRecorded(client, id)) return { effect: 'repeated', detail: null, state: toJobState(control) };
  const part = verb.part;
  const verdict = judgeVerb(verb.action, part, toSituation(control), verb.undo === true);
  if (verdict.effect !== 'done') {
    const detail = verdict.effect === 'refused' ? verdict.detail : null;
    return { effect: verdict.effect, detail, state: toJobState(control) };
  }
  const parts = control.parts.filter(({ isParked, name }) => isParked && verdict.parts.includes(name));
  const actor = clean(verb.by) ?? 'temporal';
  await perform(client, control, verb, actor, parts, hasWorkflow);
  const after = await readJobControl(client, jobId);
  await recordAction(client, {
    id,
    actor,
    action: verb.action,
    jobId,
    part: clean(part),
    reason: clean(verb.reason),
    before: viewForAudit(control),
    after: { ...viewForAudit(after), ...(verb.undo === true ? { undo: true } : {}) },
    via: verb.via ?? 'temporal',
  });
  await announceJob(client, jobId);
  return { effect: 'done', detail: null, state: toJobState(after) };
}

/**
 * The id under which a verb stands in the audit log: its own, or one that is the same each time it comes again.
 *
 * @param subjectId of the job or the order
 */
export function verbId(subjectId: string, { id, key }: Pick<VerbRequest, 'id' | 'key'>): string {
  if (id !== undefined && isUuid(id)) return id.toLowerCase();
  return uuidv5(`${subjectId}/${id ?? key}`, KEYS);
}

/** A job as the audit log shows it before and after an action. */
export function viewForAudit({ status, stage, failureCode, parts }: JobControl): object {
  const parked = parts.filter(({ isParked }) => isParked).map(({ name }) => name);
  return { status, stage, failureCode, parked };
}

async function perform(
  client: pg.PoolClient,
  job: JobControl,
  { action, part, undo }: VerbRequest,
  actor: string,
  parts: KnownPart[],
  hasWorkflow: boolean,
): Promise<void> {
  switch (action) {
    case 'pause':
      return change(client, job, `status = 'paused'`);
    case 'resume': {
      const isParked = job.parts.some((known) => known.isParked);
      // A job that was paused before it began is not under way yet.
      const began = job.stage === null ? 'pending' : 'processing';
      return change(client, job, `status = '${isParked ? 'needs_attention' : began}', ${NEW_PLACE}`);
    }
    case 'cancel':
      // An undo that was promised with parts that were given up stays promised.
      await change(client, job, `ending_as = 'cancelled', undo_by = coalesce($2, undo_by)`, [
        undo === true && job.type !== 'undo' ? actor : null,
      ]);
      if (!hasWorkflow) await endNow(client, job);
      return;
    case 'retry':
      // A job that is started again runs all that is parked anyway.
      await release(client, job, hasWorkflow ? parts : job.parts.filter(({ isParked }) => isParked), action);
      if (hasWorkflow) await change(client, job, `workflow_closed_at = NULL, ${NEW_PLACE}`);
      else await startAgainAt(client, job, await furthestStage(client, job.id));
      return leaveAttention(client, job.number);
    case 'skip':
      for (const parked of parts) await failRows(client, job, parked);
      await release(client, job, parts, action);
      return leaveAttention(client, job.number);
    case 'abandon': {
      await release(client, job, parts, action);
      const { abandoned } = JOB_ERRORS;
      await change(client, job, `failure_code = 'abandoned', failure_message = $2, undo_by = $3`, [
        job.isAllOrNothing ? JOB_ERRORS.abandoned_and_undone : abandoned,
        // All rows or none: what was applied is taken back.
        job.isAllOrNothing ? actor : null,
      ]);
      // What comes after a stage that is one piece can not do without it.
      if (part === undefined || parts.some(({ chunk }) => chunk === null)) {
        await change(client, job, `ending_as = 'failed'`);
      }
      await leaveAttention(client, job.number);
      if (!hasWorkflow) await endNow(client, job);
      return;
    }
    default:
      return assertNever(action);
  }
}

async function change(
  client: pg.PoolClient,
  { number }: JobControl,
  assignments: string,
  values: unknown[] = [],
): Promise<void> {
  await client.query(`UPDATE jobs SET ${assignments}, revision = revision + 1 WHERE number = $1`, [
    number,
    ...values,
  ]);
}

async function release(
  client: pg.PoolClient,
  { number }: JobControl,
  parts: readonly KnownPart[],
  resolution: string,
): Promise<void> {
  for (const { stage, chunk } of parts) {
    await client.query(
      `UPDATE parked_parts SET released_at = now(), resolution = $4
        WHERE job_number = $1 AND stage = $2::stage AND chunk = $3`,
      [number, stage, chunk ?? WHOLE_STAGE, resolution],
    );
  }
}

/** Ends a job that no workflow would end. */
async function endNow(
  client: pg.PoolClient,
  { id, number }: Pick<JobControl, 'id' | 'number'>,
): Promise<void> {
  // A worker that still has a chunk of it in hand finishes it first; another finds that the job has ended.
  await client.query('SELECT FROM chunks WHERE job_number = $1 ORDER BY number FOR UPDATE', [number]);
  await client.query(`UPDATE jobs SET stage = 'finishing' WHERE number = $1`, [number]);
  await endJob(client, id);
}

/** The job waits to be started, from the beginning of a stage. */
export async function startAgainAt(client: pg.PoolClient, job: JobControl, stage: Stage): Promise<void> {
  await change(
    client,
    job,
    `status = 'pending', stage = $2::stage, stage_started_at = NULL, finished_at = NULL, ending_as = NULL,
     workflow_closed_at = NULL, workflow_failing_at = NULL, undo_by = NULL, ${NEW_PLACE}`,
    [stage],
  );
}

/** The last stage from which a job can go on: what comes before it is done. */
export async function furthestStage(client: Queryable, jobId: string): Promise<Stage> {
  const { rows } = await client.query<{ stage: Stage }>(
    `SELECT CASE WHEN read_at IS NULL THEN 'reading'
                 WHEN EXISTS (SELECT FROM chunks c WHERE c.job_number = j.number AND c.staged_at IS NULL) THEN 'staging'
                 WHEN resolved_at IS NULL OR failure_code = 'rows_rejected' THEN 'resolving'
                 ELSE 'applying' END AS stage
       FROM jobs j
      WHERE id = $1`,
    [jobId],
  );
  return rows[0]?.stage ?? 'reading';
}

/** The rows of a parked chunk are given up: each is `failed`, for the reason for which the chunk was parked. */
async function failRows(
  client: pg.PoolClient,
  { number: jobNumber, type }: JobControl,
  parked: KnownPart,
): Promise<void> {
  const { stage, chunk, code, message } = parked;
  if (chunk === null) throw new Error(`the part ${parked.name} has no rows`);
  const errors = JSON.stringify([{ column: null, value: null, code, message }]);
  // Whoever still works on it comes first.
  await client.query('SELECT FROM chunks WHERE job_number = $1 AND number = $2 FOR UPDATE', [
    jobNumber,
    chunk,
  ]);
  if (stage === 'staging') {
    // Nobody has parsed them: their lines are known as far as each of them has one. The file has their text.
    await client.query(
      `INSERT INTO staged_rows (job_number, "row", line, errors, outcome)
       SELECT job_number, n, first_line + n - first_row, $3::jsonb, 'failed'
         FROM chunks c, generate_series(c.first_row, c.first_row + c.rows - 1) n
        WHERE c.job_number = $1 AND c.number = $2 AND c.staged_at IS NULL`,
      [jobNumber, chunk, errors],
    );
    await client.query(
      `UPDATE chunks SET staged_at = now(), failed = rows, revision = revision + 1
        WHERE job_number = $1 AND number = $2 AND staged_at IS NULL`,
      [jobNumber, chunk],
    );
    return;
  }
  await client.query(
    `WITH given_up AS (${type === 'import' ? FAIL_STAGED_ROWS : FAIL_TARGETS})
     UPDATE chunks
        SET applied_at = now(), failed = failed + (SELECT count(*) FROM given_up), revision = revision + 1
      WHERE job_number = $1 AND number = $2 AND applied_at IS NULL`,
    [jobNumber, chunk, errors],
  );
}

const NO_OUTCOME = (rows: string): string =>
  `NOT EXISTS (SELECT FROM row_outcomes o WHERE o.job_number = $1 AND o."row" = ${rows}."row")`;

const FAIL_STAGED_ROWS = `
  UPDATE staged_rows s SET outcome = 'failed', errors = $3::jsonb
    FROM chunks c
   WHERE c.job_number = $1 AND c.number = $2 AND c.applied_at IS NULL
     AND s.job_number = $1 AND s."row" >= c.first_row AND s."row" < c.first_row + c.rows AND s.outcome IS NULL
     AND ${NO_OUTCOME('s')}
  RETURNING s."row"`;

const FAIL_TARGETS = `
  INSERT INTO row_outcomes (job_number, "row", outcome, record_id, errors)
  SELECT t.job_number, t."row", 'failed', t.record_id, $3::jsonb
    FROM chunks c
    JOIN job_targets t ON t.job_number = $1 AND t."row" >= c.first_row AND t."row" < c.first_row + c.rows
   WHERE c.job_number = $1 AND c.number = $2 AND c.applied_at IS NULL AND ${NO_OUTCOME('t')}
  RETURNING "row"`;

/** What comes as a signal may be anything; the database takes no NUL, and the log no novels. */
export function clean(text: string | undefined): string | undefined {
  const cleaned = text?.replaceAll('\0', '').trim().slice(0, MAX_TEXT);
  return cleaned === '' ? undefined : cleaned;
}

/**
 * Does a verb to a job whose workflow does not run, as far as that is possible: cancel and abandon end the job, retry has it
 * wait for its start.
 *
 * @returns from where the workflow is to be started; null when it is not to be
 */
export async function actWithoutWorkflow(
  pool: pg.Pool,
  jobId: string,
  verb: VerbRequest,
): Promise<Omit<VerbOutcome, 'state'> & { from: StartPoint | null }> {
  return await inTransaction(pool, async (client) => {
    const { status, stage, revision } = await readJobControl(client, jobId, true);
    // Accepted and not started yet: nothing was lost.
    const isNew = status === 'pending';
    if (isNew && verb.action !== 'cancel') {
      const detail = 'The workflow of this job has not been started yet.';
      return { effect: 'refused', detail, from: null };
    }
    if (!isNew && stage !== null) await markWorkflowClosed(client, jobId, revision);
    const { effect, detail } = await applyVerb(client, jobId, verb, false);
    const started = effect === 'done' && verb.action === 'retry';
    return { effect, detail, from: started ? await startPoint(client, jobId) : null };
  });
}

/**
 * The workflow of a job was found not to run, though the job has not ended: from now on it needs attention. One that was to end
 * anyway ends here: nobody could decide anything else for it.
 *
 * @param revision of the job when its workflow was looked at: what has changed since is no longer known
 */
export async function markWorkflowClosed(
  client: pg.PoolClient,
  jobId: string,
  revision: number,
): Promise<boolean> {
  const { rows } = await client.query<{ number: number; isToEnd: boolean }>(
    `UPDATE jobs
        SET status = 'needs_attention', workflow_closed_at = now(), workflow_failing_at = NULL, revision = revision + 1
      WHERE id = $1 AND revision = $2 AND status IN ('processing', 'paused', 'needs_attention') AND workflow_closed_at IS NULL
      RETURNING number, ending_as IS NOT NULL AS "isToEnd"`,
    [jobId, revision],
  );
  const [job] = rows;
  if (job === undefined) return false;
  if (job.isToEnd) await endNow(client, { id: jobId, number: job.number });
  await announceJob(client, jobId);
  return true;
}

/**
 * The tasks of a job's workflow were found to fail again and again. Its status stays: nothing was decided. Others do not wait for
 * it to change records.
 */
export async function markWorkflowFailing(db: Queryable, jobId: string, revision: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE jobs SET workflow_failing_at = now(), revision = revision + 1
      WHERE id = $1 AND revision = $2 AND status IN ('processing', 'paused', 'needs_attention')
        AND workflow_closed_at IS NULL AND workflow_failing_at IS NULL`,
    [jobId, revision],
  );
  if (rowCount === 1) await announceJob(db, jobId);
  return rowCount === 1;
}

/**
 * The workflow of a job that was said not to run, or to fail, runs: as after a reset in the Temporal Web UI, or with code that
 * fits. What it does from now on counts as later than what others did meanwhile.
 */
export async function markWorkflowRunning(db: Queryable, jobId: string, revision: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `UPDATE jobs j
        SET status = CASE WHEN workflow_closed_at IS NULL
                               OR EXISTS (SELECT FROM parked_parts p WHERE p.job_number = j.number AND p.released_at IS NULL)
                          THEN status ELSE 'processing' END,
            workflow_closed_at = NULL, workflow_failing_at = NULL, ${NEW_PLACE}, revision = revision + 1
      WHERE id = $1 AND revision = $2 AND (workflow_closed_at IS NOT NULL OR workflow_failing_at IS NOT NULL)`,
    [jobId, revision],
  );
  if (rowCount === 1) await announceJob(db, jobId);
  return rowCount === 1;
}
