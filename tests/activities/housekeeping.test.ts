import { MockActivityEnvironment } from '@temporalio/testing';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRemoveOrphanFiles } from '../../activities/housekeeping/remove-orphan-files.ts';
import { derivedKey } from '../../adapters/storage/derived-key.ts';
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

test('what was unpacked from a file stays as long as the file and its job, and goes with either', async () => {
  const storage = createLocalFolderStorage(folder);
  const live = await acceptTestImport(db, storage, { content: 'live' });
  const removed = await acceptTestImport(db, storage, { content: 'its file was removed' });
  const deleted = await acceptTestImport(db, storage, { content: 'its job was deleted' });
  const longAgo = new Date(Date.now() - 2 * 60 * 60_000);
  for (const original of [live, removed, deleted]) {
    const key = derivedKey(original, 'windows-1252');
    await storage.write(key, Readable.from(['unpacked']));
    await utimes(join(folder, key.slice(-2), key), longAgo, longAgo);
    await utimes(join(folder, original.slice(-2), original), longAgo, longAgo);
  }
  await storage.remove(removed);
  await db.prisma.job.delete({ where: { id: deleted } });

  await new MockActivityEnvironment().run(createRemoveOrphanFiles({ db, storage }));
  const names = await readdir(folder, { recursive: true });
  const left = names.filter((name) => [live, removed, deleted].some((key) => name.endsWith(key)));
  expect(left.map((name) => name.slice(3)).sort()).toEqual([live, derivedKey(live, 'windows-1252')].sort());
});
