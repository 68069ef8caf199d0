import type { Kind } from '../../domain/kinds/index.ts';
import { SQL_TYPES } from './apply-statements.ts';
import { keptFor, reason, TARGETS } from './kept-reasons.ts';

/**
 * The statement that sets the records of one chunk of an undo back to what they were before the job that is undone.
 *
 * Parameters: $1 number of the undo, $2 first row, $3 last row, $4 id of the job that is undone.
 * Result: `{ count }`, how many were reversed. Those that it leaves alone get their outcome from {@link keptStatement}.
 *
 * Only a record whose last change is that job's is touched: one that the job created goes, one that it updated gets its values
 * before, and its last change is again the one that had written them, so that this one can be undone after it. The version only
 * grows. MERGE sees a record in its newest version, also when somebody has just changed it. The rows come in the order of the
 * key, in which everybody locks records; each is looked up by its id, for the reason and with the settings of the statements
 * that apply.
 *
 * @param again whether rows of the job went over others of the same job: then the first of them in a row counts
 */
export function undoStatement({ table, columns, taken }: Kind, again: boolean): string {
  const names = columns.map(({ name }) => name);
  // What orders hold or have taken counts: a product that they need stays, and a count from before they took some is no longer right.
  const isUntouched =
    taken === null ? '' : `AND record.${taken.heldField} = 0 AND record.${taken.movedAtField} IS NULL`;
  const isUnmoved =
    taken === null
      ? ''
      : `AND (record.${taken.movedAtField} IS NULL OR record.${taken.movedAtField} < given.changed_at)`;
  return `
    WITH done AS (
      MERGE INTO ${table} record
      USING (
        SELECT t."row", t.record_id, t.source_row, first.is_known, first.previous_change, first.previous_change_row, first.changed_at,
               NOT first.is_known AND (first.depth > 0 OR t.operation = 'created') AS was_created,
               ${names.map((name) => `first.before ? '${name}' AS has_${name}, v.${name}`).join(', ')}
          FROM job_targets t
         CROSS JOIN LATERAL (${again ? FIRST_OF_MANY : ONLY_CHANGE}) first
         CROSS JOIN LATERAL jsonb_populate_record(NULL::${table}, coalesce(first.before, '{}')) v
         WHERE ${TARGETS} AND t.operation <> 'deleted'
         ORDER BY t.key
      ) given ON record.id = ANY (ARRAY[given.record_id])
      WHEN MATCHED AND ${IS_LAST} AND given.was_created ${isUntouched} THEN DELETE
      WHEN MATCHED AND ${IS_LAST} AND given.is_known ${isUnmoved} THEN
        UPDATE SET ${names.map((name) => `${name} = CASE WHEN given.has_${name} THEN given.${name} ELSE record.${name} END`).join(', ')},
                   version = record.version + 1, last_change = given.previous_change,
                   last_change_row = given.previous_change_row, updated_at = now()
      RETURNING given."row", given.record_id
    ), written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome, record_id)
      SELECT $1, "row", 'reversed', record_id FROM done
      RETURNING 1
    )
    SELECT count(*)::int AS count FROM written`;
}

const IS_LAST = `record.last_change = $4 AND record.last_change_row = given.source_row`;
const IS_LAST_OF_TARGET = `record.last_change = $4 AND record.last_change_row = t.source_row`;
const IS_KNOWN = `EXISTS (SELECT FROM record_changes WHERE change_id = $4 AND change_row = t.source_row)`;

/** What the job noted of the record before its change; a record that it created has no such row. */
const ONLY_CHANGE = `
  SELECT 0 AS depth, c.change_id IS NOT NULL AS is_known, c.before, c.previous_change, c.previous_change_row, c.changed_at
    FROM (VALUES (1)) one
    LEFT JOIN record_changes c ON c.change_id = $4 AND c.change_row = t.source_row`;

/** The same of the first of the job's changes that follow one another without a foreign one between them. */
const FIRST_OF_MANY = `
  WITH RECURSIVE link AS (
    ${ONLY_CHANGE}
     UNION ALL
    SELECT link.depth + 1, c.change_id IS NOT NULL, c.before, c.previous_change, c.previous_change_row, c.changed_at
      FROM link
      LEFT JOIN record_changes c ON c.change_id = $4 AND c.change_row = link.previous_change_row
     WHERE link.previous_change = $4
  )
  SELECT * FROM link ORDER BY depth DESC LIMIT 1`;

/** Whether rows of a job went over others of it. Parameters: as of {@link undoStatement}. By the primary keys. */
export const AGAIN_STATEMENT = `
  SELECT FROM job_targets t
    JOIN record_changes c ON c.change_id = $4 AND c.change_row = t.source_row AND c.previous_change = $4
   WHERE ${TARGETS}
   LIMIT 1`;

/**
 * The statement that brings the records of one chunk back which the undone job deleted: with their ids, the values that their
 * changes kept, and the change that had written these. The version goes on from the one that was deleted. A record whose key
 * another one has now stays away.
 *
 * Parameters and result: as of {@link undoStatement}; those that it leaves alone get their outcome from
 * {@link notRestoredStatement}.
 */
export function restoreStatement({ table, keyField, columns }: Kind): string {
  const names = columns.map(({ name }) => name);
  // A column that the kind got since has no value in what was kept.
  const values = columns.map(({ name, type, default: fallback }) =>
    fallback === undefined ? `v.${name}` : `COALESCE(v.${name}, '${fallback}'::${SQL_TYPES[type]})`,
  );
  return `
    WITH restored AS (
      INSERT INTO ${table} (id, ${names.join(', ')}, ${keyField}, version, last_change, last_change_row, created_at)
      SELECT t.record_id, ${values.join(', ')}, v.${keyField}, v.version + 1, c.previous_change, c.previous_change_row, v.created_at
        FROM job_targets t
       CROSS JOIN LATERAL (${DELETION}) c
       CROSS JOIN LATERAL jsonb_populate_record(NULL::${table}, c.before) v
       WHERE ${TARGETS} AND t.operation = 'deleted'
       ORDER BY v.${keyField}
          ON CONFLICT DO NOTHING
      RETURNING id
    ), written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome, record_id)
      SELECT $1, t."row", 'reversed', t.record_id
        FROM job_targets t
       -- Not as a condition of its own, which would be a join of the two sets row by row: so it is one look-up in a hashed set.
       WHERE ${TARGETS} AND (t.record_id IN (SELECT id FROM restored)) IS TRUE
      RETURNING 1
    )
    SELECT count(*)::int AS count FROM written`;
}

/**
 * What the job noted of a record that it deleted. By the primary key; OFFSET 0 keeps it a look-up of its own for each target,
 * whatever statistics say of the changes of a new job.
 */
const DELETION = `SELECT * FROM record_changes WHERE change_id = $4 AND change_row = t.source_row OFFSET 0`;

/**
 * Gives the records of a chunk that {@link undoStatement} left alone their outcome: `kept`, and why.
 *
 * Parameters: as above. Result: `{ count }`.
 */
export function keptStatement({ table, taken }: Kind): string {
  // What is known and could have been set back was left alone for one reason only.
  const isMoved = `WHEN ${IS_LAST_OF_TARGET} AND (t.operation = 'created' OR ${IS_KNOWN}) THEN ${reason('stock_moved')}`;
  return keptFor(
    `CASE WHEN record.id IS NULL THEN ${reason('deleted_since')}
          ${taken === null ? '' : isMoved}
          WHEN ${IS_LAST_OF_TARGET} THEN ${reason('no_longer_known')}
          ELSE ${reason('changed_since')} END`,
    `LEFT JOIN ${table} record ON record.id = ANY (ARRAY[t.record_id])`,
  );
}

/** The same for those that {@link restoreStatement} left alone. */
export function notRestoredStatement({ table }: Kind): string {
  return keptFor(
    `CASE WHEN c.change_id IS NULL THEN ${reason('no_longer_known')}
          WHEN record.id IS NOT NULL THEN ${reason('changed_since')}
          ELSE ${reason('key_taken')} END`,
    `LEFT JOIN LATERAL (${DELETION}) c ON true
        LEFT JOIN LATERAL (SELECT id FROM ${table} WHERE id = t.record_id OFFSET 0) record ON true`,
  );
}
