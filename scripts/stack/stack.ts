import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { loadTemporalSettings } from '../../platform/config.ts';
import { applyMigrations } from '../../prisma/migrate.ts';
import { takeLock } from '../lib/lock.mjs';
import {
  authSecret,
  noteFile,
  readStackNote,
  ROOT,
  runningStack,
  type StackNote,
  writeStackNote,
} from '../lib/local-stack.ts';
import type { Reporter } from '../lib/progress.ts';
import { type EmbeddedPostgres, startPostgres } from './embedded-postgres.ts';
import { freePort, portFrom } from './ports.ts';
import { answersOk, endLeftovers, noteOf, type ProcessNote } from './processes.ts';
import { startProductionTemporal } from './production-temporal.ts';
import { type ServiceProcess, startService } from './service-process.ts';
import { type Service, SERVICES } from './services.ts';
import { registerSearchAttributes, startTemporalServer, type TemporalServer } from './temporal-server.ts';

/** Each service of Temporal's production server has pools of its own. */
const ROOM_FOR_TEMPORAL = { max_connections: '400' };

const API_PORT = 3000;
const TEMPORAL_PORT = 7233;
const TEMPORAL_UI_PORT = 8233;

export interface StackOptions {
  /** Folder of all its data; absolute. Made when missing. */
  dataDir: string;
  reporter: Reporter;
  /**
   * `usual`: 3000 (or PORT) for the API, 7233 and 8233 for Temporal, or the next free ones; `free`: any. Default: usual.
   */
  ports?: 'usual' | 'free';
  /** Settings of our own processes, before all else. */
  env?: NodeJS.ProcessEnv;
  /**
   * Which Temporal server, where TEMPORAL_ADDRESS names none: the dev server, or the production one, on the PostgreSQL server that
   * Longshore uses. Default: dev.
   */
  temporal?: 'dev' | 'production';
  /** Of the embedded PostgreSQL, for example `{ fsync: 'off' }` in tests. */
  postgresSettings?: Readonly<Record<string, string>>;
  /** Which of our processes to start. Default: all. */
  services?: readonly Service[];
  /** Breaks the start off: what was started is stopped again. */
  signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  readonly dataDir: string;
  readonly apiUrl: string;
  /** `host:port`. */
  readonly temporalAddress: string;
  readonly temporalNamespace: string;
  /** Undefined where the server is not ours and TEMPORAL_UI_URL is not set. */
  readonly temporalUiUrl: string | undefined;
  /** Holds the password. */
  readonly databaseUrl: string;
  /** Undefined where DATABASE_URL says which server to use. */
  readonly postgres: EmbeddedPostgres | undefined;
  /** Undefined where TEMPORAL_ADDRESS says which server to use. */
  readonly temporal: TemporalServer | undefined;
  /** Our own processes by their ids. */
  readonly services: ReadonlyMap<string, ServiceProcess>;
  /** Stops everything in order: the API, the workers, Temporal, PostgreSQL. */
  stop(): Promise<void>;
  /** Stops everything at once. The next start recovers. */
  abandon(): Promise<void>;
}

/** Another stack runs on the data folder. */
export class StackRunningError extends Error {
  readonly note: StackNote;

  constructor(note: StackNote) {
    super(
      `a stack already runs on ${note.dataDir} (process ${String(note.owner.pid)})` +
        (note.urls === null
          ? ', and is still starting'
          : `: API ${note.urls.api}, Temporal ${note.urls.temporal}`) +
        '. Stop it first, or choose another folder with --data-dir',
    );
    this.name = 'StackRunningError';
    this.note = note;
  }
}

/**
 * Starts everything that Longshore needs: PostgreSQL and Temporal, unless DATABASE_URL and TEMPORAL_ADDRESS say that they are
 * elsewhere, the migrations, and our own processes, each of which is started again when it dies.
 *
 * @throws {StackRunningError} when another stack runs on the data folder
 * @throws {Error} when a part does not start; what had started is stopped again
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, reporter, signal } = options;
  const stack = new StackInMaking(options);
  await stack.claim();
  try {
    await stack.startServers();
    signal?.throwIfAborted();
    await stack.migrate();
    signal?.throwIfAborted();
    await stack.startServices();
    signal?.throwIfAborted();
    await stack.announce();
    return stack.finished();
  } catch (error) {
    reporter.note(
      signal?.aborted === true
        ? 'stopping'
        : `the stack on ${dataDir} did not start; stopping what had started`,
    );
    await stack.stop();
    throw error;
  }
}

class StackInMaking {
  readonly #options: StackOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #wantedPort: number;
  readonly #note: StackNote;
  readonly #services = new Map<string, ServiceProcess>();
  #postgres: EmbeddedPostgres | undefined;
  #temporal: TemporalServer | undefined;
  #databaseUrl = '';
  #temporalAddress = '';
  #temporalNamespace = '';
  #temporalUiUrl: string | undefined;
  #apiUrl = '';
  #stopping: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: StackOptions) {
    this.#options = options;
    this.#env = { ...withoutEmpty(process.env), ...options.env };
    this.#wantedPort = Number(this.#env.PORT ?? API_PORT);
    if (!Number.isInteger(this.#wantedPort) || this.#wantedPort < 1 || this.#wantedPort > 65_535) {
      throw new Error(`PORT must be a port number, not "${String(this.#env.PORT)}"`);
    }
    this.#note = {
      dataDir: options.dataDir,
      startedAt: new Date().toISOString(),
      owner: noteOf('stack', process.pid),
      processes: [],
      urls: null,
    };
  }

  /** Makes the data folder ours, and clears away what a stack that was killed left running. */
  async claim(): Promise<void> {
    const { dataDir, reporter } = this.#options;
    await mkdir(path.join(dataDir, 'logs'), { recursive: true });
    const lock = await takeLock(path.join(dataDir, 'start.lock'));
    try {
      const other = await runningStack(dataDir);
      if (other !== undefined) throw new StackRunningError(other);
      const dead = await readStackNote(dataDir);
      if (dead !== undefined) {
        const ended = await endLeftovers(dead.processes, [dataDir, ROOT]);
        if (ended.length > 0)
          reporter.note(`ended what an earlier run had left running: ${ended.join(', ')}`);
      }
      await writeStackNote(this.#note);
    } finally {
      await lock.release();
    }
  }

  /** PostgreSQL and Temporal, at once where neither needs the other. */
  async startServers(): Promise<void> {
    const postgres = this.#startPostgres();
    const temporal =
      this.#options.temporal === 'production'
        ? postgres.then(() => this.#startTemporal())
        : this.#startTemporal();
    const results = await Promise.allSettled([postgres, temporal]);
    await this.#writeNote();
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #startPostgres(): Promise<void> {
    const { dataDir, reporter, postgresSettings } = this.#options;
    const given = this.#env.DATABASE_URL;
    if (given !== undefined) {
      this.#databaseUrl = given;
      return;
    }
    await reporter.step('PostgreSQL', async (log) => {
      this.#postgres = await startPostgres({
        dataDir: path.join(dataDir, 'postgres'),
        logFile: this.#logFile('postgres'),
        log,
        settings: {
          ...(this.#options.temporal === 'production' ? ROOM_FOR_TEMPORAL : {}),
          ...postgresSettings,
        },
        onUnexpectedEnd: (how) => this.#revive('PostgreSQL', how, () => this.#postgres?.restart()),
      });
    });
    this.#databaseUrl = (this.#postgres as unknown as EmbeddedPostgres).url;
  }

  async #startTemporal(): Promise<void> {
    const { dataDir, reporter } = this.#options;
    const given = this.#env.TEMPORAL_ADDRESS;
    if (given !== undefined) {
      this.#temporalAddress = given;
      this.#temporalNamespace = this.#env.TEMPORAL_NAMESPACE ?? 'default';
      this.#temporalUiUrl = this.#env.TEMPORAL_UI_URL;
      const registered = await registerSearchAttributes(
        given,
        this.#temporalNamespace,
        loadTemporalSettings(this.#env),
      );
      if (registered.length > 0)
        reporter.note(`  registered search attributes on ${given}: ${registered.join(', ')}`);
      return;
    }
    const [port, uiPort] = await this.#temporalPorts();
    const server = await reporter.step('Temporal', async (log) => {
      const common = {
        port,
        namespace: this.#env.TEMPORAL_NAMESPACE,
        logFile: this.#logFile('temporal'),
        log,
        signal: this.#options.signal,
        onUnexpectedEnd: (how: string) => this.#revive('Temporal', how, () => this.#temporal?.restart()),
      };
      this.#temporal =
        this.#options.temporal === 'production'
          ? await startProductionTemporal({ ...common, postgresUrl: this.#databaseUrl })
          : await startTemporalServer({ ...common, uiPort, dbFile: path.join(dataDir, 'temporal.db') });
      return this.#temporal;
    });
    this.#temporalAddress = server.address;
    this.#temporalNamespace = server.namespace;
    this.#temporalUiUrl = server.uiUrl;
  }

  /** Undefined where any will do. */
  async #temporalPorts(): Promise<[number | undefined, number | undefined]> {
    if (this.#options.ports === 'free') return [undefined, undefined];
    return [await portFrom(TEMPORAL_PORT), await portFrom(TEMPORAL_UI_PORT)];
  }

  async migrate(): Promise<void> {
    const { reporter } = this.#options;
    const applied = await applyMigrations(this.#databaseUrl, {
      onWaiting: () => reporter.note('  another process is migrating the database; waiting for it'),
    });
    if (applied.length > 0) reporter.note(`  applied migrations: ${applied.join(', ')}`);
  }

  /** Our own processes, all at once. */
  async startServices(): Promise<void> {
    const { dataDir, reporter, services = SERVICES } = this.#options;
    const env: NodeJS.ProcessEnv = {
      NODE_ENV: 'production',
      LOG_LEVEL: 'info',
      HOST: '127.0.0.1',
      STORAGE_DIR: path.join(dataDir, 'files'),
      ...this.#env,
      DATABASE_URL: this.#databaseUrl,
      TEMPORAL_ADDRESS: this.#temporalAddress,
      TEMPORAL_NAMESPACE: this.#temporalNamespace,
      TEMPORAL_UI_URL: this.#temporalUiUrl ?? '',
      AUTH_SECRET: await authSecret(dataDir),
    };
    const results = await Promise.allSettled(
      services.map((service) =>
        reporter.step(service.name, async () => {
          const port = service.role === 'api' ? await this.#apiPort() : await freePort();
          const started = await startService(service, {
            port,
            env,
            logFile: this.#logFile(service.id),
            signal: this.#options.signal,
            note: (text) => reporter.note(text),
            onNewProcess: () => void this.#writeNote(),
          });
          this.#services.set(service.id, started);
          if (service.role === 'api') this.#apiUrl = `http://127.0.0.1:${String(port)}`;
        }),
      ),
    );
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async #apiPort(): Promise<number> {
    if (this.#options.ports === 'free') return freePort();
    const port = await portFrom(this.#wantedPort);
    if (port !== this.#wantedPort) {
      this.#options.reporter.note(
        `  port ${String(this.#wantedPort)} is taken; the API is on ${String(port)} instead`,
      );
    }
    return port;
  }

  /** From now on other processes find the stack. */
  async announce(): Promise<void> {
    this.#note.urls = {
      api: this.#apiUrl,
      temporal: this.#temporalAddress,
      temporalUi: this.#temporalUiUrl ?? null,
      database: this.#databaseUrl,
    };
    await this.#writeNote();
  }

  finished(): Stack {
    return {
      dataDir: this.#options.dataDir,
      apiUrl: this.#apiUrl,
      temporalAddress: this.#temporalAddress,
      temporalNamespace: this.#temporalNamespace,
      temporalUiUrl: this.#temporalUiUrl,
      databaseUrl: this.#databaseUrl,
      postgres: this.#postgres,
      temporal: this.#temporal,
      services: this.#services,
      stop: () => this.stop(),
      abandon: () => this.abandon(),
    };
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stopInOrder();
    return this.#stopping;
  }

  async #stopInOrder(): Promise<void> {
    const processes = [...this.#services.values()];
    // A server that comes back now would only be in the way.
    for (const one of processes) one.stopReviving();
    await Promise.all(processes.filter(({ service }) => service.role === 'api').map((api) => api.stop()));
    await Promise.all(processes.map((worker) => worker.stop()));
    await this.#temporal?.stop();
    await this.#postgres?.stop();
    await this.#writing;
    await rm(noteFile(this.#options.dataDir), { force: true });
  }

  async abandon(): Promise<void> {
    // Whatever an orderly stop in progress waits for ends with this.
    this.#stopping ??= Promise.resolve();
    for (const one of this.#services.values()) one.stopReviving();
    await Promise.all([
      ...[...this.#services.values()].map((one) => one.kill()),
      this.#temporal?.kill(),
      this.#postgres?.stopNow(),
      this.#writing,
    ]);
    await rm(noteFile(this.#options.dataDir), { force: true });
  }

  /** A server that died comes back on the same port, with the same data; our processes reconnect by themselves. */
  #revive(name: string, how: string, restart: () => Promise<void> | undefined): void {
    if (this.#stopping !== undefined) return;
    const { reporter } = this.#options;
    reporter.note(`${name} ended (${how}); starting it again`);
    restart()?.then(
      async () => {
        reporter.note(`${name} is back`);
        await this.#writeNote();
      },
      (error: unknown) => reporter.note(`${name} does not come back: ${(error as Error).message}`),
    );
  }

  /** One after the other: each write goes through the same intermediate file. */
  #writeNote(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#writeNoteNow());
    return this.#writing;
  }

  async #writeNoteNow(): Promise<void> {
    const ours: ProcessNote[] = [...this.#services.values()]
      .sort((a, b) => Number(b.service.role === 'api') - Number(a.service.role === 'api'))
      .map((one) => noteOf(one.service.name, one.pid));
    this.#note.processes = [
      ...ours,
      ...(this.#temporal === undefined ? [] : [noteOf('Temporal', this.#temporal.pid)]),
      ...(this.#postgres === undefined ? [] : [noteOf('PostgreSQL', this.#postgres.pid)]),
    ];
    if (this.#stopping === undefined) await writeStackNote(this.#note);
  }

  #logFile(id: string): string {
    return path.join(this.#options.dataDir, 'logs', `${id}.log`);
  }
}

/** Waits until the API of a stack that another process is starting answers; undefined when that process gives up. */
export async function waitForOtherStack(dataDir: string): Promise<StackNote | undefined> {
  for (;;) {
    const note = await runningStack(dataDir);
    if (note === undefined) return undefined;
    if (note.urls !== null && (await answersOk(`${note.urls.api}/health/ready`))) return note;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** An empty variable is how compose files and shells say "not set". */
function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
}
