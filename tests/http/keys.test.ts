import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiKeySchema, apiKeyWithSecretSchema } from '../../contracts/http/key.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
/** Another process of the same installation. */
let other: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
  other = await startApi({ workflows: createFakeWorkflows(), beside: api });
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

async function make(body: object): Promise<Response> {
  return await api.as('admin', 'ada')('/api/keys', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function made(name: string, more: object = {}) {
  return apiKeyWithSecretSchema.parse(await (await make({ name, role: 'viewer', ...more })).json());
}

async function statusWith(key: string, at = api, path = '/api/jobs', method = 'GET'): Promise<number> {
  return (await fetch(at.url + path, { method, headers: { Authorization: `Bearer ${key}` } })).status;
}

describe('a key', () => {
  test('is random, known by its prefix, shown once, and kept as a digest only', async () => {
    const first = await made('once');
    const second = await made('twice');
    expect(first.key).toMatch(/^lsk_[\w-]{43}$/);
    expect(second.key).not.toBe(first.key);
    expect(first.key.startsWith(first.hint)).toBe(true);

    const read = await (await api.as('admin')(`/api/keys/${first.id}`)).text();
    expect(apiKeySchema.parse(JSON.parse(read))).toMatchObject({
      name: 'once',
      role: 'viewer',
      createdBy: 'ada',
    });
    const list = await (await api.as('admin')('/api/keys')).text();
    expect(
      pageOf(apiKeySchema)
        .parse(JSON.parse(list))
        .items.map(({ name }) => name),
    ).toContain('once');
    const { rows } = await api.database.pool.query<{ stored: string }>(
      `SELECT row_to_json(k)::text || (SELECT string_agg(row_to_json(a)::text, '') FROM audit a) AS stored FROM api_keys k`,
    );
    const everywhere = [read, list, ...rows.map(({ stored }) => stored), JSON.stringify(api.logged)].join('');
    expect(everywhere).toContain(first.hint);
    expect(everywhere).not.toContain(first.key.slice(4));
    expect(everywhere).not.toContain(Buffer.from(first.key).toString('hex'));
  });

  test('opens every process of the API, and what was done with it is known by its name', async () => {
    const { key } = await made('loader', { role: 'operator' });
    expect(await statusWith(key)).toBe(200);
    expect(await statusWith(key, other)).toBe(200);
    expect(await statusWith(key, api, '/api/audit')).toBe(403);
    const response = await fetch(`${api.url}/api/customers`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Ada', email: 'ada@example.com', company: 'Analytical' }),
    });
    expect(response.status).toBe(201);
    const audit = await (await api.as('admin')('/api/audit?action=create-record')).json();
    expect(audit).toMatchObject({ items: [{ actor: 'key:loader' }] });
  });

  test('is good for nothing once it is revoked, at once and in every process', async () => {
    const { id, key } = await made('lost');
    expect([await statusWith(key), await statusWith(key, other)]).toEqual([200, 200]);
    const revoke = (): Promise<Response> => api.as('admin', 'eve')(`/api/keys/${id}`, { method: 'DELETE' });
    expect((await revoke()).status).toBe(204);
    expect([await statusWith(key), await statusWith(key, other)]).toEqual([401, 401]);
    expect((await revoke()).status).toBe(204);
    const read = apiKeySchema.parse(await (await api.as('admin')(`/api/keys/${id}`)).json());
    expect(read.revokedBy).toBe('eve');
    const audit = (await (await api.as('admin')('/api/audit?action=revoke-key')).json()) as {
      items: unknown[];
    };
    expect(audit.items).toHaveLength(1);
  });

  test('is good for nothing once it is too old', async () => {
    const { id, key } = await made('short', { expiresAt: new Date(Date.now() + 60_000).toISOString() });
    expect(await statusWith(key)).toBe(200);
    await api.database.pool.query(`UPDATE api_keys SET expires_at = now() - interval '1 s' WHERE id = $1`, [
      id,
    ]);
    expect(await statusWith(key)).toBe(401);
  });

  test('says when it was used last, without a write for each request', async () => {
    const { id, key } = await made('busy');
    const lastUse = async (): Promise<string | null> =>
      apiKeySchema.parse(await (await api.as('admin')(`/api/keys/${id}`)).json()).lastUsedAt;
    expect(await lastUse()).toBeNull();
    await statusWith(key);
    const used = await lastUse();
    expect(used).not.toBeNull();
    await statusWith(key);
    expect(await lastUse()).toBe(used);
  });

  test('begins no session, and gets no token that would outlive it', async () => {
    const { key } = await made('session', { role: 'admin' });
    expect(await statusWith(key, api, '/api/session', 'POST')).toBe(401);
    expect(await statusWith(key, api, '/api/session')).toBe(403);
    const cookie = { Cookie: `longshore_session=${key}` };
    expect((await fetch(`${api.url}/api/jobs`, { headers: cookie })).status).toBe(401);
  });

  test('that nobody made is refused', async () => {
    const { key } = await made('guess');
    const last = key.at(-1) === 'A' ? 'E' : 'A';
    for (const guess of [
      'lsk_',
      `lsk_${'A'.repeat(43)}`,
      key.slice(0, -1) + last,
      `${key}A`,
      key.toLowerCase(),
    ]) {
      expect(await statusWith(guess), guess).toBe(401);
    }
  });

  test('has a name of its own for ever, a role, and a time in the future', async () => {
    const { id } = await made('unique');
    await api.as('admin')(`/api/keys/${id}`, { method: 'DELETE' });
    expect((await make({ name: 'unique', role: 'viewer' })).status).toBe(409);
    expect((await make({ name: 'x', role: 'root' })).status).toBe(422);
    expect((await make({ name: 'x', role: 'viewer', expiresAt: '2020-01-01T00:00:00.000Z' })).status).toBe(
      422,
    );
    expect((await make({ name: ' x', role: 'viewer' })).status).toBe(422);
    expect((await make({ name: 'x', role: 'viewer', secret: 'mine' })).status).toBe(422);
  });
});

describe('a link that signs a browser in', () => {
  test('is used up for every process of the API', async () => {
    const link = await api.tokens.signLink('ada', 'operator', 600);
    const use = (at: ApiUnderTest): Promise<Response> =>
      fetch(`${at.url}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ link }),
      });
    expect((await use(api)).status).toBe(200);
    expect((await use(other)).status).toBe(401);
  });
});
