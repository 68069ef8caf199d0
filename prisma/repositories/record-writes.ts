import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import type { ValidatedRow } from '../../domain/validate-row.ts';
import { type Database, inTransaction, isUniqueViolation, type Queryable } from '../client.ts';
import { SQL_TYPES } from './apply-statements.ts';
import { findRepeated, type IdempotencyClaim, takeKey } from './idempotency-keys.ts';
import { auditWrite, type RequestWrite } from './record-audit.ts';
import { refreshSearch } from './record-search.ts';
import { findRecord, type StoredRecord } from './records.ts';

/** Which versions of a record may be written over: one of these, or any. */
export type WritableVersions = readonly number[] | 'any';

/** Another record has the key; null where that one was gone again at once. */
export interface KeyTaken {
  result: 'key-taken';
  existingId: string | null;
}

export type Created =
  | { result: 'created'; record: StoredRecord }
  /** The Idempotency-Key was used for the same values before: this is what became of the record; null when it is gone. */
  | { result: 'repeated'; record: StoredRecord | null }
  | { result: 'mismatch' }
  | KeyTaken;

export type Changed =
  | { result: 'changed' | 'unchanged'; record: StoredRecord }
  | { result: 'missing' }
  | { result: 'other-version' }
  | KeyTaken;

/**
 * A record may be in the hands of an import's chunk, which takes a second or two. Whoever waits longer than this is told to
 * come again: an error of class 55P03.
 */
const LOCK_TIMEOUT = `SET LOCAL lock_timeout = '5s'`;

/** How often it is looked who has a key that could not be taken, when that record is gone again. */
const MAX_LOOKS = 3;

/**
 * Creates a record, with its change and its place in the search table.
 *
 * @param row valid, with a key
 * @param claim makes it repeatable
 */
export async function createRecord(
  { pool }: Database,
  kind: Kind,
  row: ValidatedRow,
  write: RequestWrite,
  claim: IdempotencyClaim | null,
): Promise<Created> {
  return await inTransaction(pool, async (client) => {
    await client.query(`${LOCK_TIMEOUT}; SAVEPOINT untouched`);
    let id: string | null = null;
    if (claim !== null) {
      id = await takeKey(client, claim, null);
      if (id === null) {
        const madeId = await findRepeated(client, claim);
        if (madeId === null) return { result: 'mismatch' };
        return { result: 'repeated', record: await findRecord(client, kind, madeId) };
      }
    }
    for (let look = 1; look <= MAX_LOOKS; look += 1) {
      const made = await client.query<{ id: string }>(createStatement(kind), [
        ...[id, write.changeId, write.by, row.key],
        ...row.cells,
      ]);
      const createdId = made.rows[0]?.id;
      if (createdId !== undefined) {
        await refreshSearch(client, kind, [createdId]);
        const record = await readWritten(client, kind, createdId);
        await auditWrite(client, kind, write, null, record);
        return { result: 'created', record };
      }
      const existingId = await findIdByKey(client, kind, row.key);
      if (existingId === null && look < MAX_LOOKS) continue;
      // Nothing was made, so the Idempotency-Key stands for nothing.
      await client.query('ROLLBACK TO SAVEPOINT untouched');
      return { result: 'key-taken', existingId };
    }
    throw new Error('unreachable');
  });
}

/**
 * Changes a record, with its change and its place in the search table. What says nothing new writes nothing.
 *
 * @param row valid; columns without a cell that are not cleared stay
 */
export async function changeRecord(
  { pool }: Database,
  kind: Kind,
  id: string,
  row: ValidatedRow,
  expected: WritableVersions,
  write: RequestWrite,
): Promise<Changed> {
  try {
    return await inTransaction(pool, async (client) => {
      const state = await lockRecord(client, kind, id, expected);
      if (state !== 'ready') return { result: state };
      if (row.key !== null) {
        const existingId = await findIdByKey(client, kind, row.key);
        if (existingId !== null && existingId !== id) return { result: 'key-taken', existingId };
      }
      const before = await readWritten(client, kind, id);
      const statement = changeStatement(kind, row);
      if (statement === null) return { result: 'unchanged', record: before };
      const { text, values } = statement;
      const { rowCount } = await client.query(text, [id, write.changeId, write.by, ...values]);
      if (rowCount !== 1) return { result: 'unchanged', record: before };
      await refreshSearch(client, kind, [id]);
      const record = await readWritten(client, kind, id);
      await auditWrite(client, kind, write, before, record);
      return { result: 'changed', record };
    });
  } catch (error) {
    // Somebody else took the key between the look and the write.
    if (!isUniqueViolation(error)) throw error;
    return { result: 'key-taken', existingId: await findIdByKey(pool, kind, row.key) };
  }
}

/** Deletes a record, unless orders hold some of it. Its change keeps all that there was of it. */
export async function deleteRecord(
  { pool }: Database,
  kind: Kind,
  id: string,
  expected: WritableVersions,
  write: RequestWrite,
): Promise<'deleted' | 'missing' | 'other-version' | 'needed'> {
  return await inTransaction(pool, async (client) => {
    const state = await lockRecord(client, kind, id, expected);
    if (state !== 'ready') return state;
    // Its row is locked: whoever wants to hold some of it finds it gone.
    if (await isNeeded(client, kind, id)) return 'needed';
    const before = await readWritten(client, kind, id);
    await client.query(deleteStatement(kind), [id, write.changeId, write.by]);
    await refreshSearch(client, kind, [id]);
    await auditWrite(client, kind, write, before, null);
    return 'deleted';
  });
}

async function lockRecord(
  client: pg.PoolClient,
  { table }: Kind,
  id: string,
  expected: WritableVersions,
): Promise<'ready' | 'missing' | 'other-version'> {
  await client.query(LOCK_TIMEOUT);
  const { rows } = await client.query<{ version: number }>(
    `SELECT version FROM ${table} WHERE id = $1 FOR UPDATE`,
    [id],
  );
  const version = rows[0]?.version;
  if (version === undefined) return 'missing';
  return expected === 'any' || expected.includes(version) ? 'ready' : 'other-version';
}

async function isNeeded(client: pg.PoolClient, { table, taken }: Kind, id: string): Promise<boolean> {
  if (taken === null) return false;
  const { rowCount } = await client.query(`SELECT FROM ${table} WHERE id = $1 AND ${taken.heldField} > 0`, [
    id,
  ]);
  return rowCount === 1;
}

async function findIdByKey(
  db: Queryable,
  { table, keyField }: Kind,
  key: string | null,
): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(`SELECT id FROM ${table} WHERE ${keyField} = $1`, [key]);
  return rows[0]?.id ?? null;
}

async function readWritten(client: pg.PoolClient, kind: Kind, id: string): Promise<StoredRecord> {
  const record = await findRecord(client, kind, id);
  if (record === null) throw new Error(`${kind.singular} ${id} is gone within the transaction that holds it`);
  return record;
}

/** Parameters: $1 id or null, $2 change, $3 who, $4 key, and from $5 the cells of the columns. */
function createStatement(kind: Kind): string {
  const { columns } = kind;
  const values = columns.map(({ type, default: fallback }, index) => {
    const given = `$${String(index + 5)}::${SQL_TYPES[type]}`;
    return fallback === undefined ? given : `COALESCE(${given}, '${fallback}'::${SQL_TYPES[type]})`;
  });
  return `
    WITH made AS (
      INSERT INTO ${kind.table} (id, ${columns.map(({ name }) => name).join(', ')}, ${kind.keyField}, last_change)
      VALUES (COALESCE($1::uuid, uuidv7()), ${values.join(', ')}, $4, $2)
          ON CONFLICT (${kind.keyField}) DO NOTHING
      RETURNING id
    ), change AS (
      INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, changed_by)
      SELECT $2, 0, '${kind.name}', id, 'created', $3
        FROM made
    )
    SELECT id FROM made`;
}

/** Parameters: $1 id, $2 change, $3 who, and from $4 the values. @returns null when no column is given */
function changeStatement(
  kind: Kind,
  { key, cells, cleared }: ValidatedRow,
): { text: string; values: unknown[] } | null {
  const values: unknown[] = [];
  const next = (value: unknown): string => `$${String(values.push(value) + 3)}`;
  const given = kind.columns.flatMap(({ name, type }, index) => {
    const cell = cells[index] ?? null;
    if (cell === null && (cleared & (1 << index)) === 0) return [];
    return [{ name, value: `${next(cell)}::${SQL_TYPES[type]}` }];
  });
  if (given.length === 0) return null;
  const set = given.map(({ name, value }) => `${name} = ${value}`);
  if (key !== null) set.push(`${kind.keyField} = ${next(key)}`);
  const text = `
    WITH changed AS (
      UPDATE ${kind.table} record
         SET ${set.join(', ')},
             version = version + 1, last_change = $2, last_change_row = NULL, updated_at = now()
       WHERE id = $1
         AND ROW(${given.map(({ value }) => value).join(', ')})
             IS DISTINCT FROM ROW(${given.map(({ name }) => `record.${name}`).join(', ')})
      RETURNING new.id, old.last_change, old.last_change_row, ${beforeOf(kind, 'old')} AS before
    )
    INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before,
                                previous_change, previous_change_row, changed_by)
    SELECT $2, 0, '${kind.name}', id, 'updated', before, last_change, last_change_row, $3
      FROM changed`;
  return { text, values };
}

/** Parameters: $1 id, $2 change, $3 who. */
function deleteStatement(kind: Kind): string {
  return `
    WITH gone AS (
      DELETE FROM ${kind.table} record
       WHERE id = $1
      RETURNING record.*
    )
    INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before,
                                previous_change, previous_change_row, changed_by)
    SELECT $2, 0, '${kind.name}', id, 'deleted', ${deletedBefore(kind, 'gone')}, last_change, last_change_row, $3
      FROM gone`;
}

/** SQL: all that there was of a row of a kind's table, as the change of its deletion keeps it. */
export function deletedBefore(kind: Kind, row: string): string {
  const more = [kind.keyField, 'version', 'created_at', 'updated_at'].map(
    (name) => `'${name}', ${row}.${name}`,
  );
  return `${beforeOf(kind, row)} || jsonb_build_object(${more.join(', ')})`;
}

/** The values of a row, as the statements of imports keep them. */
function beforeOf({ columns }: Kind, row: string): string {
  return `jsonb_build_object(${columns.map(({ name }) => `'${name}', ${row}.${name}`).join(', ')})`;
}
