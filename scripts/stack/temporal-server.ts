import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { temporalConnectionOptions, type TemporalSecurity } from '../../platform/temporal-options.ts';
import { freePort, giveBackPort } from './ports.ts';
import { keepServer } from './keep-server.ts';
import { resolveTemporalBinary } from './temporal-binary.ts';

/** Settings of every Temporal server. */
export const CONFIG_DIR = path.join(import.meta.dirname, '..', '..', 'temporal-config');
const START_MS = 60_000;
/** The server looks for free ports for its inner services, and now and then another process is quicker. */
const MAX_STARTS = 3;
/** The server answers within milliseconds; what takes longer is a server that isn't there yet. */
const CALL_MS = 5_000;
const { IndexedValueType } = proto.temporal.api.enums.v1;

export interface TemporalOptions {
  /** SQLite file in which workflows survive the server; in memory when left out. */
  dbFile?: string | undefined;
  /** Port of the gRPC frontend on 127.0.0.1; a free one when left out. */
  port?: number | undefined;
  /** Port of the Web UI; a free one when left out. */
  uiPort?: number | undefined;
  /** Without the Web UI. */
  headless?: boolean | undefined;
  /** Default: the one of temporal-config/namespace.json. Made when missing. */
  namespace?: string | undefined;
  /** Told what takes time, in words for people. */
  log?: ((message: string) => void) | undefined;
  /** Takes the server's own log; dropped when left out. */
  logFile?: string | undefined;
  /** Breaks the start off. */
  signal?: AbortSignal | undefined;
  /** Told when the server ends without having been asked to. */
  onUnexpectedEnd?: ((how: string) => void) | undefined;
}

/** A Temporal server of our own: one process with everything in it. */
export interface TemporalServer {
  /** `host:port` of the gRPC frontend. Stays the same over a restart. */
  readonly address: string;
  readonly namespace: string;
  /** Of the Web UI; undefined when headless. */
  readonly uiUrl: string | undefined;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  stop(): Promise<void>;
  /** Stops, when it still runs, and starts again on the same ports. Without a dbFile all workflows are gone then. */
  restart(): Promise<void>;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
}

/**
 * Starts the Temporal dev server with the settings of temporal-config/, and waits until its namespace answers and its search
 * attributes are listed.
 *
 * @throws {Error} when there is no server to be had, or it does not start
 */
export async function startTemporalServer(options: TemporalOptions = {}): Promise<TemporalServer> {
  const binary = await resolveTemporalBinary({ log: options.log, signal: options.signal });
  const namespace = options.namespace ?? (await readNamespace()).name;
  const [port, httpPort, metricsPort, uiPort] = await Promise.all([
    options.port ?? freePort(),
    freePort(),
    freePort(),
    options.headless === true ? undefined : (options.uiPort ?? freePort()),
  ]);
  const address = `127.0.0.1:${String(port)}`;
  const args = [
    ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
    ...['--http-port', String(httpPort), '--metrics-port', String(metricsPort)],
    ...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort)]),
    ...['--namespace', namespace, '--log-level', 'warn'],
    // Nobody's personal settings of the command line tool are meant for this server.
    ...['--disable-config-file', '--disable-config-env'],
    ...(options.dbFile === undefined ? [] : ['--db-filename', options.dbFile]),
    ...(options.dbFile === undefined
      ? []
      : ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=1']),
    ...(await dynamicConfigArguments()),
    ...Object.entries(await readSearchAttributes()).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${type}`,
    ]),
  ];

  const kept = await keepServer({
    process: {
      name: 'Temporal server',
      command: binary,
      args,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TEMPORAL_'))),
      logFile: options.logFile,
      whenParentDies: 'SIGTERM',
    },
    isReady: () => isPrepared(address, namespace),
    startMs: START_MS,
    maxStarts: MAX_STARTS,
    signal: options.signal,
    onUnexpectedEnd: options.onUnexpectedEnd,
  });
  return {
    address,
    namespace,
    uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${String(uiPort)}`,
    get pid() {
      return kept.pid;
    },
    async stop() {
      await kept.stop();
      for (const taken of [port, httpPort, metricsPort, uiPort]) if (taken !== undefined) giveBackPort(taken);
    },
    restart: kept.restart,
    kill: kept.kill,
  };
}

/**
 * Makes sure that a server that is not ours has the search attributes.
 *
 * @param address `host:port`
 * @param security how it is spoken to; default: plainly
 * @returns the names of those that had to be registered
 * @throws {Error} when the server can't be reached, has no such namespace, or doesn't let us register them
 */
export async function registerSearchAttributes(
  address: string,
  namespace: string,
  security: TemporalSecurity = {},
): Promise<string[]> {
  let connection: Connection;
  try {
    const options = temporalConnectionOptions({ ...security, TEMPORAL_ADDRESS: address });
    connection = await Connection.connect({ ...options, connectTimeout: CALL_MS });
  } catch (error) {
    throw new Error(
      `the Temporal server ${address} (TEMPORAL_ADDRESS) can't be reached: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  try {
    const missing = await missingSearchAttributes(connection, namespace);
    if (missing.length === 0) return [];
    const wanted = await readSearchAttributes();
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, indexedType(wanted[name] ?? '')])),
      }),
    );
    const deadline = Date.now() + START_MS;
    while ((await missingSearchAttributes(connection, namespace)).length > 0) {
      if (Date.now() > deadline) throw new Error('they are registered, but still not listed');
      await delay(100);
    }
    return missing;
  } catch (error) {
    throw new Error(
      `the search attributes could not be registered in namespace ${namespace} of ${address}: ` +
        `${(error as Error).message}. Register those of temporal-config/search-attributes.json by hand ` +
        '(`temporal operator search-attribute create`)',
      { cause: error },
    );
  } finally {
    await connection.close();
  }
}

/** Whether the server answers, has all search attributes, and keeps closed workflows as long as it should. */
async function isPrepared(address: string, namespace: string): Promise<boolean> {
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: 500 });
  } catch {
    return false;
  }
  try {
    if ((await missingSearchAttributes(connection, namespace)).length > 0) return false;
    const { retentionDays } = await readNamespace();
    await connection.withDeadline(Date.now() + CALL_MS, () =>
      connection.workflowService.updateNamespace({
        namespace,
        config: {
          workflowExecutionRetentionTtl: { seconds: retentionDays * 24 * 60 * 60 } as never,
        },
      }),
    );
    return true;
  } catch {
    // The frontend answers before its namespaces are there.
    return false;
  } finally {
    await connection.close();
  }
}

async function missingSearchAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const { customAttributes } = await connection.withDeadline(Date.now() + CALL_MS, () =>
    connection.operatorService.listSearchAttributes({ namespace }),
  );
  return Object.keys(await readSearchAttributes()).filter((name) => customAttributes[name] === undefined);
}

function indexedType(name: string): number {
  const type = IndexedValueType[`INDEXED_VALUE_TYPE_${name.toUpperCase()}` as keyof typeof IndexedValueType];
  if (typeof type !== 'number')
    throw new Error(`temporal-config/search-attributes.json: there is no type ${name}`);
  return type;
}

/** The values without constraints: the command line has no room for others. */
async function dynamicConfigArguments(): Promise<string[]> {
  type DynamicConfig = Record<string, { value: unknown; constraints?: object }[]>;
  const settings = {
    ...((await readConfig('dynamic-config.json')) as DynamicConfig),
    ...((await readConfig('dynamic-config.dev.json')) as DynamicConfig),
  };
  return Object.entries(settings).flatMap(([key, values]) => {
    const general = values.find(({ constraints = {} }) => Object.keys(constraints).length === 0);
    return general === undefined ? [] : ['--dynamic-config-value', `${key}=${JSON.stringify(general.value)}`];
  });
}

async function readSearchAttributes(): Promise<Record<string, string>> {
  return (await readConfig('search-attributes.json')) as Record<string, string>;
}

/** What temporal-config/namespace.json says. */
export async function readNamespace(): Promise<{ name: string; retentionDays: number }> {
  return (await readConfig('namespace.json')) as { name: string; retentionDays: number };
}

async function readConfig(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(CONFIG_DIR, name), 'utf8')) as unknown;
}
