import type pg from 'pg';
import type { Kind } from '../../domain/kinds/index.ts';
import { toKey } from '../../domain/keys.ts';
import type { Queryable } from '../client.ts';
import type { Person } from './erase-rows.ts';
import { announceRecords } from './record-notifications.ts';
import { refreshSearch } from './record-search.ts';

/** A person whose record is there, or whose deletion still is. */
export interface PersonToErase extends Person {
  hasRecord: boolean;
}

const LINK =
  'c.change_id, c.change_row, c.before, c.previous_change, coalesce(c.previous_change_row, 0) AS previous_row';

/**
 * The changes of a record along the chain that ADR 0009 describes, each step by the primary key. A record that is gone is
 * entered by its deletion (record_changes_deleted_idx). What was changed by jobs is also found in their rows.
 *
 * Parameters: $1 record.
 */
const chainOf = ({ table }: Kind): string => `
  WITH RECURSIVE link AS (
    (SELECT ${LINK}
       FROM ${table} r
       JOIN record_changes c ON c.change_id = r.last_change AND c.change_row = coalesce(r.last_change_row, 0)
                            AND c.record_id = r.id
      WHERE r.id = $1
      UNION
     SELECT ${LINK} FROM record_changes c WHERE c.record_id = $1 AND c.operation = 'deleted')
     UNION
    SELECT ${LINK}
      FROM link
      JOIN record_changes c ON c.change_id = link.previous_change AND c.change_row = link.previous_row
                           AND c.record_id = $1
  )`;

/** @returns whom a record is about; null when neither it nor its deletion is kept */
export async function findPerson(db: Queryable, kind: Kind, recordId: string): Promise<PersonToErase | null> {
  const { rows } = await db.query<{ key: string | null; is_record: boolean }>(
    `${chainOf(kind)}
     SELECT ${kind.keyColumn} AS key, true AS is_record FROM ${kind.table} WHERE id = $1
      UNION
     SELECT before ->> '${kind.keyColumn}', false FROM link`,
    [recordId],
  );
  if (rows.length === 0) return null;
  const keys = rows.flatMap(({ key }) => (key === null ? [] : [toKey(key)]));
  return { recordId, keys: [...new Set(keys)], hasRecord: rows.some(({ is_record }) => is_record) };
}

/** Removes a record, its place in the search table, its changes and what is told of them. @returns how many changes; the record may have been gone already */
export async function removeRecord(
  client: pg.PoolClient,
  kind: Kind,
  recordId: string,
): Promise<{ record: boolean; changes: number }> {
  await client.query(`SELECT FROM ${kind.table} WHERE id = $1 FOR UPDATE`, [recordId]);
  const changes = await client.query(
    `${chainOf(kind)}
     DELETE FROM record_changes c USING link
      WHERE c.change_id = link.change_id AND c.change_row = link.change_row`,
    [recordId],
  );
  await removeEvents(client, kind, recordId);
  const record = await client.query(`DELETE FROM ${kind.table} WHERE id = $1`, [recordId]);
  await refreshSearch(client, kind, [recordId]);
  await announceRecords(client, kind.name);
  return { record: record.rowCount === 1, changes: changes.rowCount ?? 0 };
}

/**
 * Orders are kept for what was sold; who bought it goes. One that is still at work needs what it is paid with.
 *
 * @param keys of the person: addresses in their normalised form
 * @returns how many orders had one of them
 */
export async function forgetInOrders(client: pg.PoolClient, keys: readonly string[]): Promise<number> {
  // By orders_email_key_number_idx.
  const { rowCount } = await client.query(
    `UPDATE orders
        SET email = NULL, email_key = NULL, payment_token = CASE WHEN goal IS NULL THEN NULL ELSE payment_token END,
            revision = revision + 1
      WHERE email_key = ANY ($1)`,
    [keys],
  );
  return rowCount ?? 0;
}

/**
 * What webhooks were told of a record goes, with the deliveries that are still to come; in an event about many records only this
 * one. Events are kept for weeks and read in order, so there is no index by record.
 */
async function removeEvents(client: pg.PoolClient, { name }: Kind, recordId: string): Promise<void> {
  const batches = `type = 'records.changed' AND data ->> 'kind' = $2 AND data -> 'changes' @> jsonb_build_array(jsonb_build_object('id', $1::text))`;
  await client.query(
    `WITH gone AS (
       DELETE FROM events
        WHERE (source ->> 'kind' = $2 AND source ->> 'recordId' = $1)
           OR (correlation_id = id AND data ->> 'id' = $1)
           OR (${batches} AND jsonb_array_length(data -> 'changes') = 1)
       RETURNING id
     )
     DELETE FROM webhook_deliveries WHERE event_id IN (SELECT id FROM gone)`,
    [recordId, name],
  );
  await client.query(
    `UPDATE events
        SET data = jsonb_set(data, '{changes}', (SELECT jsonb_agg(change) FROM jsonb_array_elements(data -> 'changes') change
                                                  WHERE change ->> 'id' <> $1))
      WHERE ${batches}`,
    [recordId, name],
  );
}
