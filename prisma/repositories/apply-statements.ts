import type { Mode } from '../../contracts/words.ts';
import type { Kind, RecordColumn, RecordColumnType } from '../../domain/kinds/index.ts';

/** SQL types of the columns of a record. */
export const SQL_TYPES: Record<RecordColumnType, string> = {
  text: 'text',
  email: 'text',
  decimal: 'numeric(19,4)',
  boolean: 'boolean',
  integer: 'integer',
};

/**
 * The statement that applies one chunk of staged rows to the records of a kind.
 *
 * Parameters: $1 job number, $2 first row, $3 last row, $4 job id, $5 who.
 * Result: a row for each outcome that it wrote, `{ outcome, count }`: `created` and `updated`. Rows that it leaves alone,
 * because the mode passes over them or because nothing in them differs, get theirs from {@link restStatement}.
 *
 * MERGE sees a matched row in its newest version even when somebody else has just changed it, and locks nothing that
 * stays as it is. The rows come in the order of the key, which is the order in which everybody locks records.
 * Records are matched by `= ANY (ARRAY[key])`, which means `=` but leaves one plan only, a look-up of each key: for `=` on a
 * table that statistics call empty, reading its whole index for each row seems as good, and takes hours once it has grown.
 * Run it with {@link APPLY_SETTINGS}.
 *
 * @param again whether rows of the chunk have been applied before: those are left alone
 */
export function applyStatement(kind: Kind, mode: Mode, again = false): string {
  const { columns } = kind;
  const names = columns.map((column) => column.name);
  const update = `
    WHEN MATCHED AND ${differs(kind)} THEN
      UPDATE SET ${columns.map((column, index) => `${column.name} = ${mergedValue(column, index)}`).join(', ')},
                 version = record.version + 1, last_change = $4, last_change_row = given."row", updated_at = now()`;
  const insert = `
    WHEN NOT MATCHED THEN
      INSERT (${names.join(', ')}, ${kind.keyField}, last_change, last_change_row)
      VALUES (${columns.map(newValue).join(', ')}, given.key, $4, given."row")`;

  return `
    WITH applied AS (
      MERGE INTO ${kind.table} record
      USING (${givenRows(kind, again)}) given ON record.${kind.keyField} = ANY (ARRAY[given.key])
      ${mode === 'create' ? '' : update}
      ${mode === 'update' ? '' : insert}
      RETURNING given."row", new.id, old.id IS NULL AS is_new,
                old.last_change, old.last_change_row, ${names.map((name) => `old.${name} AS before_${name}`).join(', ')}
    ), changes AS (
      INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before,
                                  previous_change, previous_change_row, changed_by)
      SELECT $4, "row", '${kind.name}', id, 'updated',
             jsonb_build_object(${names.map((name) => `'${name}', before_${name}`).join(', ')}),
             last_change, last_change_row, $5
        FROM applied
       WHERE NOT is_new
    ), written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome, record_id)
      SELECT $1, "row", CASE WHEN is_new THEN 'created' ELSE 'updated' END::outcome, id
        FROM applied
      RETURNING outcome
    )
    SELECT outcome, count(*)::int AS count FROM written GROUP BY outcome`;
}

/**
 * What {@link applyStatement} and {@link restStatement} would do with a chunk, without doing it: nothing is changed, no record
 * is locked.
 *
 * Parameters: $1 job number, $2 first row, $3 last row. Result: as above, with all four outcomes. Run it with
 * {@link APPLY_SETTINGS}.
 */
export function dryRunStatement(kind: Kind, mode: Mode): string {
  const ifNew = mode === 'update' ? 'skipped' : 'created';
  const ifThere =
    mode === 'create' ? `'skipped'` : `CASE WHEN ${differs(kind)} THEN 'updated' ELSE 'unchanged' END`;
  return `
    WITH written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome)
      SELECT $1, given."row", CASE WHEN record.id IS NULL THEN '${ifNew}' ELSE ${ifThere} END::outcome
        FROM (${givenRows(kind)}) given
        LEFT JOIN ${kind.table} record ON record.${kind.keyField} = ANY (ARRAY[given.key])
      RETURNING outcome
    )
    SELECT outcome, count(*)::int AS count FROM written GROUP BY outcome`;
}

/**
 * Gives the rows of a chunk that have no outcome after {@link applyStatement} theirs: `unchanged`, or `skipped` where the
 * mode passes over them.
 *
 * Parameters: $1 job number, $2 first row, $3 last row. Result: as above. Run it with {@link REST_SETTINGS}.
 */
export function restStatement(kind: Kind, mode: Mode): string {
  const exists = `EXISTS (SELECT FROM ${kind.table} record WHERE record.${kind.keyField} = s.key)`;
  const outcome: Record<Mode, string> = {
    upsert: `'unchanged'`,
    create: `'skipped'`,
    update: `CASE WHEN ${exists} THEN 'unchanged' ELSE 'skipped' END`,
  };
  return `
    WITH written AS (
      INSERT INTO row_outcomes (job_number, "row", outcome)
      SELECT s.job_number, s."row", ${outcome[mode]}::outcome
        FROM staged_rows s
        LEFT JOIN (SELECT "row" FROM row_outcomes WHERE job_number = $1 AND "row" BETWEEN $2 AND $3) done
               ON done."row" = s."row"
       WHERE ${APPLICABLE} AND done."row" IS NULL
      RETURNING outcome
    )
    SELECT outcome, count(*)::int AS count FROM written GROUP BY outcome`;
}

/**
 * Statistics know nothing of a job whose rows have just come in, and a plan made from them can take hours. So the ways of
 * joining are set for each of the two statements, and every scan is bounded by the chunk's rows or by one key.
 *
 * For {@link applyStatement}: records are looked up by the index on the key, one by one and in the given order. A hash join
 * would read the whole table for each chunk, and lock its rows in any order.
 */
export const APPLY_SETTINGS = joinSettings({ nestloop: 'on', hashjoin: 'off', mergejoin: 'off' });

/** For {@link restStatement}: two sets of the size of a chunk are compared as sets, not row by row. */
export const REST_SETTINGS = joinSettings({ nestloop: 'off', hashjoin: 'on', mergejoin: 'on' });

function joinSettings(settings: Record<'nestloop' | 'hashjoin' | 'mergejoin', 'on' | 'off'>): string {
  const names = Object.entries({ ...settings, seqscan: 'off' });
  return names.map(([name, value]) => `SET LOCAL enable_${name} = ${value}`).join('; ');
}

/** Valid rows of the chunk that are to be applied. By the primary key. */
const APPLICABLE = `s.job_number = $1 AND s."row" BETWEEN $2 AND $3 AND s.outcome IS NULL`;

/**
 * NOT IN is the one way to say this that is no join: a set of the chunk's rows, hashed whatever {@link APPLY_SETTINGS} forbid.
 * With NOT EXISTS the statistics of a new job let all of its outcomes be read for each row of the chunk.
 */
const NOT_APPLIED = `AND s."row" NOT IN (SELECT o."row" FROM row_outcomes o WHERE o.job_number = $1 AND o."row" BETWEEN $2 AND $3)`;

function givenRows(kind: Kind, again = false): string {
  const cells = kind.columns.map(
    (column, index) => `s.cells[${String(index + 1)}]::${SQL_TYPES[column.type]} AS ${column.name}`,
  );
  return `SELECT s."row", s.key, s.cleared, ${cells.join(', ')}
            FROM staged_rows s
           WHERE ${APPLICABLE} ${again ? NOT_APPLIED : ''}
           ORDER BY s.key`;
}

/** Whether a row says anything else than its record. */
function differs({ columns }: Kind): string {
  const merged = columns.map((column, index) => mergedValue(column, index)).join(', ');
  return `(${merged}) IS DISTINCT FROM (${columns.map(({ name }) => `record.${name}`).join(', ')})`;
}

/** What a column of an existing record becomes: a blank keeps it, a cleared cell empties it. */
function mergedValue(column: RecordColumn, index: number): string {
  const kept = `COALESCE(given.${column.name}, record.${column.name})`;
  if (column.required || column.default !== undefined) return kept;
  return `CASE WHEN given.cleared & ${String(1 << index)} = 0 THEN ${kept} END`;
}

/** What a column of a new record becomes. */
function newValue(column: RecordColumn): string {
  if (column.default === undefined) return `given.${column.name}`;
  return `COALESCE(given.${column.name}, '${column.default}'::${SQL_TYPES[column.type]})`;
}
