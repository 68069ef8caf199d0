import { type Outcome, type ImportKind, SETTLED_OUTCOMES } from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { RowError } from '../../domain/validate-row.ts';
import type { Queryable } from '../client.ts';

/** A record of a file and what became of it. */
export interface JobRow {
  row: number;
  /** Of an undo: the row of the job that it undoes. */
  sourceRow?: number | null;
  /** Null where there is no file. */
  line: number | null;
  outcome: Outcome;
  key: string | null;
  recordId: string | null;
  /** The record as it stands in the file; only kept for rejected rows. */
  raw: string | null;
  /** Normalised cells in the order of the kind's columns; null where validation did not get that far. */
  cells: (string | null)[] | null;
  errors: RowError[] | null;
}

/** Whether what a row said was erased at a person's request. */
export function isErased({ errors }: Pick<JobRow, 'errors'>): boolean {
  return errors?.some(({ code }) => code === 'erased') ?? false;
}

/** Where a page of rows starts and ends. */
export interface RowPage {
  /** Only rows with a higher number. */
  after: number;
  limit: number;
}

const STAGED = 's.row, s.line, s.key, s.raw, s.cells, s.errors';

/**
 * Whether a staged row holds a text, or stands on a line. No index, which staging would pay for with each row: the rows of one
 * job are looked at one after the other, by the primary key, until the page is full or {@link SEARCHED_ROWS} have been looked at.
 */
const HOLDS = (pattern: string, until: string): string =>
  `s.row <= ${until}::int
    AND (s.key ILIKE ${pattern} OR s.raw ILIKE ${pattern} OR s.line::text = trim(BOTH '%' FROM ${pattern})
         OR EXISTS (SELECT FROM unnest(s.cells) cell WHERE cell ILIKE ${pattern}))`;

/** Both tables in the order of their primary keys. A row that has no outcome yet is as staging left it. */
const allRows = (isSearch: boolean): string => `
  SELECT ${STAGED}, o.record_id AS "recordId",
         coalesce(o.outcome, s.outcome, 'pending') AS outcome
    FROM staged_rows s
    LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o.row = s.row
   WHERE s.job_number = $1 AND s.row > $2 ${isSearch ? `AND ${HOLDS('$4', '$5')}` : ''}
   ORDER BY s.row
   LIMIT $3`;

/** How many rows of a chunk have an outcome, by its counters. */
function inChunk(outcome: Outcome): string {
  if (outcome !== 'pending') return `c.${outcome}`;
  return `(c.rows - ${SETTLED_OUTCOMES.map(inChunk).join(' - ')})`;
}

/** Which rows of a table belong to chunk c and come after the row $2. */
const rangeOf = (table: string): string =>
  `${table}.job_number = $1 AND ${table}.row >= greatest(c.first_row, $2::int + 1) AND ${table}.row < c.first_row + c.rows`;

const recorded = (search: string): string => `
  (SELECT ${STAGED}, o.record_id AS "recordId", o.outcome
     FROM row_outcomes o
     JOIN staged_rows s ON s.job_number = o.job_number AND s.row = o.row
    WHERE ${rangeOf('o')} AND o.outcome = ANY ($4::outcome[]) ${search}
    ORDER BY o.row
    LIMIT $3)`;

/** Rows whose outcome was decided before anything was applied. */
const decided = (search: string): string => `
  (SELECT ${STAGED}, NULL::uuid, s.outcome
     FROM staged_rows s
    WHERE ${rangeOf('s')} AND s.outcome = ANY ($4::outcome[]) ${search}
    ORDER BY s.row
    LIMIT $3)`;

/** Rows that wait to be applied. Their outcomes are looked for in the chunk's own range: statistics know nothing of a new job. */
const pending = (search: string): string => `
  (SELECT ${STAGED}, NULL::uuid, 'pending'::outcome
     FROM staged_rows s
    WHERE ${rangeOf('s')} AND s.outcome IS NULL ${search}
      AND NOT EXISTS (SELECT FROM row_outcomes o WHERE ${rangeOf('o')} AND o.row = s.row)
    ORDER BY s.row
    LIMIT $3)`;

const chunkHasAny = (outcomes: readonly Outcome[]): string =>
  `(${outcomes.map((outcome) => `${inChunk(outcome)} > 0`).join(' OR ')})`;

/**
 * The counters of the chunks say where rows with an outcome are, so that a search for rare ones does not read the
 * millions between them. Chunk after chunk in order, by the primary keys, until the page is full. Within a chunk each table
 * is searched by itself and only what was found is joined.
 */
const rowsWith = (outcomes: readonly Outcome[], inChunks: string, search = ''): string => {
  const sources = [recorded(search), decided(search)];
  if (outcomes.includes('pending')) sources.push(pending(search));
  return `
  SELECT r.*
    FROM chunks c
   CROSS JOIN LATERAL (
         SELECT found.* FROM (${sources.join('\n   UNION ALL')}) found
          ORDER BY found.row
          LIMIT $3) r
   WHERE c.job_number = $1 AND ${inChunks}
   ORDER BY c.number, r.row
   LIMIT $3`;
};

/** What is searched for, and up to which row. */
interface RowSearch {
  /** Rows that hold this text in any case, or stand on this line. */
  q: string;
  /** As {@link readSearchWindow} says. */
  until: number;
}

/** @returns the pattern of ILIKE that finds a text anywhere */
export function patternOf(q: string): string {
  return `%${q.replaceAll(/[\\%_]/g, '\\$&')}%`;
}

/** One request looks through so many rows: some tenths of a second. The next one goes on where it ended. */
const SEARCHED_ROWS = 50_000;

/** How far a search gets in one request. */
interface SearchWindow {
  /** The last row that is looked at. */
  until: number;
  /** There are no rows behind it. */
  isLast: boolean;
}

/**
 * Bounds a search by the chunks of the job, of an import those with the outcomes: however many rows there are and however few
 * fit, one request looks at one chunk at least, and at about {@link SEARCHED_ROWS}.
 *
 * @param after only rows with a higher number
 */
export async function readSearchWindow(
  db: Queryable,
  jobNumber: number,
  after: number,
  outcomes?: readonly Outcome[],
): Promise<SearchWindow> {
  // A range of the primary key of chunks.
  const { rows } = await db.query<{ until: number | null; end: number | null }>(
    `SELECT max(last) FILTER (WHERE before < $3) AS "until", max(last) AS "end"
       FROM (SELECT c.first_row + c.rows - 1 AS last, sum(c.rows) OVER (ORDER BY c.number) - c.rows AS before
               FROM chunks c
              WHERE c.job_number = $1 AND c.first_row + c.rows > $2::int + 1
                ${outcomes === undefined ? '' : `AND ${chunkHasAny(outcomes)}`}) ahead`,
    [jobNumber, after, SEARCHED_ROWS],
  );
  const { until = null, end = null } = rows[0] ?? {};
  return { until: until ?? after, isLast: until === end };
}

/**
 * A page of a job's rows in the order of the file. Rows that have not been staged yet are not there.
 *
 * @param outcomes only rows with one of these outcomes; all rows when missing
 */
export async function listJobRows(
  db: Queryable,
  jobNumber: number,
  page: RowPage,
  outcomes?: readonly Outcome[],
  search?: RowSearch,
): Promise<JobRow[]> {
  const searched = search === undefined ? [] : [patternOf(search.q), search.until];
  const values = [jobNumber, page.after, page.limit];
  if (outcomes === undefined) {
    return (await db.query<JobRow>(allRows(search !== undefined), [...values, ...searched])).rows;
  }
  const inChunks = `c.first_row + c.rows > $2::int + 1 AND ${chunkHasAny(outcomes)}`;
  const isInWindow = search === undefined ? '' : ' AND c.first_row <= $6::int';
  const holds = search === undefined ? '' : `AND ${HOLDS('$5', '$6')}`;
  const sql = rowsWith(outcomes, inChunks + isInWindow, holds);
  return (await db.query<JobRow>(sql, [...values, outcomes, ...searched])).rows;
}

/** Where a chunk is in its file. */
export interface ChunkRange {
  number: number;
  firstRow: number;
  rows: number;
  isStaged: boolean;
  byteStart: number;
  /** Not included. */
  byteEnd: number;
}

/** Some rows of one chunk. */
export interface RowBatch {
  chunk: ChunkRange;
  rows: JobRow[];
}

/** How many rows are held in memory while a file of them is written. */
const BATCH_ROWS = 500;

/**
 * All rows with one of the given outcomes, in the order of the file, in batches. A batch never spans two chunks, whose size in
 * bytes is bounded, so its memory is too. No connection is held between batches: a slow reader costs the database nothing.
 */
export async function* readJobRows(
  db: Queryable,
  jobNumber: number,
  outcomes: readonly Outcome[],
): AsyncGenerator<RowBatch, void, undefined> {
  const sql = rowsWith(outcomes, 'c.number = $5');
  for (const chunk of await listChunksWith(db, jobNumber, outcomes)) {
    const { number } = chunk;
    let after = chunk.firstRow - 1;
    for (;;) {
      const { rows } = await db.query<JobRow>(sql, [jobNumber, after, BATCH_ROWS, outcomes, number]);
      const last = rows.at(-1);
      if (last === undefined) break;
      yield { chunk, rows };
      if (rows.length < BATCH_ROWS) break;
      after = last.row;
    }
  }
}

async function listChunksWith(
  db: Queryable,
  jobNumber: number,
  outcomes: readonly Outcome[],
): Promise<ChunkRange[]> {
  const { rows } = await db.query<ChunkRange>(
    `SELECT c.number, c.first_row AS "firstRow", c.rows, c.staged_at IS NOT NULL AS "isStaged",
            c.byte_start::float8 AS "byteStart", c.byte_end::float8 AS "byteEnd"
       FROM chunks c
      WHERE c.job_number = $1 AND ${chunkHasAny(outcomes)}
      ORDER BY c.number`,
    [jobNumber],
  );
  return rows;
}

/**
 * The rows of an ended job that nothing became of, in the order of the file, in batches. Of rows that were not even staged
 * only the numbers are known.
 */
export async function* readUnprocessedRows(
  db: Queryable,
  jobNumber: number,
): AsyncGenerator<RowBatch, void, undefined> {
  const pending = rowsWith(['pending'], 'c.number = $5');
  for (const chunk of await listChunksWith(db, jobNumber, ['pending'])) {
    const last = chunk.firstRow + chunk.rows - 1;
    for (let after = chunk.firstRow - 1; after < last;) {
      const rows = chunk.isStaged
        ? (await db.query<JobRow>(pending, [jobNumber, after, BATCH_ROWS, ['pending'], chunk.number])).rows
        : notStaged(after + 1, Math.min(after + BATCH_ROWS, last));
      if (rows.length > 0) yield { chunk, rows };
      if (rows.length < BATCH_ROWS) break;
      after = rows.at(-1)?.row ?? last;
    }
  }
}

function notStaged(first: number, last: number): JobRow[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    row: first + index,
    line: 0,
    outcome: 'pending',
    key: null,
    recordId: null,
    raw: null,
    cells: null,
    errors: null,
  }));
}

/**
 * The records that have the given keys now, for rows whose outcome did not note the record.
 *
 * @returns record ids by key; a key without a record is missing
 */
export async function findRecordIds(
  db: Queryable,
  kind: ImportKind,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const of = IMPORTABLE[kind];
  // Of others the key says itself what it leads to.
  if (keys.length === 0 || of.applies !== 'records') return new Map();
  const { table, keyField } = of;
  // The unique index on the key field.
  const { rows } = await db.query<{ key: string; id: string }>(
    `SELECT ${keyField} AS key, id FROM ${table} WHERE ${keyField} = ANY ($1::text[] COLLATE "C")`,
    [keys],
  );
  return new Map(rows.map(({ key, id }) => [key, id]));
}
