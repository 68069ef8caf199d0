import type pg from 'pg';
import type { Queryable } from '../client.ts';

/** An Idempotency-Key, and for what it is used. */
export interface IdempotencyClaim {
  principal: string;
  key: string;
  /** Digest of what is asked: a repeated request has the same one. */
  request: string;
}

/**
 * Takes a key for something that is made in the same transaction. Requests at the same time under one key meet at its unique
 * index: the second waits for the first.
 *
 * @param resourceId what is to be made; null lets the database choose an id
 * @returns the id of what is to be made; null when the key was taken in the last 24 hours
 */
export async function takeKey(
  client: pg.PoolClient,
  { principal, key, request }: IdempotencyClaim,
  resourceId: string | null,
): Promise<string | null> {
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO idempotency_keys AS taken (principal, key, resource_id, request)
     VALUES ($1, $2, COALESCE($3, uuidv7()::text), $4)
     ON CONFLICT (principal, key) DO UPDATE
        SET resource_id = excluded.resource_id, request = excluded.request, created_at = excluded.created_at
      WHERE taken.created_at < now() - interval '24 hours'
     RETURNING resource_id AS id`,
    [principal, key, resourceId, request],
  );
  return rows[0]?.id ?? null;
}

/** @returns what was made under a key that is taken; null when that was another request */
export async function findRepeated(
  db: Queryable,
  { principal, key, request }: IdempotencyClaim,
): Promise<string | null> {
  const { rows } = await db.query<{ id: string }>(
    'SELECT resource_id AS id FROM idempotency_keys WHERE principal = $1 AND key = $2 AND request = $3',
    [principal, key, request],
  );
  return rows[0]?.id ?? null;
}
