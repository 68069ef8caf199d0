import type { ApiKeyJson } from '../../contracts/http/key.ts';
import type { ApiKey } from '../../prisma/repositories/api-keys.ts';

/** A key as the API shows it. */
export function viewKey(key: ApiKey): ApiKeyJson {
  return {
    ...key,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
  };
}
