import path from 'node:path';
import { startPostgres } from '../stack/embedded-postgres.ts';
import { say } from './cli.ts';
import { runningStack } from './local-stack.ts';

/**
 * Lends the database of the local stack: DATABASE_URL when it is set; else that of the stack that runs on the data folder;
 * else the one in the data folder, which is started for this and stopped afterwards.
 */
export async function withDatabase<T>(
  dataDir: string,
  work: (databaseUrl: string) => Promise<T>,
): Promise<T> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== '') return work(given);
  const note = await runningStack(dataDir);
  if (note?.urls != null) return work(note.urls.database);
  if (note !== undefined) throw new Error(`the stack on ${dataDir} is still starting; try again in a moment`);
  const postgres = await startPostgres({ dataDir: path.join(dataDir, 'postgres'), log: say });
  try {
    return await work(postgres.url);
  } finally {
    await postgres.stop();
  }
}

/** A connection string without its password. */
export function shownUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  if (url.password !== '') url.password = '***';
  return url.href;
}
