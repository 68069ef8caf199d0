import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTokens } from '../../platform/tokens.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { SECRET } from './api-under-test.ts';
import { insertJob } from './job-fixture.ts';

let database: TestDatabase;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await mkdtemp(join(tmpdir(), 'longshore-process-'));
});
afterAll(async () => {
  await database.drop();
  await rm(folder, { recursive: true });
});

interface ApiProcess {
  child: ChildProcess;
  /** What it wrote to standard error. */
  output: () => string;
  exited: Promise<number | null>;
}

function start(env: Record<string, string>, entry = 'api/main.ts'): ApiProcess {
  const child = spawn(process.execPath, [entry], {
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: database.url,
      STORAGE_DIR: folder,
      AUTH_SECRET: SECRET,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      ...env,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return { child, output: () => output, exited };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a missing or malformed setting stops the start of', () => {
  test.each([
    ['the API', 'api/main.ts', { AUTH_SECRET: 'changeme', DATABASE_URL: '', PORT: 'x' }],
    [
      'a worker',
      'workers/parse.ts',
      { DATABASE_URL: '', READINESS_PORT: 'x', IMPORT_RETRY_DELAYS_MS: 'changeme' },
    ],
  ])('%s: one clear error names all of them at once, and it ends with 2', async (_, entry, wrong) => {
    const started = start(wrong, entry);
    expect(await started.exited).toBe(2);
    for (const name of Object.keys(wrong)) expect(started.output()).toContain(name);
    expect(started.output()).not.toMatch(/changeme|at .*\.ts/);
  });
});

describe('the process of the API', () => {
  test('readiness makes an authenticated handshake: with a wrong password the database is down, though it answers', async () => {
    const url = new URL(database.url);
    url.password = 'wrong';
    const port = await freePort();
    const api = start({ PORT: String(port), DATABASE_URL: url.href });
    const ready = `http://127.0.0.1:${String(port)}/health/ready`;
    await until(() =>
      fetch(ready).then(
        () => true,
        () => false,
      ),
    );
    const response = await fetch(ready);
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { checks: { database: 'down', storage: 'ok' } },
    ]);
    api.child.kill('SIGTERM');
    expect(await api.exited).toBe(0);
    expect(api.output()).not.toContain('wrong');
  });

  test('says that its port is taken, and ends with 2', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const api = start({ PORT: String(port) });
    expect(await api.exited).toBe(2);
    expect(api.output()).toContain(`127.0.0.1:${String(port)} is taken`);
    server.close();
  });

  test('ends its streams and stops in good order when told to', async () => {
    const port = await freePort();
    const api = start({ PORT: String(port) });
    const url = `http://127.0.0.1:${String(port)}`;
    await until(() =>
      fetch(`${url}/health`).then(
        () => true,
        () => false,
      ),
    );
    const db = openTestDatabase(database.url);
    const id = await insertJob(db);
    await db.close();
    const token = await createTokens(SECRET).sign('ada', 'viewer', 60);
    const stream = await fetch(`${url}/api/jobs/${id}/stream`, {
      headers: { Authorization: `Bearer ${token}` },
    });

    api.child.kill('SIGTERM');
    expect(await stream.text()).toMatch(/^retry: \d+\n\nid: 0\ndata: \{.*\}\n\n$/);
    expect(await api.exited).toBe(0);
    expect(api.output()).toContain('"stopped"');
  });
});
