import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DiffTarget, MigrationList, SchemaEngine } from '@prisma/schema-engine-wasm';
import pg from 'pg';
import { withSchemaEngine } from './schema-engine.ts';
import { assertSupportedServer } from './supported-server.ts';

/** Of the advisory lock under which migrations run; any number that nobody else uses. */
const LOCK_KEY = 7_620_140_551;
const LOCK_POLL_MS = 200;
/** Longer than any migration should take while others wait for it. */
const LOCK_WAIT_MS = 15 * 60_000;
const FILTERS = { externalTables: [], externalEnums: [] };

/** Where schema and migrations are, and whom to tell what goes on. */
export interface MigrateOptions {
  /** Default: schema.prisma beside this file. */
  schemaFile?: string | undefined;
  /** Default: migrations/ beside this file. */
  migrationsDir?: string | undefined;
  /** Told the name of each migration that was applied. */
  onApplied?: ((name: string) => void) | undefined;
  /** Told once when another process is at it. */
  onWaiting?: (() => void) | undefined;
}

/** A migration could not be applied, taken back or made; the message says which and why. */
export class MigrationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MigrationError';
  }
}

/** Of a migration, in the folder and in the database. */
export interface MigrationState {
  name: string;
  /**
   * `applied`; `pending`: not yet; `failed`: begun, and not finished; `edited`: its file is no longer what was applied;
   * `missing`: applied, but not in the folder.
   */
  state: 'applied' | 'pending' | 'failed' | 'edited' | 'missing';
  /** ISO 8601; null when it has not been applied. */
  appliedAt: string | null;
  /** Whether it can be taken back: it has a down.sql. */
  reversible: boolean;
}

/**
 * Applies all migrations that the database doesn't have yet. Two processes never do so at once.
 *
 * @returns the names of those that were applied now
 * @throws {MigrationError} when one fails, or an applied one was edited or has failed before
 * @throws {UnsupportedServerError} when the server is not one that Longshore runs on
 */
export async function applyMigrations(databaseUrl: string, options: MigrateOptions = {}): Promise<string[]> {
  await assertSupportedServer(databaseUrl);
  return withLock(databaseUrl, options, async (client) => {
    const list = await readMigrations(options);
    const before = await statesOf(client, list);
    const wrong = before.filter(({ state }) => state === 'failed' || state === 'edited');
    if (wrong.length > 0) throw new MigrationError(wrong.map(sentenceFor).join('\n'));
    try {
      const { appliedMigrationNames } = await withEngine(databaseUrl, options, (engine) =>
        engine.applyMigrations({ migrationsList: list, filters: FILTERS }),
      );
      for (const name of appliedMigrationNames) options.onApplied?.(name);
      return appliedMigrationNames;
    } catch (error) {
      throw await describeFailure(client, list, error as Error);
    }
  });
}

/**
 * Takes the last applied migration back by the down.sql beside it, in one transaction.
 *
 * @returns its name; null when none is applied
 * @throws {MigrationError} when it has no down.sql, or that fails
 */
export async function rollbackLastMigration(
  databaseUrl: string,
  options: MigrateOptions = {},
): Promise<string | null> {
  await assertSupportedServer(databaseUrl);
  return withLock(databaseUrl, options, async (client) => {
    const last = (await appliedMigrations(client)).filter(({ finished }) => finished).at(-1);
    if (last === undefined) return null;
    const file = path.join(migrationsDir(options), last.name, 'down.sql');
    if (!existsSync(file))
      throw new MigrationError(`migration ${last.name} can't be taken back: there is no ${file}`);
    try {
      await client.query('BEGIN');
      await client.query(await readFile(file, 'utf8'));
      await client.query('DELETE FROM _prisma_migrations WHERE migration_name = $1', [last.name]);
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw new MigrationError(
        `migration ${last.name} could not be taken back: ${(error as Error).message}`,
        {
          cause: error,
        },
      );
    }
    return last.name;
  });
}

/**
 * Writes a new migration: the way from the migrations that are there to the schema file, and the way back.
 *
 * @param name words for the folder's name
 * @param databaseUrl a server on which a database may be made for a moment; its data is not touched
 * @param now becomes part of the folder's name
 * @returns the new folder; null when the schema file asks for nothing new
 */
export async function createMigration(
  name: string,
  databaseUrl: string,
  options: MigrateOptions = {},
  now = new Date(),
): Promise<string | null> {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
  if (slug === '') throw new MigrationError('the name of a migration needs letters or digits');
  await assertSupportedServer(databaseUrl);
  const list = await readMigrations(options);
  const present: DiffTarget = { tag: 'migrations', ...list };
  const wanted: DiffTarget = { tag: 'schemaDatamodel', files: [await readSchema(options)] };
  const [up, down] = await withEngine(databaseUrl, options, async (engine) => [
    await diff(engine, present, wanted),
    await diff(engine, wanted, present),
  ]);
  if (up === undefined) return null;
  const stamp = now.toISOString().replaceAll(/\D/g, '').slice(0, 14);
  const folder = path.join(list.baseDir, `${stamp}_${slug}`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'migration.sql'), up);
  await writeFile(path.join(folder, 'down.sql'), down ?? '');
  return folder;
}

/** What the folder has and what the database has, in the order of the names. */
export async function migrationInfo(
  databaseUrl: string,
  options: MigrateOptions = {},
): Promise<MigrationState[]> {
  const list = await readMigrations(options);
  const client = await connect(databaseUrl);
  try {
    return await statesOf(client, list);
  } finally {
    await client.end();
  }
}

/**
 * Checks that schema file, migrations folder and database agree.
 *
 * @returns what is wrong, one sentence each; empty when all is well
 */
export async function validateMigrations(
  databaseUrl: string,
  options: MigrateOptions = {},
): Promise<string[]> {
  const problems: string[] = [];
  try {
    await assertSupportedServer(databaseUrl);
  } catch (error) {
    return [(error as Error).message];
  }
  const list = await readMigrations(options);
  for (const { path: name, migrationFile } of list.migrationDirectories) {
    if (migrationFile.content.tag === 'error') problems.push(`migration ${name} has no migration.sql`);
    if (!existsSync(path.join(list.baseDir, name, 'down.sql')))
      problems.push(`migration ${name} has no down.sql`);
  }
  for (const migration of await migrationInfo(databaseUrl, options)) {
    if (migration.state !== 'applied') problems.push(sentenceFor(migration));
  }
  try {
    const wanted: DiffTarget = { tag: 'schemaDatamodel', files: [await readSchema(options)] };
    const script = await withEngine(databaseUrl, options, (engine) =>
      diff(engine, { tag: 'migrations', ...list }, wanted),
    );
    if (script !== undefined) {
      problems.push(
        'the schema file asks for changes that no migration makes: run `npm run migrate:create -- NAME`',
      );
    }
  } catch (error) {
    problems.push((error as Error).message);
  }
  return problems;
}

const SENTENCES: Record<MigrationState['state'], string> = {
  applied: 'is applied',
  pending: 'has not been applied: run `npm run db:migrate`',
  failed: 'was begun and not finished: look at what it did, then take its row out of _prisma_migrations',
  edited: 'was edited after it was applied: put it back as it was, and write a new one',
  missing: 'is applied, but not in the folder: this checkout is older than the database',
};

function sentenceFor({ name, state }: MigrationState): string {
  return `migration ${name} ${SENTENCES[state]}`;
}

async function statesOf(client: pg.Client, list: MigrationList): Promise<MigrationState[]> {
  const applied = await appliedMigrations(client);
  const inFolder = list.migrationDirectories.map(({ path: name }) => name);
  const names = [...new Set([...inFolder, ...applied.map(({ name }) => name)])].sort();
  return names.map((name) => {
    const row = applied.find((one) => one.name === name);
    return {
      name,
      state: stateOf(list, name, row),
      appliedAt: row?.finished?.toISOString() ?? null,
      reversible: existsSync(path.join(list.baseDir, name, 'down.sql')),
    };
  });
}

interface AppliedRow {
  name: string;
  checksum: string;
  /** When it was finished; null when it was not. */
  finished: Date | null;
}

/** What the database says, in the order of application. Prisma keeps rows of failed attempts that were taken back. */
async function appliedMigrations(client: pg.Client): Promise<AppliedRow[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there`,
  );
  if (found[0]?.there !== true) return [];
  const { rows } = await client.query<AppliedRow>(
    `SELECT migration_name AS name, checksum, finished_at AS finished
       FROM _prisma_migrations
      WHERE rolled_back_at IS NULL
      ORDER BY started_at, migration_name`,
  );
  return rows;
}

function stateOf(list: MigrationList, name: string, row: AppliedRow | undefined): MigrationState['state'] {
  const inFolder = list.migrationDirectories.find(({ path: folder }) => folder === name);
  if (row === undefined) return 'pending';
  if (row.finished === null) return 'failed';
  if (inFolder === undefined) return 'missing';
  const { content } = inFolder.migrationFile;
  // As Prisma does: the line ends that a checkout on another system brings are no edit.
  const same =
    content.tag === 'ok' &&
    [content.value, content.value.replaceAll('\r\n', '\n'), content.value.replaceAll(/\r?\n/g, '\r\n')].some(
      (script) => createHash('sha256').update(script).digest('hex') === row.checksum,
    );
  return same ? 'applied' : 'edited';
}

/**
 * Says which migration failed, where and why, and whether it left anything.
 *
 * A script without transaction statements of its own runs as one transaction: when it failed, it left nothing. The note of
 * its failure, which blocks every later attempt until somebody takes it away, then says nothing that helps, and goes.
 */
async function describeFailure(
  client: pg.Client,
  list: MigrationList,
  error: Error,
): Promise<MigrationError> {
  const failed = (await appliedMigrations(client)).find(({ finished }) => finished === null);
  const content = list.migrationDirectories.find(({ path: folder }) => folder === failed?.name)?.migrationFile
    .content;
  if (failed === undefined || content?.tag !== 'ok')
    return new MigrationError(error.message, { cause: error });
  const refusal = error.cause instanceof Error ? error.cause.cause : undefined;
  const why = refusal instanceof pg.DatabaseError ? describeRefusal(refusal, content.value) : error.message;
  if (/^\s*(begin|start\s+transaction|commit|end|rollback)\b|\bconcurrently\b/im.test(content.value)) {
    return new MigrationError(
      `migration ${failed.name} failed, and may have done a part of its work: ${why}`,
      { cause: error },
    );
  }
  await client.query('DELETE FROM _prisma_migrations WHERE migration_name = $1 AND finished_at IS NULL', [
    failed.name,
  ]);
  return new MigrationError(`migration ${failed.name} failed, nothing of it was done: ${why}`, {
    cause: error,
  });
}

function describeRefusal({ message, detail, position, code }: pg.DatabaseError, script: string): string {
  const line =
    position === undefined ? '' : `line ${String(script.slice(0, Number(position)).split('\n').length)}: `;
  return `${line}${message}${detail === undefined ? '' : ` (${detail})`} [${String(code)}]`;
}

/** @returns the script; undefined when there is no difference */
async function diff(engine: SchemaEngine, from: DiffTarget, to: DiffTarget): Promise<string | undefined> {
  const { exitCode, stdout } = await engine.diff({
    from,
    to,
    script: true,
    exitCode: true,
    filters: FILTERS,
  });
  return exitCode === 0 ? undefined : (stdout ?? '');
}

async function withEngine<T>(
  databaseUrl: string,
  options: MigrateOptions,
  work: (engine: SchemaEngine) => Promise<T>,
): Promise<T> {
  try {
    return await withSchemaEngine(databaseUrl, await readSchema(options), work);
  } catch (error) {
    throw new MigrationError(explain(error), { cause: error });
  }
}

/** Runs under the lock that all processes which migrate this database take. */
async function withLock<T>(
  databaseUrl: string,
  options: MigrateOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await connect(databaseUrl);
  try {
    const deadline = Date.now() + LOCK_WAIT_MS;
    // Asked again and again, not waited for: a waiting statement would hold up CREATE INDEX CONCURRENTLY.
    for (let told = false; ; told = true) {
      const { rows } = await client.query<{ taken: boolean }>('SELECT pg_try_advisory_lock($1) AS taken', [
        LOCK_KEY,
      ]);
      if (rows[0]?.taken === true) break;
      if (!told) options.onWaiting?.();
      if (Date.now() > deadline)
        throw new MigrationError('another process has been migrating this database for too long');
      await delay(LOCK_POLL_MS);
    }
    return await work(client);
  } finally {
    // The lock goes with the connection.
    await client.end();
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function readMigrations(options: MigrateOptions): Promise<MigrationList> {
  const baseDir = migrationsDir(options);
  const names = existsSync(baseDir)
    ? (await readdir(baseDir)).filter((name) => /^\d+_/.test(name)).sort()
    : [];
  const migrationDirectories = await Promise.all(
    names.map(async (name) => ({
      path: name,
      migrationFile: {
        path: 'migration.sql',
        content: await readContent(path.join(baseDir, name, 'migration.sql')),
      },
    })),
  );
  return {
    baseDir,
    lockfile: { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories,
  };
}

async function readContent(
  file: string,
): Promise<{ tag: 'ok'; value: string } | { tag: 'error'; value: string }> {
  try {
    return { tag: 'ok', value: await readFile(file, 'utf8') };
  } catch (error) {
    return { tag: 'error', value: (error as Error).message };
  }
}

async function readSchema(options: MigrateOptions): Promise<{ path: string; content: string }> {
  const file = options.schemaFile ?? path.join(import.meta.dirname, 'schema.prisma');
  return { path: file, content: await readFile(file, 'utf8') };
}

function migrationsDir(options: MigrateOptions): string {
  return path.resolve(options.migrationsDir ?? path.join(import.meta.dirname, 'migrations'));
}

/** The engine's errors carry a trace through its own sources behind their text. */
function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split(/\n\s+0: /)[0] ?? text).trim();
}
