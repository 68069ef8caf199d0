import { mkdir, readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../../scripts/stack/ports.ts';
import { NoProgramError, resolveGoProgram } from '../../scripts/stack/go-binary.ts';
import { type RunningProcess, startProcess, waitUntilReady } from '../../scripts/stack/processes.ts';

const VERSITYGW = {
  name: 'versitygw',
  module: 'github.com/versity/versitygw/cmd/versitygw',
  // The one that the tests were written with.
  version: 'v1.8.0',
  builtAs: 'versitygw',
  // It takes one minute on an idle machine.
  buildMs: 10 * 60_000,
};
const START_MS = 30_000;
const BUCKET = 'longshore-test';
const ACCESS_KEY = 'longshore';
const SECRET_KEY = 'only-for-tests';

/** Getting the server and starting it may take this long, the first time. */
export const S3_SERVER_MS = VERSITYGW.buildMs + START_MS;

/** A real server that speaks S3, over a folder of its own. */
export interface S3Server {
  endpoint: string;
  bucket: string;
  /** What the storage adapter reads, and what the AWS SDK reads by itself. */
  env: Readonly<Record<string, string>>;
  /** Makes every object look as if it had been stored, or its upload begun, at a time. */
  setAge: (at: Date) => Promise<void>;
  /** SIGKILL, as a crash would. */
  kill: () => Promise<void>;
  /** Again on the same port, with the same files. */
  restart: () => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * Starts the server: from PATH, from the project's cache, or built by Go into that cache.
 *
 * @param folder for its files; made when missing
 * @returns the reason, in words, where it can't be had on this machine
 */
export async function startS3Server(folder: string): Promise<S3Server | string> {
  let command: string;
  try {
    command = await resolveGoProgram(VERSITYGW, { log: (text) => process.stderr.write(`${text}\n`) });
  } catch (error) {
    if (error instanceof NoProgramError) return error.message;
    throw error;
  }
  const port = await freePort();
  const files = path.join(folder, 'files');
  // Beside the files, since not every file system keeps attributes with them.
  const sidecar = path.join(folder, 'attributes');
  await mkdir(path.join(files, BUCKET), { recursive: true });
  await mkdir(sidecar, { recursive: true });
  const endpoint = `http://127.0.0.1:${String(port)}`;
  const launch = async (): Promise<RunningProcess> => {
    const started = await startProcess({
      name: 'S3 server',
      command,
      args: [
        ...['--port', `127.0.0.1:${String(port)}`, '--access', ACCESS_KEY, '--secret', SECRET_KEY],
        ...['--keep-alive', '--quiet', 'posix', '--sidecar', sidecar, files],
      ],
      logFile: path.join(folder, 's3-server.log'),
      whenParentDies: 'SIGTERM',
    });
    await waitUntilReady(started, () => answers(endpoint), START_MS);
    return started;
  };
  let running = await launch();
  return {
    endpoint,
    bucket: BUCKET,
    env: {
      STORAGE_URL: `s3://${BUCKET}`,
      STORAGE_S3_ENDPOINT: endpoint,
      STORAGE_S3_REGION: 'us-east-1',
      STORAGE_S3_PATH_STYLE: 'true',
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
    },
    async setAge(at) {
      for (const entry of await readdir(files, { withFileTypes: true, recursive: true })) {
        await utimes(path.join(entry.parentPath, entry.name), at, at);
      }
    },
    kill: () => running.kill(),
    async restart() {
      await running.stop();
      running = await launch();
    },
    stop: () => running.stop(),
  };
}

/** Whatever it answers to somebody without credentials. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(1_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false;
  }
}
