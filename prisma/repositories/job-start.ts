import { type JobType, type ImportKind, type Stage, STAGES_OF } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';

/** From where the workflow of a job starts that has run before. */
export interface StartPoint {
  stage: Stage;
  /** How many chunks the job was cut into; 0 when that is not known yet. */
  chunkCount: number;
}

/** A job that waits for its workflow. */
export interface UnstartedJob {
  id: string;
  type: JobType;
  kind: ImportKind;
  sizeBytes: number | null;
  /** Where it goes on, when it has run before; or begins, when its chunks were made with it. */
  from: StartPoint | null;
}

/** From where the workflow of a job is to begin, in a statement that has the job as jobs. */
const CHUNKS = `CASE WHEN read_at IS NULL THEN 0
                 ELSE (SELECT count(*)::int FROM chunks c WHERE c.job_number = jobs.number) END`;

interface UnstartedRow {
  id: string;
  type: JobType;
  kind: ImportKind;
  size_bytes: string | null;
  stage: Stage | null;
  chunks: number;
}

const UNSTARTED = `SELECT id, type, kind, size_bytes, stage, ${CHUNKS} AS chunks FROM jobs WHERE status = 'pending'`;

/** Accepted jobs that are older than this and have not begun. */
export async function listUnstartedJobs(db: Queryable, minAgeMs: number): Promise<UnstartedJob[]> {
  // By the index on (status, number).
  const { rows } = await db.query<UnstartedRow>(
    `${UNSTARTED} AND created_at < now() - make_interval(secs => $1::float8 / 1000) ORDER BY number LIMIT 500`,
    [minAgeMs],
  );
  return rows.map(toUnstarted);
}

/** A job that waits for its start; null when it is none. */
export async function findUnstartedJob(db: Queryable, jobId: string): Promise<UnstartedJob | null> {
  const { rows } = await db.query<UnstartedRow>(`${UNSTARTED} AND id = $1`, [jobId]);
  return rows[0] === undefined ? null : toUnstarted(rows[0]);
}

/** The undo of a job that waits for its start; by the index jobs_undone_once. */
export async function findUnstartedUndo(db: Queryable, targetId: string): Promise<UnstartedJob | null> {
  const { rows } = await db.query<UnstartedRow>(
    `${UNSTARTED} AND target_job_id = $1 AND type = 'undo' AND status NOT IN ('failed', 'cancelled')`,
    [targetId],
  );
  return rows[0] === undefined ? null : toUnstarted(rows[0]);
}

function toUnstarted(row: UnstartedRow): UnstartedJob {
  return {
    id: row.id,
    type: row.type,
    kind: row.kind,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
    from: row.stage === null && row.chunks === 0 ? null : startOf(row),
  };
}

function startOf({ type, stage, chunks }: UnstartedRow): StartPoint {
  return { stage: stage ?? STAGES_OF[type][0], chunkCount: chunks };
}

/** Where the workflow of a job that waits for its start, having run before, is to begin; null when it is no such job. */
export async function startPoint(db: Queryable, jobId: string): Promise<StartPoint | null> {
  const { rows } = await db.query<StartPoint>(
    `SELECT stage, ${CHUNKS} AS "chunkCount" FROM jobs WHERE id = $1 AND status = 'pending' AND stage IS NOT NULL`,
    [jobId],
  );
  return rows[0] ?? null;
}
