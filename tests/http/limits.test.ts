import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemSchema } from '../../contracts/http/problem.ts';
import { type ApiUnderTest, createFakeWorkflows, form, startApi } from './api-under-test.ts';

const PER_MINUTE = 40;
const config = {
  RATE_LIMIT_PER_MINUTE: PER_MINUTE,
  RATE_LIMIT_SIGN_INS_PER_MINUTE: 3,
  RATE_LIMIT_UPLOADS_PER_MINUTE: 5,
  UPLOAD_QUOTA_BYTES_PER_DAY: 10_000,
  UPLOADS_AT_A_TIME: 1,
  MAX_UPLOAD_BYTES: 6_000,
  TRUSTED_PROXIES: ['loopback'],
};

let api: ApiUnderTest;
/** Another process of the same installation. */
let other: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows(), config });
  other = await startApi({ workflows: createFakeWorkflows(), config, beside: api });
});
afterAll(async () => {
  await other.stop();
  await api.stop();
});

async function expectTooMany(response: Response): Promise<string> {
  expect(response.status).toBe(429);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  const problem = problemSchema.parse(await response.json());
  expect(problem.type).toBe('/problems/too-many-requests');
  return problem.detail;
}

describe('requests', () => {
  test('over the limit get 429 with a time to come back, counted by all processes together', async () => {
    const statuses: number[] = [];
    let refused: Response | undefined;
    for (let sent = 0; sent < PER_MINUTE + 2; sent += 1) {
      const response = await (sent % 2 === 0 ? api : other).as('viewer', 'busy')('/api/jobs');
      statuses.push(response.status);
      if (response.status === 429) refused = response;
    }
    expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(PER_MINUTE);
    expect(statuses.slice(0, PER_MINUTE / 2)).not.toContain(429);
    expect(refused).toBeDefined();
    if (refused !== undefined) await expectTooMany(refused);
    // The limit is each caller's own.
    expect((await api.as('viewer', 'quiet')('/api/jobs')).status).toBe(200);
    // Those that anybody may ask are not counted: probes must not be turned away.
    expect((await fetch(`${api.url}/health`)).status).toBe(200);
  });

  test('cost a statement only every so often', async () => {
    const generous = await startApi({
      workflows: createFakeWorkflows(),
      config: { ...config, RATE_LIMIT_PER_MINUTE: 10_000 },
      beside: api,
    });
    try {
      for (let sent = 0; sent < 30; sent += 1) await generous.as('viewer', 'reader')('/api/session');
      const { rows } = await api.database.pool.query<{ points: number }>(
        `SELECT points FROM rate_limits WHERE points >= 100 AND key LIKE 'requests:%'`,
      );
      expect(rows).toEqual([{ points: 100 }]);
    } finally {
      await generous.stop();
    }
  });
});

describe('attempts to sign in', () => {
  const attempt = (at: ApiUnderTest, address: string): Promise<Response> =>
    fetch(`${at.url}/api/session`, {
      method: 'POST',
      headers: { Authorization: 'Bearer nonsense', 'X-Forwarded-For': address },
    });

  test('are few from one address, over all processes', async () => {
    for (const at of [api, other, api]) expect((await attempt(at, '192.0.2.1')).status).toBe(401);
    await expectTooMany(await attempt(other, '192.0.2.1'));
    await expectTooMany(await attempt(api, '192.0.2.1'));
    expect((await attempt(api, '192.0.2.2')).status).toBe(401);
  });

  test('can not change their address by a header where no proxy is trusted', async () => {
    const alone = await startApi({
      workflows: createFakeWorkflows(),
      config: { ...config, TRUSTED_PROXIES: [] },
    });
    try {
      for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
        expect((await attempt(alone, address)).status).toBe(401);
      }
      await expectTooMany(await attempt(alone, '192.0.2.4'));
    } finally {
      await alone.stop();
    }
  });
});

describe('an upload', () => {
  const send = (at: ApiUnderTest, who: string, bytes: number): Promise<Response> =>
    at.as('operator', who)('/api/imports', {
      method: 'POST',
      body: form({ kind: 'products' }, { content: `sku,name,price\n${'x'.repeat(bytes)}` }),
    });

  test('over the quota of a day is refused, over all processes', async () => {
    expect((await send(api, 'heavy', 4_000)).status).toBe(202);
    expect((await send(other, 'heavy', 4_000)).status).toBe(202);
    expect(await expectTooMany(await send(api, 'heavy', 4_000))).toContain('10000 bytes in 24 hours');
    expect((await send(api, 'heavy', 500)).status).toBe(202);
    expect((await send(api, 'light', 4_000)).status).toBe(202);
  });

  test('that comes to nothing does not count', async () => {
    for (let sent = 0; sent < 4; sent += 1) {
      const response = await api.as('operator', 'clumsy')('/api/imports', {
        method: 'POST',
        body: form({ kind: 'products' }, null),
      });
      expect(response.status).toBe(422);
    }
    const { rows } = await api.database.pool.query(
      `SELECT sum(bytes)::int AS bytes, count(*) FILTER (WHERE ended_at IS NULL)::int AS open FROM uploads WHERE principal = 'clumsy'`,
    );
    expect(rows).toEqual([{ bytes: 0, open: 0 }]);
  });

  test('may not begin too often', async () => {
    for (let sent = 0; sent < 5; sent += 1) expect((await send(api, 'eager', 10)).status).toBe(202);
    expect(await expectTooMany(await send(other, 'eager', 10))).toContain('uploads a minute');
  });

  test('beyond those under way is refused before its body is read, and without asking for it', async () => {
    const token = await api.tokens.sign('parallel', 'operator', 600);
    /** Sends the headers and waits to be asked for the body. */
    const begin = (at: ApiUnderTest, authorization: string) => {
      const { hostname, port } = new URL(at.url);
      const request = httpRequest({
        ...{ hostname, port, method: 'POST', path: '/api/imports', agent: false },
        headers: {
          Authorization: authorization,
          Expect: '100-continue',
          'Content-Type': 'multipart/form-data; boundary=x',
          'Content-Length': '3000',
        },
      });
      const outcome = new Promise<number>((resolve, reject) => {
        request.once('continue', () => {
          resolve(100);
        });
        request.once('response', (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        request.once('error', reject);
      });
      request.flushHeaders();
      return { request, outcome };
    };
    const first = begin(api, `Bearer ${token}`);
    expect(await first.outcome).toBe(100);
    const second = begin(other, `Bearer ${token}`);
    expect(await second.outcome).toBe(429);
    const viewer = begin(api, `Bearer ${await api.tokens.sign('parallel', 'viewer', 600)}`);
    expect(await viewer.outcome).toBe(403);
    const nobody = begin(api, 'Bearer nonsense');
    expect(await nobody.outcome).toBe(401);
    for (const { request } of [second, viewer, nobody]) request.destroy();
    // The client goes away in the middle: its place is free again.
    first.request.on('error', () => undefined);
    first.request.destroy();
    await expect.poll(async () => (await send(other, 'parallel', 10)).status).toBe(202);
  });
});
