import type pg from 'pg';
import type { PlannedChunk } from '../../domain/chunk-plan.ts';
import type { ChunkCounts } from '../../contracts/temporal/chunked-job.ts';
import { SETTLED_OUTCOMES } from '../../contracts/words.ts';
import type { StagedNumbers } from '../../domain/values/number-format.ts';
import type { Queryable } from '../client.ts';

/** A chunk, and the note of what has been done with it. */
export interface Chunk extends PlannedChunk {
  isStaged: boolean;
  isApplied: boolean;
  counts: ChunkCounts;
}

interface ChunkRecord extends ChunkCounts {
  number: number;
  first_row: number;
  rows: number;
  first_line: number;
  byte_start: string;
  byte_end: string;
  staged_at: Date | null;
  applied_at: Date | null;
}

const CHUNK_COLUMNS = `number, first_row, rows, first_line, byte_start, byte_end, staged_at, applied_at,
  created, updated, unchanged, skipped, duplicate, rejected, failed, reversed, deleted, kept`;

/** There is no such chunk: the plan and whoever asks don't agree. */
export class ChunkMissingError extends Error {
  constructor(jobNumber: number, chunk: number) {
    super(`job number ${String(jobNumber)} has no chunk ${String(chunk)}`);
    this.name = 'ChunkMissingError';
  }
}

/**
 * Reads a chunk.
 *
 * @param lock takes its row until the transaction ends: an attempt and its successor queue here
 * @throws {ChunkMissingError}
 */
export async function getChunk(
  db: Queryable,
  jobNumber: number,
  chunk: number,
  lock = false,
): Promise<Chunk> {
  const { rows } = await db.query<ChunkRecord>(
    `SELECT ${CHUNK_COLUMNS} FROM chunks WHERE job_number = $1 AND number = $2 ${lock ? 'FOR UPDATE' : ''}`,
    [jobNumber, chunk],
  );
  const record = rows[0];
  if (record === undefined) throw new ChunkMissingError(jobNumber, chunk);
  return toChunk(record);
}

/** The chunk planned last, or null when there is none. */
export async function getLastChunk(db: Queryable, jobNumber: number): Promise<Chunk | null> {
  const { rows } = await db.query<ChunkRecord>(
    `SELECT ${CHUNK_COLUMNS} FROM chunks WHERE job_number = $1 ORDER BY number DESC LIMIT 1`,
    [jobNumber],
  );
  return rows[0] === undefined ? null : toChunk(rows[0]);
}

/** How many chunks and rows have been planned. */
export async function countPlanned(
  db: Queryable,
  jobNumber: number,
): Promise<{ chunkCount: number; rows: number }> {
  const { rows } = await db.query<{ chunks: number; rows: number }>(
    `SELECT count(*)::int AS chunks, COALESCE(sum(rows), 0)::int AS rows FROM chunks WHERE job_number = $1`,
    [jobNumber],
  );
  return { chunkCount: rows[0]?.chunks ?? 0, rows: rows[0]?.rows ?? 0 };
}

/** Adds chunks to a plan. */
export async function insertChunks(
  client: pg.PoolClient,
  jobNumber: number,
  chunks: PlannedChunk[],
): Promise<void> {
  await client.query(
    `INSERT INTO chunks (job_number, number, first_row, rows, first_line, byte_start, byte_end)
     SELECT $1, number, first_row, rows, first_line, byte_start, byte_end
       FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::bigint[])
         AS planned (number, first_row, rows, first_line, byte_start, byte_end)`,
    [
      jobNumber,
      chunks.map((chunk) => chunk.number),
      chunks.map((chunk) => chunk.firstRow),
      chunks.map((chunk) => chunk.rows),
      chunks.map((chunk) => chunk.firstLine),
      chunks.map((chunk) => chunk.byteStart),
      chunks.map((chunk) => chunk.byteEnd),
    ],
  );
}

/** The rows of each chunk of a job, in their order. */
export async function listRowRanges(
  db: Queryable,
  jobNumber: number,
): Promise<{ firstRow: number; lastRow: number }[]> {
  const { rows } = await db.query<{ firstRow: number; lastRow: number }>(
    `SELECT first_row AS "firstRow", first_row + rows - 1 AS "lastRow" FROM chunks WHERE job_number = $1 ORDER BY number`,
    [jobNumber],
  );
  return rows;
}

/** Takes a chunk out of a plan that is not complete yet. */
export async function deleteChunk(client: pg.PoolClient, jobNumber: number, chunk: number): Promise<void> {
  await client.query(`DELETE FROM chunks WHERE job_number = $1 AND number = $2`, [jobNumber, chunk]);
}

/** Notes that a chunk's rows are staged. */
export async function markStaged(
  client: pg.PoolClient,
  jobNumber: number,
  chunk: number,
  note: { rejected: number; skipped: number; numbers: StagedNumbers; attempts: number },
): Promise<void> {
  await client.query(
    `UPDATE chunks
        SET staged_at = now(), rejected = $3, skipped = $4, attempts = $5, numbers = $6, revision = revision + 1
      WHERE job_number = $1 AND number = $2`,
    [jobNumber, chunk, note.rejected, note.skipped, note.attempts, JSON.stringify(note.numbers)],
  );
}

/** What the staged chunks of a job show of how its numbers are written. */
export async function listStagedNumbers(
  db: Queryable,
  jobNumber: number,
): Promise<(StagedNumbers & { number: number })[]> {
  const { rows } = await db.query<{ number: number; numbers: StagedNumbers }>(
    `SELECT number, numbers FROM chunks WHERE job_number = $1 AND numbers IS NOT NULL ORDER BY number`,
    [jobNumber],
  );
  return rows.map(({ number, numbers }) => ({ number, ...numbers }));
}

/** Whether any chunk of a job waits to be staged. By the primary key. */
export async function hasUnstagedChunks(db: Queryable, jobNumber: number): Promise<boolean> {
  const { rowCount } = await db.query(
    'SELECT FROM chunks WHERE job_number = $1 AND staged_at IS NULL LIMIT 1',
    [jobNumber],
  );
  return rowCount === 1;
}

/** Whether a job can not go on without its file, because it was not read to its end or not staged. */
export async function needsFile(db: Queryable, jobId: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT FROM jobs j
      WHERE id = $1
        AND (read_at IS NULL
             OR EXISTS (SELECT FROM chunks c WHERE c.job_number = j.number AND c.staged_at IS NULL))`,
    [jobId],
  );
  return rowCount === 1;
}

/**
 * Takes the staged rows of chunks back: they are to be staged once more. Chunk by chunk, each a range of the primary key: of a
 * job that has just been staged statistics know nothing, and a join of rows and chunks compares each with each.
 */
export async function unstageChunks(
  client: pg.PoolClient,
  jobNumber: number,
  chunks: readonly number[],
): Promise<void> {
  const { rows: ranges } = await client.query<{ first: number; last: number }>(
    `SELECT first_row AS first, first_row + rows - 1 AS last
       FROM chunks
      WHERE job_number = $1 AND number = ANY ($2::int[])
      ORDER BY number`,
    [jobNumber, chunks],
  );
  for (const { first, last } of ranges) {
    await client.query(`DELETE FROM staged_rows WHERE job_number = $1 AND "row" BETWEEN $2 AND $3`, [
      jobNumber,
      first,
      last,
    ]);
  }
  await client.query(
    `UPDATE chunks
        SET staged_at = NULL, rejected = 0, skipped = 0, numbers = NULL, revision = revision + 1
      WHERE job_number = $1 AND number = ANY ($2::int[])`,
    [jobNumber, chunks],
  );
}

/**
 * Notes that a chunk has been applied.
 *
 * @param applied what became of its rows, besides what is noted already
 */
export async function markApplied(
  client: pg.PoolClient,
  jobNumber: number,
  chunk: number,
  applied: Partial<ChunkCounts>,
  attempts: number,
): Promise<void> {
  const sums = SETTLED_OUTCOMES.map(
    (outcome, index) => `${outcome} = ${outcome} + $${String(index + 4)}`,
  ).join(', ');
  await client.query(
    `UPDATE chunks SET applied_at = now(), indexed_at = NULL, attempts = $3, ${sums}, revision = revision + 1
      WHERE job_number = $1 AND number = $2`,
    [jobNumber, chunk, attempts, ...SETTLED_OUTCOMES.map((outcome) => applied[outcome] ?? 0)],
  );
}

function toChunk(record: ChunkRecord): Chunk {
  const { created, updated, unchanged, skipped, duplicate, rejected, failed, reversed, deleted, kept } =
    record;
  return {
    number: record.number,
    firstRow: record.first_row,
    rows: record.rows,
    firstLine: record.first_line,
    byteStart: Number(record.byte_start),
    byteEnd: Number(record.byte_end),
    isStaged: record.staged_at !== null,
    isApplied: record.applied_at !== null,
    counts: { created, updated, unchanged, skipped, duplicate, rejected, failed, reversed, deleted, kept },
  };
}
