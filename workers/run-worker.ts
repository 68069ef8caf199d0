import { NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createStorage } from '../adapters/storage/create-storage.ts';
import { createCarrier } from '../adapters/carriers/create-carrier.ts';
import { createPayments } from '../adapters/payments/create-payments.ts';
import type { ActivityDeps } from '../activities/index.ts';
import type { OrderActivityDeps } from '../activities/orders/order-activities.ts';
import { createFailureInterceptor } from '../activities/failure-interceptor.ts';
import { createMeasureInterceptor } from '../activities/measure-interceptor.ts';
import type { TaskQueue } from '../contracts/temporal/queues.ts';
import { ConfigError, loadWorkerConfig, type WorkerConfig } from '../platform/config.ts';
import { endWithParent } from '../platform/end-with-parent.ts';
import { createLog, type Logger } from '../platform/log.ts';
import { dataConverterOf } from '../platform/payload-codec.ts';
import { serveReadiness } from '../platform/readiness.ts';
import { onStopSignal } from '../platform/stop-signal.ts';
import { temporalConnectionOptions } from '../platform/temporal-options.ts';
import { temporalLogger } from '../platform/temporal-logger.ts';
import { startTracing } from '../platform/tracing.ts';
import { createWorkMetrics, freeLocalAddress, type WorkMetrics } from '../platform/work-metrics.ts';
import { type Database, openDatabase } from '../prisma/client.ts';
import { createOrderNotifier } from '../prisma/repositories/order-notifications.ts';
import { traceWork, type WorkTracing } from './trace-work.ts';

/** A worker of one task queue, as data. */
export interface WorkerDefinition {
  queue: TaskQueue;
  /** The part of the worker's options that makes it what it is. */
  options: (deps: WorkerDeps) => Partial<WorkerOptions> | Promise<Partial<WorkerOptions>>;
  /** Activities at a time; each may hold one connection to the database. 0 for a worker that has none. */
  maxActivities: number;
  /** Connections to the database, where the activities mostly wait for something else. Default: one for each. */
  maxConnections?: number;
  /** Done once, when the worker is about to run. */
  prepare?: (config: WorkerConfig) => Promise<void>;
}

export interface WorkerDeps extends ActivityDeps, OrderActivityDeps {
  config: WorkerConfig;
  log: Logger;
  /** Traces are made of what the workers do. */
  isTraced: boolean;
}

/** The database ends a statement before its activity's own time-out of two minutes does, so that it can't outlive it. */
const STATEMENT_TIMEOUT_MS = 90_000;

/** A chunk takes a second; after this long a stop no longer waits for it. The next worker repeats it. */
const SHUTDOWN_GRACE = '20 seconds';

/**
 * Runs workers in this process until it is told to stop.
 *
 * @param service the process's name in logs
 */
export async function runWorkers(service: string, definitions: readonly WorkerDefinition[]): Promise<void> {
  const config = loadConfigOrExit();
  const log = createLog(service, config.LOG_LEVEL);
  endWithParent();
  const metrics = await installRuntime(log);
  const tracing = await startTracing(service, config);

  const connections = definitions.map(({ maxActivities, maxConnections }) => maxConnections ?? maxActivities);
  const maxConnections = connections.reduce((sum, count) => sum + count, 0) + 2;
  const db = openDatabase({
    url: config.DATABASE_URL,
    applicationName: service,
    maxConnections,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    isTraced: tracing !== null,
    onError: (err) => {
      log.warn({ event: 'database_connection_lost', err }, 'an idle connection to the database ended');
    },
  });
  const storage = createStorage(config);
  const orderNotifier = createOrderNotifier(db.pool, (err) => {
    log.warn({ event: 'notification_lost', err }, 'whoever watches orders hears of changes a little later');
  });
  const deps: WorkerDeps = {
    config,
    log,
    isTraced: tracing !== null,
    db,
    storage,
    limits: config,
    jobStart: config,
    orderStart: config,
    payments: createPayments(config),
    carrier: createCarrier(config),
    orderNotifier,
    webhooks: config,
    retention: config,
  };
  const connection = await NativeConnection.connect(temporalConnectionOptions(config));
  for (const { prepare } of definitions) await prepare?.(config);
  const work = await traceWork(tracing);
  const workers = await Promise.all(
    definitions.map((definition) => createWorker(definition, deps, connection, work)),
  );

  const readiness = await serveReadiness(
    { host: config.HOST, port: config.READINESS_PORT },
    () => ({
      database: async () => {
        await db.pool.query('SELECT 1');
      },
      temporal: async () => {
        await connection.workflowService.describeNamespace({ namespace: config.TEMPORAL_NAMESPACE });
      },
      storage: () => storage.check(),
      worker: () => {
        const stopped = workers.find((worker) => worker.getState() !== 'RUNNING');
        return stopped === undefined
          ? Promise.resolve()
          : Promise.reject(new Error(`a worker is ${stopped.getState()}`));
      },
    }),
    metrics,
  );
  onStopSignal(() => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
  log.info({ event: 'worker_started', queues: definitions.map(({ queue }) => queue) }, 'worker started');
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    await readiness.close();
    await connection.close();
    await orderNotifier.flush();
    await closeQuietly(db, log);
    await tracing?.stop();
  }
  log.info({ event: 'worker_stopped' }, 'worker stopped');
}

/**
 * Sets up Temporal's SDK for this process: it logs as we do, and serves what it measures on a port of the loopback address, from
 * where this process passes it on.
 */
async function installRuntime(log: Logger): Promise<WorkMetrics> {
  const bindAddress = await freeLocalAddress();
  Runtime.install({
    logger: temporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      metrics: {
        prometheus: {
          bindAddress,
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  });
  return createWorkMetrics(bindAddress);
}

/** Puts a worker together as its process runs it. */
export async function createWorker(
  { queue, options, maxActivities }: WorkerDefinition,
  deps: WorkerDeps,
  connection: NativeConnection,
  work: WorkTracing,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: deps.config.TEMPORAL_NAMESPACE,
    taskQueue: queue,
    dataConverter: dataConverterOf(deps.config.ENCRYPTION_KEYS),
    shutdownGraceTime: SHUTDOWN_GRACE,
    ...(maxActivities > 0 ? { maxConcurrentActivityTaskExecutions: maxActivities } : {}),
    ...(work.sinks === undefined ? {} : { sinks: work.sinks }),
    interceptors: {
      activity: [
        // Outermost: what it sees of a failure is what Temporal gets, without values of rows.
        ...work.activity,
        (ctx) => ({ inbound: createMeasureInterceptor(ctx) }),
        (ctx) => ({ inbound: createFailureInterceptor(ctx, deps.log) }),
      ],
    },
    ...(await options(deps)),
  });
}

function loadConfigOrExit(): WorkerConfig {
  try {
    return loadWorkerConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

async function closeQuietly(db: Database, log: Logger): Promise<void> {
  try {
    await db.close();
  } catch (err) {
    log.warn({ event: 'database_close_failed', err }, 'the database connections did not end in order');
  }
}
