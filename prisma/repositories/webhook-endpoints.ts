import type pg from 'pg';
import type { DisabledReason } from '../../contracts/events/webhook-events.ts';
import type { ParkingReason } from '../../contracts/errors.ts';
import type { Queryable } from '../client.ts';
import { announceAttention } from './attention.ts';

/** An address that wants to be told of events. Its secrets are not part of it. */
export interface WebhookEndpoint {
  id: string;
  url: string;
  description: string | null;
  events: string[];
  active: boolean;
  disabledReason: DisabledReason | null;
  disabledAt: Date | null;
  failingSince: Date | null;
  heldUntil: Date | null;
  /** Until then the secret before the last rotation signs too; null when there is none. */
  previousSecretUntil: Date | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

const FIELDS = `id, url, description, events, active, disabled_reason AS "disabledReason", disabled_at AS "disabledAt",
  failing_since AS "failingSince", CASE WHEN held_until > now() THEN held_until END AS "heldUntil",
  CASE WHEN previous_secret_until > now() THEN previous_secret_until END AS "previousSecretUntil",
  created_by AS "createdBy", created_at AS "createdAt", updated_at AS "updatedAt", version`;

export interface NewEndpoint {
  url: string;
  events: readonly string[];
  description: string | null;
  active: boolean;
  /** As it is to be kept. */
  secret: string;
  createdBy: string;
}

export async function createEndpoint(db: Queryable, endpoint: NewEndpoint): Promise<WebhookEndpoint> {
  const { url, events, description, active, secret, createdBy } = endpoint;
  const { rows } = await db.query<WebhookEndpoint>(
    `INSERT INTO webhook_endpoints (url, events, description, active, secret, created_by)
     VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING ${FIELDS}`,
    [url, events, description, active, secret, createdBy],
  );
  const [created] = rows;
  if (created === undefined) throw new Error('an endpoint that was inserted was not returned');
  return created;
}

/**
 * @param lock takes the endpoint until the transaction ends. Whoever changes several of its deliveries takes it first, so that
 *   nobody waits for another who waits for him
 */
export async function findEndpoint(db: Queryable, id: string, lock = false): Promise<WebhookEndpoint | null> {
  const { rows } = await db.query<WebhookEndpoint>(
    `SELECT ${FIELDS} FROM webhook_endpoints WHERE id = $1 ${lock ? 'FOR NO KEY UPDATE' : ''}`,
    [id],
  );
  return rows[0] ?? null;
}

/** @param before id of the last endpoint of the page before, null for the first page */
export async function listEndpoints(
  db: Queryable,
  before: string | null,
  limit: number,
): Promise<WebhookEndpoint[]> {
  // Ids grow with time: newest first is the primary key backwards.
  const { rows } = await db.query<WebhookEndpoint>(
    `SELECT ${FIELDS} FROM webhook_endpoints WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    [before, limit],
  );
  return rows;
}

/** What is to be changed; fields that are missing stay. */
export interface EndpointChange {
  url?: string | undefined;
  events?: readonly string[] | undefined;
  description?: string | null | undefined;
  active?: boolean | undefined;
}

/**
 * Changes an endpoint. Switched on, it starts afresh: what it failed before no longer counts. Switched off, what is on its way is
 * parked. One that Longshore switched off, switched off by somebody, is meant to be off from then on. Call it in a transaction that has taken the endpoint.
 */
export async function changeEndpoint(
  client: pg.PoolClient,
  { id, active: wasActive }: WebhookEndpoint,
  change: EndpointChange,
): Promise<WebhookEndpoint> {
  const { url, events, description, active } = change;
  const { rows } = await client.query<WebhookEndpoint>(
    `UPDATE webhook_endpoints
        SET url = coalesce($2, url), events = coalesce($3, events),
            description = CASE WHEN $4 THEN $5 ELSE description END, active = coalesce($6, active),
            disabled_reason = CASE WHEN $6 IS NULL THEN disabled_reason END,
            disabled_at = CASE WHEN $6 IS NULL THEN disabled_at END,
            failing_since = CASE WHEN $6 OR $2 <> url THEN NULL ELSE failing_since END,
            held_until = CASE WHEN $6 OR $2 <> url THEN NULL ELSE held_until END,
            updated_at = now(), version = version + 1
      WHERE id = $1
      RETURNING ${FIELDS}`,
    [id, url ?? null, events ?? null, description !== undefined, description ?? null, active ?? null],
  );
  if (wasActive && active === false) await parkPending(client, id, 'switched_off');
  else if (active !== undefined) await announceAttention(client);
  const [changed] = rows;
  if (changed === undefined) throw new Error(`the endpoint ${id} is gone, though it was taken`);
  return changed;
}

/** Removes an endpoint with all of its deliveries. */
export async function deleteEndpoint(db: Queryable, id: string): Promise<void> {
  await db.query('DELETE FROM webhook_endpoints WHERE id = $1', [id]);
  await announceAttention(db);
}

/**
 * Gives an endpoint a new secret. The one before it signs too, for as long as is asked for; one that is older no longer does.
 */
export async function rotateSecret(
  client: pg.PoolClient,
  id: string,
  { secret, overlapSeconds }: { secret: string; overlapSeconds: number },
): Promise<WebhookEndpoint> {
  const { rows } = await client.query<WebhookEndpoint>(
    `UPDATE webhook_endpoints
        SET previous_secret = CASE WHEN $3::float8 > 0 THEN secret END,
            previous_secret_until = CASE WHEN $3::float8 > 0 THEN now() + make_interval(secs => $3::float8) END,
            secret = $2, updated_at = now(), version = version + 1
      WHERE id = $1
      RETURNING ${FIELDS}`,
    [id, secret, overlapSeconds],
  );
  const [rotated] = rows;
  if (rotated === undefined) throw new Error(`the endpoint ${id} is gone, though it was taken`);
  return rotated;
}

/** The secrets that sign at the moment, as they are kept, the newest first. */
export async function readSecrets(db: Queryable, id: string): Promise<string[]> {
  const { rows } = await db.query<{ secrets: string[] }>(
    `SELECT ${SIGNING_SECRETS} AS secrets FROM webhook_endpoints w WHERE w.id = $1`,
    [id],
  );
  return rows[0]?.secrets ?? [];
}

/** Changes how the secrets of each endpoint are kept. @param reseal null for one that is to stay. @returns how many were changed */
export async function resealSecrets(
  client: pg.PoolClient,
  reseal: (kept: string) => string | null,
): Promise<number> {
  // Endpoints are few; nobody rotates a secret meanwhile.
  const { rows } = await client.query<{ id: string; secret: string; previous: string | null }>(
    'SELECT id, secret, previous_secret AS previous FROM webhook_endpoints ORDER BY id FOR UPDATE',
  );
  let changed = 0;
  for (const { id, secret, previous } of rows) {
    const fresh = reseal(secret);
    const freshPrevious = previous === null ? null : reseal(previous);
    if (fresh === null && freshPrevious === null) continue;
    changed += 1;
    await client.query('UPDATE webhook_endpoints SET secret = $2, previous_secret = $3 WHERE id = $1', [
      id,
      fresh ?? secret,
      freshPrevious ?? previous,
    ]);
  }
  return changed;
}

/** Of the endpoint `w`. */
export const SIGNING_SECRETS = `array_remove(ARRAY[w.secret, CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END], NULL)`;

/** Longshore itself switches an endpoint off. Call it in a transaction that has taken it. */
export async function switchOff(client: pg.PoolClient, id: string, reason: DisabledReason): Promise<void> {
  await client.query(
    `UPDATE webhook_endpoints
        SET active = false, disabled_reason = $2, disabled_at = now(), held_until = NULL, updated_at = now(), version = version + 1
      WHERE id = $1`,
    [id, reason],
  );
  await parkPending(client, id, reason);
}

/** An endpoint that is switched off has nothing on its way. */
async function parkPending(client: pg.PoolClient, id: string, reason: ParkingReason): Promise<void> {
  await client.query(
    `UPDATE webhook_deliveries SET status = 'failed', parked_for = $2, next_try_at = NULL, ended_at = now()
      WHERE endpoint_id = $1 AND status = 'pending'`,
    [id, reason],
  );
  await announceAttention(client);
}

/**
 * The endpoints for which something is due that nobody has taken in hand for a while.
 *
 * @param minOverdueMs 0 for whatever is due
 */
export async function listEndpointsWithDue(db: Queryable, minOverdueMs: number): Promise<string[]> {
  // One look-up in webhook_deliveries_due for each endpoint.
  const { rows } = await db.query<{ id: string }>(
    `SELECT w.id
       FROM webhook_endpoints w
      WHERE w.active AND (w.held_until IS NULL OR w.held_until <= now())
        AND EXISTS (SELECT FROM webhook_deliveries d
                     WHERE d.endpoint_id = w.id AND d.status = 'pending'
                       AND d.next_try_at <= now() - make_interval(secs => $1::float8 / 1000))
      ORDER BY w.id`,
    [minOverdueMs],
  );
  return rows.map(({ id }) => id);
}
