import type { RecordOperation } from '../../contracts/http/record.ts';
import type { JobType } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { Queryable } from '../client.ts';
import { columnsOf, type StoredValues, valuesOf, type Writer } from './records.ts';

/** A write of a record. */
export interface RecordWrite {
  writer: Writer;
  /** Null where the write left no row in record_changes: it created the record, or its row is no longer kept. */
  recorded: { operation: RecordOperation; by: string; at: Date } | null;
  /** Who asked for the job; null where the job is not there, or there was none. */
  jobCreatedBy: string | null;
  /** Values before and after it; null where there were none, or where they are not known. */
  before: StoredValues | null;
  after: StoredValues | null;
  /** Version of the record before it; 0 for its creation, provided that every write was followed from now back to it. */
  versionBefore: number;
}

/** The write after which a page of history starts. */
export interface HistoryPosition {
  changeId: string;
  changeRow: number;
  versionBefore: number;
}

/**
 * The writes of a record, newest first, along the chain that ADR 0009 describes: the record names the write that made its
 * values, and the row of each write names the one before. Every step is a look-up by the primary key of record_changes; no
 * index by record is needed, which every bulk update would have to keep. A write keeps the values before it, so those after
 * it are read from the link before it in this list; the record itself is the first link, or nothing where it
 * has been deleted.
 *
 * @param after the last write of the page before; null starts at the newest
 * @returns the last one has `recorded` null where the chain ends; null when there is no such record, or when it was not
 *   written by what `after` names
 */
export async function listRecordWrites(
  db: Queryable,
  kind: Kind,
  { id, isDeleted }: Pick<RecordLife, 'id' | 'isDeleted'>,
  after: HistoryPosition | null,
  limit: number,
): Promise<RecordWrite[] | null> {
  const { rows } = await (after === null
    ? db.query<LinkRow>(historyStatement(kind, isDeleted ? 'deletion' : 'record'), [id, limit])
    : db.query<LinkRow>(historyStatement(kind, 'change'), [
        id,
        limit,
        after.changeId,
        after.changeRow,
        after.versionBefore,
      ]));
  const [start, ...writes] = rows;
  if (start === undefined) return null;
  return writes.map((row, index) => toWrite(row, writes[index - 1] ?? start, kind));
}

/** A record that is or was there. */
export interface RecordLife {
  id: string;
  createdAt: Date;
  isDeleted: boolean;
}

/** @returns null when there is no record with this id, and none is known to have been deleted */
export async function findRecordLife(db: Queryable, kind: Kind, id: string): Promise<RecordLife | null> {
  // By the primary key, and by record_changes_deleted_idx.
  const { rows } = await db.query<RecordLife>(
    `SELECT r.id, r.created_at AS "createdAt", false AS "isDeleted"
       FROM ${kind.table} r
      WHERE r.id = $1
      UNION ALL
     SELECT d.record_id, coalesce((d.before ->> 'created_at')::timestamptz(3), d.changed_at), true
       FROM (${deletionOf(kind)}) d
      ORDER BY "isDeleted"
      LIMIT 1`,
    [id],
  );
  return rows[0] ?? null;
}

/** The last deletion of the record $1: one that was put back may be deleted again. */
const deletionOf = ({ name }: Kind): string => `
  SELECT *
    FROM record_changes
   WHERE record_id = $1 AND operation = 'deleted' AND kind = '${name}'
   ORDER BY changed_at DESC
   LIMIT 1`;

const fromRecord = ({ table }: Kind): string => `
  SELECT 0, NULL::uuid, NULL::int, NULL::change_operation, to_jsonb(r), NULL::text, NULL::timestamptz,
         r.last_change, coalesce(r.last_change_row, 0), r.version
    FROM ${table} r
   WHERE r.id = $1`;

const fromDeletion = (kind: Kind): string => `
  SELECT 0, NULL::uuid, NULL::int, NULL::change_operation, NULL::jsonb, NULL::text, NULL::timestamptz,
         d.change_id, d.change_row, coalesce((d.before ->> 'version')::int, 0) + 1
    FROM (${deletionOf(kind)}) d`;

const fromChange = ({ table, name }: Kind): string => `
  SELECT 0, c.change_id, c.change_row, c.operation, coalesce(to_jsonb(r), '{}') || c.before, c.changed_by, c.changed_at,
         c.previous_change, coalesce(c.previous_change_row, 0), $5::int
    FROM record_changes c
    LEFT JOIN ${table} r ON r.id = c.record_id
   WHERE c.change_id = $3 AND c.change_row = $4 AND c.record_id = $1 AND c.kind = '${name}'`;

const STARTS = { record: fromRecord, deletion: fromDeletion, change: fromChange };

/**
 * The outer join makes the last link one for the write that left no row; from there nothing leads on. Whether it is the creation
 * is told by the outcome of its row, as long as that is kept: the version alone can not tell, for undone changes count in it too.
 * A column that a write
 * does not have among its values, because the kind got it later, stays as it was.
 *
 * Parameters: $1 record, $2 how many writes; from a change also $3 its id, $4 its row, $5 the record's version before it.
 *
 * @param start what the first link is: the record itself, what is left of it after its deletion, or one of its changes
 */
export const historyStatement = (kind: Kind, start: keyof typeof STARTS): string => `
  WITH RECURSIVE link (depth, change_id, change_row, operation, before, changed_by, changed_at,
                       previous_change, previous_change_row, version) AS (
    ${STARTS[start](kind)}
     UNION ALL
    SELECT link.depth + 1, link.previous_change, link.previous_change_row, c.operation,
           coalesce(link.before, '{}') || c.before, c.changed_by, c.changed_at,
           c.previous_change, coalesce(c.previous_change_row, 0), link.version - 1
      FROM link
      LEFT JOIN record_changes c ON c.change_id = link.previous_change AND c.change_row = link.previous_change_row
                                AND c.record_id = $1
     WHERE link.previous_change IS NOT NULL AND link.depth < $2
  )
  SELECT link.change_id, link.change_row, link.operation, link.changed_by, link.changed_at,
         CASE WHEN made.outcome IS NULL THEN link.version ELSE 0 END AS version,
         link.before IS NOT NULL AS has_values, j.type AS job_type, j.created_by AS job_created_by,
         ${columnsOf(kind, 'v')}
    FROM link
   CROSS JOIN LATERAL jsonb_populate_record(NULL::${kind.table}, link.before) v
    LEFT JOIN jobs j ON j.id = link.change_id
    LEFT JOIN row_outcomes made ON link.depth > 0 AND link.operation IS NULL AND made.job_number = j.number
                               AND made."row" = link.change_row AND made.record_id = $1 AND made.outcome = 'created'
   ORDER BY link.depth`;

type LinkRow = StoredValues & {
  change_id: string;
  change_row: number;
  version: number;
  has_values: boolean;
  job_type: JobType | null;
  job_created_by: string | null;
} & (Recorded | Record<keyof Recorded, null>);

/** What only a write that left a row has. */
interface Recorded {
  operation: RecordOperation;
  changed_by: string;
  changed_at: Date;
}

function toWrite(row: LinkRow, newer: LinkRow, kind: Kind): RecordWrite {
  return {
    writer: {
      changeId: row.change_id,
      row: row.change_row === 0 ? null : row.change_row,
      jobType: row.job_type,
    },
    recorded:
      row.operation === null ? null : { operation: row.operation, by: row.changed_by, at: row.changed_at },
    jobCreatedBy: row.job_created_by,
    before: row.has_values ? valuesOf(row, kind.columns) : null,
    after: newer.has_values ? valuesOf(newer, kind.columns) : null,
    versionBefore: row.version,
  };
}
