import { type RunningProcess, startProcess, type ProcessOptions, waitUntilReady } from './processes.ts';

/** How a Temporal server is started, and how it is known to be up. */
export interface ServerRun {
  process: ProcessOptions;
  isReady: () => Promise<boolean>;
  startMs: number;
  /** It looks for free ports for its inner services, and now and then another process is quicker. */
  maxStarts: number;
  /** Breaks the start off. */
  signal?: AbortSignal | undefined;
  /** Told when it ends without having been asked to. */
  onUnexpectedEnd?: ((how: string) => void) | undefined;
}

/** A server process that can be stopped, killed and started again in the same way. */
export interface KeptServer {
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  stop(): Promise<void>;
  restart(): Promise<void>;
  kill(): Promise<void>;
}

const STOP_MS = 10_000;

/** @throws {Error} with its last log lines, when it does not start */
export async function keepServer(run: ServerRun): Promise<KeptServer> {
  let running: RunningProcess;
  let stopping = false;
  async function launch(): Promise<void> {
    for (let starts = 1; ; starts += 1) {
      try {
        await launchOnce();
        return;
      } catch (error) {
        const portTaken = (error as Error).message.includes('address already in use');
        if (!portTaken || starts === run.maxStarts) throw error;
      }
    }
  }
  async function launchOnce(): Promise<void> {
    stopping = false;
    const started = await startProcess(run.process);
    try {
      await waitUntilReady(started, run.isReady, run.startMs, run.signal);
    } catch (error) {
      await started.kill();
      throw error;
    }
    running = started;
    void started.exited.then((exit) => {
      if (!stopping) run.onUnexpectedEnd?.(exit.signal ?? `exit code ${String(exit.code)}`);
    });
  }
  async function stop(): Promise<void> {
    stopping = true;
    await running.stop([{ signal: 'SIGTERM', graceMs: STOP_MS }]);
  }

  await launch();
  return {
    get pid() {
      return running.pid;
    },
    stop,
    async restart() {
      await stop();
      await launch();
    },
    async kill() {
      stopping = true;
      await running.kill();
    },
  };
}
