import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSessionSchema, sessionSchema, ticketSchema } from '../../contracts/http/session.ts';
import type { Role } from '../../contracts/words.ts';
import { ConfigError, loadApiConfig } from '../../platform/config.ts';
import { type ApiUnderTest, createFakeWorkflows, SECRET, startApi } from './api-under-test.ts';
import { insertJob } from './job-fixture.ts';

let api: ApiUnderTest;
let jobId: string;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
  jobId = await insertJob(api.database, { status: 'completed' });
});
afterAll(() => api.stop());

describe('a token', () => {
  const key = new TextEncoder().encode(SECRET);
  const good = (alg = 'HS256', claims: Record<string, string> = { role: 'viewer' }): SignJWT =>
    new SignJWT(claims)
      .setProtectedHeader({ alg })
      .setIssuer('longshore')
      .setAudience('longshore-api')
      .setSubject('ada')
      .setExpirationTime('1m');

  async function statusWith(authorization: string): Promise<number> {
    const response = await fetch(`${api.url}/api/jobs`, { headers: { Authorization: authorization } });
    if (response.status === 401) expect(response.headers.get('www-authenticate')).toContain('invalid_token');
    return response.status;
  }

  test('made by anybody who has the secret is good', async () => {
    expect(await statusWith(`Bearer ${await good().sign(key)}`)).toBe(200);
    expect(await statusWith(`bearer ${await good().sign(key)}`)).toBe(200);
  });

  test.each<[string, () => Promise<string>]>([
    ['of another issuer', () => good().setIssuer('other').sign(key)],
    ['for another audience', () => good().setAudience('other').sign(key)],
    [
      'that has expired',
      () =>
        good()
          .setExpirationTime(Math.floor(Date.now() / 1_000) - 1)
          .sign(key),
    ],
    ['that is not valid yet', () => good().setNotBefore('1h').sign(key)],
    ['signed with another secret', () => good().sign(new TextEncoder().encode(SECRET.replace('Q', 'q')))],
    ['of another algorithm', () => good('HS512').sign(key)],
    [
      'that never expires',
      () =>
        new SignJWT({ role: 'viewer' })
          .setProtectedHeader({ alg: 'HS256' })
          .setIssuer('longshore')
          .setAudience('longshore-api')
          .setSubject('ada')
          .sign(key),
    ],
    ['without a subject', () => good().setSubject('').sign(key)],
    ['with the subject of a key', () => good().setSubject('key:warehouse').sign(key)],
    ['with a subject that hides something', () => good().setSubject('ada\u0000').sign(key)],
    ['without a role', () => good('HS256', {}).sign(key)],
    ['with an unknown role', () => good('HS256', { role: 'root' }).sign(key)],
    [
      'without a signature',
      () =>
        Promise.resolve(
          new UnsecuredJWT({ role: 'admin' })
            .setIssuer('longshore')
            .setAudience('longshore-api')
            .setSubject('ada')
            .setExpirationTime('1m')
            .encode(),
        ),
    ],
    ['that is none', () => Promise.resolve('nonsense')],
  ])('%s is refused', async (_name, make) => {
    expect(await statusWith(`Bearer ${await make()}`)).toBe(401);
  });

  test('of another scheme is refused', async () => {
    expect(await statusWith('Basic YWRhOmFkYQ==')).toBe(401);
    expect(await statusWith('Bearer')).toBe(401);
  });

  test('that is wrong is not made good by a cookie', async () => {
    const cookie = `longshore_session=${await api.tokens.sign('ada', 'viewer', 60)}`;
    const response = await fetch(`${api.url}/api/jobs`, {
      headers: { Authorization: 'Bearer nonsense', Cookie: cookie },
    });
    expect(response.status).toBe(401);
  });

  test('in the URL is not looked at', async () => {
    const token = await api.tokens.sign('ada', 'admin', 60);
    expect((await fetch(`${api.url}/api/jobs?token=${token}`)).status).toBe(401);
    expect((await fetch(`${api.url}/api/jobs/${jobId}/stream?ticket=${token}`)).status).toBe(401);
  });

  test('is never logged', async () => {
    const token = await api.tokens.sign('ada', 'viewer', 60);
    await fetch(`${api.url}/api/jobs?ticket=${token}`, {
      headers: { Authorization: `Bearer ${token}`, Cookie: `longshore_session=${token}` },
    });
    expect(JSON.stringify(api.logged)).toContain('/api/jobs');
    expect(JSON.stringify(api.logged)).not.toContain(token);
  });
});

describe('a session', () => {
  async function signIn(role: Role, how: 'header' | 'body' = 'header'): Promise<Response> {
    const token = await api.tokens.sign('ada', role, 600);
    return await fetch(`${api.url}/api/session`, {
      method: 'POST',
      ...(how === 'header'
        ? { headers: { Authorization: `Bearer ${token}` } }
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) }),
    });
  }

  function cookieOf(response: Response): string {
    return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }

  test.each(['header', 'body'] as const)('begins with a token in the %s', async (how) => {
    const response = await signIn('operator', how);
    expect(response.status).toBe(200);
    expect(sessionSchema.parse(await response.json())).toMatchObject({ subject: 'ada', role: 'operator' });
    const [cookie] = response.headers.getSetCookie();
    expect(cookie).toMatch(
      /^longshore_session=[\w.-]+; Max-Age=(59\d|600); Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/,
    );
  });

  test('begins with a link, once', async () => {
    const link = await api.tokens.signLink('ada', 'operator', 600);
    const use = (): Promise<Response> =>
      fetch(`${api.url}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ link }),
      });
    const first = await use();
    expect(sessionSchema.parse(await first.json())).toMatchObject({ subject: 'ada', role: 'operator' });
    const cookie = cookieOf(first);
    expect((await fetch(`${api.url}/api/jobs`, { headers: { Cookie: cookie } })).status).toBe(200);
    const again = await use();
    expect(again.status).toBe(401);
    expect(again.headers.getSetCookie()).toEqual([]);
    // It is good for signing in, and for nothing else.
    expect(
      (await fetch(`${api.url}/api/jobs`, { headers: { Authorization: `Bearer ${link}` } })).status,
    ).toBe(401);
  });

  test('does not begin with a link that is too old, or is none', async () => {
    const old = await api.tokens.signLink('ada', 'operator', -1);
    const token = await api.tokens.sign('ada', 'operator', 600);
    for (const link of [old, token, 'nonsense']) {
      const response = await fetch(`${api.url}/api/session`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ link }),
      });
      expect(response.status).toBe(401);
    }
  });

  test('gives its page a token to write with, which is no better and lasts no longer than it', async () => {
    const cookie = cookieOf(await signIn('operator'));
    const response = await fetch(`${api.url}/api/session`, { headers: { Cookie: cookie } });
    expect(response.headers.get('cache-control')).toBe('no-store');
    const session = openSessionSchema.parse(await response.json());
    expect(session).toMatchObject({ subject: 'ada', role: 'operator' });
    expect(Date.parse(session.tokenExpiresAt)).toBeLessThanOrEqual(Date.parse(session.expiresAt));
    expect(await api.tokens.verify(session.token)).toMatchObject({ subject: 'ada', role: 'operator' });
    expect((await fetch(`${api.url}/api/session`)).status).toBe(401);
  });

  test('is kept to https where that is set', async () => {
    const secure = await startApi({ workflows: createFakeWorkflows(), config: { SECURE_COOKIES: true } });
    try {
      const response = await secure.as('viewer')('/api/session', { method: 'POST' });
      expect(response.headers.getSetCookie()[0]).toContain('; Secure');
      expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    } finally {
      await secure.stop();
    }
  });

  test('does not begin without a good token', async () => {
    expect((await fetch(`${api.url}/api/session`, { method: 'POST' })).status).toBe(401);
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(`${api.url}/api/session`, {
      method: 'POST',
      headers,
      body: '{"token":"x"}',
    });
    expect(response.status).toBe(401);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  test('reads, and does nothing else', async () => {
    const headers = { Cookie: `other=1; ${cookieOf(await signIn('admin'))}` };
    expect((await fetch(`${api.url}/api/jobs`, { headers })).status).toBe(200);
    expect((await fetch(`${api.url}/api/jobs`, { method: 'HEAD', headers })).status).toBe(200);
    expect((await fetch(`${api.url}/api/jobs/${jobId}/stream`, { headers })).status).toBe(200);
    for (const path of ['/api/imports', `/api/jobs/${jobId}/retry`, '/api/tickets']) {
      expect((await fetch(api.url + path, { method: 'POST', headers })).status).toBe(401);
    }
  });

  test('ends when asked to', async () => {
    const response = await fetch(`${api.url}/api/session`, { method: 'DELETE' });
    expect(response.status).toBe(204);
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^longshore_session=; Path=\/; Expires=Thu, 01 Jan 1970/,
    );
  });
});

describe('a ticket', () => {
  const streamOf = (id: string): string => `/api/jobs/${id}/stream`;

  async function askFor(path: string, role: Role = 'viewer'): Promise<Response> {
    return await api.as(role)('/api/tickets', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ path }),
    });
  }

  test('opens the one stream that it was made for', async () => {
    const response = await askFor(streamOf(jobId));
    expect(response.status).toBe(201);
    const { ticket, expiresAt } = ticketSchema.parse(await response.json());
    const life = Date.parse(expiresAt) - Date.now();
    expect(life).toBeGreaterThan(50_000);
    expect(life).toBeLessThanOrEqual(60_000);

    const other = await insertJob(api.database, { status: 'completed' });
    expect((await fetch(`${api.url}${streamOf(jobId)}?ticket=${ticket}`)).status).toBe(200);
    expect((await fetch(`${api.url}${streamOf(other)}?ticket=${ticket}`)).status).toBe(401);
    expect((await fetch(`${api.url}/api/jobs/${jobId}?ticket=${ticket}`)).status).toBe(401);
    expect((await fetch(`${api.url}/api/jobs?ticket=${ticket}`)).status).toBe(401);
    const headers = { Authorization: `Bearer ${ticket}` };
    expect((await fetch(`${api.url}/api/jobs`, { headers })).status).toBe(401);
    expect((await fetch(`${api.url}${streamOf(jobId)}`, { headers })).status).toBe(401);
  });

  test.each([
    '/api/jobs',
    '/api/jobs/../jobs/x/stream',
    '/api/jobs/x/stream?y',
    '/api/jobs/x/stream/',
    'stream',
  ])('is not given for %s', async (path) => {
    expect((await askFor(path)).status).toBe(422);
  });

  test('does not outlive its token', async () => {
    const token = await api.tokens.sign('ada', 'viewer', 10);
    const { ticket } = await api.tokens.signTicket(await api.tokens.verify(token), streamOf(jobId));
    const { expiresAt } = await api.tokens.verifyTicket(ticket, streamOf(jobId));
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 10_000);
  });
});

describe('AUTH_SECRET', () => {
  const env = { DATABASE_URL: 'postgresql://127.0.0.1/x' };

  test.each([undefined, '', 'secret', 'changeme', 'a'.repeat(64), 'x'.repeat(31)])(
    '%s is refused at start-up',
    (secret) => {
      expect(() => loadApiConfig({ ...env, AUTH_SECRET: secret })).toThrow(ConfigError);
      expect(() => loadApiConfig({ ...env, AUTH_SECRET: secret })).toThrow(/AUTH_SECRET/);
    },
  );

  test('of 32 random bytes is taken', () => {
    expect(loadApiConfig({ ...env, AUTH_SECRET: SECRET }).AUTH_SECRET).toBe(SECRET);
  });
});
