import type pg from 'pg';
import { ALL_EVENTS } from '../../contracts/events/types.ts';
import type { Queryable } from '../client.ts';
import { REST_SETTINGS } from './apply-statements.ts';

/** An event that has been written and not been announced. */
export interface UnannouncedEvent {
  id: string;
  type: string;
  correlationId: string;
  /** What the writer's transaction knew; null where `data` is ready. */
  source: unknown;
  createdAt: Date;
}

/** An event as it is announced. */
export interface AnnouncedEvent {
  id: string;
  type: string;
  version: number;
  data: object;
}

/** An event to be sent, as it stands. */
export interface StoredEvent {
  id: string;
  type: string;
  version: number;
  correlationId: string;
  data: unknown;
  createdAt: Date;
}

/**
 * Writes an event whose data is known. Call it in the transaction of what happened. An event that is there stays as it is.
 */
export async function addEvent(
  client: pg.PoolClient,
  event: AnnouncedEvent & { correlationId: string },
): Promise<void> {
  await client.query(
    `INSERT INTO events (id, type, version, correlation_id, data) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO NOTHING`,
    [event.id, event.type, event.version, event.correlationId, JSON.stringify(event.data)],
  );
}

/**
 * Takes events that are to be announced until the transaction ends; those that somebody else has taken are passed over. It goes
 * by the mark on each event, never by its position: one that commits late is found late, and not lost.
 *
 * @returns the oldest first
 */
export async function takeUnannouncedEvents(
  client: pg.PoolClient,
  limit: number,
): Promise<UnannouncedEvent[]> {
  // By the partial index events_unannounced.
  const { rows } = await client.query<UnannouncedEvent>(
    `SELECT id, type, correlation_id AS "correlationId", source, created_at AS "createdAt"
       FROM events
      WHERE announced_at IS NULL
      ORDER BY number
      LIMIT $1
        FOR UPDATE SKIP LOCKED`,
    [limit],
  );
  return rows;
}

/**
 * Marks events as announced, and makes their deliveries to all who have subscribed to them: both or none.
 *
 * @param events with the data that is sent; those whose data stands already are named by `ready`
 */
export async function announceEvents(
  client: pg.PoolClient,
  events: readonly AnnouncedEvent[],
  ready: readonly string[],
): Promise<void> {
  await client.query(
    `UPDATE events e SET type = made.type, version = made.version, data = made.data, source = NULL
       FROM unnest($1::text[], $2::text[], $3::int[], $4::jsonb[]) made (id, type, version, data)
      WHERE e.id = made.id`,
    [
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ version }) => version),
      events.map(({ data }) => JSON.stringify(data)),
    ],
  );
  const ids = [...events.map(({ id }) => id), ...ready];
  // An endpoint that is being switched off parks its deliveries: it must not get others meanwhile.
  await client.query('SELECT FROM webhook_endpoints WHERE active ORDER BY id FOR SHARE');
  await client.query(
    `INSERT INTO webhook_deliveries (endpoint_id, event_id, next_try_at)
     SELECT w.id, e.id, now()
       FROM events e
       JOIN webhook_endpoints w ON w.active AND (e.type = ANY (w.events) OR '${ALL_EVENTS}' = ANY (w.events)
                                                 OR split_part(e.type, '.', 1) || '.*' = ANY (w.events))
      WHERE e.id = ANY ($1)
      ORDER BY e.number
         ON CONFLICT (endpoint_id, event_id) DO NOTHING`,
    [ids],
  );
  await client.query('UPDATE events SET announced_at = now() WHERE id = ANY ($1)', [ids]);
}

/** Rows of a job that have been applied together, and are to be told of. */
export interface AppliedRows {
  jobId: string;
  jobNumber: number;
  kind: string;
  chunk: number;
  firstRow: number;
  lastRow: number;
}

/** Of the changes in one event, as JSON. With what is around them it stays below 20,000. */
const MAX_CHANGES_BYTES = 16_000;

/**
 * Takes an event that stands for the rows of a chunk apart into events of a bounded size, which are still to be announced. Rows
 * that have been told of before, when the chunk was applied for the first time, are left out.
 *
 * @param eventId of the event that stood for them; it goes
 * @param batch the version of these events, and how many changes one holds at most
 */
export async function expandAppliedRows(
  client: pg.PoolClient,
  eventId: string,
  { jobId, jobNumber, kind, chunk, firstRow, lastRow }: AppliedRows,
  { version, maxChanges }: { version: number; maxChanges: number },
): Promise<void> {
  const prefix = `${jobId}.rows.${String(chunk)}.`;
  // Statistics know nothing of a job's rows yet: two sets of the size of a chunk are to be compared as sets.
  await client.query(REST_SETTINGS);
  await client.query(
    `WITH told AS (
       SELECT id, data FROM events WHERE id > $5 AND id < $6 AND id <> $7
     ), told_rows AS (
       SELECT (change ->> 'row')::int AS "row" FROM told, jsonb_array_elements(told.data -> 'changes') change
     ), changes AS (
       SELECT o."row", jsonb_build_object('operation', o.outcome, 'id', o.record_id, 'key', k.key, 'row', o."row") AS change
         FROM row_outcomes o
         -- A job has the ones or the others.
         JOIN (SELECT "row", key FROM staged_rows WHERE job_number = $1 AND "row" BETWEEN $2 AND $3
                UNION ALL
               SELECT "row", key FROM job_targets WHERE job_number = $1 AND "row" BETWEEN $2 AND $3) k ON k."row" = o."row"
        WHERE o.job_number = $1 AND o."row" BETWEEN $2 AND $3 AND o.outcome IN ('created', 'updated', 'deleted')
          AND o."row" NOT IN (SELECT "row" FROM told_rows)
     ), counted AS (
       SELECT "row", change, (row_number() OVER (ORDER BY "row") - 1) / $4 AS by_count FROM changes
     ), placed AS (
       -- Cut by size only where so many changes are too long.
       SELECT "row", change, by_count,
              sum(octet_length(change::text)) OVER (PARTITION BY by_count ORDER BY "row" ROWS UNBOUNDED PRECEDING) / $8 AS by_size
         FROM counted
     ), batches AS (
       SELECT row_number() OVER (ORDER BY min("row")) AS n, jsonb_agg(change ORDER BY "row") AS changes
         FROM placed
        GROUP BY by_count, by_size
     )
     INSERT INTO events (id, type, version, correlation_id, data, created_at)
     -- By the highest number, not by how many: the oldest may have gone. What still stands for rows has no plain number.
     SELECT $5 || ((SELECT coalesce(max(substr(id, length($5) + 1)::int), 0)
                      FROM told WHERE substr(id, length($5) + 1) ~ '^[0-9]+$') + n), 'records.changed', $11, $9,
            jsonb_build_object('jobId', $9::text, 'kind', $10::text, 'changes', changes), stood.created_at
       FROM batches, (SELECT created_at FROM events WHERE id = $7) stood
      ORDER BY n`,
    [
      ...[jobNumber, firstRow, lastRow, maxChanges],
      // '/' comes right after '.': a range of the primary key.
      ...[prefix, prefix.replace(/\.$/, '/'), eventId, MAX_CHANGES_BYTES, jobId, kind, version],
    ],
  );
  await client.query('DELETE FROM events WHERE id = $1', [eventId]);
}

/**
 * Removes events and their deliveries that are older than this, a batch at a time. What is still to be announced or delivered
 * stays.
 *
 * @returns how many events went
 */
export async function removeOldEvents(db: Queryable, olderThanDays: number, limit: number): Promise<number> {
  // By events_created_at_idx and webhook_deliveries_event_id_idx.
  const { rowCount } = await db.query(
    `WITH old AS (
       SELECT e.id
         FROM events e
        WHERE e.created_at < now() - make_interval(days => $1) AND e.announced_at IS NOT NULL
          AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id AND d.status = 'pending')
        ORDER BY e.created_at
        LIMIT $2
          FOR UPDATE SKIP LOCKED
     ), deliveries AS (
       DELETE FROM webhook_deliveries d USING old WHERE d.event_id = old.id
     )
     DELETE FROM events e USING old WHERE e.id = old.id`,
    [olderThanDays, limit],
  );
  return rowCount ?? 0;
}
