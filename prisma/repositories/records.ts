import type { JobType } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import type { Queryable } from '../client.ts';

/** A value as the driver gives it: decimals are texts, so that no digit is lost. */
export type StoredValue = string | number | boolean | null;
/** Values by column. */
export type StoredValues = Record<string, StoredValue>;

/** What wrote a record: a job or a request. */
export interface Writer {
  changeId: string;
  /** Row of the job's file; null for a request. */
  row: number | null;
  /** Null for a request, and for a job that is no longer kept. */
  jobType: JobType | null;
}

/** A record as it stands. */
export interface StoredRecord {
  id: string;
  values: StoredValues;
  /** What the system keeps of it besides, by the names of the kind's facts. */
  facts: StoredValues;
  version: number;
  lastChange: Writer;
  createdAt: Date;
  updatedAt: Date;
}

/** @returns the record, or null when there is none with this id */
export async function findRecord(db: Queryable, kind: Kind, id: string): Promise<StoredRecord | null> {
  const { rows } = await db.query<RecordRow>(
    `SELECT ${recordFields(kind)}
       FROM ${kind.table} r
       LEFT JOIN jobs j ON j.id = r.last_change
      WHERE r.id = $1`,
    [id],
  );
  return rows[0] === undefined ? null : toRecord(rows[0], kind);
}

/** What makes a {@link RecordRow} of a record `r` and the job `j` that wrote it last. */
export function recordFields(kind: Kind): string {
  return `r.id, r.version, r.created_at, r.updated_at, r.last_change, r.last_change_row, j.type AS job_type,
         ${namesOf([...kind.columns, ...kind.facts], 'r')}`;
}

/** The kind's columns, in their order. */
export function columnsOf({ columns }: Kind, table: string): string {
  return namesOf(columns, table);
}

function namesOf(columns: readonly { name: string }[], table: string): string {
  return columns.map(({ name }) => `${table}.${name}`).join(', ');
}

export type RecordRow = StoredValues & {
  id: string;
  version: number;
  created_at: Date;
  updated_at: Date;
  last_change: string;
  last_change_row: number | null;
  job_type: JobType | null;
};

export function toRecord(row: RecordRow, kind: Kind): StoredRecord {
  return {
    id: row.id,
    values: valuesOf(row, kind.columns),
    facts: valuesOf(row, kind.facts),
    version: row.version,
    lastChange: { changeId: row.last_change, row: row.last_change_row, jobType: row.job_type },
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Columns of a row. */
export function valuesOf(row: StoredValues, columns: readonly { name: string }[]): StoredValues {
  return Object.fromEntries(columns.map(({ name }) => [name, row[name] ?? null]));
}

/** @returns the id of the record that was created last, or null when there is none */
export async function findNewestRecordId(db: Queryable, { table }: Kind): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(`SELECT id FROM ${table} ORDER BY id DESC LIMIT 1`);
  return rows[0]?.id ?? null;
}

/** How many records, and about how many bytes of text, are in memory while all of them are read. */
const BATCH_ROWS = 2_000;
const BATCH_BYTES = 2 * 1024 * 1024;

const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000';

/**
 * The values of all records of a kind, in the order of its columns, oldest record first, in batches. A batch ends when it is
 * full or when its texts are long; their length is known without reading them. Each batch is a statement of its own, by the
 * primary key: no transaction and no connection is held between them, so a slow reader costs the database nothing. A record
 * is shown as it stands when its batch is read.
 *
 * @param upTo the last record; those created after it are left out, so that it ends while others write;
 *   null where there is none
 */
export async function* readAllRecords(
  db: Queryable,
  kind: Kind,
  upTo: string | null,
): AsyncGenerator<StoredValue[][], void, undefined> {
  if (upTo === null) return;
  const text = batchStatement(kind);
  let after = BEFORE_ALL_IDS;
  for (;;) {
    const values = [after, upTo, BATCH_ROWS, BATCH_BYTES];
    const { rows } = await db.query<[string, ...StoredValue[]]>({ text, values, rowMode: 'array' });
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows.map(([, ...record]) => record);
    [after] = last;
  }
}

function batchStatement(kind: Kind): string {
  const texts = kind.columns.filter(({ type }) => type === 'text' || type === 'email');
  const textBytes = texts.map(({ name }) => `coalesce(octet_length(${name}), 0)`).join(' + ');
  return `
    SELECT batch.id, ${columnsOf(kind, 'batch')}
      FROM (SELECT r.*, sum(text_bytes) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
              FROM (SELECT *, ${textBytes} AS text_bytes
                      FROM ${kind.table}
                     WHERE id > $1 AND id <= $2
                     ORDER BY id
                     LIMIT $3) r) batch
     WHERE coalesce(batch.bytes_before, 0) < $4
     ORDER BY batch.id`;
}
