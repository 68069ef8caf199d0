import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { isRunning, type ProcessNote } from '../stack/processes.ts';

/** The checkout. */
export const ROOT = path.join(import.meta.dirname, '..', '..');

/** What a local stack writes down about itself in its data folder, as `stack.json`, for other processes to find it. */
export interface StackNote {
  dataDir: string;
  /** ISO 8601. */
  startedAt: string;
  /** The process that holds the stack together. */
  owner: ProcessNote;
  /** In the order in which they are to be stopped. */
  processes: ProcessNote[];
  /** All set once the stack is ready. */
  urls: { api: string; temporal: string; temporalUi: string | null; database: string } | null;
}

/** Where the local stack of this checkout keeps its data, absolute. */
export function dataDirOf(flag: string | undefined): string {
  // npm scripts run in the checkout; a path that was typed is meant from where it was typed.
  if (flag !== undefined) return path.resolve(process.env.INIT_CWD ?? process.cwd(), flag);
  return path.join(ROOT, '.longshore');
}

/** A file that was named on the command line, absolute. */
export function fileOf(argument: string): string {
  const typedIn = path.resolve(process.env.INIT_CWD ?? process.cwd(), argument);
  return existsSync(typedIn) ? typedIn : path.resolve(argument);
}

/** The note of the stack on this data folder, if there is one; its stack need not run any more. */
export async function readStackNote(dataDir: string): Promise<StackNote | undefined> {
  try {
    return JSON.parse(await readFile(noteFile(dataDir), 'utf8')) as StackNote;
  } catch {
    return undefined;
  }
}

/** The stack that runs on this data folder now, ready or still starting. */
export async function runningStack(dataDir: string): Promise<StackNote | undefined> {
  const note = await readStackNote(dataDir);
  return note !== undefined && isRunning(note.owner) ? note : undefined;
}

/** Replaces the note as a whole: a reader sees the old one or the new one. It holds the database's password. */
export async function writeStackNote(note: StackNote): Promise<void> {
  const file = noteFile(note.dataDir);
  const fresh = `${file}.${String(process.pid)}`;
  await writeFile(fresh, `${JSON.stringify(note, null, 2)}\n`, { mode: 0o600 });
  await rename(fresh, file);
}

export function noteFile(dataDir: string): string {
  return path.join(dataDir, 'stack.json');
}

/**
 * The secret that signs the local stack's tokens: AUTH_SECRET when it is set; else the one in the data folder, which is
 * made when there is none yet.
 */
export async function authSecret(dataDir: string): Promise<string> {
  const given = process.env.AUTH_SECRET;
  if (given !== undefined && given !== '') return given;
  const file = path.join(dataDir, 'auth-secret');
  await mkdir(dataDir, { recursive: true });
  const secret = randomBytes(32).toString('base64url');
  try {
    // Exclusive: of two processes that come at once, both end up with the first one's.
    await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    return secret;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return (await readFile(file, 'utf8')).trim();
  }
}
