import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { type ApiClient, createApiClient } from '../scripts/lib/api-client.ts';
import type { Reporter } from '../scripts/lib/progress.ts';
import { signToken } from '../scripts/lib/sign-token.ts';
import type { Service } from '../scripts/stack/services.ts';
import { type Stack, startStack } from '../scripts/stack/stack.ts';
import { runFloor } from './floor.ts';
import { peakMemoryMb, processorSeconds } from './process-figures.ts';

/** A stack of the benchmark's own: that of `npm start`, with its settings, in a folder that goes away afterwards. */
export interface BenchStack {
  stack: Stack;
  api: ApiClient;
  /** For files of the benchmark. */
  folder: string;
  /** Brings the database into the state in which a measurement begins. @param full file whose products are there already */
  prepare: (full: string | null) => Promise<void>;
  /** By process, in megabytes. */
  peakMemory: () => Promise<Record<string, number>>;
  /** Used so far, by process, in seconds. */
  processorTime: () => Promise<Record<string, number>>;
  /** Stops it, and removes all that there was of it. */
  remove: () => Promise<void>;
  /** The same at once, without waiting for anything in hand. */
  abandon: () => Promise<void>;
}

/**
 * @param profileDir where each of our processes leaves a CPU profile when it stops
 * @param services default: one of each
 */
export async function startBenchStack(
  reporter: Reporter,
  profileDir?: string,
  services?: readonly Service[],
): Promise<BenchStack> {
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-bench-'));
  const dataDir = path.join(folder, 'data');
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  let stack: Stack;
  try {
    stack = await startStack({
      dataDir,
      reporter,
      ports: 'free',
      ...(services === undefined ? {} : { services }),
      env: {
        // Servers that hold somebody's data are none of its business: it empties tables.
        DATABASE_URL: undefined,
        TEMPORAL_ADDRESS: undefined,
        LOG_LEVEL: 'warn',
        ...(profileDir === undefined ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDir}` }),
      },
    });
  } catch (error) {
    await removeFolder();
    throw error;
  }
  const api = createApiClient(stack.apiUrl, await signToken(dataDir, 'operator', 'bench'));
  return {
    stack,
    api,
    folder,
    prepare: (full) => prepare(stack.databaseUrl, full),
    async peakMemory() {
      const peaks: Record<string, number> = {};
      for (const [id, { pid }] of stack.services) {
        const peak = await peakMemoryMb(pid);
        if (peak !== undefined) peaks[id] = peak;
      }
      return peaks;
    },
    async processorTime() {
      const pids = [...stack.services].map(([id, { pid }]): [string, number] => [id, pid]);
      if (stack.temporal !== undefined) pids.push(['temporal', stack.temporal.pid]);
      if (stack.postgres !== undefined) pids.push(['postgres', stack.postgres.pid]);
      const times = pids.map(async ([id, pid]) => [id, await processorSeconds(pid)] as const);
      return Object.fromEntries(await Promise.all(times));
    },
    async remove() {
      await stack.stop();
      await removeFolder();
    },
    async abandon() {
      await stack.abandon();
      await removeFolder();
    },
  };
}

async function prepare(databaseUrl: string, full: string | null): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench-prepare' });
  await client.connect();
  try {
    await client.query('TRUNCATE products, products_search, staged_rows, row_outcomes, record_changes');
    if (full !== null) await runFloor(databaseUrl, full);
    await client.query('VACUUM (ANALYZE) products, staged_rows, row_outcomes, record_changes, chunks, jobs');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}
