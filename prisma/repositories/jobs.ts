import type pg from 'pg';
import type { JobAddress } from '../../contracts/temporal/ids.ts';
import type {
  ImportOptions,
  JobStatus,
  JobType,
  KeptPart,
  OutcomeCounts,
  ImportKind,
  Stage,
} from '../../contracts/words.ts';
import { JOB_ERRORS } from '../../contracts/errors.ts';
import { withPending } from '../../domain/outcome-counts.ts';
import { completeReading, type Reading, type StoredReading } from '../../domain/csv/reading.ts';
import { inTransaction, type Queryable } from '../client.ts';
import { EXPIRED_PARTS } from './expired-parts.ts';
import { findRepeated, type IdempotencyClaim, takeKey } from './idempotency-keys.ts';
import { OUTCOME_SUMS } from './outcome-sums.ts';
import { waitsFor } from './turns.ts';
import { undoneBy } from './undo-jobs.ts';

/** A job and its counts, as they stood at one instant. */
export interface JobSnapshot {
  id: string;
  number: number;
  type: JobType;
  kind: ImportKind;
  status: JobStatus;
  stage: Stage | null;
  filename: string | null;
  sizeBytes: number | null;
  sha256: string | null;
  options: ImportOptions;
  createdBy: string;
  createdAt: Date;
  startedAt: Date | null;
  stageStartedAt: Date | null;
  finishedAt: Date | null;
  failure: { code: string; message: string } | null;
  targetJobId: string | null;
  /** The job that it waits for before it can change records. */
  waitingFor: string | null;
  /** The undo of it that is under way or done. */
  undoneBy: string | null;
  /** What is no longer kept of it. */
  expired: KeptPart[];
  /** The latest import before this one that brought the same file in. */
  earlierImport: EarlierImport | null;
  /** Sums over the job's chunks; null until the whole file has been read. */
  counts: OutcomeCounts | null;
  /** Orders that the import made, how many of them wait for nobody to start them any more, and how many have ended. */
  orders: { total: number; started: number; finished: number };
  /** Changes with everything that this snapshot shows. */
  revision: number;
  /** When this was read, by the database's clock, by which the other times were written. */
  observedAt: Date;
}

/** What the bulk tables know a job by, and what was understood of its file. */
export interface JobFile {
  number: number;
  type: JobType;
  kind: ImportKind;
  status: JobStatus;
  filename: string | null;
  reading: Reading | null;
}

interface SnapshotRow extends Omit<OutcomeCounts, 'pending'> {
  id: string;
  number: number;
  type: JobType;
  kind: ImportKind;
  status: JobStatus;
  stage: Stage | null;
  filename: string | null;
  size_bytes: string | null;
  sha256: string | null;
  options: ImportOptions;
  read_at: Date | null;
  failure_code: string | null;
  failure_message: string | null;
  created_by: string;
  created_at: Date;
  started_at: Date | null;
  stage_started_at: Date | null;
  finished_at: Date | null;
  target_job_id: string | null;
  waiting_for: string | null;
  undone_by: string | null;
  expired: KeptPart[];
  earlier_id: string | null;
  earlier_finished_at: Date | null;
  orders: number;
  queued_orders: number | null;
  unended_orders: number | null;
  revision: number;
  observed_at: Date;
}

/**
 * Job and sums in one statement, so that both are of the same instant. The chunks of each job are a range of the
 * primary key of chunks: for a page of jobs that is one index scan per job, within the one statement.
 *
 * @param chosen names the jobs: what follows FROM jobs
 */
const snapshotsOf = (chosen: string): string => `
  SELECT j.id, j.number, j.type, j.kind, j.status, j.stage, j.filename, j.size_bytes, j.sha256, j.options, j.read_at,
         coalesce(stopped.code, j.failure_code, parked.code) AS failure_code,
         coalesce(stopped.message, j.failure_message, parked.message) AS failure_message,
         j.created_by, j.created_at, j.started_at, j.stage_started_at, j.finished_at,
         j.target_job_id, earlier.id AS earlier_id, earlier.finished_at AS earlier_finished_at,
         ${waitsFor('j')} AS waiting_for, ${undoneBy('j')} AS undone_by, ${EXPIRED_PARTS} AS expired,
         c.*, o.queued_orders, o.unended_orders, (j.revision + c.chunk_revision)::float8 AS revision, clock_timestamp() AS observed_at
    FROM (SELECT * FROM jobs ${chosen}) j
   CROSS JOIN LATERAL (
         SELECT ${OUTCOME_SUMS}, coalesce(sum(orders), 0)::int AS orders, coalesce(sum(revision), 0) AS chunk_revision
           FROM chunks
          WHERE job_number = j.number) c
    LEFT JOIN LATERAL (
         -- By orders_import_unended_idx: of orders that have ended nothing is read.
         SELECT count(*) FILTER (WHERE queued)::int AS queued_orders, count(*)::int AS unended_orders
           FROM orders
          WHERE import_number = j.number AND goal IS NOT NULL) o ON c.orders > 0
    LEFT JOIN (VALUES ('workflow_closed', '${JOB_ERRORS.workflow_closed}'),
                      ('workflow_failing', '${JOB_ERRORS.workflow_failing}')) stopped (code, message)
      ON stopped.code = CASE WHEN j.workflow_closed_at IS NOT NULL THEN 'workflow_closed'
                             WHEN j.workflow_failing_at IS NOT NULL THEN 'workflow_failing' END
    LEFT JOIN LATERAL (
         -- A job that needs attention shows why: the part that has waited longest.
         SELECT code, message
           FROM parked_parts
          WHERE job_number = j.number AND released_at IS NULL AND j.status = 'needs_attention'
          ORDER BY parked_at
          LIMIT 1) parked ON true
    LEFT JOIN LATERAL (
         -- By jobs_sha256_number_idx, backwards.
         SELECT id, finished_at
           FROM jobs e
          WHERE e.sha256 = j.sha256 AND e.number < j.number AND e.kind = j.kind AND e.type = 'import'
            AND e.status = 'completed' AND NOT coalesce((e.options ->> 'dryRun')::boolean, false)
            AND ${undoneBy('e')} IS NULL
          ORDER BY e.number DESC
          LIMIT 1) earlier ON j.type = 'import'
   ORDER BY j.number DESC`;

const ONE_SNAPSHOT = snapshotsOf('WHERE id = $1');

// Newest first is the order of the unique index on number; with a status, of the index (status, number).
const SNAPSHOT_PAGE = snapshotsOf(`
   WHERE ($1::job_type IS NULL OR type = $1)
     AND ($2::text IS NULL OR kind = $2)
     AND ($3::job_status IS NULL OR status = $3)
     AND ($4::int IS NULL OR number < $4)
     AND ($6::boolean IS NULL OR coalesce((options ->> 'dryRun')::boolean, false) = $6)
   ORDER BY number DESC
   LIMIT $5`);

/** @returns the job as it stands now, or null when there is none with this id */
export async function readJobSnapshot(db: Queryable, jobId: string): Promise<JobSnapshot | null> {
  const { rows } = await db.query<SnapshotRow>(ONE_SNAPSHOT, [jobId]);
  return rows[0] === undefined ? null : toSnapshot(rows[0]);
}

export interface JobFilter {
  type?: JobType | undefined;
  kind?: ImportKind | undefined;
  status?: JobStatus | undefined;
  isDryRun?: boolean | undefined;
}

/**
 * Jobs in the order in which they were accepted, newest first.
 *
 * @param before only jobs with a lower number
 * @param limit how many at most
 */
export async function listJobSnapshots(
  db: Queryable,
  filter: JobFilter,
  before: number | null,
  limit: number,
): Promise<JobSnapshot[]> {
  const { type = null, kind = null, status = null, isDryRun = null } = filter;
  const values = [type, kind, status, before, limit, isDryRun];
  const { rows } = await db.query<SnapshotRow>(SNAPSHOT_PAGE, values);
  return rows.map(toSnapshot);
}

const SNAPSHOTS_BY_ID = snapshotsOf('WHERE id = ANY ($1::uuid[])');

/** @returns the jobs by their ids; one that is gone is missing */
export async function readJobSnapshots(
  db: Queryable,
  jobIds: readonly string[],
): Promise<Map<string, JobSnapshot>> {
  if (jobIds.length === 0) return new Map();
  const { rows } = await db.query<SnapshotRow>(SNAPSHOTS_BY_ID, [jobIds]);
  return new Map(rows.map((row) => [row.id, toSnapshot(row)]));
}

/** @returns what is needed to read a job's rows, or null when there is no such job */
export async function findJobFile(db: Queryable, jobId: string): Promise<JobFile | null> {
  const { rows } = await db.query<Omit<JobFile, 'reading'> & { reading: StoredReading | null }>(
    'SELECT number, type, kind, status, filename, reading FROM jobs WHERE id = $1',
    [jobId],
  );
  const [file] = rows;
  return file === undefined ? null : { ...file, reading: file.reading && completeReading(file.reading) };
}

/** An import that a file went through before. */
export interface EarlierImport {
  jobId: string;
  finishedAt: Date;
}

/** An upload that has been stored and is now to become a job. */
export interface ImportToAccept {
  jobId: string;
  kind: ImportKind;
  filename: string;
  storageKey: string;
  sizeBytes: number;
  sha256: string;
  options: ImportOptions;
  createdBy: string;
  idempotency: {
    key: string;
    /** Digest of the kind and the options. */
    request: string;
  } | null;
}

/** What became of an upload. */
export type Acceptance =
  | { result: 'accepted' }
  /** The key was used for the same upload before: that is the job. */
  | { result: 'repeated'; jobId: string }
  /** The key was used for another upload. */
  | { result: 'mismatch' };

/**
 * Makes a stored upload a job, together with its idempotency key. The commit is the acceptance.
 * Uploads at the same time under one key meet at the key's unique index: the second waits for the first, and finds it.
 */
export async function acceptImport(pool: pg.Pool, upload: ImportToAccept): Promise<Acceptance> {
  return await inTransaction(pool, async (client) => {
    if (upload.idempotency !== null) {
      const claim = { principal: upload.createdBy, ...upload.idempotency };
      const taken = await takeKey(client, claim, upload.jobId);
      if (taken === null) return await findUpload(client, claim, upload.sha256);
    }
    await client.query(
      `INSERT INTO jobs (id, type, kind, status, filename, storage_key, size_bytes, sha256, options, created_by)
       VALUES ($1, 'import', $2, 'pending', $3, $4, $5, $6, $7, $8)`,
      [
        upload.jobId,
        upload.kind,
        upload.filename,
        upload.storageKey,
        upload.sizeBytes,
        upload.sha256,
        JSON.stringify(upload.options),
        upload.createdBy,
      ],
    );
    await client.query(`SELECT pg_notify('longshore_jobs', $1)`, [upload.jobId]);
    return { result: 'accepted' };
  });
}

/** The same upload: kind and options by the key's digest, the file by its own. */
async function findUpload(
  client: pg.PoolClient,
  claim: IdempotencyClaim,
  sha256: string,
): Promise<Acceptance> {
  const jobId = await findRepeated(client, claim);
  const { rowCount } = await client.query('SELECT FROM jobs WHERE id = $1 AND sha256 = $2', [jobId, sha256]);
  return jobId !== null && rowCount === 1 ? { result: 'repeated', jobId } : { result: 'mismatch' };
}

/**
 * Makes an import of a dry run: the same file, the same options. Once only: whoever confirms again gets the same one. The dry
 * run is locked, so that its file is not given up at the same moment.
 *
 * @returns null when the file is no longer kept
 */
export async function confirmDryRun(
  db: Queryable,
  { dryRunId, jobId, by }: { dryRunId: string; jobId: string; by: string },
): Promise<{ jobId: string; isNew: boolean } | null> {
  const { rowCount } = await db.query(
    `INSERT INTO jobs (id, type, kind, status, filename, storage_key, size_bytes, sha256, options, created_by, target_job_id)
     SELECT $2, type, kind, 'pending', filename, storage_key, size_bytes, sha256, options || '{"dryRun": false}', $3, id
       FROM jobs
      WHERE id = $1 AND files_removed_at IS NULL
        FOR SHARE
         ON CONFLICT (target_job_id) WHERE type = 'import' DO NOTHING`,
    [dryRunId, jobId, by],
  );
  if (rowCount === 1) return { jobId, isNew: true };
  const { rows } = await db.query<{ id: string }>(
    `SELECT id FROM jobs WHERE target_job_id = $1 AND type = 'import'`,
    [dryRunId],
  );
  return rows[0] === undefined ? null : { jobId: rows[0].id, isNew: false };
}

/** Whether a workflow runs, was closed from outside, or fails at each of its tasks. */
export type WorkflowHealth = 'running' | 'closed' | 'failing';

/** A job that is under way, with what its workflow is held against. */
export interface UnendedJob extends JobAddress {
  number: number;
  revision: number;
  /** What is known of it. */
  workflow: WorkflowHealth;
  /** A part that was parked has been done since, without an operator: within the last minutes. */
  wasSettledLately: boolean;
}

/** Rounds of housekeeping in which a workflow is told of such a part: a signal may get lost. */
const SETTLED_LATELY_S = 600;

/**
 * A page of the jobs that have begun and not ended, in the order of their numbers.
 *
 * @param minAgeMs only those whose stage began so long ago
 * @param after only jobs with a higher number
 */
export async function listUnendedJobs(
  db: Queryable,
  { minAgeMs, after, limit }: { minAgeMs: number; after: number; limit: number },
): Promise<UnendedJob[]> {
  // By the index on (status, number).
  const { rows } = await db.query<UnendedJob>(
    `SELECT id, type, number, revision, 
            CASE WHEN workflow_closed_at IS NOT NULL THEN 'closed' WHEN workflow_failing_at IS NOT NULL THEN 'failing'
                 ELSE 'running' END AS workflow,
            EXISTS (SELECT FROM parked_parts p
                     WHERE p.job_number = jobs.number AND p.resolution = 'done'
                       AND p.released_at > now() - make_interval(secs => ${String(SETTLED_LATELY_S)})) AS "wasSettledLately"
       FROM jobs
      WHERE status IN ('processing', 'paused', 'needs_attention') AND number > $2
        AND COALESCE(stage_started_at, created_at) < now() - make_interval(secs => $1::float8 / 1000)
      ORDER BY number
      LIMIT $3`,
    [minAgeMs, after, limit],
  );
  return rows;
}

/** @returns whether a job row exists; asked when the answer to a commit got lost */
export async function jobExists(db: Queryable, jobId: string): Promise<boolean> {
  const { rowCount } = await db.query('SELECT FROM jobs WHERE id = $1', [jobId]);
  return rowCount === 1;
}

function toSnapshot(row: SnapshotRow): JobSnapshot {
  return {
    id: row.id,
    number: row.number,
    type: row.type,
    kind: row.kind,
    status: row.status,
    stage: row.stage,
    filename: row.filename,
    sizeBytes: row.size_bytes === null ? null : Number(row.size_bytes),
    sha256: row.sha256,
    options: row.options,
    createdBy: row.created_by,
    createdAt: row.created_at,
    startedAt: row.started_at,
    stageStartedAt: row.stage_started_at,
    finishedAt: row.finished_at,
    failure:
      row.failure_code === null ? null : { code: row.failure_code, message: row.failure_message ?? '' },
    targetJobId: row.target_job_id,
    waitingFor: row.waiting_for,
    undoneBy: row.undone_by,
    expired: row.expired,
    earlierImport:
      row.earlier_id === null || row.earlier_finished_at === null
        ? null
        : { jobId: row.earlier_id, finishedAt: row.earlier_finished_at },
    orders: {
      total: row.orders,
      started: row.orders - (row.queued_orders ?? 0),
      finished: row.orders - (row.unended_orders ?? 0),
    },
    counts: row.read_at === null ? null : withPending(row),
    revision: row.revision,
    observedAt: row.observed_at,
  };
}
