import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRemoveOrphanFiles } from '../../activities/housekeeping/remove-orphan-files.ts';
import { createLocalFolderStorage } from '../../adapters/storage/local-folder.ts';
import type { Database } from '../../prisma/client.ts';
import { createTestDatabase, openTestDatabase, type TestDatabase } from '../support/database.ts';
import { acceptTestImport } from '../support/imports.ts';

let database: TestDatabase;
let db: Database;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openTestDatabase(database.url);
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-files-'));
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

test('only files that no job owns and no upload can still be writing are removed', async () => {
  const storage = createLocalFolderStorage(folder);
  const owned = await acceptTestImport(db, storage, { content: 'owned' });
  const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
  const put = async (shard: string, name: string, age: Date): Promise<void> => {
    await mkdir(join(folder, shard), { recursive: true });
    await writeFile(join(folder, shard, name), 'x');
    await utimes(join(folder, shard, name), age, age);
  };
  await utimes(join(folder, owned.slice(-2), owned), longAgo, longAgo);
  await put('aa', 'old-orphan-aa', longAgo);
  await put('bb', 'young-orphan-bb', new Date());
  await put('incoming', 'given-up', longAgo);
  await put('incoming', 'under-way', new Date());

  const remove = createRemoveOrphanFiles({ db, storage });
  const environment = new MockActivityEnvironment();
  expect(await environment.run(remove)).toEqual({ removed: 2 });
  expect(await environment.run(remove)).toEqual({ removed: 0 });
  const left = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  expect(left.map(({ name }) => name).sort()).toEqual([owned, 'under-way', 'young-orphan-bb'].sort());
});
