import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../../contracts/words.ts';
import { inTransaction } from '../../prisma/client.ts';
import {
  type ApiKey,
  findApiKey,
  insertApiKey,
  markRevoked,
  useApiKey,
} from '../../prisma/repositories/api-keys.ts';
import { recordAction } from '../../prisma/repositories/audit.ts';
import { type Principal, TokenError } from '../../platform/tokens.ts';
import { KEY_SUBJECT } from '../../platform/subjects.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';
import { type Actor, found } from '../routes/shared.ts';
import { viewKey } from '../views/key-view.ts';

/** Finders of secrets in code and logs know it by this. */
const PREFIX = 'lsk_';
const RANDOM_BYTES = 32;
const FORM = /^lsk_[\w-]{43}$/;
const HINT_LENGTH = PREFIX.length + 4;

type Deps = Pick<AppDeps, 'database'>;

/**
 * Makes a key.
 *
 * @returns also the key itself, which is kept nowhere
 * @throws {HttpProblem} `name-taken`, or `invalid` when it would not be good for a moment
 */
export async function createKey(
  { database: { pool } }: Deps,
  { name, role, expiresAt }: { name: string; role: Role; expiresAt: Date | null },
  actor: Actor,
): Promise<{ apiKey: ApiKey; key: string }> {
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
    throw invalidField('#/expiresAt', 'not_in_the_future', 'must be in the future');
  }
  const key = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
  const apiKey = await inTransaction(pool, async (client) => {
    const hint = key.slice(0, HINT_LENGTH);
    const added = await insertApiKey(client, {
      ...{ name, role, hint, expiresAt },
      digest: digestOf(key),
      createdBy: actor.by,
    });
    if (added === null) {
      throw new HttpProblem('name-taken', `A key was called "${name}" before. Choose another name.`);
    }
    await recordAction(client, {
      ...{ id: actor.id, actor: actor.by, via: actor.via },
      ...{ action: 'create-key', jobId: null, before: null, after: viewKey(added) },
    });
    return added;
  });
  return { apiKey, key };
}

/** From now on the key is good for nothing; a second time changes nothing. @throws {HttpProblem} `not-found` */
export async function revokeKey({ database: { pool } }: Deps, id: string, actor: Actor): Promise<void> {
  await inTransaction(pool, async (client) => {
    const before = found(await findApiKey(client, id, true));
    const after = await markRevoked(client, id, actor.by);
    if (after === null) return;
    await recordAction(client, {
      ...{ id: actor.id, actor: actor.by, via: actor.via },
      ...{ action: 'revoke-key', jobId: null, before: viewKey(before), after: viewKey(after) },
    });
  });
}

/** Whether it is meant to be a key. */
export function looksLikeKey(credential: string): boolean {
  return credential.startsWith(PREFIX);
}

/** @throws {TokenError} when the key is not good now */
export async function verifyKey({ database: { pool } }: Deps, key: string): Promise<Principal> {
  const known = FORM.test(key) ? await useApiKey(pool, digestOf(key)) : null;
  if (known === null) throw new TokenError('the key is not known, revoked or too old');
  return {
    subject: KEY_SUBJECT + known.name,
    role: known.role,
    // Of one that is good until it is revoked: the last time that a date can say.
    expiresAt: known.expiresAt ?? new Date(8.64e15),
    isKey: true,
  };
}

/** It has 256 random bits: a digest that is quick to make is as good as a slow one, and looked up by an index. */
function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
