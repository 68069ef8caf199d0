import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runGo } from './go-binary.ts';
import { runToEnd } from './processes.ts';
import { findOnPath, keepProgram, type Log } from './program-cache.ts';

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
  log?: Log | undefined;
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

  const kept = { name: 'temporal', version: `v${VERSION}`, executable: EXECUTABLE };
  return await keepProgram(kept, log, async (work) => {
    const reasons: string[] = [];
    for (const fetchInto of [download, build]) {
      options.signal?.throwIfAborted();
      const result = await fetchInto(work, log, options.signal);
      options.signal?.throwIfAborted();
      if (existsSync(result.file)) return result.file;
      reasons.push(result.reason);
      log(result.reason);
    }
    throw new Error(
      `there is no Temporal server:\n  ${reasons.join('\n  ')}\n` +
        'Install the `temporal` command (https://docs.temporal.io/cli) so that it is on PATH, ' +
        'or install Go and start again, or set TEMPORAL_ADDRESS to a server that runs.',
    );
  });
}

interface Fetched {
  /** Where the executable is, if fetching it went well. */
  file: string;
  /** Why it is not there, if it isn't. */
  reason: string;
}

/** The SDK's own way. It has no function that only downloads, so a server is started and stopped at once. */
async function download(work: string, log: Log, signal?: AbortSignal): Promise<Fetched> {
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

async function build(work: string, log: Log, signal?: AbortSignal): Promise<Fetched> {
  const file = path.join(work, EXECUTABLE);
  const go = await findOnPath('go');
  if (go === undefined) return { file, reason: "it can't be built, as Go is not installed" };
  log('building the Temporal server with Go (first start only, 2 to 4 minutes)');
  const said = await runGo(go, [['install', MODULE]], { work, what: 'the Temporal server', log, signal });
  return { file, reason: `\`go install ${MODULE}\` failed: ${said.split('\n').slice(-5).join('\n  ')}` };
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
