import path from 'node:path';
import { ROOT } from '../lib/local-stack.ts';
import { freePort } from './ports.ts';
import { answersOk, type RunningProcess, startProcess, waitUntilReady } from './processes.ts';
import type { Service } from './services.ts';

/**
 * Rows live for milliseconds: a larger young generation only keeps their garbage longer. With this, and a heap that is
 * bounded, each process stays below 300 MB.
 */
const NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=160'];
/** Bundling the workflows is most of it, on a slow machine. */
const START_MS = 120_000;
/** Waits before a dead process is started again: this, doubled each time, up to the longest. */
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** One that lived this long had a reason of its own to die: the delays begin anew. */
const LIVED_LONG_MS = 60_000;

export interface ServiceOptions {
  /** PORT of an API, READINESS_PORT of a worker. */
  port: number;
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Breaks the start off. */
  signal?: AbortSignal | undefined;
  /** Told what people should know. */
  note: (text: string) => void;
  /** Told whenever another process does the work. */
  onNewProcess: () => void;
}

/** One of our own processes, kept alive: when it dies, it is started again. */
export interface ServiceProcess {
  readonly service: Service;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  /** Where it answers. */
  readonly url: string;
  /** Asks it to end, and sees to it that it does. It stays away. */
  stop(): Promise<void>;
  /** SIGKILL. It stays away. */
  kill(): Promise<void>;
  /** Stops it and starts it again, ready when this returns. */
  restart(): Promise<void>;
  /** From now on it stays away when it dies. */
  stopReviving(): void;
}

/**
 * Starts one of our processes and waits until it is ready.
 *
 * @throws {Error} with its last log lines, when it ends or does not become ready
 */
export async function startService(service: Service, options: ServiceOptions): Promise<ServiceProcess> {
  const keeper = new ServiceKeeper(service, options);
  await keeper.start();
  return keeper;
}

class ServiceKeeper implements ServiceProcess {
  readonly service: Service;
  readonly #options: ServiceOptions;
  #port: number;
  #process: RunningProcess | undefined;
  #reviving = true;
  #delayMs = FIRST_DELAY_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(service: Service, options: ServiceOptions) {
    this.service = service;
    this.#options = options;
    this.#port = options.port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`;
  }

  async start(): Promise<void> {
    try {
      await this.#launch();
    } catch (error) {
      // Between finding a free port and listening on it, another program may have taken it.
      const taken = this.service.role === 'worker' && (error as Error).message.includes('EADDRINUSE');
      if (!taken) throw error;
      this.#port = await freePort();
      await this.#launch();
    }
  }

  async #launch(): Promise<void> {
    const { env, logFile, signal } = this.#options;
    const { name, entry, role } = this.service;
    const port = String(this.#port);
    const started = await startProcess({
      name,
      command: process.execPath,
      args: [...NODE_FLAGS, path.join(ROOT, entry)],
      env: { ...env, ...(role === 'api' ? { PORT: port } : { READINESS_PORT: port }) },
      cwd: ROOT,
      logFile,
      whenParentDies: 'channel',
    });
    this.#process = started;
    if (!this.#reviving) {
      // It was asked to stay away while it was being started.
      await started.kill();
      throw new Error(`the ${name} is stopping`);
    }
    try {
      await waitUntilReady(started, () => answersOk(`${this.url}/health/ready`), START_MS, signal);
    } catch (error) {
      await started.kill();
      throw error;
    }
    const readyAt = Date.now();
    this.#options.onNewProcess();
    void started.exited.then(({ code, signal: by }) => {
      if (!this.#reviving || this.#process !== started) return;
      if (Date.now() - readyAt > LIVED_LONG_MS) this.#delayMs = FIRST_DELAY_MS;
      this.#revive(by ?? `exit code ${String(code)}`);
    });
  }

  #revive(how: string): void {
    const { note } = this.#options;
    const waitMs = this.#delayMs;
    this.#delayMs = Math.min(waitMs * 2, LONGEST_DELAY_MS);
    note(`the ${this.service.name} ended (${how}); starting it again in ${String(waitMs / 1000)} s`);
    this.#timer = setTimeout(() => {
      this.#launch().then(
        () => note(`the ${this.service.name} is back`),
        (error: unknown) => {
          if (!this.#reviving) return;
          note((error as Error).message);
          this.#revive('it did not start');
        },
      );
    }, waitMs);
  }

  stopReviving(): void {
    this.#reviving = false;
    clearTimeout(this.#timer);
  }

  async stop(): Promise<void> {
    this.stopReviving();
    await this.#process?.stop([{ signal: 'SIGTERM', graceMs: this.service.stopMs }]);
  }

  async kill(): Promise<void> {
    this.stopReviving();
    await this.#process?.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#reviving = true;
    this.#delayMs = FIRST_DELAY_MS;
    await this.#launch();
  }
}
