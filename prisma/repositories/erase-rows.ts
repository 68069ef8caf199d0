import type pg from 'pg';
import { ROW_ERRORS } from '../../contracts/errors.ts';
import type { JobStatus, KeptPart } from '../../contracts/words.ts';
import { IMPORTABLE, type Kind } from '../../domain/kinds/index.ts';
import { inTransaction, type Queryable } from '../client.ts';
import { EXPIRED_PARTS } from './expired-parts.ts';

/** Whom to look for. */
export interface Person {
  recordId: string;
  /** Keys under which the record has been known (domain/keys.ts). */
  keys: readonly string[];
}

/** A job that may hold traces of a person. */
export interface SearchedJob {
  id: string;
  number: number;
  /** Its rows name people in one of their cells, not by their keys. */
  isNaming: boolean;
  status: JobStatus;
  targetJobId: string | null;
  finishedAt: Date | null;
  expired: KeptPart[];
  /** Whether it has a stored file, and whether all of its rows were staged, so that it is known who is in it. */
  hasFile: boolean;
  isStaged: boolean;
  /** How many rows its file has, as far as that is known. */
  rows: number;
}

/** Kinds whose files name people besides those whose records they are, as orders name who ordered. */
function namingKinds({ name }: Kind): string[] {
  return Object.values(IMPORTABLE)
    .filter((kind) => kind.name !== name && kind.personColumn !== null)
    .map((kind) => kind.name);
}

/**
 * The jobs of a kind, and those of kinds that name its people, of which anything is kept that may name a person, in the order of
 * their numbers.
 */
export async function listJobsToSearch(db: Queryable, kind: Kind): Promise<SearchedJob[]> {
  const { rows } = await db.query<SearchedJob>(
    `SELECT j.id, j.number, j.status, j.kind <> $1 AS "isNaming", j.target_job_id AS "targetJobId", j.finished_at AS "finishedAt",
            ${EXPIRED_PARTS} AS expired, j.storage_key IS NOT NULL AS "hasFile",
            j.read_at IS NOT NULL AND c.staged AS "isStaged", c.rows
       FROM jobs j
      CROSS JOIN LATERAL (
            SELECT coalesce(sum(rows), 0)::int AS rows, coalesce(bool_and(staged_at IS NOT NULL), true) AS staged
              FROM chunks
             WHERE job_number = j.number) c
      WHERE (j.kind = $1 OR j.kind = ANY ($2::text[]))
        AND (j.files_removed_at IS NULL OR j.staging_removed_at IS NULL OR j.outcomes_removed_at IS NULL
             OR j.changes_removed_at IS NULL OR j.removing <> '{}')
      ORDER BY j.number`,
    [kind.name, namingKinds(kind)],
  );
  return rows;
}

/** Rows of jobs that are searched in one transaction: so many are read in a tenth of a second. */
const WINDOW_ROWS = 100_000;

/** Rows of some jobs: all rows of small ones, or a run of rows of a large one. */
interface Window {
  jobs: SearchedJob[];
  firstRow: number;
  lastRow: number;
}

const MAX_ROW = 2_147_483_647;

function windowsOf(jobs: readonly SearchedJob[]): Window[] {
  const windows: Window[] = [];
  let small: SearchedJob[] = [];
  let smallRows = 0;
  const close = (): void => {
    if (small.length > 0) windows.push({ jobs: small, firstRow: 0, lastRow: MAX_ROW });
    small = [];
    smallRows = 0;
  };
  for (const job of jobs) {
    if (job.rows > WINDOW_ROWS) {
      for (let first = 0; first <= job.rows; first += WINDOW_ROWS) {
        const isLast = first + WINDOW_ROWS > job.rows;
        windows.push({ jobs: [job], firstRow: first, lastRow: isLast ? MAX_ROW : first + WINDOW_ROWS - 1 });
      }
      continue;
    }
    if (smallRows + job.rows > WINDOW_ROWS) close();
    small.push(job);
    smallRows += job.rows;
  }
  close();
  return windows;
}

/**
 * Every scan is a range of a primary key, whatever statistics say: there is no index on the key of staged rows, which would
 * cost each import more than a search of all of them does once in a while.
 */
const SETTINGS = 'SET LOCAL enable_seqscan = off';

/** Cells were cleaned as they were staged; what is left of making a key of them is done as toKey does it. */
const NAMES_PERSON = (row: string): string => `
  (EXISTS (SELECT FROM unnest(${row}.cells) cell WHERE normalize(lower(cell COLLATE "pg_unicode_fast")) = ANY ($5::text[]))
   OR ${row}.raw IS NOT NULL
      AND EXISTS (SELECT FROM unnest($5::text[]) known WHERE position(known IN lower(${row}.raw COLLATE "pg_unicode_fast")) > 0))`;

/**
 * Rows of a window that are about a person: by the key, by the record that the row went to, or, where a rejected row has no key,
 * by its text. Of jobs whose rows only name people, those that do, with all rows of the same thing: an order of which a line is
 * gone must not go in without it. Parameters: $1 job numbers, $2 first row, $3 last row, $4 record, $5 keys, $6 those of the jobs
 * whose rows name people.
 */
const ROWS_OF_PERSON = `
  SELECT s.job_number, s."row"
    FROM staged_rows s
   WHERE s.job_number = ANY ($1::int[]) AND s."row" BETWEEN $2 AND $3
     AND (s.key = ANY ($5::text[] COLLATE "C")
          OR s.key IS NULL AND s.raw IS NOT NULL
             AND EXISTS (SELECT FROM unnest($5::text[]) known WHERE position(known IN lower(s.raw)) > 0))
   UNION
  SELECT o.job_number, o."row"
    FROM row_outcomes o
   WHERE o.job_number = ANY ($1::int[]) AND o."row" BETWEEN $2 AND $3 AND o.record_id = $4
   UNION
  SELECT t.job_number, t."row"
    FROM job_targets t
   WHERE t.job_number = ANY ($1::int[]) AND t."row" BETWEEN $2 AND $3
     AND (t.record_id = $4 OR t.key = ANY ($5::text[] COLLATE "C"))
   UNION
  SELECT s.job_number, s."row"
    FROM staged_rows s
   WHERE s.job_number = ANY ($6::int[]) AND s."row" BETWEEN $2 AND $3
     AND (${NAMES_PERSON('s')}
          OR (s.job_number, s.key) IN (SELECT n.job_number, n.key
                                         FROM staged_rows n
                                        WHERE n.job_number = ANY ($6::int[]) AND n.key IS NOT NULL AND ${NAMES_PERSON('n')}))`;

const namingOf = (jobs: readonly SearchedJob[]): number[] =>
  jobs.filter(({ isNaming }) => isNaming).map(({ number }) => number);

const CHANGES_OF_PERSON = `change_id = ANY ($1::uuid[]) AND change_row BETWEEN $2 AND $3 AND record_id = $4`;

/**
 * @param goOn called between two transactions; it throws to stop
 * @returns those of the jobs in which anything is about a person
 */
export async function findHolders(
  pool: pg.Pool,
  jobs: readonly SearchedJob[],
  { recordId, keys }: Person,
  goOn: () => void,
): Promise<SearchedJob[]> {
  const holders = new Set<SearchedJob>();
  for (const { jobs: searched, firstRow, lastRow } of windowsOf(jobs)) {
    goOn();
    await inTransaction(pool, async (client) => {
      await client.query(SETTINGS);
      const numbers = searched.map(({ number }) => number);
      const rows = await client.query<{ job_number: number }>(
        `SELECT DISTINCT job_number FROM (${ROWS_OF_PERSON}) found`,
        [numbers, firstRow, lastRow, recordId, keys, namingOf(searched)],
      );
      const changes = await client.query<{ change_id: string }>(
        `SELECT DISTINCT change_id FROM record_changes WHERE ${CHANGES_OF_PERSON}`,
        [searched.map(({ id }) => id), firstRow, lastRow, recordId],
      );
      for (const { job_number } of rows.rows) add(searched.find(({ number }) => number === job_number));
      for (const { change_id } of changes.rows) add(searched.find(({ id }) => id === change_id));
    });
  }
  return [...holders];

  function add(job: SearchedJob | undefined): void {
    if (job !== undefined) holders.add(job);
  }
}

/**
 * The keys under which jobs knew a record, also one that is gone without a change that names it, as after an undo of the import
 * that created it.
 *
 * @param goOn called between two transactions; it throws to stop
 * @returns null when no job knows the record
 */
export async function findKeysInJobs(
  pool: pg.Pool,
  jobs: readonly SearchedJob[],
  recordId: string,
  goOn: () => void,
): Promise<string[] | null> {
  const keys = new Set<string | null>();
  for (const { jobs: searched, firstRow, lastRow } of windowsOf(jobs)) {
    goOn();
    await inTransaction(pool, async (client) => {
      await client.query(SETTINGS);
      const { rows } = await client.query<{ key: string | null }>(
        `SELECT s.key
           FROM row_outcomes o
           LEFT JOIN staged_rows s ON s.job_number = o.job_number AND s."row" = o."row"
          WHERE o.job_number = ANY ($1::int[]) AND o."row" BETWEEN $2 AND $3 AND o.record_id = $4
          UNION
         SELECT t.key FROM job_targets t
          WHERE t.job_number = ANY ($1::int[]) AND t."row" BETWEEN $2 AND $3 AND t.record_id = $4`,
        [searched.map(({ number }) => number), firstRow, lastRow, recordId],
      );
      for (const { key } of rows) keys.add(key);
    });
  }
  return keys.size === 0 ? null : [...keys].filter((key) => key !== null);
}

/** What was erased of a person in the rows of jobs. */
export interface ErasedRows {
  stagedRows: number;
  outcomes: number;
  changes: number;
  /** The jobs whose files hold the person. */
  jobNumbers: Set<number>;
}

/**
 * Takes a person out of the rows of ended jobs, window by window, each a transaction of its own. The rows stay, so that the
 * totals of their jobs do: without key, cells, text and errors. One that was never applied becomes `failed`, so that it never
 * will be. Repeated, it finds what is left.
 *
 * @param erased what was erased so far; what is found is added
 * @param goOn called between two transactions; it throws to stop
 */
export async function eraseRows(
  pool: pg.Pool,
  jobs: readonly SearchedJob[],
  { recordId, keys }: Person,
  erased: ErasedRows,
  goOn: () => void,
): Promise<void> {
  for (const { jobs: searched, firstRow, lastRow } of windowsOf(jobs)) {
    goOn();
    await inTransaction(pool, async (client) => {
      await client.query(SETTINGS);
      const numbers = searched.map(({ number }) => number);
      const { rows: found } = await client.query<{ job_number: number; row: number }>(ROWS_OF_PERSON, [
        numbers,
        firstRow,
        lastRow,
        recordId,
        keys,
        namingOf(searched),
      ]);
      const changes = await client.query(`DELETE FROM record_changes WHERE ${CHANGES_OF_PERSON}`, [
        searched.map(({ id }) => id),
        firstRow,
        lastRow,
        recordId,
      ]);
      erased.changes += changes.rowCount ?? 0;
      if (found.length === 0) return;
      for (const { job_number } of found) erased.jobNumbers.add(job_number);
      const at = [found.map(({ job_number }) => job_number), found.map(({ row }) => row)];
      erased.stagedRows += await blankRows(client, at);
      const outcomes = await client.query(
        `UPDATE row_outcomes o
            SET record_id = NULL, errors = CASE WHEN o.outcome = 'failed' AND o.errors IS NOT NULL THEN $4::jsonb ELSE o.errors END
           FROM unnest($1::int[], $2::int[]) found (job_number, "row")
          WHERE o.job_number = found.job_number AND o."row" = found."row" AND o.record_id = $3`,
        [...at, recordId, ERASED],
      );
      erased.outcomes += outcomes.rowCount ?? 0;
      await client.query(
        `UPDATE job_targets t SET record_id = NULL, key = NULL
           FROM unnest($1::int[], $2::int[]) found (job_number, "row")
          WHERE t.job_number = found.job_number AND t."row" = found."row"`,
        at,
      );
    });
  }
}

/** Stands in the place of the errors of a row, which may quote it. */
const ERASED = JSON.stringify([{ column: null, value: null, code: 'erased', message: ROW_ERRORS.erased }]);

async function blankRows(client: pg.PoolClient, at: unknown[]): Promise<number> {
  const { rowCount } = await client.query(
    `WITH found AS (
       SELECT s.job_number, s."row",
              s.outcome IS NULL AND NOT EXISTS (SELECT FROM row_outcomes o
                                                 WHERE o.job_number = s.job_number AND o."row" = s."row") AS waits
         FROM unnest($1::int[], $2::int[]) found (job_number, "row")
         JOIN staged_rows s ON s.job_number = found.job_number AND s."row" = found."row"
     ), waiting AS (
       UPDATE chunks c SET failed = failed + w.rows, revision = c.revision + 1
         FROM (SELECT c.job_number, c.number, count(*)::int AS rows
                 FROM found f
                 JOIN chunks c ON c.job_number = f.job_number
                              AND f."row" >= c.first_row AND f."row" < c.first_row + c.rows
                WHERE f.waits
                GROUP BY c.job_number, c.number) w
        WHERE c.job_number = w.job_number AND c.number = w.number
     )
     UPDATE staged_rows s
        SET key = NULL, cells = '{}', cleared = 0, raw = NULL,
            outcome = CASE WHEN f.waits THEN 'failed' ELSE s.outcome END,
            errors = CASE WHEN f.waits OR s.errors IS NOT NULL THEN $3::jsonb END
       FROM found f
      WHERE s.job_number = f.job_number AND s."row" = f."row"
        AND (s.key IS NOT NULL OR s.raw IS NOT NULL OR s.cells <> '{}' OR f.waits)`,
    [...at, ERASED],
  );
  return rowCount ?? 0;
}
