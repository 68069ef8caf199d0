import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { type App, createApp } from '../../api/app.ts';
import type { AppDeps } from '../../api/deps.ts';
import { createHttpServer } from '../../api/server.ts';
import { createAttentionWatch } from '../../api/streams/attention-watch.ts';
import { createOpenStreams } from '../../api/streams/event-stream.ts';
import { createJobWatch } from '../../api/streams/job-watch.ts';
import { createOrderStreams, type OrderStreams } from '../../api/streams/order-streams.ts';
import { createRecordWatch } from '../../api/streams/record-watch.ts';
import { createWorkflows, type Workflows } from '../../api/temporal-client.ts';
import type { Role } from '../../contracts/words.ts';
import { createApiMetrics } from '../../platform/metrics.ts';
import type { ForeignTokens } from '../../platform/foreign-tokens.ts';
import { createTokens, type Tokens } from '../../platform/tokens.ts';
import type { Database } from '../../prisma/client.ts';
import { readFigures } from '../../prisma/repositories/figures.ts';
import { countWaiting } from '../../prisma/repositories/attention.ts';
import { listenForJobChanges } from '../../prisma/repositories/job-notifications.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { createRecordNotifier } from '../../prisma/repositories/record-notifications.ts';
import { createTestDatabase, openTestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

export const SECRET = 'QmV0dGVyIGEgdGVzdCBzZWNyZXQgdGhhbiBub25lIQ==';

/** The API on a port of its own, with a real database and a real folder. */
export interface ApiUnderTest {
  url: string;
  app: App;
  database: Database;
  databaseUrl: string;
  storage: FileStorage;
  tokens: Tokens;
  /** How many jobs are being watched, and how many streams are open. */
  watched: () => number;
  orders: OrderStreams;
  openStreams: () => number;
  /** Lines of the log, as objects. */
  logged: Record<string, unknown>[];
  /** A request with a token of the given role. */
  as: (role: Role, subject?: string) => (path: string, init?: RequestInit) => Promise<Response>;
  storedFiles: () => Promise<string[]>;
  countJobs: () => Promise<number>;
  stop: () => Promise<void>;
}

export interface ApiUnderTestOptions {
  config?: Partial<AppDeps['config']>;
  /** Takes the place of the workflow engine; without it the address of the engine is a closed port. */
  workflows?: Workflows;
  storage?: (folder: FileStorage) => FileStorage;
  /** Folder of a built web app. */
  webDir?: string;
  /** Where traces are made, statements are parts of them. */
  isTraced?: boolean;
  /** Tokens of an identity provider, where they are taken too. */
  foreignTokens?: ForeignTokens | null;
  /** The API whose database this one shares: another process of the same installation. */
  beside?: ApiUnderTest;
}

/** Nobody listens there: what is sent to it is refused at once. */
const CLOSED_PORT = '127.0.0.1:1';

export async function startApi(options: ApiUnderTestOptions = {}): Promise<ApiUnderTest> {
  const testDatabase =
    options.beside === undefined
      ? await createTestDatabase()
      : { url: options.beside.databaseUrl, drop: () => Promise.resolve() };
  const database = openTestDatabase(testDatabase.url, options.isTraced);
  const folder = await mkdtemp(join(tmpdir(), 'longshore-http-'));
  const localFolder = createLocalFolderStorage(folder);
  const storage = options.storage?.(localFolder) ?? localFolder;
  const logged: Record<string, unknown>[] = [];
  const log = pino({ level: 'debug' }, { write: (line) => void logged.push(JSON.parse(line) as never) });
  const metrics = createApiMetrics({
    database: () => readFigures(database),
    queues: () => workflows.queueFigures(),
  });
  const temporal = {
    TEMPORAL_ADDRESS: CLOSED_PORT,
    TEMPORAL_NAMESPACE: 'default',
    IMPORT_RETRY_DELAYS_MS: [10],
    IMPORT_MAX_HISTORY_EVENTS: 1_000,
    ORDER_RETRY_DELAYS_MS: [10],
  };
  const workflows: Workflows = options.workflows ?? createWorkflows(temporal, metrics, log);
  const watch = createJobWatch({
    read: (jobId) => readJobSnapshot(database.pool, jobId),
    onError: (error) => {
      log.warn({ err: error }, 'job not read');
    },
  });
  const attention = createAttentionWatch(
    watch,
    () => countWaiting(database.pool),
    (error) => {
      log.warn({ err: error }, 'attention not counted');
    },
  );
  const orders = createOrderStreams(database.pool, (error) => {
    log.warn({ err: error }, 'orders not read');
  });
  const recordWatch = createRecordWatch();
  const recordNotifier = createRecordNotifier(database.pool, (error) => {
    log.warn({ err: error }, 'records not told of');
  });
  let listening = false;
  const notifications = listenForJobChanges({
    url: testDatabase.url,
    applicationName: 'test-listen',
    onChange: watch.changed,
    onOrders: (orderIds) => {
      orders.changed(orderIds);
      attention.changed();
    },
    onRecords: recordWatch.changed,
    onAttention: attention.changed,
    onListening: () => {
      listening = true;
      watch.anyChanged();
      orders.changed(null);
      recordWatch.changed(null);
      attention.changed();
    },
    onError: () => {
      listening = false;
    },
  });
  await until(() => listening);
  let openStreams = 0;
  const streams = createOpenStreams((count) => {
    openStreams = count;
    metrics.openStreams.set(count);
  });
  const tokens = createTokens(SECRET, options.foreignTokens);
  const app = createApp({
    config: {
      TEMPORAL_NAMESPACE: 'default',
      CURRENCY: 'EUR',
      IMPORT_CHUNK_ROWS: 3,
      IMPORT_MAX_COLUMNS: 500,
      IMPORT_MAX_RECORD_BYTES: 100_000,
      MAX_UPLOAD_BYTES: 1_000_000,
      CORS_ORIGINS: [],
      SECURE_COOKIES: false,
      LEGACY_OPEN: false,
      WEBHOOKS_ALLOW_PRIVATE_NETWORKS: true,
      WEBHOOKS_TIMEOUT_MS: 1_000,
      TRUSTED_PROXIES: [],
      // Far above what a test sends, where it is not about the limits.
      RATE_LIMIT_PER_MINUTE: 1_000_000,
      RATE_LIMIT_SIGN_INS_PER_MINUTE: 1_000,
      RATE_LIMIT_UPLOADS_PER_MINUTE: 1_000,
      UPLOAD_QUOTA_BYTES_PER_DAY: 1_000_000_000,
      UPLOADS_AT_A_TIME: 100,
      ...options.config,
    },
    database,
    storage,
    workflows,
    tokens,
    watch,
    attention,
    orderWatch: orders.orderWatch,
    orderFeed: orders.orderFeed,
    orderNotifier: orders.orderNotifier,
    recordNotifier,
    recordWatch,
    streams,
    metrics,
    log,
    webDir: options.webDir ?? null,
  });
  const server = createHttpServer(app.express);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

  return {
    url,
    app,
    database,
    databaseUrl: testDatabase.url,
    storage,
    tokens,
    watched: watch.size,
    orders,
    openStreams: () => openStreams,
    logged,
    as:
      (role, subject = 'tester') =>
      async (path, init = {}) => {
        const headers = new Headers(init.headers);
        headers.set('Authorization', `Bearer ${await tokens.sign(subject, role, 600)}`);
        return await fetch(url + path, { redirect: 'manual', ...init, headers });
      },
    async storedFiles() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    },
    countJobs: () => database.prisma.job.count(),
    async stop() {
      streams.closeAll();
      attention.close();
      watch.close();
      orders.close();
      await orders.orderNotifier.flush();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await notifications.close();
      await workflows.close();
      await database.close();
      await testDatabase.drop();
      await rm(folder, { recursive: true });
    },
  };
}

/** An engine that takes every start and every signal, and tells what it was asked. */
export function createFakeWorkflows() {
  const started: string[] = [];
  const retried: string[] = [];
  const sent: Record<string, string | undefined>[] = [];
  const startedOrders: string[] = [];
  const sentToOrders: Record<string, string | undefined>[] = [];
  /** Jobs and orders without a running workflow. */
  const closed = new Set<string>();
  /** Endpoints of webhooks. */
  const woken: string[] = [];
  const workflows: Workflows = {
    startJob: ({ id }) => {
      started.push(id);
      return Promise.resolve();
    },
    sendVerb: ({ id: jobId }, action, { by, id, part, reason }) => {
      if (action === 'retry') retried.push(jobId);
      sent.push({ jobId, action, by, id, part, reason });
      return Promise.resolve(!closed.has(jobId));
    },
    startOrder: ({ id }) => {
      startedOrders.push(id);
      return Promise.resolve();
    },
    wakeOrder: ({ id }) => {
      startedOrders.push(id);
      return Promise.resolve();
    },
    sendOrderVerb: (orderId, verb, { by, id, reason, step, action }) => {
      sentToOrders.push({ orderId, verb, by, id, reason, step, action });
      return Promise.resolve(!closed.has(orderId));
    },
    terminate: ({ id: jobId }) => {
      closed.add(jobId);
      return Promise.resolve();
    },
    erase: () => Promise.resolve({ outcome: 'not_found' }),
    pendingSteps: () => Promise.resolve(null),
    queueFigures: () => Promise.resolve([]),
    announceSoon: () => undefined,
    wakeEndpoint: (endpointId) => {
      woken.push(endpointId);
      return Promise.resolve();
    },
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  return { ...workflows, started, retried, sent, startedOrders, sentToOrders, closed, woken };
}

/** A multipart form with a file and fields. */
export function form(
  fields: Record<string, string>,
  file: { name?: string; content: string | Uint8Array<ArrayBuffer> } | null = {
    content: 'sku,name,price\nA,Mug,1\n',
  },
): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  if (file !== null) body.append('file', new Blob([file.content]), file.name ?? 'products.csv');
  return body;
}
