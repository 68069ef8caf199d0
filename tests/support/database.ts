import pg from 'pg';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../prisma/client.ts';

/** A migrated, empty database of its own for a test file. */
export interface TestDatabase {
  url: string;
  drop: () => Promise<void>;
}

/** Must be the name that postgres-setup.ts gives; that file can't be imported in a test's process. */
const TEMPLATE = 'longshore_template';

let made = 0;

export async function createTestDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('databaseAdminUrl');
  made += 1;
  const name = `test_${String(process.pid)}_${String(made)}`;
  await runAsAdmin(adminUrl, `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY file_copy`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => runAsAdmin(adminUrl, `DROP DATABASE ${name} WITH (FORCE)`) };
}

/** A connection to a test database. Its pool is small, so that a leaked connection shows. */
export function openTestDatabase(url: string, isTraced = false): Database {
  return openDatabase({
    url,
    applicationName: 'test',
    maxConnections: 4,
    statementTimeoutMs: 30_000,
    isTraced,
    onError: () => undefined,
  });
}

/**
 * Empties tables, the audit log too, which refuses that to everybody else.
 *
 * @param tables their names, separated by commas
 */
export async function emptyTables(pool: pg.Pool, tables: string): Promise<void> {
  const client = await pool.connect();
  try {
    // In this role, which is that of copying a database, triggers do not count.
    await client.query(`BEGIN; SET LOCAL session_replication_role = replica; TRUNCATE ${tables}; COMMIT`);
    client.release();
  } catch (error) {
    client.release(true);
    throw error;
  }
}

async function runAsAdmin(adminUrl: string, statement: string): Promise<void> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(statement);
  } finally {
    await admin.end();
  }
}
