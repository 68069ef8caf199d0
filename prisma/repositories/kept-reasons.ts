import type { KeptReason } from '../../contracts/words.ts';

/** What a person reads of why a record was kept. */
const KEPT_TEXTS: Record<KeptReason, string> = {
  changed_since: 'The record was changed since.',
  deleted_since: 'The record was deleted since.',
  not_found: 'There is no record with this id.',
  key_taken: 'Another record has its key now.',
  no_longer_known: 'Its earlier values are no longer known.',
  stock_moved: 'Orders took from its stock since.',
  needed_by_orders: 'Orders hold pieces of it.',
  shipped: 'It has been shipped.',
  refunded: 'It was refunded before: nothing is left to be taken back.',
  cancel_parked: 'It is being cancelled, and waits for an operator.',
  cancel_under_way: 'It is being cancelled; what comes of it stands in the order.',
};

/** SQL, a text: a reason. */
export const reason = (code: KeptReason): string => `'${code}'`;

/**
 * What stands in the `errors` of a record that was kept.
 *
 * @param code SQL, a text: the reason
 */
function keptBecause(code: string): string {
  const texts = Object.entries(KEPT_TEXTS).map(([known, text]) => `WHEN '${known}' THEN '${text}'`);
  return `jsonb_build_array(jsonb_build_object('column', NULL, 'value', NULL, 'code', ${code}, 'message',
                                               CASE ${code} ${texts.join(' ')} END))`;
}

/** SQL: the targets `t` of the job $1 from row $2 to row $3. By the primary key. */
export const TARGETS = `t.job_number = $1 AND t."row" BETWEEN $2 AND $3`;

/**
 * The statement that gives those {@link TARGETS} that have no outcome theirs: `kept`, and why. Result: `{ count }`.
 *
 * @param why SQL, a text: the reason
 * @param joins SQL: what it looks at besides the target
 */
export function keptFor(why: string, joins: string): string {
  return `
    WITH kept AS (
      SELECT t."row", t.record_id, ${why} AS why
        FROM job_targets t
        ${joins}
       WHERE ${TARGETS}
         AND t."row" NOT IN (SELECT o."row" FROM row_outcomes o WHERE o.job_number = $1 AND o."row" BETWEEN $2 AND $3)
    ), written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome, record_id, errors)
      SELECT $1, "row", 'kept', record_id, ${keptBecause('why')} FROM kept
      RETURNING 1
    )
    SELECT count(*)::int AS count FROM written`;
}
