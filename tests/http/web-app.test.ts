import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
let webDir: string;

beforeAll(async () => {
  webDir = await mkdtemp(join(tmpdir(), 'longshore-web-'));
  await mkdir(join(webDir, 'assets'));
  await writeFile(
    join(webDir, 'index.html'),
    '<meta name="style-nonce" content="%STYLE_NONCE%"><p>the app</p>',
  );
  await writeFile(join(webDir, 'favicon.svg'), '<svg/>');
  await writeFile(join(webDir, '.stamp'), 'not for others');
  await writeFile(join(webDir, 'assets', 'index-abc123.js'), 'export {};');
  await writeFile(join(webDir, 'assets', 'index-abc123.js.gz'), gzipSync('export {};'));
  api = await startApi({ workflows: createFakeWorkflows(), webDir });
});
afterAll(async () => {
  await api.stop();
  await rm(webDir, { recursive: true });
});

/** As a browser asks for what stands in its address bar. */
function visit(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
  return fetch(api.url + path, { headers, redirect: 'manual', ...init });
}

describe('the web app', () => {
  test.each([
    '/',
    '/jobs',
    '/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11?tab=chunks',
    '/index.html',
    '/sign-in',
  ])('is the one page at %s', async (path) => {
    const response = await visit(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toContain('the app');
  });

  test('may run its own scripts only, and the style sheets that carry the nonce of their page', async () => {
    const [one, other] = await Promise.all([visit('/'), visit('/')]);
    const policy = one.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe');
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
    expect(nonce.length).toBeGreaterThanOrEqual(24);
    expect(await one.text()).toContain(`content="${nonce}"`);
    expect(other.headers.get('content-security-policy')).not.toContain(nonce);
  });

  test('has files that browsers keep for ever, since their names change with them', async () => {
    const response = await fetch(`${api.url}/assets/index-abc123.js`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('javascript');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect((await fetch(`${api.url}/favicon.svg`)).headers.get('cache-control')).toBe('public, max-age=3600');
  });

  test.each([
    '/assets/index-old.js',
    '/api/nothing',
    '/api',
    '/legacy/x',
    '/docs/nothing',
    '/health/x',
    '/metrics/x',
  ])('is not at %s: what is not found there is a problem, for browsers too', async (path) => {
    const response = await visit(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('is not for programs, which are told that there is nothing', async () => {
    expect((await fetch(`${api.url}/jobs`)).status).toBe(404);
    expect((await visit('/jobs', { method: 'POST' })).status).toBe(404);
  });

  test.each(['/.stamp', '/assets/../.stamp', '/assets/%2e%2e/.stamp', '/%2e%2e/%2e%2e/package.json'])(
    'gives out no other files: %s',
    async (path) => {
      expect(await (await visit(path)).text()).not.toMatch(/not for others|devDependencies/);
    },
  );

  test('takes nothing away from the API and its documents', async () => {
    expect((await visit('/health')).headers.get('content-type')).toContain('application/json');
    expect((await visit('/api/jobs')).status).toBe(401);
    expect((await visit('/docs')).headers.get('content-security-policy')).toContain(
      "style-src 'self' 'unsafe-inline'",
    );
  });

  test('is not there where it was not built', async () => {
    const without = await startApi({ workflows: createFakeWorkflows() });
    try {
      const response = await fetch(without.url, { headers: { Accept: 'text/html' } });
      expect(response.status).toBe(404);
    } finally {
      await without.stop();
    }
  });
});
