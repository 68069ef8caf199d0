import { constants, existsSync } from 'node:fs';
import { access, chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { takeLock } from '../lib/lock.mjs';
import { runToEnd } from './processes.ts';

/** The version of the `temporal` command that this project is tested with. It brings server 1.29. */
const VERSION = '1.5.1';
/** The oldest one on PATH that will do: the first whose server takes every setting in temporal-config/. */
const OLDEST_VERSION = [1, 3] as const;
/** The server inside that oldest version, for binaries that were built by hand and don't know their own version. */
const OLDEST_SERVER = [1, 27] as const;
const MODULE = `github.com/temporalio/cli/cmd/temporal@v${VERSION}`;
const EXECUTABLE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
/** A download that has not begun by then has no way out of this network. */
const DOWNLOAD_BEGINS_MS = 8_000;

export interface BinaryOptions {
  /** Told what takes time, in words for people. */
  log?: ((message: string) => void) | undefined;
  /** Breaks it off. */
  signal?: AbortSignal | undefined;
}

/**
 * Finds the `temporal` command, whose dev server this project runs, or fetches it: on PATH, in the project's cache, by the
 * SDK's own download, by building it with Go. What was fetched is kept in the user's cache folder, for every checkout.
 *
 * @returns path of the executable
 * @throws {Error} that says how to install it, when all that fails
 */
export async function resolveTemporalBinary(options: BinaryOptions = {}): Promise<string> {
  const log = options.log ?? (() => undefined);
  const onPath = await findOnPath('temporal');
  if (onPath !== undefined) {
    const problem = await whyUnfit(onPath);
    if (problem === undefined) return onPath;
    log(`ignoring ${onPath}: ${problem}`);
  }

  const cacheDir = path.join(cacheHome(), 'longshore', 'temporal', `v${VERSION}`);
  const cached = path.join(cacheDir, EXECUTABLE);
  if (existsSync(cached)) return cached;

  const lock = await takeLock(path.join(cacheDir, 'lock'), (owner) =>
    log(`another process (${String(owner)}) is fetching the Temporal server; waiting for it`),
  );
  try {
    if (existsSync(cached)) return cached;
    // An earlier attempt that was cut short left its folder.
    for (const name of await readdir(cacheDir)) {
      if (name.startsWith('new-')) await rm(path.join(cacheDir, name), { recursive: true, force: true });
    }
    const work = await mkdtemp(path.join(cacheDir, 'new-'));
    try {
      const reasons: string[] = [];
      for (const fetchInto of [download, build]) {
        options.signal?.throwIfAborted();
        const result = await fetchInto(work, log, options.signal);
        options.signal?.throwIfAborted();
        if (existsSync(result.file)) {
          await chmod(result.file, 0o755);
          await rename(result.file, cached);
          return cached;
        }
        reasons.push(result.reason);
        log(result.reason);
      }
      throw new Error(
        `there is no Temporal server:\n  ${reasons.join('\n  ')}\n` +
          'Install the `temporal` command (https://docs.temporal.io/cli) so that it is on PATH, ' +
          'or install Go and start again, or set TEMPORAL_ADDRESS to a server that runs.',
      );
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } finally {
    await lock.release();
  }
}

interface Fetched {
  /** Where the executable is, if fetching it went well. */
  file: string;
  /** Why it is not there, if it isn't. */
  reason: string;
}

/** The SDK's own way. It has no function that only downloads, so a server is started and stopped at once. */
async function download(
  work: string,
  log: (message: string) => void,
  signal?: AbortSignal,
): Promise<Fetched> {
  const file = path.join(work, `temporal-v${VERSION}${process.platform === 'win32' ? '.exe' : ''}`);
  log('downloading the Temporal server (first start only, about 100 MB)');
  // In a process of its own: the SDK waits without end for a network that swallows packets, and can't be told to stop.
  const giveUp = new AbortController();
  const timer = setTimeout(() => {
    if (!existsSync(`${file}.downloading`) && !existsSync(file)) giveUp.abort();
  }, DOWNLOAD_BEGINS_MS);
  const script = fileURLToPath(new URL('./download-temporal.ts', import.meta.url));
  const { code, output } = await runToEnd(process.execPath, [script, work, `v${VERSION}`], {
    signal: signal === undefined ? giveUp.signal : AbortSignal.any([signal, giveUp.signal]),
  });
  clearTimeout(timer);
  // Whatever became of the server that was started with it: a complete file has its final name.
  const reason = giveUp.signal.aborted
    ? 'no answer'
    : (output.split('\n').at(-1) ?? `exit code ${String(code)}`);
  return { file, reason: `it can't be downloaded (${reason})` };
}

async function build(work: string, log: (message: string) => void, signal?: AbortSignal): Promise<Fetched> {
  const file = path.join(work, EXECUTABLE);
  const go = await findOnPath('go');
  if (go === undefined) return { file, reason: "it can't be built, as Go is not installed" };
  const started = Date.now();
  log('building the Temporal server with Go (first start only, 2 to 4 minutes)');
  const timer = setInterval(() => {
    log(`still building the Temporal server (${String(Math.round((Date.now() - started) / 1000))} s)`);
  }, 15_000);
  const { output } = await runToEnd(go, ['install', MODULE], {
    // GOFLAGS of the user, -mod=vendor for example, are meant for other projects.
    env: { ...process.env, HOME: os.homedir(), GOBIN: work, GOFLAGS: '' },
    cwd: work,
    signal,
  });
  clearInterval(timer);
  return { file, reason: `\`go install ${MODULE}\` failed: ${output.split('\n').slice(-5).join('\n  ')}` };
}

/** @returns undefined when the command is new enough */
async function whyUnfit(command: string): Promise<string | undefined> {
  const { code, output } = await runToEnd(command, ['--version']);
  // For example: temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)
  const found = /temporal version (\d+)\.(\d+)\.\S*(?: \(Server (\d+)\.(\d+))?/.exec(output);
  if (code !== 0 || found === null) return 'it does not tell its version';
  const [major, minor, serverMajor, serverMinor] = found.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const fit =
    major === 0 && minor === 0
      ? atLeast([serverMajor, serverMinor], OLDEST_SERVER)
      : atLeast([major, minor], OLDEST_VERSION);
  return fit
    ? undefined
    : `its version is ${output.split('\n')[0] ?? ''}, ${OLDEST_VERSION.join('.')} or newer is needed`;
}

function atLeast(
  [major, minor]: readonly [number, number],
  [wantedMajor, wantedMinor]: readonly [number, number],
): boolean {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** @returns the path of a command, or undefined when there is none */
export async function findOnPath(name: string): Promise<string | undefined> {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd'] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter).filter(Boolean)) {
    for (const ending of endings) {
      const file = path.join(folder, name + ending);
      try {
        await access(file, constants.X_OK);
        return file;
      } catch {
        // Not in this folder.
      }
    }
  }
  return undefined;
}

/** Where this user's programs keep what they can fetch again. */
export function cacheHome(): string {
  const given = process.env.XDG_CACHE_HOME;
  return given === undefined || given === '' ? path.join(os.homedir(), '.cache') : given;
}
