import type pg from 'pg';
import { type ImportOptions, isEnded, type JobStatus, type ImportKind } from '../../contracts/words.ts';
import type { FileErrorCode } from '../../contracts/errors.ts';
import { completeReading, type Reading, type StoredReading } from '../../domain/csv/reading.ts';
import type { Queryable } from '../client.ts';

/** What the steps of an import need to know of its job. */
export interface ImportJob {
  id: string;
  number: number;
  kind: ImportKind;
  storageKey: string;
  sizeBytes: number;
  options: ImportOptions;
  createdBy: string;
  reading: Reading | null;
  isRead: boolean;
  isResolved: boolean;
  /** Nothing of it may change any more, whoever still works on it. */
  hasEnded: boolean;
  /** Why nothing of the file is applied, when that is decided. */
  failureCode: string | null;
}

interface ImportJobRecord {
  id: string;
  number: number;
  kind: ImportKind;
  storage_key: string;
  size_bytes: string;
  options: ImportOptions;
  created_by: string;
  reading: StoredReading | null;
  read_at: Date | null;
  resolved_at: Date | null;
  failure_code: string | null;
  status: JobStatus;
}

/** There is no import with this id. */
export class JobMissingError extends Error {
  constructor(jobId: string) {
    super(`there is no import ${jobId}`);
    this.name = 'JobMissingError';
  }
}

/**
 * @param lock takes the job's row until the transaction ends
 * @throws {JobMissingError}
 */
export async function getImportJob(db: Queryable, jobId: string, lock = false): Promise<ImportJob> {
  const { rows } = await db.query<ImportJobRecord>(
    `SELECT id, number, kind, storage_key, size_bytes, options, created_by, reading, read_at, resolved_at, failure_code, status
       FROM jobs
      WHERE id = $1 AND type = 'import'
        ${lock ? 'FOR UPDATE' : ''}`,
    [jobId],
  );
  const record = rows[0];
  if (record === undefined) throw new JobMissingError(jobId);
  return {
    id: record.id,
    number: record.number,
    kind: record.kind,
    storageKey: record.storage_key,
    sizeBytes: Number(record.size_bytes),
    options: record.options,
    createdBy: record.created_by,
    reading: record.reading && completeReading(record.reading),
    isRead: record.read_at !== null,
    isResolved: record.resolved_at !== null,
    hasEnded: isEnded(record.status),
    failureCode: record.failure_code,
  };
}

/** @returns those of the storage keys that no job has any more */
export async function findUnownedFiles(db: Queryable, keys: readonly string[]): Promise<string[]> {
  // By jobs_storage_key_idx.
  const { rows } = await db.query<{ key: string }>(
    `SELECT key FROM unnest($1::text[]) AS key 
      WHERE NOT EXISTS (SELECT FROM jobs WHERE storage_key = key AND files_removed_at IS NULL)`,
    [keys],
  );
  return rows.map(({ key }) => key);
}

/** Tells everybody who watches the job, once the transaction commits. */
export async function announceJob(db: Queryable, jobId: string): Promise<void> {
  await db.query(`SELECT pg_notify('longshore_jobs', $1)`, [jobId]);
}

/** The job's first step begins. Repeated, it changes nothing. */
export async function markReading(db: Queryable, jobId: string): Promise<void> {
  const { rowCount } = await db.query(
    `UPDATE jobs
        SET status = 'processing', stage = 'reading', started_at = COALESCE(started_at, now()), stage_started_at = now(), revision = revision + 1
      WHERE id = $1 AND status = 'pending'`,
    [jobId],
  );
  if (rowCount === 1) await announceJob(db, jobId);
}

/** Keeps what was understood of a file that nobody has understood yet. @returns false when somebody has */
export async function noteReading(db: Queryable, jobId: string, reading: Reading): Promise<boolean> {
  const { rowCount } = await db.query(`UPDATE jobs SET reading = $2 WHERE id = $1 AND reading IS NULL`, [
    jobId,
    JSON.stringify(reading),
  ]);
  return rowCount === 1;
}

/** Changes what was understood of a file. */
export async function saveReading(db: Queryable, jobId: string, reading: Reading): Promise<void> {
  await db.query(`UPDATE jobs SET reading = $2 WHERE id = $1`, [jobId, JSON.stringify(reading)]);
}

/** What was understood was wrong: nothing has been read. */
export async function forgetReading(client: pg.PoolClient, job: ImportJob): Promise<void> {
  await client.query(`DELETE FROM chunks WHERE job_number = $1`, [job.number]);
  await client.query(`UPDATE jobs SET reading = NULL WHERE id = $1`, [job.id]);
}

/** The whole file has been read: from now on its total is known. */
export async function markRead(client: pg.PoolClient, jobId: string): Promise<void> {
  await client.query(
    `UPDATE jobs
        SET read_at = now(), stage = 'staging', stage_started_at = now(), revision = revision + 1
      WHERE id = $1 AND read_at IS NULL`,
    [jobId],
  );
  await announceJob(client, jobId);
}

/** The file as a whole can't be imported. Chunks that were planned before that was found are forgotten. */
export async function markUnreadable(
  client: pg.PoolClient,
  job: ImportJob,
  failure: { code: FileErrorCode; message: string },
): Promise<void> {
  await client.query(`DELETE FROM chunks WHERE job_number = $1`, [job.number]);
  await markFailed(client, job.id, failure);
}

/** Nothing of the file is applied; the job fails when it ends. */
export async function markFailed(
  client: pg.PoolClient,
  jobId: string,
  failure: { code: FileErrorCode; message: string },
): Promise<void> {
  await client.query(
    `UPDATE jobs SET failure_code = $2, failure_message = $3, revision = revision + 1 WHERE id = $1`,
    [jobId, failure.code, failure.message],
  );
  await announceJob(client, jobId);
}

/** Resolving begins: all rows are staged. A job that was reopened begins here. */
export async function markResolving(db: Queryable, jobId: string): Promise<void> {
  const { rowCount } = await db.query(
    `UPDATE jobs
        SET status = CASE status WHEN 'pending' THEN 'processing' ELSE status END,
            stage = 'resolving', stage_started_at = now(), revision = revision + 1
      WHERE id = $1 AND (stage = 'staging' OR status = 'pending')`,
    [jobId],
  );
  if (rowCount === 1) await announceJob(db, jobId);
}

/** It is decided which rows are applied. */
export async function markResolved(client: pg.PoolClient, jobId: string): Promise<void> {
  await client.query(
    `UPDATE jobs
        SET resolved_at = now(), stage = 'applying', stage_started_at = now(), revision = revision + 1
      WHERE id = $1 AND resolved_at IS NULL`,
    [jobId],
  );
  await announceJob(client, jobId);
}
