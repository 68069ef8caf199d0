import { request as httpRequest } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../api/http/route.ts';
import { ROLES } from '../../contracts/words.ts';
import { ConfigError, loadApiConfig } from '../../platform/config.ts';
import { type ApiUnderTest, createFakeWorkflows, SECRET, startApi } from './api-under-test.ts';

let closed: ApiUnderTest;
let open: ApiUnderTest;

beforeAll(async () => {
  const workflows = createFakeWorkflows();
  closed = await startApi({ workflows });
  open = await startApi({
    workflows,
    config: { LEGACY_OPEN: true, CORS_ORIGINS: ['http://localhost:5173'] },
  });
});
afterAll(async () => {
  await closed.stop();
  await open.stop();
});

/** A request that gets as far as the check of the role and no further than that. */
async function call(api: ApiUnderTest, { method, path }: Route, init: RequestInit = {}): Promise<Response> {
  const address = path.replace(/:\w+/g, uuidv7());
  return await fetch(api.url + address, { ...init, method: method.toUpperCase() });
}

/** A request of which every header can be chosen. */
async function statusWith(headers: Record<string, string>, path = '/legacy/csv/api/jobs'): Promise<number> {
  return await new Promise((resolve, reject) => {
    const sent = httpRequest(open.url + path, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** How each system says that there is no token. */
const NO_TOKEN: Readonly<Record<string, object>> = {
  csv: { error: 'Send a token as "Authorization: Bearer ...".' },
  catalogue: { detail: 'Send a token as "Authorization: Bearer ...".' },
  orders: { error: 'missing token' },
};

/** All but the one that says whether the system is there. */
const guarded = (): readonly Route[] =>
  closed.app.legacyRoutes.filter(({ path }) => path !== '/legacy/orders/health');

describe('a route of an older system', () => {
  test('needs a token like any other, and says so in its own form', async () => {
    expect(guarded().length).toBeGreaterThan(15);
    for (const route of guarded()) {
      const response = await call(closed, route);
      expect(response.status, route.path).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="longshore"');
      expect(await response.json()).toEqual(NO_TOKEN[route.path.split('/')[2] ?? '']);
    }
  });

  test('lets in its role and those above it, and nobody below', async () => {
    for (const route of guarded()) {
      for (const role of ROLES) {
        const headers = { Authorization: `Bearer ${await closed.tokens.sign('ada', role, 60)}` };
        const { status } = await call(closed, route, { headers });
        const context = `${route.method} ${route.path} as ${role}`;
        expect(route.access).not.toBe('public');
        const may = ROLES.indexOf(role) >= ROLES.indexOf(route.access as (typeof ROLES)[number]);
        if (may) expect([401, 403], context).not.toContain(status);
        else expect(status, context).toBe(403);
      }
    }
  });

  test('has the security headers and the limits of all routes, and is in no API document', async () => {
    const response = await fetch(`${open.url}/legacy/csv/api/jobs`);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await (await fetch(`${open.url}/openapi.json`)).text()).not.toContain('/legacy/');
  });

  test('answers 404 and 405 in the form of its system', async () => {
    for (const [base, field] of [
      ['/legacy/csv', 'error'],
      ['/legacy/catalogue', 'detail'],
      ['/legacy/orders', 'error'],
    ] as const) {
      const unknown = await fetch(`${open.url}${base}/nothing`);
      expect(unknown.status).toBe(404);
      expect(Object.keys((await unknown.json()) as object)).toEqual([field]);
    }
    const wrong = await fetch(`${open.url}/legacy/csv/api/jobs`, { method: 'DELETE' });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(Object.keys((await wrong.json()) as object)).toEqual(['error']);
  });
});

describe('LEGACY_OPEN', () => {
  test('admits clients without a token as operator, to the routes of the older systems only', async () => {
    for (const route of open.app.legacyRoutes) {
      const { status } = await call(open, route);
      const context = `${route.method} ${route.path}`;
      if (route.access === 'admin') expect(status, context).toBe(403);
      else expect([401, 403], context).not.toContain(status);
    }
    expect((await fetch(`${open.url}/api/jobs`)).status).toBe(401);
    expect((await fetch(`${open.url}/legacyx/csv/api/jobs`)).status).toBe(404);
  });

  test('does not make a wrong token good', async () => {
    const headers = { Authorization: 'Bearer nonsense' };
    expect((await fetch(`${open.url}/legacy/csv/api/jobs`, { headers })).status).toBe(401);
    const viewer = { Authorization: `Bearer ${await open.tokens.sign('ada', 'viewer', 60)}` };
    const response = await fetch(`${open.url}/legacy/csv/api/jobs/upload`, {
      method: 'POST',
      headers: viewer,
    });
    expect(response.status).toBe(403);
  });

  test('lets in programs of this machine and pages of known origins', async () => {
    const { host, port } = new URL(open.url);
    expect(await statusWith({})).toBe(200);
    expect(await statusWith({ host: `localhost:${port}` })).toBe(200);
    expect(await statusWith({ host, origin: `http://${host}`, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusWith({ host, origin: 'http://localhost:5173', 'sec-fetch-site': 'cross-site' })).toBe(
      200,
    );
  });

  test.each<[string, Record<string, string>]>([
    ['a page of a stranger', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a picture in a page of a stranger', { 'sec-fetch-site': 'cross-site' }],
    ['a name that a stranger made lead here', { host: 'evil.example' }],
    ['a proxy', { 'x-forwarded-for': '203.0.113.7' }],
    ['a proxy that says so otherwise', { forwarded: 'for=203.0.113.7' }],
  ])('does not let in what comes by %s', async (_name, headers) => {
    expect(await statusWith(headers)).toBe(401);
  });

  const env = { DATABASE_URL: 'postgresql://127.0.0.1/x', AUTH_SECRET: SECRET, LEGACY_OPEN: 'true' };

  test.each(['0.0.0.0', '::', '192.168.1.7', 'longshore.example', '127.evil.example', '127.0.0.256'])(
    'is refused at start-up where the API listens on %s',
    (HOST) => {
      expect(() => loadApiConfig({ ...env, HOST })).toThrow(ConfigError);
      expect(() => loadApiConfig({ ...env, HOST })).toThrow(/LEGACY_OPEN can only be true .* not on /);
      expect(loadApiConfig({ ...env, HOST, LEGACY_OPEN: 'false' }).LEGACY_OPEN).toBe(false);
    },
  );

  test.each(['127.0.0.1', '127.8.9.1', 'localhost', '::1', '[::1]'])(
    'is taken where it listens on %s',
    (HOST) => {
      expect(loadApiConfig({ ...env, HOST }).LEGACY_OPEN).toBe(true);
    },
  );

  test('is off unless it is set', () => {
    expect(loadApiConfig({ ...env, LEGACY_OPEN: '' }).LEGACY_OPEN).toBe(false);
  });
});
