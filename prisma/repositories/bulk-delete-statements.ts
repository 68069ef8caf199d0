import type { Kind } from '../../domain/kinds/index.ts';
import { keptFor, reason, TARGETS } from './kept-reasons.ts';
import { deletedBefore } from './record-writes.ts';

/*
 * The statements that delete the records of one chunk, to be run one after the other in one transaction.
 *
 * Parameters of all of them: $1 number of the job, $2 first row, $3 last row. Each scan is a range of the primary key of
 * job_targets, each record is looked up by its id: `= ANY (ARRAY[id])` leaves one plan only, and they run with the settings of the
 * statements that apply (apply-statements.ts).
 */

const RECORD = `record.id = ANY (ARRAY[t.record_id])`;

/**
 * Rules of a kind by which a bulk delete keeps a record: SQL for the record as `record`, each `WHEN <condition> THEN <code>` with a
 * code of KEPT_REASONS. They are asked once all records of the chunk are locked, by statements that see what was committed until
 * then. So a rule may look at other tables, provided that whoever writes there locks the record first.
 */
const rulesOf = ({ taken }: Kind): string[] =>
  taken === null ? [] : [`WHEN record.${taken.heldField} > 0 THEN ${reason('needed_by_orders')}`];

/**
 * Why a record that is there is kept: SQL, the code of the first reason that holds, null when it may go. The one place where that
 * is decided: what deletes, and what says why something was kept, are both made of it.
 */
const reasonToKeep = (kind: Kind): string =>
  ['CASE WHEN record.version <> t.version THEN', reason('changed_since'), ...rulesOf(kind), 'END'].join(' ');

/**
 * Locks the records in the order of their keys, in which everybody locks them, before any of them goes: who waits for a key that
 * is about to be free does not hold a record that is still to be locked here.
 */
export function lockStatement({ table }: Kind): string {
  return `
    SELECT count(*) FROM (SELECT t.record_id FROM job_targets t WHERE ${TARGETS} ORDER BY t.key) t
     CROSS JOIN LATERAL (SELECT FROM ${table} record WHERE record.id = t.record_id FOR UPDATE) locked`;
}

/**
 * Deletes the records that nothing speaks for, with their changes and outcomes. Parameters besides: $4 id of the job, $5 who.
 * Result: `{ count }`, how many.
 */
export function deleteStatement(kind: Kind): string {
  return `
    WITH gone AS (
      DELETE FROM ${kind.table} record
       USING job_targets t
       WHERE ${TARGETS} AND ${RECORD} AND (${reasonToKeep(kind)}) IS NULL
      RETURNING t."row" AS target_row, record.*
    ), changes AS (
      INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before,
                                  previous_change, previous_change_row, changed_by)
      SELECT $4, target_row, '${kind.name}', id, 'deleted', ${deletedBefore(kind, 'gone')}, last_change, last_change_row, $5
        FROM gone
    ), written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome, record_id)
      SELECT $1, target_row, 'deleted', id FROM gone
      RETURNING 1
    )
    SELECT count(*)::int AS count FROM written`;
}

/** Gives the records that {@link deleteStatement} left alone their outcome: `kept`, and why. Result: `{ count }`. */
export function keptStatement(kind: Kind): string {
  return keptFor(
    `CASE WHEN record.id IS NOT NULL THEN ${reasonToKeep(kind)}
          WHEN t.version IS NULL THEN ${reason('not_found')}
          ELSE ${reason('deleted_since')} END`,
    `LEFT JOIN ${kind.table} record ON ${RECORD}`,
  );
}
