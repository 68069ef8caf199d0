import type { Queryable } from '../client.ts';

/**
 * Uses up a link that signs somebody in, for all processes.
 *
 * @returns false when it was used before
 */
export async function useLinkOnce(db: Queryable, id: string, expiresAt: Date): Promise<boolean> {
  // Nobody can use one again that is too old by itself.
  await db.query('DELETE FROM used_links WHERE expires_at < now()');
  const { rowCount } = await db.query(
    'INSERT INTO used_links (id, expires_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING',
    [id, expiresAt],
  );
  return rowCount === 1;
}
