import { OUTAGE_CODES } from '../../contracts/errors.ts';
import { partName } from '../../contracts/temporal/chunked-job.ts';
import type { JobState } from '../../contracts/temporal/job-activities.ts';
import { isEnded, type JobStatus, type JobType, type Stage } from '../../contracts/words.ts';
import type { VerbSituation } from '../../domain/job-verbs.ts';
import type { Queryable } from '../client.ts';
import { JobMissingError } from './import-jobs.ts';
import { hasTurn } from './turns.ts';
import { undoneBy } from './undo-jobs.ts';

/** Stands for "the stage is one piece" where a chunk's number is part of a key. */
export const WHOLE_STAGE = 0;

/** A part that gave up once. */
export interface KnownPart {
  stage: Stage;
  /** Null for a stage that is one piece. */
  chunk: number | null;
  name: string;
  code: string;
  message: string;
  attempts: number;
  since: string;
  /** What let it go; null while it is parked. */
  resolution: string | null;
  isParked: boolean;
  /** Its chunk has been staged or applied. */
  isDone: boolean;
}

/** A job as the one who steers it sees it. */
export interface JobControl {
  id: string;
  number: number;
  status: JobStatus;
  stage: Stage | null;
  failureCode: string | null;
  endingAs: 'cancelled' | 'failed' | null;
  isWorkflowClosed: boolean;
  type: JobType;
  /** All of its rows are to go in or none. */
  isAllOrNothing: boolean;
  /** What was applied is undone once it has ended. */
  isToBeUndone: boolean;
  /** Whether it is its turn to change records. */
  hasTurn: boolean;
  /** An undo of it is under way or done. */
  isUndone: boolean;
  revision: number;
  parts: KnownPart[];
}

type ControlRow = Omit<JobControl, 'parts'> & {
  parts: (Omit<KnownPart, 'name' | 'chunk'> & { chunk: number })[];
};

/**
 * Reads what steers a job, in one statement.
 *
 * @param lock takes the job's row until the transaction ends: verbs on one job queue here
 * @throws {JobMissingError}
 */
export async function readJobControl(db: Queryable, jobId: string, lock = false): Promise<JobControl> {
  // The parts of another transaction must be seen that had the lock before: so the lock is a statement of its own.
  if (lock) await db.query('SELECT FROM jobs WHERE id = $1 FOR UPDATE', [jobId]);
  const { rows } = await db.query<ControlRow>(
    `SELECT j.id, j.number, j.status, j.stage, j.failure_code AS "failureCode", j.ending_as AS "endingAs",
            j.workflow_closed_at IS NOT NULL AS "isWorkflowClosed", j.type, j.revision, parked.parts,
            j.options ->> 'onError' IS NOT DISTINCT FROM 'abort' AS "isAllOrNothing", j.undo_by IS NOT NULL AS "isToBeUndone",
            ${hasTurn('j')} AS "hasTurn",
            ${undoneBy('j')} IS NOT NULL AS "isUndone"
       FROM jobs j
      CROSS JOIN LATERAL (
            SELECT coalesce(jsonb_agg(jsonb_build_object(
                     'stage', p.stage, 'chunk', p.chunk, 'code', p.code, 'message', p.message, 'attempts', p.attempts,
                     'since', p.parked_at, 'resolution', p.resolution, 'isParked', p.released_at IS NULL,
                     'isDone', CASE p.stage WHEN 'staging' THEN c.staged_at IS NOT NULL
                                            WHEN 'applying' THEN c.applied_at IS NOT NULL
                                            ELSE false END)
                     ORDER BY p.stage, p.chunk), '[]') AS parts
              FROM parked_parts p
              LEFT JOIN chunks c ON c.job_number = p.job_number AND c.number = p.chunk
             WHERE p.job_number = j.number) parked
      WHERE j.id = $1`,
    [jobId],
  );
  const row = rows[0];
  if (row === undefined) throw new JobMissingError(jobId);
  const parts = row.parts.map((part) => {
    const chunk = part.chunk === WHOLE_STAGE ? null : part.chunk;
    return { ...part, chunk, name: partName({ stage: part.stage, chunk }) };
  });
  return { ...row, parts };
}

/** What the workflow of a job goes by, as it stands now. */
export async function readJobState(db: Queryable, jobId: string): Promise<JobState> {
  return toJobState(await readJobControl(db, jobId));
}

/** What the workflow of a job goes by. */
export function toJobState(control: JobControl): JobState {
  const { revision, status, endingAs, hasTurn, parts } = control;
  const parked = parts.filter(({ isParked }) => isParked);
  return {
    revision,
    status,
    stopping: endingAs !== null || isEnded(status),
    outage: parked.some(({ code }) => OUTAGE_CODES.includes(code)),
    parked: parked.map(({ name }) => name),
    again: parts
      .filter((part) => part.resolution === 'retry' && part.chunk !== null && !part.isParked && !part.isDone)
      .map(({ name }) => name),
    hasTurn,
  };
}

/** What a verb on a job is judged by. */
export function toSituation(control: JobControl): VerbSituation {
  const { status, stage, failureCode, endingAs, isWorkflowClosed, isAllOrNothing, isToBeUndone, parts } =
    control;
  const names = (wanted: boolean): string[] =>
    parts.filter(({ isParked }) => isParked === wanted).map(({ name }) => name);
  const atWork = parts.filter(
    // A stage that is one piece has no note of its own: it is done once the job is in another stage.
    (part) => part.resolution === 'retry' && !part.isDone && (part.chunk !== null || part.stage === stage),
  );
  return {
    status,
    failureCode,
    endingAs,
    isWorkflowClosed,
    isAllOrNothing,
    isToBeUndone,
    parked: names(true),
    released: names(false),
    atWork: atWork.map(({ name }) => name),
  };
}
