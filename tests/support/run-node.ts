import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** The checkout. */
export const ROOT = path.join(import.meta.dirname, '..', '..');

/** How a child process ended, and what it said. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A child process of a test. */
export interface NodeChild {
  readonly process: ChildProcess;
  /** What it has said so far. */
  readonly output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
}

export interface NodeOptions {
  /** Default: the checkout. */
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Comes to its standard input, which then ends. Default: nothing. */
  input?: string;
}

/** Starts a script on the Node that runs the tests, as the bootstrap would. */
export function startNode(args: string[], { cwd = ROOT, env = {}, input }: NodeOptions = {}): NodeChild {
  const child = spawn(process.execPath, args, { cwd, env: { ...plainEnvironment(), ...env }, stdio: 'pipe' });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  // A child that does not read may have gone before the input came.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, ...output }));
  });
  return { process: child, output, ended };
}

/** Runs a script to its end. */
export function runNode(args: string[], options?: NodeOptions): Promise<Ended> {
  return startNode(args, options).ended;
}

/** The environment without what `npm test` itself leaves there, which would change what the scripts do. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|VITEST|NODE_ENV$)/.test(name)),
  );
}

/**
 * The processes in whose environment this text stands: all that came from a child which was given it, however far down.
 * Linux only.
 *
 * @returns their command lines, by process id
 */
export async function processesWith(text: string): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      if (!(await readFile(`/proc/${pid}/environ`, 'utf8')).includes(text)) continue;
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      // A zombie has none: it has ended.
      if (command !== '') found.set(Number(pid), command.replaceAll('\0', ' ').trim());
    } catch {
      // It ended meanwhile, or is another user's.
    }
  }
  return found;
}
