import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { DeliveryError, ParkingReason } from '../../contracts/errors.ts';
import type { DisabledReason } from '../../contracts/events/webhook-events.ts';
import { inTransaction, type Queryable } from '../client.ts';
import { announceAttention } from './attention.ts';
import { addEvent, type StoredEvent } from './events.ts';
import { findEndpoint, SIGNING_SECRETS, switchOff } from './webhook-endpoints.ts';

export type DeliveryStatus = 'pending' | 'delivered' | 'failed';

/** A delivery that a worker has in hand. */
export interface ClaimedDelivery {
  id: string;
  /** What its report counts under. */
  claim: number;
  failures: number;
  url: string;
  /** Those that sign, the newest first. */
  /** As they are kept. */
  secrets: string[];
  event: StoredEvent;
}

/**
 * Takes the delivery of an endpoint that has been due for longest. Nobody else takes it for a while: a worker that dies in between
 * has held it up for that long, and no longer.
 *
 * @param leaseMs longer than an attempt can take
 * @returns null when none is due, or the endpoint is switched off or held
 */
export async function claimDelivery(
  db: Queryable,
  endpointId: string,
  leaseMs: number,
): Promise<ClaimedDelivery | null> {
  // By the partial index webhook_deliveries_due.
  const { rows } = await db.query<
    Omit<ClaimedDelivery, 'event'> & {
      event_id: string;
      type: string;
      version: number;
      correlation_id: string;
      data: unknown;
      created_at: Date;
    }
  >(
    `WITH due AS (
       SELECT d.id
         FROM webhook_deliveries d
         JOIN webhook_endpoints w ON w.id = d.endpoint_id
        WHERE d.endpoint_id = $1 AND d.status = 'pending' AND d.next_try_at <= now()
          AND w.active AND (w.held_until IS NULL OR w.held_until <= now())
        ORDER BY d.next_try_at
        LIMIT 1
          FOR UPDATE OF d SKIP LOCKED
     )
     UPDATE webhook_deliveries d
        SET claims = d.claims + 1, next_try_at = now() + make_interval(secs => $2::float8 / 1000)
       FROM due, webhook_endpoints w, events e
      WHERE d.id = due.id AND w.id = d.endpoint_id AND e.id = d.event_id
      RETURNING d.id, d.claims AS claim, d.failures, w.url, ${SIGNING_SECRETS} AS secrets,
                e.id AS event_id, e.type, e.version, e.correlation_id, e.data, e.created_at`,
    [endpointId, leaseMs],
  );
  const [row] = rows;
  if (row === undefined) return null;
  const { event_id, type, version, correlation_id, data, created_at, ...delivery } = row;
  return {
    ...delivery,
    event: { id: event_id, type, version, correlationId: correlation_id, data, createdAt: created_at },
  };
}

/** What an attempt reports. */
export interface AttemptReport {
  at: Date;
  latencyMs: number;
  status: number | null;
  /** Null when the receiver took it. */
  error: DeliveryError | null;
  responseStart: string | null;
  /** After a failure: when it is tried again, in milliseconds; null when the schedule is at its end. */
  nextDelayMs: number | null;
  /** The receiver asked not to be sent anything for so long, in milliseconds. */
  holdMs: number | null;
  /** The receiver wants nothing any more. */
  isGone: boolean;
}

/**
 * Records an attempt, and with it what becomes of the delivery and of the endpoint: one transaction. A report of a worker that was
 * cut off, and whose delivery another has taken since, counts for nothing.
 *
 * @param switchOffAfterMs an endpoint that has only failed for so long is switched off
 * @returns whether it counted
 */
export async function recordAttempt(
  pool: pg.Pool,
  endpointId: string,
  { id, claim }: Pick<ClaimedDelivery, 'id' | 'claim'>,
  report: AttemptReport,
  switchOffAfterMs: number,
): Promise<boolean> {
  return await inTransaction(pool, async (client) => {
    const endpoint = await findEndpoint(client, endpointId, true);
    if (endpoint === null || !(await settleDelivery(client, id, claim, report))) return false;
    if (report.error === null) {
      if (endpoint.failingSince !== null) {
        await client.query('UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1', [endpointId]);
      }
      return true;
    }
    const { rows } = await client.query<{ failing_since: Date; is_failing: boolean }>(
      `UPDATE webhook_endpoints
          SET failing_since = coalesce(failing_since, $2),
              held_until = CASE WHEN $3::float8 IS NULL THEN held_until
                                ELSE greatest(held_until, now() + make_interval(secs => $3::float8 / 1000)) END
        WHERE id = $1
        RETURNING failing_since, failing_since < now() - make_interval(secs => $4::float8 / 1000) AS is_failing`,
      [endpointId, report.at, report.holdMs, switchOffAfterMs],
    );
    if (report.nextDelayMs === null) await announceAttention(client);
    const state = rows[0];
    const reason: DisabledReason | null = report.isGone
      ? 'gone'
      : state?.is_failing === true
        ? 'failing'
        : null;
    if (endpoint.active && reason !== null) {
      await switchOff(client, endpointId, reason);
      await addEvent(client, {
        id: uuidv7(),
        type: 'webhook.disabled',
        version: 1,
        correlationId: endpointId,
        data: {
          endpointId,
          description: endpoint.description,
          reason,
          failingSince: state?.failing_since.toISOString() ?? null,
        },
      });
    }
    return true;
  });
}

async function settleDelivery(
  client: pg.PoolClient,
  id: string,
  claim: number,
  report: AttemptReport,
): Promise<boolean> {
  const failed = report.error !== null;
  // One that was parked meanwhile, because its endpoint was switched off, stays so unless it got there after all.
  const { rowCount } = await client.query(
    `WITH settled AS (
       UPDATE webhook_deliveries
          SET attempts = attempts + 1, failures = failures + $3::int,
              status = CASE WHEN $3 = 0 THEN 'delivered' WHEN status = 'pending' AND $4::float8 IS NOT NULL THEN 'pending' ELSE 'failed' END::delivery_status,
              parked_for = CASE WHEN $3 = 0 THEN NULL WHEN status = 'failed' THEN parked_for WHEN $4::float8 IS NULL THEN 'exhausted' END,
              next_try_at = CASE WHEN $3 = 1 AND status = 'pending' THEN now() + make_interval(secs => $4::float8 / 1000) END,
              ended_at = CASE WHEN $3 = 1 AND status = 'pending' AND $4::float8 IS NOT NULL THEN NULL ELSE now() END
        WHERE id = $1 AND claims = $2 AND status <> 'delivered'
        RETURNING id, attempts
     )
     INSERT INTO webhook_attempts (delivery_id, number, at, latency_ms, status, error, response_start)
     SELECT id, attempts, $5, $6, $7, $8, $9 FROM settled`,
    [
      ...[id, claim, failed ? 1 : 0, report.nextDelayMs],
      ...[report.at, report.latencyMs, report.status, report.error, report.responseStart],
    ],
  );
  return rowCount === 1;
}

/** What is ahead for an endpoint. */
export interface EndpointOutlook {
  /** Deliveries that are due now, counted up to a bound. */
  due: number;
  /** Until the next one is due, in milliseconds; null when nothing is on its way. */
  nextInMs: number | null;
  isFailing: boolean;
}

/** @returns null for an endpoint that is gone or switched off */
export async function readOutlook(
  db: Queryable,
  endpointId: string,
  maxDue: number,
): Promise<EndpointOutlook | null> {
  // Both by webhook_deliveries_due.
  const { rows } = await db.query<EndpointOutlook>(
    `SELECT CASE WHEN w.held_until > now() THEN 0
                 ELSE (SELECT count(*)::int FROM (SELECT FROM webhook_deliveries d
                                                   WHERE d.endpoint_id = w.id AND d.status = 'pending' AND d.next_try_at <= now()
                                                   LIMIT $2) due) END AS due,
            (extract(epoch FROM CASE WHEN next.at IS NOT NULL THEN greatest(next.at, w.held_until) - now() END) * 1000)::float8 AS "nextInMs",
            w.failing_since IS NOT NULL AS "isFailing"
       FROM webhook_endpoints w
      CROSS JOIN LATERAL (
            SELECT min(d.next_try_at) AS at FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.status = 'pending') next
      WHERE w.id = $1 AND w.active`,
    [endpointId, maxDue],
  );
  const [outlook] = rows;
  if (outlook === undefined) return null;
  const { nextInMs } = outlook;
  return { ...outlook, nextInMs: nextInMs === null ? null : Math.max(0, Math.ceil(nextInMs)) };
}

/** An attempt, as it is listed. */
export interface ListedAttempt {
  number: number;
  at: string;
  latencyMs: number;
  status: number | null;
  error: DeliveryError | null;
  responseStart: string | null;
}

/** A delivery, as it is listed. */
export interface ListedDelivery {
  id: string;
  eventId: string;
  eventType: string;
  status: DeliveryStatus;
  attempts: number;
  nextTryAt: Date | null;
  parkedFor: ParkingReason | null;
  createdAt: Date;
  endedAt: Date | null;
  /** The latest ones, the newest first. */
  tries: ListedAttempt[];
}

/** Attempts that a list shows of each delivery; a schedule has fewer. */
const LISTED_ATTEMPTS = 20;

const LISTED = `
  SELECT d.id, d.event_id AS "eventId", e.type AS "eventType", d.status, d.attempts, d.next_try_at AS "nextTryAt",
         d.parked_for AS "parkedFor", d.created_at AS "createdAt", d.ended_at AS "endedAt", tries.tries
    FROM webhook_deliveries d
    JOIN events e ON e.id = d.event_id
   CROSS JOIN LATERAL (
         SELECT coalesce(jsonb_agg(jsonb_build_object(
                  'number', t.number, 'at', t.at, 'latencyMs', t.latency_ms, 'status', t.status, 'error', t.error,
                  'responseStart', t.response_start) ORDER BY t.number DESC), '[]') AS tries
           FROM (SELECT * FROM webhook_attempts a WHERE a.delivery_id = d.id ORDER BY a.number DESC LIMIT ${String(LISTED_ATTEMPTS)}) t) tries`;

export interface DeliveryPage {
  status?: DeliveryStatus | undefined;
  /** Id of the last delivery of the page before, null for the first page. */
  before: string | null;
  limit: number;
  /** How many are passed over after that: of one endpoint there are never more than a retention time of them. */
  offset?: number;
}

export async function listDeliveries(
  db: Queryable,
  endpointId: string,
  { status, before, limit, offset = 0 }: DeliveryPage,
): Promise<ListedDelivery[]> {
  // Ids grow with time: newest first is the primary key backwards.
  const { rows } = await db.query<ListedDelivery>(
    `${LISTED}
      WHERE d.endpoint_id = $1 AND ($2::delivery_status IS NULL OR d.status = $2) AND ($3::uuid IS NULL OR d.id < $3)
      ORDER BY d.id DESC
      LIMIT $4 OFFSET $5`,
    [endpointId, status ?? null, before, limit, offset],
  );
  return rows;
}

export async function findDelivery(
  db: Queryable,
  endpointId: string,
  id: string,
): Promise<ListedDelivery | null> {
  const { rows } = await db.query<ListedDelivery>(`${LISTED} WHERE d.endpoint_id = $1 AND d.id = $2`, [
    endpointId,
    id,
  ]);
  return rows[0] ?? null;
}

/** Which deliveries are to be sent again: one, whatever became of it, or all that were parked since a time. */
export type Redelivery = { deliveryId: string } | { since: Date };

/**
 * Sets deliveries going again, from the beginning of the schedule, under the same `webhook-id`. What a worker has
 * in hand at that moment is sent once more: its report no longer counts. Call it in a transaction that has taken the endpoint, and not for
 * one that is switched off.
 *
 * @returns how many
 */
export async function setGoingAgain(
  client: pg.PoolClient,
  endpointId: string,
  which: Redelivery,
): Promise<number> {
  const chosen =
    'deliveryId' in which ? 'id = $2::uuid' : `status = 'failed' AND ended_at >= $2::timestamptz`;
  const { rowCount } = await client.query(
    `UPDATE webhook_deliveries
        SET status = 'pending', parked_for = NULL, failures = 0, next_try_at = now(), ended_at = NULL, claims = claims + 1
      WHERE endpoint_id = $1 AND ${chosen}`,
    [endpointId, 'deliveryId' in which ? which.deliveryId : which.since],
  );
  if (rowCount !== 0) await announceAttention(client);
  return rowCount ?? 0;
}
