import type { Role } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';

/** A key of a program, without what it is proved by. */
export interface ApiKey {
  id: string;
  name: string;
  role: Role;
  /** Its first characters. */
  hint: string;
  createdBy: string;
  createdAt: Date;
  /** Null for one that is good until it is revoked. */
  expiresAt: Date | null;
  /** To the minute; null when it never was. */
  lastUsedAt: Date | null;
  revokedAt: Date | null;
  revokedBy: string | null;
}

const FIELDS = `id, name, role, hint, created_by AS "createdBy", created_at AS "createdAt", expires_at AS "expiresAt",
  last_used_at AS "lastUsedAt", revoked_at AS "revokedAt", revoked_by AS "revokedBy"`;

export interface NewApiKey {
  name: string;
  role: Role;
  /** SHA-256 of the key. */
  digest: Buffer;
  hint: string;
  expiresAt: Date | null;
  createdBy: string;
}

/** @returns null when a key has or had the name */
export async function insertApiKey(db: Queryable, key: NewApiKey): Promise<ApiKey | null> {
  const { name, role, digest, hint, expiresAt, createdBy } = key;
  const { rows } = await db.query<ApiKey>(
    `INSERT INTO api_keys (name, role, digest, hint, expires_at, created_by)
     VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (name) DO NOTHING
     RETURNING ${FIELDS}`,
    [name, role, digest, hint, expiresAt, createdBy],
  );
  return rows[0] ?? null;
}

/** @param lock takes the key until the transaction ends */
export async function findApiKey(db: Queryable, id: string, lock = false): Promise<ApiKey | null> {
  const { rows } = await db.query<ApiKey>(
    `SELECT ${FIELDS} FROM api_keys WHERE id = $1 ${lock ? 'FOR UPDATE' : ''}`,
    [id],
  );
  return rows[0] ?? null;
}

/** @param before id of the last key of the page before, null for the first page */
export async function listApiKeys(db: Queryable, before: string | null, limit: number): Promise<ApiKey[]> {
  const { rows } = await db.query<ApiKey>(
    `SELECT ${FIELDS} FROM api_keys WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2`,
    [before, limit],
  );
  return rows;
}

/** @returns the key as it is then; null when there is none that could be revoked */
export async function markRevoked(db: Queryable, id: string, by: string): Promise<ApiKey | null> {
  const { rows } = await db.query<ApiKey>(
    `UPDATE api_keys SET revoked_at = now(), revoked_by = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING ${FIELDS}`,
    [id, by],
  );
  return rows[0] ?? null;
}

/**
 * The key with this digest, when it is good now. Asked with each request that brings a key, by the unique index on the digest, so
 * that a key that is revoked is so at once and for every process. That it was used is written down once a minute.
 */
export async function useApiKey(
  db: Queryable,
  digest: Buffer,
): Promise<Pick<ApiKey, 'name' | 'role' | 'expiresAt'> | null> {
  const { rows } = await db.query<
    Pick<ApiKey, 'name' | 'role' | 'expiresAt'> & { id: string; stale: boolean }
  >(
    `SELECT id, name, role, expires_at AS "expiresAt",
            last_used_at IS NULL OR last_used_at < now() - interval '1 minute' AS stale
       FROM api_keys
      WHERE digest = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
    [digest],
  );
  const [key] = rows;
  if (key === undefined) return null;
  if (key.stale) await db.query('UPDATE api_keys SET last_used_at = now() WHERE id = $1', [key.id]);
  return key;
}
