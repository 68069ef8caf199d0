import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import {
  applyMigrations,
  createMigration,
  migrationInfo,
  rollbackLastMigration,
  validateMigrations,
} from '../../prisma/migrate.ts';
import { assertSupportedServer } from '../../prisma/supported-server.ts';
import { ROOT } from '../support/run-node.ts';
import { describeSchema } from './describe-schema.ts';

const MIGRATIONS = path.join(ROOT, 'prisma', 'migrations');
const names = (await readdir(MIGRATIONS)).filter((name) => /^\d/.test(name)).sort();

let admin: pg.Client;
let made = 0;

beforeAll(async () => {
  admin = new pg.Client({ connectionString: inject('databaseAdminUrl') });
  await admin.connect();
});
afterAll(() => admin.end());

/** A database without anything in it, for one test. */
async function createEmptyDatabase(options = ''): Promise<string> {
  made += 1;
  const name = `migrations_${String(process.pid)}_${String(made)}`;
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ${options}`);
  onTestFinished(async () => {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
  });
  const url = new URL(inject('databaseAdminUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

/** The migrations in a folder of the test's own, to be changed. */
async function copyMigrations(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-migrations-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await cp(MIGRATIONS, folder, { recursive: true });
  return folder;
}

async function addMigration(folder: string, name: string, up: string, down?: string): Promise<void> {
  await mkdir(path.join(folder, name), { recursive: true });
  await writeFile(path.join(folder, name, 'migration.sql'), up);
  if (down !== undefined) await writeFile(path.join(folder, name, 'down.sql'), down);
}

async function query<Row extends pg.QueryResultRow>(url: string, statement: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}

describe('the migrations of this checkout', () => {
  test('can each be taken back and applied again, and lead to the same schema', async () => {
    const url = await createEmptyDatabase();
    const empty = await describeSchema(url);
    expect(await applyMigrations(url)).toEqual(names);
    const whole = await describeSchema(url);
    expect(whole.length).toBeGreaterThan(empty.length);

    for (const name of names.toReversed()) expect(await rollbackLastMigration(url)).toBe(name);
    expect(await describeSchema(url)).toEqual(empty);
    expect(await rollbackLastMigration(url)).toBeNull();

    expect(await applyMigrations(url)).toEqual(names);
    expect(await describeSchema(url)).toEqual(whole);
  });

  test('have a way back each, and agree with the schema file', async () => {
    const url = await createEmptyDatabase();
    expect(await validateMigrations(url)).toEqual(
      names.map((name): unknown => expect.stringContaining(`${name} has not been applied`)),
    );
    await applyMigrations(url);
    expect(await validateMigrations(url)).toEqual([]);
    expect((await migrationInfo(url)).every(({ reversible }) => reversible)).toBe(true);
  });

  test('do nothing the second time', async () => {
    const url = await createEmptyDatabase();
    await applyMigrations(url);
    const before = await query(url, 'SELECT * FROM _prisma_migrations');
    expect(await applyMigrations(url)).toEqual([]);
    expect(await query(url, 'SELECT * FROM _prisma_migrations')).toEqual(before);
  });

  test('are applied once when several processes start at the same time', async () => {
    const url = await createEmptyDatabase();
    const told: string[] = [];
    const applied = await Promise.all(
      Array.from({ length: 4 }, () => applyMigrations(url, { onApplied: (name) => told.push(name) })),
    );
    expect(applied.flat()).toEqual(names);
    expect(told).toEqual(names);
    expect(await query(url, 'SELECT migration_name FROM _prisma_migrations ORDER BY migration_name')).toEqual(
      names.map((name) => ({ migration_name: name })),
    );
  });
});

describe('a change to the migrations', () => {
  test('is refused when it edits one that was applied', async () => {
    const url = await createEmptyDatabase();
    const migrationsDir = await copyMigrations();
    await applyMigrations(url, { migrationsDir });
    const before = await describeSchema(url);
    const [first = ''] = names;
    const file = path.join(migrationsDir, first, 'migration.sql');
    await writeFile(file, `${await readFile(file, 'utf8')}\nCREATE TABLE sneaked_in (id int);\n`);
    await addMigration(migrationsDir, '29990101000000_next', 'CREATE TABLE next (id int);');

    await expect(applyMigrations(url, { migrationsDir })).rejects.toThrow(
      new RegExp(`${first} was edited after it was applied`),
    );
    // Nor is anything applied on top of what is not understood.
    expect(await describeSchema(url)).toEqual(before);
    expect((await migrationInfo(url, { migrationsDir })).map(({ state }) => state)).toEqual([
      'edited',
      ...names.slice(1).map(() => 'applied'),
      'pending',
    ]);
  });

  test('is none where a checkout brings other line ends', async () => {
    const url = await createEmptyDatabase();
    const migrationsDir = await copyMigrations();
    await applyMigrations(url, { migrationsDir });
    for (const name of names) {
      const file = path.join(migrationsDir, name, 'migration.sql');
      await writeFile(file, (await readFile(file, 'utf8')).replaceAll('\n', '\r\n'));
    }
    expect(await applyMigrations(url, { migrationsDir })).toEqual([]);
  });

  test('leaves nothing when it fails, names the line, and can be put right', async () => {
    const url = await createEmptyDatabase();
    const migrationsDir = await copyMigrations();
    await applyMigrations(url, { migrationsDir });
    const before = await describeSchema(url);
    const next = '29990101000000_next';
    await addMigration(migrationsDir, next, 'CREATE TABLE next (id int);\nALTER TABLE nowhere ADD a int;\n');

    const failure = `migration ${next} failed, nothing of it was done: .*nowhere.*42P01`;
    await expect(applyMigrations(url, { migrationsDir })).rejects.toThrow(new RegExp(failure));
    expect(await describeSchema(url)).toEqual(before);

    await addMigration(migrationsDir, next, 'CREATE TABLE next (id int);');
    expect(await applyMigrations(url, { migrationsDir })).toEqual([next]);
  });

  test('stays when there is no way back, or that fails', async () => {
    const url = await createEmptyDatabase();
    const migrationsDir = await copyMigrations();
    const next = '29990101000000_next';
    await addMigration(migrationsDir, next, 'CREATE TABLE next (id int);');
    await applyMigrations(url, { migrationsDir });
    const before = await describeSchema(url);

    await expect(rollbackLastMigration(url, { migrationsDir })).rejects.toThrow(
      new RegExp(`${next} can't be taken back: there is no .*down\\.sql`),
    );
    expect(await validateMigrations(url, { migrationsDir })).toContain(`migration ${next} has no down.sql`);
    await writeFile(
      path.join(migrationsDir, next, 'down.sql'),
      'DROP TABLE jobs CASCADE; DROP TABLE nowhere;',
    );
    await expect(rollbackLastMigration(url, { migrationsDir })).rejects.toThrow(/nowhere/);
    expect(await describeSchema(url)).toEqual(before);
    expect((await migrationInfo(url, { migrationsDir })).at(-1)).toMatchObject({
      name: next,
      state: 'applied',
    });
  });

  test('is written, with its way back, from the schema file', async () => {
    const url = await createEmptyDatabase();
    const migrationsDir = await copyMigrations();
    const schemaFile = path.join(migrationsDir, 'schema.prisma');
    const schema = await readFile(path.join(ROOT, 'prisma', 'schema.prisma'), 'utf8');
    await writeFile(schemaFile, schema);
    expect(await createMigration('nothing new', url, { migrationsDir, schemaFile })).toBeNull();

    await writeFile(
      schemaFile,
      `${schema}\nmodel Note {\n  id Int @id\n  text String\n\n  @@map("notes")\n}\n`,
    );
    expect(await validateMigrations(url, { migrationsDir, schemaFile })).toContainEqual(
      expect.stringContaining('the schema file asks for changes that no migration makes'),
    );
    const now = new Date('2999-01-02T03:04:05Z');
    const folder = await createMigration('Add notes!', url, { migrationsDir, schemaFile }, now);
    expect(folder).toBe(path.join(migrationsDir, '29990102030405_add_notes'));

    const options = { migrationsDir, schemaFile };
    await applyMigrations(url, options);
    expect(await validateMigrations(url, options)).toEqual([]);
    const withNotes = await describeSchema(url);
    expect(await rollbackLastMigration(url, options)).toBe('29990102030405_add_notes');
    await applyMigrations(url, options);
    expect(await describeSchema(url)).toEqual(withNotes);
  });
});

describe('a server that Longshore does not run on', () => {
  test('is refused by name when it does not keep text as UTF-8', async () => {
    const url = await createEmptyDatabase(`ENCODING SQL_ASCII LOCALE_PROVIDER libc LOCALE 'C'`);
    const database = new URL(url).pathname.slice(1);
    const refusal = `the encoding of database "${database}" is SQL_ASCII, UTF8 is needed`;
    await expect(assertSupportedServer(url)).rejects.toMatchObject({
      name: 'UnsupportedServerError',
      message: expect.stringContaining(refusal),
    });
    await expect(applyMigrations(url)).rejects.toThrow(refusal);
    expect(await validateMigrations(url)).toEqual([expect.stringContaining(refusal)]);
    expect(await query(url, `SELECT FROM pg_class WHERE relname = '_prisma_migrations'`)).toEqual([]);
  });

  test('is refused by name when it is too old', async () => {
    const url = new URL(await createEmptyDatabase());
    // The server's version can't be set, so a function of the same name poses as an older server's.
    await query(
      url.href,
      `CREATE SCHEMA posing;
       CREATE FUNCTION posing.current_setting(name text) RETURNS text LANGUAGE sql AS $$
         SELECT CASE name WHEN 'server_version' THEN '17.6' WHEN 'server_version_num' THEN '170006'
                          ELSE pg_catalog.current_setting(name) END $$`,
    );
    url.searchParams.set('options', '-c search_path=posing,pg_catalog');
    await expect(assertSupportedServer(url.href)).rejects.toMatchObject({
      name: 'UnsupportedServerError',
      message: expect.stringContaining('it is PostgreSQL 17.6, 18 or newer is needed'),
    });
  });

  test('is named, without its password, when it can not be reached', async () => {
    const unreachable = assertSupportedServer('postgresql://someone:secret@127.0.0.1:1/longshore');
    await expect(unreachable).rejects.toThrow(/^the database 127\.0\.0\.1:1\/longshore can't be reached: /);
    await expect(unreachable).rejects.not.toThrow(/secret/);
  });
});
