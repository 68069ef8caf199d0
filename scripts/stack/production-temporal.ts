import { randomInt } from 'node:crypto';
import path from 'node:path';
import { resolveGoProgram } from './go-binary.ts';
import { keepServer } from './keep-server.ts';
import { giveBackPort, portFrom } from './ports.ts';
import { runToEnd } from './processes.ts';
import { ensureNamespace, waitForTemporal } from './temporal-namespace.ts';
import {
  CONFIG_DIR,
  readNamespace,
  registerSearchAttributes,
  type TemporalOptions,
  type TemporalServer,
} from './temporal-server.ts';

/** The version of the production server that this project is tested with, and that docker-compose.yml starts. */
const VERSION = 'v1.32.0';
/** On two cores that other work shares. */
const BUILD_MS = 40 * 60_000;
const START_MS = 60_000;
/** It answers its port a moment before it knows its own services. */
const READY_MS = 30_000;

const SERVER = {
  name: 'temporal-server',
  module: 'go.temporal.io/server/cmd/server',
  version: VERSION,
  builtAs: 'server',
  buildMs: BUILD_MS,
};
const SQL_TOOL = {
  name: 'temporal-sql-tool',
  module: 'go.temporal.io/server/cmd/tools/sql',
  version: VERSION,
  builtAs: 'sql',
  buildMs: BUILD_MS,
};

/** PostgreSQL keeps the ports of Temporal's services as numbers of 16 bits with a sign. */
const HIGHEST_PORT = 32_000;
const LOWEST_PORT = 15_000;

/** Ports of the server's own services, by the variables that temporal-config/server/config.yaml.template reads. */
const INNER_PORTS = [
  'TEMPORAL_FRONTEND_MEMBERSHIP_PORT',
  'TEMPORAL_FRONTEND_HTTP_PORT',
  'TEMPORAL_HISTORY_PORT',
  'TEMPORAL_HISTORY_MEMBERSHIP_PORT',
  'TEMPORAL_MATCHING_PORT',
  'TEMPORAL_MATCHING_MEMBERSHIP_PORT',
  'TEMPORAL_WORKER_PORT',
  'TEMPORAL_WORKER_MEMBERSHIP_PORT',
];

export type ProductionTemporalOptions = Pick<
  TemporalOptions,
  'port' | 'namespace' | 'log' | 'logFile' | 'signal' | 'onUnexpectedEnd'
> & {
  /** A PostgreSQL server; the user may make databases there. Temporal's own are `temporal` and `temporal_visibility`. */
  postgresUrl: string;
  /** Fixed for ever with the first start on a database. Default: 4, which one machine needs. */
  historyShards?: number | undefined;
};

/**
 * Gets the production server and its schema tool, which takes many minutes the first time.
 *
 * @returns their paths
 * @throws {NoProgramError} where they can't be had
 */
export async function resolveProductionTemporal(
  options: Pick<TemporalOptions, 'log'> = {},
): Promise<{ server: string; sqlTool: string }> {
  // One after the other: each build takes the whole machine.
  const server = await resolveGoProgram(SERVER, options);
  return { server, sqlTool: await resolveGoProgram(SQL_TOOL, options) };
}

/**
 * Starts the production Temporal server on PostgreSQL, all of its services in one process, with the settings of
 * temporal-config/; makes or updates its tables, the namespace and the search attributes first. It has no Web UI.
 *
 * @throws {NoProgramError} where the server can't be had
 * @throws {Error} when it does not start
 */
export async function startProductionTemporal(options: ProductionTemporalOptions): Promise<TemporalServer> {
  const { server, sqlTool } = await resolveProductionTemporal(options);
  const namespace = options.namespace ?? (await readNamespace()).name;
  const postgres = new URL(options.postgresUrl);
  const user = decodeURIComponent(postgres.username);
  const password = decodeURIComponent(postgres.password);
  const postgresPort = postgres.port === '' ? '5432' : postgres.port;
  const ownEnvironment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:TEMPORAL|SQL)_/.test(name)),
  );

  const setup = await runToEnd('sh', [path.join(CONFIG_DIR, 'server', 'setup-schema.sh')], {
    env: {
      ...ownEnvironment,
      SQL_TOOL: sqlTool,
      SQL_HOST: postgres.hostname,
      SQL_PORT: postgresPort,
      SQL_USER: user,
      SQL_PASSWORD: password,
    },
    signal: options.signal,
  });
  if (setup.code !== 0)
    throw new Error(`the tables of Temporal could not be made: ${setup.output.slice(-2_000)}`);

  const ports: number[] = [];
  while (ports.length <= INNER_PORTS.length) {
    // By chance, so that servers that start at the same time do not go for the same ones.
    ports.push(await portFrom(randomInt(LOWEST_PORT, HIGHEST_PORT)));
  }
  const [free = 0, ...innerPorts] = ports;
  const port = options.port ?? free;
  const inner = INNER_PORTS.map((name, index) => [name, String(innerPorts[index])] as const);
  const address = `127.0.0.1:${String(port)}`;
  const kept = await keepServer({
    process: {
      name: 'Temporal server',
      command: server,
      args: ['--allow-no-auth', 'start'],
      env: {
        ...ownEnvironment,
        TEMPORAL_SERVER_CONFIG_FILE_PATH: path.join(CONFIG_DIR, 'server', 'config.yaml.template'),
        TEMPORAL_DYNAMIC_CONFIG: path.join(CONFIG_DIR, 'dynamic-config.json'),
        TEMPORAL_POSTGRES_ADDRESS: `${postgres.hostname}:${postgresPort}`,
        TEMPORAL_POSTGRES_USER: user,
        TEMPORAL_POSTGRES_PASSWORD: password,
        TEMPORAL_HISTORY_SHARDS: String(options.historyShards ?? 4),
        TEMPORAL_LOG_LEVEL: 'warn',
        BIND_ON_IP: '127.0.0.1',
        TEMPORAL_BROADCAST_ADDRESS: '127.0.0.1',
        TEMPORAL_FRONTEND_PORT: String(port),
        ...Object.fromEntries(inner),
      },
      logFile: options.logFile,
      whenParentDies: 'SIGTERM',
    },
    isReady: async () => {
      try {
        await waitForTemporal(address, 0);
        return true;
      } catch {
        return false;
      }
    },
    startMs: START_MS,
    maxStarts: 1,
    signal: options.signal,
    onUnexpectedEnd: options.onUnexpectedEnd,
  });
  try {
    await prepare(address, namespace);
  } catch (error) {
    await kept.kill();
    throw error;
  }
  return {
    ...kept,
    get pid() {
      return kept.pid;
    },
    address,
    namespace,
    uiUrl: undefined,
    async stop() {
      await kept.stop();
      for (const taken of [port, ...ports]) giveBackPort(taken);
    },
  };
}

/** Namespace and search attributes; a server that has just come up refuses the first calls. */
async function prepare(address: string, namespace: string): Promise<void> {
  const deadline = Date.now() + READY_MS;
  for (;;) {
    try {
      await ensureNamespace(address, namespace);
      await registerSearchAttributes(address, namespace);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}
