import type { DeliveryError, ParkingReason } from '../../contracts/errors.ts';
import type { DisabledReason } from '../../contracts/events/webhook-events.ts';
import type { Queryable } from '../client.ts';

/** Writers notify this channel when a delivery was parked, or is no longer; jobs and orders have channels of their own. */
export const ATTENTION_CHANNEL = 'longshore_attention';

/**
 * More deliveries or orders are not counted: a receiver that has been away for a week parks any number of them, and each is
 * one that nobody reads by its number.
 */
const MOST_COUNTED = 1_000;

export type WaitingType = 'job' | 'order' | 'webhook';

/** Something that waits for an operator: a job, an order, or an endpoint with deliveries that gave up. */
export interface Waiting {
  type: WaitingType;
  id: string;
  /** Of what has waited longest in it. */
  since: Date;
}

/** An endpoint that somebody switched off is meant to get nothing; one that Longshore switched off waits for somebody. */
const IS_MEANT = '(w.active OR w.disabled_reason IS NOT NULL)';
const IS_WAITING_ORDER = '(attention_step IS NOT NULL OR failing_step IS NOT NULL)';
const ORDER_SINCE = 'coalesce(attention_since, failing_since)';
const IS_WAITING_JOB = `(j.status = 'needs_attention' OR j.workflow_failing_at IS NOT NULL)`;

/**
 * A page of all that waits for an operator, what has waited longest first.
 *
 * @param after the last one of the page before; null for the first page
 */
export async function listWaiting(db: Queryable, after: Waiting | null, limit: number): Promise<Waiting[]> {
  // Jobs by jobs_status_number_idx and jobs_failing_idx, their parts by the primary key: there are few. Orders, of which an
  // outage may park many, by orders_attention_since_idx, in its order. Endpoints, of which there are few, each by one look
  // into webhook_deliveries_parked.
  const { rows } = await db.query<Waiting>(
    `SELECT type, id, since
       FROM (SELECT 'job' AS type, j.id::text AS id,
                    coalesce(least(parked.at, j.workflow_closed_at, j.workflow_failing_at), j.stage_started_at, j.created_at) AS since
               FROM jobs j
              CROSS JOIN LATERAL (
                    SELECT min(p.parked_at) AS at FROM parked_parts p
                     WHERE p.job_number = j.number AND p.released_at IS NULL) parked
              WHERE ${IS_WAITING_JOB}
             UNION ALL
             SELECT o.* FROM (
                    SELECT 'order' AS type, id, ${ORDER_SINCE} AS since FROM orders
                     WHERE ${IS_WAITING_ORDER} AND ${ORDER_SINCE} >= $1::timestamptz
                       AND (${ORDER_SINCE} > $1 OR ('order', id) > ($2::text, $3::text))
                     ORDER BY ${ORDER_SINCE}, id
                     LIMIT $4) o
             UNION ALL
             SELECT 'webhook', w.id::text, oldest.ended_at
               FROM webhook_endpoints w
              CROSS JOIN LATERAL (
                    SELECT d.ended_at FROM webhook_deliveries d
                     WHERE d.endpoint_id = w.id AND d.status = 'failed'
                     ORDER BY d.ended_at
                     LIMIT 1) oldest
              WHERE ${IS_MEANT}) waiting
      WHERE (since, type, id) > ($1::timestamptz, $2::text, $3::text)
      ORDER BY since, type, id
      LIMIT $4`,
    [after?.since ?? '-infinity', after?.type ?? '', after?.id ?? '', limit],
  );
  return rows;
}

/** How much waits for an operator. */
export interface AttentionCounts {
  jobs: number;
  /** At most {@link MOST_COUNTED}. */
  orders: number;
  /** Endpoints with deliveries that gave up. */
  webhooks: number;
}

/** Counts by the indexes of {@link listWaiting}, without a look at a row. */
export async function countWaiting(db: Queryable): Promise<AttentionCounts> {
  const { rows } = await db.query<AttentionCounts>(
    `SELECT (SELECT count(*)::int FROM jobs j WHERE ${IS_WAITING_JOB}) AS jobs,
            (SELECT count(*)::int FROM (SELECT FROM orders WHERE ${IS_WAITING_ORDER} LIMIT $1) o) AS orders,
            (SELECT count(*)::int FROM webhook_endpoints w
              WHERE ${IS_MEANT}
                AND EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.status = 'failed')) AS webhooks`,
    [MOST_COUNTED],
  );
  return rows[0] ?? { jobs: 0, orders: 0, webhooks: 0 };
}

/** An endpoint with deliveries that gave up. */
export interface WaitingEndpoint {
  id: string;
  url: string;
  description: string | null;
  active: boolean;
  disabledReason: DisabledReason | null;
  failingSince: Date | null;
  /** Deliveries that gave up, at most {@link MOST_COUNTED}. */
  parked: number;
  /** Of the last of them that gave up. */
  last: {
    eventType: string;
    parkedFor: ParkingReason | null;
    attempts: number;
    /** Of its last attempt; null when the receiver answered well, or none was made. */
    error: DeliveryError | null;
    /** Of the answer; null when there was none. */
    status: number | null;
  };
}

/** @returns the endpoints by their ids; one of which nothing is parked any more is missing */
export async function readWaitingEndpoints(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, WaitingEndpoint>> {
  if (ids.length === 0) return new Map();
  // By webhook_deliveries_parked, the attempt by its primary key.
  const { rows } = await db.query<WaitingEndpoint>(
    `SELECT w.id, w.url, w.description, w.active, w.disabled_reason AS "disabledReason", w.failing_since AS "failingSince",
            parked.parked, to_jsonb(last) AS last
       FROM webhook_endpoints w
      CROSS JOIN LATERAL (
            SELECT count(*)::int AS parked FROM (
                   SELECT FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.status = 'failed' LIMIT $2) counted) parked
      CROSS JOIN LATERAL (
            SELECT e.type AS "eventType", d.parked_for AS "parkedFor", d.attempts, t.error, t.status
              FROM (SELECT * FROM webhook_deliveries d
                     WHERE d.endpoint_id = w.id AND d.status = 'failed'
                     ORDER BY d.ended_at DESC
                     LIMIT 1) d
              JOIN events e ON e.id = d.event_id
              LEFT JOIN LATERAL (
                   SELECT a.error, a.status FROM webhook_attempts a
                    WHERE a.delivery_id = d.id
                    ORDER BY a.number DESC
                    LIMIT 1) t ON true) last
      WHERE w.id = ANY ($1::uuid[])`,
    [ids, MOST_COUNTED],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Tells whoever listens that there is more or less to attend to. Call it in the transaction that makes it so: deliveries are
 * parked seldom enough that the lock which a notification takes until its commit holds nobody up.
 */
export async function announceAttention(db: Queryable): Promise<void> {
  await db.query('SELECT pg_notify($1, $2)', [ATTENTION_CHANNEL, '']);
}
