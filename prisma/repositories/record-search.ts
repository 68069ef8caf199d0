import { type RecordColumn, type Kind, KINDS } from '../../domain/kinds/index.ts';
import type { RecordKind } from '../../contracts/words.ts';
import { type Database, inTransaction, type Queryable } from '../client.ts';
import { announceRecords } from './record-notifications.ts';

/** By how many characters texts are sorted, and looked up by their beginning. */
export const SORTED_LENGTH = 100;

/** How much of one column the search looks at, in characters: enough to find it, and little enough to stay out of TOAST. */
const SEARCHED_LENGTH = 2_000;

/**
 * Compares without regard to case, in every script, and the same on every server. In the collation of the search tables' indexes:
 * with another one they would not be used.
 */
export const folded = (text: string): string => `(casefold(${text} COLLATE pg_unicode_fast) COLLATE "C")`;

/** What the search looks at of a column. */
export const searchedText = (column: string): string => `left(${column}, ${String(SEARCHED_LENGTH)})`;

/** The columns that lists are filtered and sorted by. */
export function indexedColumns({ columns }: Kind): RecordColumn[] {
  return columns.filter(({ indexed }) => indexed === true);
}

/**
 * Brings records into the search table as they are now, and takes those out that are gone. Repeated, it changes nothing; of
 * two at the same time the one that saw the newer version stays.
 */
export async function refreshSearch(db: Queryable, kind: Kind, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await db.query(refreshStatement(kind), [ids]);
  // In a statement of its own, so that it sees what was deleted while the first one ran.
  await db.query(
    `DELETE FROM ${kind.searchTable} s
      WHERE record_id = ANY ($1::uuid[]) AND NOT EXISTS (SELECT FROM ${kind.table} WHERE id = s.record_id)`,
    [ids],
  );
}

/** In the order of the ids, in which they were created: their places in most indexes are next to one another. */
function refreshStatement(kind: Kind): string {
  const indexed = indexedColumns(kind);
  const names = ['version', 'key', ...indexed.map(({ name }) => name), 'updated_at', 'text'];
  const values = indexed.map(({ name, type }) =>
    type === 'text' ? `left(${folded(`r.${name}`)}, ${String(SORTED_LENGTH)})` : `r.${name}`,
  );
  const texts = kind.columns.filter(({ type }) => type === 'text' || type === 'email');
  const searched = texts.map(({ name }) => searchedText(`r.${name}`));
  // A blank before each column lets the search see where a word begins, the line break keeps it within one column.
  return `
    INSERT INTO ${kind.searchTable} AS s (record_id, ${names.join(', ')})
    SELECT r.id, r.version, r.${kind.keyField}, ${[...values, 'r.updated_at'].join(', ')},
           ' ' || ${folded(`concat_ws(E'\\n ', ${searched.join(', ')})`)}
      FROM ${kind.table} r
     WHERE r.id = ANY ($1::uuid[])
     ORDER BY r.id
        ON CONFLICT (record_id) DO UPDATE
       SET ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
     WHERE s.version < excluded.version`;
}

interface WaitingChunk {
  jobNumber: number;
  number: number;
  jobId: string;
  kind: RecordKind;
  firstRow: number;
  lastRow: number;
}

/**
 * Jobs under way come later: their chunks have the database to themselves. One that waits, for an operator or for months, does
 * not hold its records back.
 */
const WAITING = `c.applied_at IS NOT NULL AND c.indexed_at IS NULL AND j.status <> 'processing'
                 AND j.kind IN (${Object.keys(KINDS)
                   .map((kind) => `'${kind}'`)
                   .join(', ')})`;

/** Whether records of any job are to be brought into the search tables. By chunks_unindexed_idx. */
export async function hasUnindexedChunks(db: Queryable): Promise<boolean> {
  const { rowCount } = await db.query(
    `SELECT FROM chunks c JOIN jobs j ON j.number = c.job_number WHERE ${WAITING} LIMIT 1`,
  );
  return rowCount === 1;
}

/**
 * Brings the records that one chunk of a job wrote into the search table, and notes it on the chunk, in one transaction.
 *
 * @returns how many records there were; null when no chunk waits
 */
export async function indexNextChunk({ pool }: Database): Promise<number | null> {
  return await inTransaction(pool, async (client) => {
    // By chunks_unindexed_idx, in its order. A chunk that somebody else has in hand is passed over.
    const { rows: chunks } = await client.query<WaitingChunk>(
      `SELECT c.job_number AS "jobNumber", c.number, j.id AS "jobId", j.kind,
              c.first_row AS "firstRow", c.first_row + c.rows - 1 AS "lastRow"
         FROM chunks c
         JOIN jobs j ON j.number = c.job_number
        WHERE ${WAITING}
        ORDER BY c.job_number, c.number
        LIMIT 1
          FOR UPDATE OF c SKIP LOCKED`,
    );
    const [chunk] = chunks;
    if (chunk === undefined) return null;
    // Both by ranges of their primary keys. What a job creates or sets back has an outcome only.
    const { rows } = await client.query<{ id: string }>(
      `SELECT record_id AS id
         FROM row_outcomes
        WHERE job_number = $1 AND "row" BETWEEN $3 AND $4 AND record_id IS NOT NULL
            AND outcome IN ('created', 'updated', 'reversed', 'deleted')
        UNION
       SELECT record_id
         FROM record_changes
        WHERE change_id = $2 AND change_row BETWEEN $3 AND $4`,
      [chunk.jobNumber, chunk.jobId, chunk.firstRow, chunk.lastRow],
    );
    const ids = rows.map(({ id }) => id);
    await client.query(LOOKUP_SETTINGS);
    await refreshSearch(client, KINDS[chunk.kind], ids);
    await client.query('UPDATE chunks SET indexed_at = now() WHERE job_number = $1 AND number = $2', [
      chunk.jobNumber,
      chunk.number,
    ]);
    if (ids.length > 0) await announceRecords(client, chunk.kind);
    return ids.length;
  });
}

/** Products of which pieces left are brought into their new places in lists together, so many at a time. */
const MOVED_BATCH = 1_000;

/** Whether lists by stock are behind what orders took. */
export async function hasMovedStock(db: Queryable): Promise<boolean> {
  return (await db.query('SELECT FROM moved_stock LIMIT 1')).rowCount === 1;
}

/**
 * Brings what orders took into the search table, which an order's own transaction does not wait for: each change of a row there
 * is one of all its indexes. An order that takes some meanwhile waits for this transaction at its mark, and leaves a new one.
 *
 * @returns how many products there were
 */
export async function indexMovedStock({ pool }: Database): Promise<number> {
  return await inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `DELETE FROM moved_stock
        WHERE product_id IN (SELECT product_id FROM moved_stock ORDER BY product_id LIMIT $1 FOR UPDATE SKIP LOCKED)
       RETURNING product_id AS id`,
      [MOVED_BATCH],
    );
    // A statement of its own, so that it sees all that was committed with the marks.
    for (const { name, table, searchTable, taken } of rows.length === 0 ? [] : Object.values(KINDS)) {
      if (taken === null) continue;
      const { countColumn } = taken;
      await client.query(
        `UPDATE ${searchTable} s SET ${countColumn} = r.${countColumn}
           FROM ${table} r
          WHERE s.record_id = ANY ($1::uuid[]) AND r.id = s.record_id AND s.${countColumn} <> r.${countColumn}`,
        [rows.map(({ id }) => id)],
      );
      await announceRecords(client, name);
    }
    return rows.length;
  });
}

/** Records are looked up one by one by their keys, whatever statistics say of tables that have just been filled. */
const LOOKUP_SETTINGS =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off';

/**
 * After many records were brought in: the planner's statistics of the search tables, by which lists choose how to search, and
 * the entries that the text index keeps aside while it is written to, which every search would have to look through.
 */
export async function settleSearch(db: Queryable): Promise<void> {
  for (const { searchTable } of Object.values(KINDS)) {
    await db.query(`SELECT gin_clean_pending_list('${searchTable}_text_idx')`);
    await db.query(`ANALYZE ${searchTable}`);
  }
}
