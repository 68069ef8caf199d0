import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processStart } from '../lib/lock.mjs';

export { processStart };

/** How often a condition is looked at again. */
const POLL_MS = 50;
/** A log is put aside when it has grown to this, at the next start; one older log is kept. */
const MAX_LOG_BYTES = 20 * 1024 * 1024;

/** How a process ended. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  /** What people call it, for example `parse worker`. */
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Takes its output, added to what is there; without one the output is dropped. */
  logFile?: string | undefined;
  /**
   * How it comes to its end when this process is killed outright: `channel` for our own scripts, which call
   * `endWithParent`; a signal for programs that know nothing of us.
   */
  whenParentDies: 'channel' | NodeJS.Signals;
  /** As whom it runs, where that is not us. */
  uid?: number | undefined;
  gid?: number | undefined;
}

/** A process that we started, in a session of its own, so that Ctrl-C in the terminal reaches only us. */
export interface RunningProcess {
  readonly name: string;
  readonly pid: number;
  /** Settles once it has ended, however that came. */
  readonly exited: Promise<Exit>;
  /** How it ended; undefined while it runs. */
  readonly exit: Exit | undefined;
  /** What it wrote since it started, at most the last lines. */
  lastLines(count: number): string;
  /**
   * Sends signals one after the other, each when the one before it has not ended the process within its time, and waits
   * for the end.
   *
   * @param steps the last one's time counts until SIGKILL
   */
  stop(steps?: { signal: NodeJS.Signals; graceMs: number }[]): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
}

/** @throws {Error} when the program can't be started at all */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { name, logFile } = options;
  const output = logFile === undefined ? 'ignore' : openLog(logFile);
  const logStart = logFile === undefined ? 0 : statSync(logFile).size;
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    detached: true,
    uid: options.uid,
    gid: options.gid,
    stdio:
      options.whenParentDies === 'channel' ? ['ignore', output, output, 'ipc'] : ['ignore', output, output],
  });
  if (typeof output === 'number') closeSync(output);
  const pid = await spawned(child, name);
  const endKeeper = options.whenParentDies === 'channel' ? undefined : keep(pid, options.whenParentDies);
  // The channel is there for its end only; it must not keep this process alive.
  child.channel?.unref();

  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      endKeeper?.();
      resolve(exit);
    });
  });

  const kill = async () => {
    if (exit === undefined) signalGroup(pid, 'SIGKILL');
    await exited;
  };
  return {
    name,
    pid,
    exited,
    get exit() {
      return exit;
    },
    kill,
    lastLines: (count) => (logFile === undefined ? '' : lastLines(logFile, count, logStart)),
    async stop(steps = [{ signal: 'SIGTERM', graceMs: 10_000 }]) {
      for (const { signal, graceMs } of steps) {
        if (exit !== undefined) return;
        child.kill(signal);
        if (await within(exited, graceMs)) return;
      }
      await kill();
    },
  };
}

/**
 * Runs a tool and collects what it says.
 *
 * @returns its exit code (1 when it can't be started), and the end of its output
 */
export function runToEnd(
  command: string,
  args: string[],
  options: {
    cwd?: string;
    env?: NodeJS.ProcessEnv;
    uid?: number | undefined;
    gid?: number | undefined;
    signal?: AbortSignal | undefined;
  } = {},
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keepEnd = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-100_000);
    };
    child.stdout.on('data', keepEnd);
    child.stderr.on('data', keepEnd);
    child.on('error', (error) => resolve({ code: 1, output: `${output}${error.message}` }));
    child.on('close', (code) => resolve({ code: code ?? 1, output: output.trimEnd() }));
  });
}

/**
 * Waits until a process is ready.
 *
 * @param isReady asked again and again
 * @param deadlineMs how long it may take
 * @param signal breaks the waiting off
 * @throws {Error} with its last log lines, when it ends before or takes too long
 */
export async function waitUntilReady(
  running: RunningProcess,
  isReady: () => Promise<boolean>,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (running.exit === undefined) {
    signal?.throwIfAborted();
    if (await isReady()) return;
    if (Date.now() > deadline) {
      throw new Error(
        `the ${running.name} was not ready after ${String(deadlineMs / 1000)} s; its last lines:\n${running.lastLines(20)}`,
      );
    }
    await within(running.exited, POLL_MS);
  }
  const { code, signal: by } = running.exit;
  throw new Error(
    `the ${running.name} ended at its start (${by ?? `exit code ${String(code)}`}); its last lines:\n${running.lastLines(20)}`,
  );
}

/** Whether this address answers with status 200. */
export async function answersOk(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** A process as it is noted in a file, to be found again later, or found to be gone. */
export interface ProcessNote {
  name: string;
  pid: number;
  /** When it started, in the operating system's words: another process may get the same id later. */
  start: string | undefined;
}

export function noteOf(name: string, pid: number): ProcessNote {
  return { name, pid, start: processStart(pid) };
}

/** Whether the very process of this note still runs. */
export function isRunning(note: ProcessNote): boolean {
  const start = processStart(note.pid);
  return start !== undefined && start === note.start;
}

/** The command line of a process; empty when it is gone or can't be read. */
export function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux')
      return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}

/**
 * Ends processes that an earlier run left behind. Only those that are still the same processes, and whose command line
 * names one of the given paths, so that nothing foreign is ever hit.
 *
 * @param notes in the order in which they are to end
 * @returns the names of those that were ended
 */
export async function endLeftovers(notes: ProcessNote[], paths: string[]): Promise<string[]> {
  const ended: string[] = [];
  for (const note of notes) {
    if (!isRunning(note) || !paths.some((part) => commandLine(note.pid).includes(part))) continue;
    // PostgreSQL takes SIGTERM as "when all clients have gone"; SIGINT asks every one of these to stop now.
    for (const [signal, graceMs] of [
      ['SIGINT', 10_000],
      ['SIGKILL', 5_000],
    ] as const) {
      signalProcess(note.pid, signal);
      const deadline = Date.now() + graceMs;
      while (isRunning(note) && Date.now() < deadline) await delay(POLL_MS);
      if (!isRunning(note)) break;
    }
    ended.push(note.name);
  }
  return ended;
}

/** Waits for a promise, but not longer than a time; true when it settled. */
export async function within(promise: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const waiting = new AbortController();
  try {
    return await Promise.race([
      promise.then(() => true),
      delay(milliseconds, false, { signal: waiting.signal }).catch(() => false),
    ]);
  } finally {
    waiting.abort();
  }
}

/** The last lines of a text file, from a position on. */
export function lastLines(file: string, count: number, fromByte = 0): string {
  if (!existsSync(file)) return '';
  const text = readFileSync(file).subarray(fromByte).toString('utf8').trimEnd();
  return text.split('\n').slice(-count).join('\n');
}

function openLog(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > MAX_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a');
}

function spawned(child: ChildProcess, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (error) =>
      reject(new Error(`the ${name} can't be started: ${error.message}`, { cause: error })),
    );
  });
}

/**
 * Sees to it that a program which knows nothing of us does not outlive us. A shell waits on a pipe that only we hold: the
 * pipe's end without a word means that we are dead.
 *
 * @returns ends the shell without harm to the program
 */
function keep(pid: number, signal: NodeJS.Signals): (() => void) | undefined {
  if (process.platform === 'win32') return undefined;
  const script = 'read -r word || kill -s "$2" "$1"';
  const keeper = spawn(
    '/bin/sh',
    ['-c', script, 'longshore-keeper', String(pid), signal.replace('SIG', '')],
    {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  keeper.on('error', () => undefined);
  keeper.stdin.on('error', () => undefined);
  keeper.unref();
  // A pipe of a child counts as work in hand, but holding it open is all that it is for.
  (keeper.stdin as unknown as { unref?: () => void }).unref?.();
  return () => keeper.stdin.end('done\n');
}

/** The process and all that it started. */
function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    signalProcess(pid, signal);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
