import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../../prisma/migrate.ts';
import { startPostgres } from '../../scripts/stack/embedded-postgres.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Connection string of a server on which tests make databases of their own. */
    databaseAdminUrl: string;
  }
}

/** The migrated database that the tests' own are copied from. */
export const TEMPLATE_DATABASE = 'longshore_template';

/** Starts one PostgreSQL for all test files of a project. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'longshore-test-postgres-'));
  // Tests that kill the server start one of their own, with fsync.
  const postgres = await startPostgres({
    dataDir: folder,
    settings: { fsync: 'off', max_connections: '200' },
  });
  const admin = new pg.Client({ connectionString: postgres.adminUrl });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await admin.end();
  const template = new URL(postgres.adminUrl);
  template.pathname = `/${TEMPLATE_DATABASE}`;
  await applyMigrations(template.href);
  project.provide('databaseAdminUrl', postgres.adminUrl);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
