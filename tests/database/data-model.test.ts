import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../prisma/client.ts';
import { readDataModel } from '../../scripts/lib/data-model.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let db: Database;
beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

test('the documented data model is the one that the migrations make: tables, columns, types, keys', async () => {
  const schema = await readFile(
    path.join(import.meta.dirname, '..', '..', 'prisma', 'schema.prisma'),
    'utf8',
  );
  const { tables, enumerations } = readDataModel(schema);
  const documented = tables
    .flatMap(({ name, columns }) =>
      columns.map((column) => `${name}.${column.name} ${column.type}${column.isNullable ? '' : ' NOT NULL'}`),
    )
    .toSorted();
  const { rows: columns } = await db.pool.query<{ line: string }>(
    `SELECT c.relname || '.' || a.attname || ' '
            || regexp_replace(format_type(a.atttypid, a.atttypmod), 'timestamp\\(3\\) with time zone', 'timestamptz')
            || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END AS line
       FROM pg_attribute a
       JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relname <> '_prisma_migrations'`,
  );
  expect(documented).toEqual(columns.map(({ line }) => line).toSorted());

  const { rows: keys } = await db.pool.query<{ name: string; key: string[] }>(
    `SELECT c.relname AS name,
            array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum)) AS key
       FROM pg_index i
       JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'public'::regnamespace AND c.relname <> '_prisma_migrations'
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
      WHERE i.indisprimary
      GROUP BY c.relname`,
  );
  expect(Object.fromEntries(tables.map(({ name, key }) => [name, key]))).toEqual(
    Object.fromEntries(keys.map(({ name, key }) => [name, key])),
  );

  const { rows: types } = await db.pool.query<{ name: string; values: string[] }>(
    `SELECT t.typname AS name, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) AS values
       FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
      GROUP BY t.typname`,
  );
  const byName = (list: { name: string; values: string[] }[]): Record<string, string[]> =>
    Object.fromEntries(list.map(({ name, values }) => [name, values]));
  expect(byName(enumerations)).toEqual(byName(types));
});
