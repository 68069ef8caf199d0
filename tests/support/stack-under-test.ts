import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import { loadEncryptionKeys } from '../../platform/config.ts';
import { createTemporalClient } from '../../platform/temporal-connection.ts';
import type { Database } from '../../prisma/client.ts';
import { createStorage } from '../../adapters/storage/create-storage.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { loadStorageSettings } from '../../platform/config.ts';
import { checkInvariants } from '../../scripts/invariants/index.ts';
import { signToken } from '../../scripts/lib/sign-token.ts';
import { type Stack, type StackOptions, startStack } from '../../scripts/stack/stack.ts';
import { openTestDatabase } from './database.ts';
import { until } from './until.ts';

/** A whole stack of processes of its own: the one that `npm start` starts, in a temporary folder, on free ports. */
export interface StackUnderTest {
  stack: Stack;
  db: Database;
  /** The one that its processes use. */
  storage: FileStorage;
  folder: string;
  /** Value of the Authorization header of an admin. */
  authorization: string;
  post: (
    content: string | Blob,
    kind?: string,
    headers?: Record<string, string>,
    fields?: Record<string, string>,
  ) => Promise<Job>;
  get: (path: string) => Promise<Response>;
  /** Sends JSON. */
  send: (path: string, body?: object, method?: 'POST' | 'PATCH' | 'PUT' | 'DELETE') => Promise<Response>;
  /** Waits until a job has one of the statuses. The API may be away meanwhile. */
  waitFor: (jobId: string, ...statuses: Job['status'][]) => Promise<Job>;
  /** Kills one of our processes outright, and waits until the stack has started it again. */
  kill: (service: string) => Promise<void>;
  expectInvariants: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function startStackUnderTest(options: Partial<StackOptions> = {}): Promise<StackUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'longshore-test-stack-'));
  const dataDir = join(folder, 'data');
  const stack = await startStack({
    dataDir,
    reporter: { note: () => undefined, step: (_name, work) => work(() => undefined) },
    ports: 'free',
    ...options,
  });
  const db = openTestDatabase(stack.databaseUrl);
  const storage = createStorage(loadStorageSettings({ STORAGE_DIR: join(dataDir, 'files'), ...options.env }));
  const token = await signToken(dataDir, 'admin', 'tester');
  const authorised = { authorization: `Bearer ${token}` };
  const get = (path: string): Promise<Response> => fetch(`${stack.apiUrl}${path}`, { headers: authorised });

  return {
    stack,
    db,
    storage,
    folder,
    authorization: authorised.authorization,
    get,
    send(path, body = {}, method = 'POST') {
      return fetch(`${stack.apiUrl}${path}`, {
        method,
        headers: { ...authorised, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    },
    async post(content, kind = 'products', headers = {}, fields = {}) {
      const form = new FormData();
      form.set('file', typeof content === 'string' ? new Blob([content]) : content, 'test.csv');
      form.set('kind', kind);
      for (const [name, value] of Object.entries(fields)) form.set(name, value);
      const response = await fetch(`${stack.apiUrl}/api/imports`, {
        method: 'POST',
        headers: { ...authorised, ...headers },
        body: form,
      });
      expect(response.status).toBe(202);
      return (await response.json()) as Job;
    },
    async waitFor(jobId, ...statuses) {
      let job: Job | undefined;
      await until(async () => {
        const response = await get(`/api/jobs/${jobId}`).catch(() => undefined);
        job = response?.ok === true ? ((await response.json()) as Job) : undefined;
        return job !== undefined && statuses.includes(job.status);
      });
      return job!;
    },
    async kill(service) {
      const running = stack.services.get(service)!;
      const { pid } = running;
      process.kill(pid, 'SIGKILL');
      await until(() => running.pid !== pid);
    },
    async expectInvariants() {
      const temporal = createTemporalClient({
        TEMPORAL_ADDRESS: stack.temporalAddress,
        TEMPORAL_NAMESPACE: stack.temporalNamespace,
        ENCRYPTION_KEYS: loadEncryptionKeys(options.env ?? {}),
      });
      const reports = await checkInvariants({ db, temporal, storage });
      await temporal.connection.close();
      expect(reports.flatMap(({ id, broken }) => broken.map((what) => `${id}: ${what}`))).toEqual([]);
    },
    async stop() {
      await db.close();
      await stack.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
