import { createStorage } from '../adapters/storage/create-storage.ts';
import { type ApiConfig, ConfigError, loadApiConfig } from '../platform/config.ts';
import { endWithParent } from '../platform/end-with-parent.ts';
import { createForeignTokens } from '../platform/foreign-tokens.ts';
import { createLog } from '../platform/log.ts';
import { createApiMetrics } from '../platform/metrics.ts';
import { createTokens } from '../platform/tokens.ts';
import { startTracing } from '../platform/tracing.ts';
import { openDatabase } from '../prisma/client.ts';
import { readFigures } from '../prisma/repositories/figures.ts';
import { countWaiting } from '../prisma/repositories/attention.ts';
import { listenForJobChanges } from '../prisma/repositories/job-notifications.ts';
import { readJobSnapshot } from '../prisma/repositories/jobs.ts';
import { createRecordNotifier } from '../prisma/repositories/record-notifications.ts';
import { createApp } from './app.ts';
import { findWebApp } from './routes/web-app.ts';
import { createHttpServer } from './server.ts';
import { createAttentionWatch } from './streams/attention-watch.ts';
import { createOpenStreams } from './streams/event-stream.ts';
import { createJobWatch } from './streams/job-watch.ts';
import { createOrderStreams } from './streams/order-streams.ts';
import { createRecordWatch } from './streams/record-watch.ts';
import { createWorkflows } from './temporal-client.ts';
import { within } from '../platform/within.ts';

/** Starting again would not help: the settings or the machine must be changed first. */
const EXIT_NOT_STARTABLE = 2;
/** How long requests that are under way may take to end when the process is told to stop. */
const STOP_TIMEOUT_MS = 10_000;
/** Calls to an engine that is away take a moment to give up; a process that ends need not wait for that. */
const CLOSE_TIMEOUT_MS = 1_000;
const MAX_CONNECTIONS = 20;
/** A scrape goes on without what takes longer. */
const FIGURES_TIMEOUT_MS = 2_000;
/** Well above the slowest list; a statement that takes longer is a fault, not a wait. */
const STATEMENT_TIMEOUT_MS = 15_000;

/** Runs the API until it is told to stop. */
async function run(config: ApiConfig): Promise<void> {
  const log = createLog('api', config.LOG_LEVEL);
  const tracing = await startTracing('api', config);
  const database = openDatabase({
    url: config.DATABASE_URL,
    applicationName: 'longshore-api',
    maxConnections: MAX_CONNECTIONS,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    isTraced: tracing !== null,
    onError: (error) => {
      log.warn({ event: 'database_connection_lost', err: error }, 'an idle database connection was lost');
    },
  });
  const metrics = createApiMetrics({
    database: () => within(FIGURES_TIMEOUT_MS, readFigures(database)),
    queues: () => workflows.queueFigures(),
  });
  const workflows = createWorkflows(config, metrics, log);
  const watch = createJobWatch({
    read: (jobId) => readJobSnapshot(database.pool, jobId),
    onError: (error) => {
      log.warn({ event: 'job_not_read', err: error }, 'a job could not be read for its streams');
    },
  });
  const attention = createAttentionWatch(
    watch,
    () => countWaiting(database.pool),
    (error) => {
      log.warn({ event: 'attention_not_counted', err: error }, 'what needs attention was not counted');
    },
  );
  const orders = createOrderStreams(database.pool, (error) => {
    log.warn({ event: 'orders_not_read', err: error }, 'orders could not be read for their streams');
  });
  const recordWatch = createRecordWatch();
  const recordNotifier = createRecordNotifier(database.pool, (error) => {
    log.warn({ event: 'record_changes_not_told', err: error }, 'changes of records could not be told of');
  });
  const notifications = listenForJobChanges({
    url: config.DATABASE_URL,
    applicationName: 'longshore-api-listen',
    onChange: watch.changed,
    onOrders: (orderIds) => {
      orders.changed(orderIds);
      attention.changed();
    },
    onRecords: recordWatch.changed,
    onAttention: attention.changed,
    onListening: () => {
      watch.anyChanged();
      orders.changed(null);
      recordWatch.changed(null);
      attention.changed();
    },
    onError: (error) => {
      log.warn(
        { event: 'job_changes_not_heard', err: error },
        'changes of jobs can not be heard; trying again',
      );
    },
  });
  const streams = createOpenStreams((count) => {
    metrics.openStreams.set(count);
  });
  const app = createApp({
    config,
    database,
    storage: createStorage(config),
    workflows,
    tokens: createTokens(config.AUTH_SECRET, createForeignTokens(config)),
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
    webDir: findWebApp(),
  });
  const server = createHttpServer(app.express);

  const stop = async (): Promise<void> => {
    log.info({ event: 'api_stopping' }, 'stopping');
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    });
    streams.closeAll();
    attention.close();
    watch.close();
    orders.close();
    await Promise.all([orders.orderNotifier.flush(), recordNotifier.flush()]);
    await within(STOP_TIMEOUT_MS, closed).catch(() => {
      server.closeAllConnections();
    });
    await Promise.allSettled([
      notifications.close(),
      database.close(),
      within(CLOSE_TIMEOUT_MS, workflows.close()),
      within(CLOSE_TIMEOUT_MS, Promise.resolve(tracing?.stop())),
    ]);
    log.info({ event: 'api_stopped' }, 'stopped');
  };
  let stopping: Promise<void> | undefined;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      // What still holds the process, such as a read that hangs, must not keep it.
      stopping ??= stop().finally(() => process.exit(0));
    });
  }
  endWithParent();

  server.on('error', (error: NodeJS.ErrnoException) => {
    const where = `${config.HOST}:${String(config.PORT)}`;
    const reason =
      error.code === 'EADDRINUSE'
        ? `${where} is taken by another program. Set PORT to a free one.`
        : `can not listen on ${where}: ${error.message}`;
    process.stderr.write(`${reason}\n`);
    process.exit(EXIT_NOT_STARTABLE);
  });
  server.listen(config.PORT, config.HOST, () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    log.info({ event: 'api_started', host: config.HOST, port }, 'the API is listening');
  });
}

try {
  await run(loadApiConfig());
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(EXIT_NOT_STARTABLE);
}
