import type pg from 'pg';
import { inTransaction, type Queryable } from '../client.ts';

/** An upload that is about to begin, and what its sender may have. */
export interface UploadRequest {
  principal: string;
  /** As announced; the most that it could be where nothing was. */
  bytes: number;
  /** In 24 hours. */
  maxBytes: number;
  maxAtATime: number;
  /** One that has not ended after so many milliseconds never will: its process died. */
  endsWithinMs: number;
}

/** Whether an upload may begin; if not, what is used up and when there will be room. */
export type UploadPlace =
  { id: string } | { usedUp: 'bytes'; retryAfterSeconds: number } | { usedUp: 'places' };

/** Takes a place for an upload, before any of it is read. Holds over all processes: those of one sender queue at a lock. */
export async function takeUploadPlace(pool: pg.Pool, request: UploadRequest): Promise<UploadPlace> {
  const { principal, bytes, maxBytes, maxAtATime, endsWithinMs } = request;
  return await inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('upload ' || $1, 0))`, [principal]);
    await client.query(`DELETE FROM uploads WHERE principal = $1 AND started_at < now() - interval '1 day'`, [
      principal,
    ]);
    // By uploads_principal_started_at_idx: the rows of one sender and one day.
    const { rows } = await client.query<{ used: string; open: number; wait: number | null }>(
      `SELECT coalesce(sum(bytes), 0) AS used,
              count(*) FILTER (WHERE ended_at IS NULL AND started_at > now() - make_interval(secs => $2::float8 / 1000))::int AS open,
              extract(epoch FROM min(started_at) + interval '1 day' - now())::float8 AS wait
         FROM uploads
        WHERE principal = $1`,
      [principal, endsWithinMs],
    );
    const { used = '0', open = 0, wait = null } = rows[0] ?? {};
    if (open >= maxAtATime) return { usedUp: 'places' };
    // The first of them is a day old then.
    if (Number(used) + bytes > maxBytes) {
      return { usedUp: 'bytes', retryAfterSeconds: Math.max(1, Math.ceil(wait ?? 86_400)) };
    }
    const taken = await client.query<{ id: string }>(
      'INSERT INTO uploads (principal, bytes) VALUES ($1, $2) RETURNING id',
      [principal, bytes],
    );
    const [place] = taken.rows;
    if (place === undefined) throw new Error('an upload that was inserted was not returned');
    return place;
  });
}

/** Gives a place back. @param bytes of what was stored */
export async function endUpload(db: Queryable, id: string, bytes: number): Promise<void> {
  await db.query('UPDATE uploads SET bytes = $2, ended_at = now() WHERE id = $1', [id, bytes]);
}
