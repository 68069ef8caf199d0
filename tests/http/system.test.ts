import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemCodesOf } from '../../api/openapi.ts';
import { PROBLEMS, type ProblemCode } from '../../contracts/errors.ts';
import { aliveSchema, readySchema } from '../../contracts/http/health.ts';
import { problemSchema, problemTypeSchema } from '../../contracts/http/problem.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({
    workflows: createFakeWorkflows(),
    config: { CORS_ORIGINS: ['https://app.example.com'] },
  });
});
afterAll(() => api.stop());

async function problemOf(path: string, init: RequestInit | undefined, status: number): Promise<Response> {
  const response = await api.as('operator')(path, init);
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(await response.clone().json());
  expect(problem).toMatchObject({ status, instance: path.split('?')[0] });
  expect(JSON.stringify(problem)).not.toMatch(/node_modules|\.ts:|at Object/);
  return response;
}

describe('a problem', () => {
  test('is what every failed request ends with', async () => {
    await problemOf('/', undefined, 404);
    await problemOf('/api/nothing', undefined, 404);
    await problemOf('/api/Jobs', undefined, 404);
    await problemOf('/docs/../package.json', undefined, 404).catch(() => undefined);
    await problemOf('/docs/package.json', undefined, 404);
    await problemOf('/problems/nothing', undefined, 404);
    await problemOf('/api/jobs/%E0%A4%A', undefined, 400);
    const json = { 'Content-Type': 'application/json' };
    await problemOf('/api/tickets', { method: 'POST', headers: json, body: '{"path":' }, 400);
    await problemOf('/api/tickets', { method: 'POST', headers: json, body: '{}' }, 422);
    await problemOf('/api/tickets', { method: 'POST' }, 422);
    await problemOf('/api/tickets', { method: 'POST', headers: json, body: '"x"' }, 422);
    await problemOf('/api/tickets', { method: 'POST', body: 'path=x' }, 415);
    const large = JSON.stringify({ path: 'x'.repeat(200_000) });
    await problemOf('/api/tickets', { method: 'POST', headers: json, body: large }, 413);
    const encoded = { ...json, 'Content-Encoding': 'zip' };
    await problemOf('/api/tickets', { method: 'POST', headers: encoded, body: '{}' }, 415);
  });

  test('names the field in a pointer', async () => {
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ path: 1, 'a/b~c': 2 });
    const response = await problemOf('/api/tickets', { method: 'POST', headers, body }, 422);
    const { errors } = problemSchema.parse(await response.json());
    expect(errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['#/path', 'invalid_type'],
      ['#/a~1b~0c', 'unknown_field'],
    ]);
  });

  test('of a method that is not there says which ones are', async () => {
    const response = await problemOf('/api/jobs', { method: 'DELETE' }, 405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    const session = await problemOf('/api/session', { method: 'PUT' }, 405);
    expect(session.headers.get('allow')).toBe('POST, GET, DELETE, HEAD, OPTIONS');
    const options = await fetch(`${api.url}/api/jobs`, { method: 'OPTIONS' });
    expect(options.status).toBe(204);
    expect(options.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  test('leads to its explanation', async () => {
    for (const code of Object.keys(PROBLEMS) as ProblemCode[]) {
      const response = await fetch(`${api.url}/problems/${code}`);
      expect(response.status).toBe(200);
      expect(problemTypeSchema.parse(await response.json())).toMatchObject({ type: `/problems/${code}` });
    }
  });

  test('carries the id under which it was logged', async () => {
    const headers = { 'X-Request-Id': 'trace-1' };
    expect((await fetch(`${api.url}/api/jobs`, { headers })).headers.get('x-request-id')).toBe('trace-1');
    const bad = { 'X-Request-Id': 'two words' };
    expect((await fetch(`${api.url}/api/jobs`, { headers: bad })).headers.get('x-request-id')).toMatch(
      /^[\w-]{36}$/,
    );
    await expect.poll(() => api.logged.some(({ correlation_id }) => correlation_id === 'trace-1')).toBe(true);
  });
});

describe('a browser', () => {
  test('is told what pages may do', async () => {
    const { headers } = await fetch(`${api.url}/docs`);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('strict-transport-security')).toBeNull();
  });

  test('may call from the named origins only', async () => {
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${api.url}/api/imports`, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
    const allowed = await preflight('https://app.example.com');
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    for (const origin of ['https://evil.example.com', 'https://app.example.com.evil.com', 'null']) {
      const response = await preflight(origin);
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
      expect(response.headers.get('vary')).toContain('Origin');
    }
  });
});

describe('health', () => {
  test('says that the process is alive, and is not logged', async () => {
    const headers = { 'X-Request-Id': 'probe' };
    const response = await fetch(`${api.url}/health`, { headers });
    aliveSchema.parse(await response.json());
    await expect.poll(() => api.logged.some((line) => line.correlation_id === 'probe')).toBe(true);
    expect(api.logged.filter((line) => line.correlation_id === 'probe').map(({ level }) => level)).toEqual([
      20,
    ]);
  });

  test('is ready when all parts are', async () => {
    const response = await fetch(`${api.url}/health/ready`);
    expect(response.status).toBe(200);
    expect(readySchema.parse(await response.json()).checks).toEqual({
      database: 'ok',
      temporal: 'ok',
      storage: 'ok',
    });
  });

  test('is not ready while the workflow engine is down, and names it within its bound', async () => {
    const alone = await startApi();
    try {
      const before = performance.now();
      const response = await fetch(`${alone.url}/health/ready`);
      expect(performance.now() - before).toBeLessThan(4_000);
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      const problem = problemSchema.parse(await response.json());
      expect(problem.checks).toEqual({ database: 'ok', temporal: 'down', storage: 'ok' });
    } finally {
      await alone.stop();
    }
  });

  test('is not ready while the database is down, and requests get 503 with a time to come back', async () => {
    const alone = await startApi({ workflows: createFakeWorkflows() });
    const name = new URL(alone.databaseUrl).pathname.slice(1);
    const { pool } = api.database;
    try {
      await pool.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS false`);
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [name]);
      await until(async () => {
        const { rowCount } = await pool.query(`SELECT FROM pg_stat_activity WHERE datname = $1`, [name]);
        return rowCount === 0;
      });
      await pool.query(`ALTER DATABASE ${name} RENAME TO ${name}_away`);
      const ready = await fetch(`${alone.url}/health/ready`);
      expect(ready.status).toBe(503);
      expect(problemSchema.parse(await ready.json()).checks).toMatchObject({ database: 'down' });
      const jobs = await alone.as('viewer')('/api/jobs');
      expect(jobs.status).toBe(503);
      expect(jobs.headers.get('retry-after')).toBe('5');
      expect((await fetch(`${alone.url}/metrics`)).status).toBe(200);
    } finally {
      await pool.query(`ALTER DATABASE ${name}_away RENAME TO ${name}`);
      await pool.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS true`);
      await alone.stop();
    }
  });
});

describe('metrics', () => {
  test('have times by declared route, and jobs by status', async () => {
    await api.as('viewer')('/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11');
    const text = await (await fetch(`${api.url}/metrics`)).text();
    expect(text).toContain(
      'http_request_duration_seconds_count{method="GET",route="/api/jobs/:id",status="404"} 1',
    );
    expect(text).toContain('longshore_jobs{type="import",status="needs_attention"} 0');
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('0195d3c5');
  });
});

interface Operation {
  operationId: string;
  security: Record<string, unknown>[];
  parameters?: { in: string; name: string; required?: boolean }[];
  responses: Record<
    string,
    { description: string; content?: Record<string, { example?: unknown; examples?: object }> }
  >;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
}

describe('the API document', () => {
  async function read(): Promise<Document> {
    const response = await fetch(`${api.url}/openapi.json`);
    expect(response.status).toBe(200);
    return (await response.json()) as Document;
  }

  test('is OpenAPI 3.1 and has every route with all its answers', async () => {
    const document = await read();
    expect(document.openapi).toMatch(/^3\.1\./);
    const found = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method} ${path}`),
    );
    const declared = api.app.declarations.map(
      ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`,
    );
    expect(found.sort()).toEqual(declared.sort());

    for (const route of api.app.declarations) {
      const operation = document.paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method];
      const statuses = new Set([
        ...Object.keys(route.responses),
        ...problemCodesOf(route).map((code) => String(PROBLEMS[code].status)),
      ]);
      expect(Object.keys(operation?.responses ?? {}).sort(), route.path).toEqual([...statuses].sort());
      expect(operation?.security.length === 0, route.path).toBe(route.access === 'public');
      const params =
        operation?.parameters?.filter((parameter) => parameter.in === 'path').map(({ name }) => name) ?? [];
      expect(params, route.path).toEqual([...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name));
    }
  });

  test('names each operation once, and every reference leads somewhere', async () => {
    const document = await read();
    const ids = Object.values(document.paths).flatMap((item) =>
      Object.values(item).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name = ''] of references) expect(document.components.schemas).toHaveProperty(name);
  });

  test('has examples that are as it says', () => {
    for (const { operationId, responses } of api.app.declarations) {
      for (const [status, response] of Object.entries(responses)) {
        if (!('schema' in response)) continue;
        const result = response.schema.safeParse(response.example);
        expect(result.error?.message, `${operationId} ${status}`).toBeUndefined();
      }
    }
  });

  test('can be read in a browser without anything from elsewhere', async () => {
    const page = await (await fetch(`${api.url}/docs`)).text();
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.length).toBeGreaterThan(3);
    for (const path of assets) {
      expect(path).toMatch(/^\/docs\//);
      const response = await fetch(api.url + path);
      expect(response.status).toBe(200);
      await response.arrayBuffer();
    }
    expect(page).not.toMatch(/<script>[^<]/);
  });
});
