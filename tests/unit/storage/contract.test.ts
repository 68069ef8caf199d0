import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createStorage } from '../../../adapters/storage/create-storage.ts';
import { derivedKey } from '../../../adapters/storage/derived-key.ts';
import { FileMissingError, type FileStorage } from '../../../adapters/storage/storage.ts';
import { loadStorageSettings } from '../../../platform/config.ts';
import { S3_SERVER_MS, type S3Server, startS3Server } from '../../support/s3-server.ts';
import { until } from '../../support/until.ts';

/** Several parts of an upload, and a piece. */
const LARGE_BYTES = 20 * 1024 * 1024 + 17;
const LONG_AGO = new Date('2020-01-01T00:00:00Z');
const SOON = (): Date => new Date(Date.now() + 60_000);

interface Place {
  storage: FileStorage;
  setAge: (at: Date) => Promise<void>;
}

let folder: string;
let server: S3Server | string;
const places = new Map<string, Place | string>();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-storage-'));
  const files = path.join(folder, 'local');
  places.set('local folder', {
    storage: createStorage(loadStorageSettings({ STORAGE_DIR: files })),
    setAge: async (at) => {
      for (const entry of await readdir(files, { withFileTypes: true, recursive: true })) {
        if (entry.isFile()) await utimes(path.join(entry.parentPath, entry.name), at, at);
      }
    },
  });
  server = await startS3Server(path.join(folder, 's3'));
  if (typeof server === 'string') {
    process.stderr.write(`NOT RUN: file storage on a real S3 server, because ${server}\n`);
    places.set('S3', server);
    return;
  }
  const { env, setAge } = server;
  Object.assign(process.env, env);
  const settings = loadStorageSettings({ ...env, STORAGE_URL: `${env.STORAGE_URL!}/files/of test` });
  places.set('S3', { storage: createStorage(settings), setAge });
}, S3_SERVER_MS);
afterAll(async () => {
  if (typeof server === 'object') await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['local folder', 'S3'])('file storage: %s', (name) => {
  const placeOr = (skip: (reason: string) => never): Place => {
    const place = places.get(name)!;
    return typeof place === 'string' ? skip(place) : place;
  };
  const put = (storage: FileStorage, key: string, content: Buffer | string): Promise<number> =>
    storage.write(key, Readable.from([content], { objectMode: false }));
  const all = async (list: AsyncIterable<string>): Promise<string[]> => {
    const found: string[] = [];
    for await (const one of list) found.push(one);
    return found.sort();
  };

  test.for([0, 1, 1_000, LARGE_BYTES])(
    'a file of %i bytes comes back as it went in',
    async (size, { skip }) => {
      const { storage } = placeOr(skip);
      const key = randomUUID();
      const content = randomBytes(size);
      expect(await put(storage, key, content)).toBe(size);
      const back = await storage.read(key, { start: 0, end: size + 5 });
      expect(back.equals(content)).toBe(true);
    },
  );

  test('a range is exactly its bytes, also into memory of the caller, and ends with the file', async ({
    skip,
  }) => {
    const { storage } = placeOr(skip);
    const key = randomUUID();
    await put(storage, key, '0123456789');
    const read = async (start: number, end: number): Promise<string> =>
      (await storage.read(key, { start, end })).toString();
    expect(await read(3, 6)).toBe('345');
    expect(await read(8, 100)).toBe('89');
    expect(await read(4, 4)).toBe('');
    expect(await read(10, 20)).toBe('');
    expect(await read(50, 60)).toBe('');
    const memory = Buffer.alloc(5, '-');
    const view = await storage.read(key, { start: 7, end: 10 }, memory);
    expect([view.toString(), memory.toString()]).toEqual(['789', '789--']);
    expect(view.buffer).toBe(memory.buffer);
    // Memory that is smaller than the range bounds it.
    expect((await storage.read(key, { start: 0, end: 10 }, Buffer.alloc(4))).toString()).toBe('0123');
  });

  test('a file that is not there is told from all other errors', async ({ skip }) => {
    const { storage } = placeOr(skip);
    const missing = storage.read(randomUUID(), { start: 0, end: 10 });
    await expect(missing).rejects.toBeInstanceOf(FileMissingError);
    await expect(storage.read(randomUUID(), { start: 0, end: 0 })).rejects.toBeInstanceOf(FileMissingError);
  });

  test('a file can be removed twice, and written again with other content', async ({ skip }) => {
    const { storage } = placeOr(skip);
    const key = randomUUID();
    await put(storage, key, 'first');
    await put(storage, key, 'second');
    expect((await storage.read(key, { start: 0, end: 99 })).toString()).toBe('second');
    await storage.remove(key);
    await storage.remove(key);
    await expect(storage.read(key, { start: 0, end: 1 })).rejects.toBeInstanceOf(FileMissingError);
  });

  test.for([10, LARGE_BYTES])(
    'a source that breaks after %i bytes leaves nothing, and its own error comes through',
    async (size, { skip }) => {
      const { storage } = placeOr(skip);
      const key = randomUUID();
      const broken = new Error('the caller hung up');
      function* source(): Generator<Buffer, void, undefined> {
        yield randomBytes(size);
        throw broken;
      }
      const writing = storage.write(key, Readable.from(source(), { objectMode: false }));
      await expect(writing).rejects.toBe(broken);
      expect(await all(storage.list(SOON()))).not.toContain(key);
      expect(await all(storage.unfinished(SOON()))).toEqual([]);
      await expect(storage.read(key, { start: 0, end: 1 })).rejects.toBeInstanceOf(FileMissingError);
    },
  );

  test('a file is not seen before it is whole', async ({ skip }) => {
    const { storage } = placeOr(skip);
    const key = randomUUID();
    let finish: () => void = () => undefined;
    const rest = new Promise<void>((resolve) => {
      finish = resolve;
    });
    async function* source(): AsyncGenerator<Buffer, void, undefined> {
      yield randomBytes(LARGE_BYTES);
      await rest;
      yield Buffer.from('the end');
    }
    const writing = storage.write(key, Readable.from(source(), { objectMode: false }));
    await until(async () => (await all(storage.unfinished(SOON()))).length === 1);
    expect(await all(storage.list(SOON()))).not.toContain(key);
    await expect(storage.read(key, { start: 0, end: 1 })).rejects.toBeInstanceOf(FileMissingError);
    finish();
    expect(await writing).toBe(LARGE_BYTES + 7);
    const end = await storage.read(key, { start: LARGE_BYTES, end: LARGE_BYTES + 100 });
    expect(end.toString()).toBe('the end');
    expect(await all(storage.unfinished(SOON()))).toEqual([]);
  });

  test('two that write the same file at a time both succeed, and one of the two stays whole', async ({
    skip,
  }) => {
    const { storage } = placeOr(skip);
    const key = derivedKey(randomUUID(), 'gzip-utf-8');
    const content = randomBytes(LARGE_BYTES);
    const sizes = await Promise.all([put(storage, key, content), put(storage, key, content)]);
    expect(sizes).toEqual([LARGE_BYTES, LARGE_BYTES]);
    expect((await storage.read(key, { start: 0, end: LARGE_BYTES })).equals(content)).toBe(true);
  });

  test('files are listed by their age', async ({ skip }) => {
    const { storage, setAge } = placeOr(skip);
    const old = [randomUUID(), derivedKey(randomUUID(), 'sheet-1')];
    for (const key of old) await put(storage, key, 'x');
    await setAge(LONG_AGO);
    const young = randomUUID();
    await put(storage, young, 'x');
    const found = await all(storage.list(new Date(LONG_AGO.getTime() + 60_000)));
    expect(found).toEqual(expect.arrayContaining(old));
    expect(found).not.toContain(young);
    expect(await all(storage.list(SOON()))).toEqual(expect.arrayContaining([...old, young]));
  });

  test('what a process left that died while it wrote is found by its age, and removed', async ({ skip }) => {
    const { storage } = placeOr(skip);
    const key = randomUUID();
    async function* source(): AsyncGenerator<Buffer, void, undefined> {
      yield randomBytes(LARGE_BYTES);
      // As from a client that is never heard of again.
      await new Promise(() => undefined);
    }
    void storage.write(key, Readable.from(source(), { objectMode: false })).catch(() => undefined);
    await until(async () => (await all(storage.unfinished(SOON()))).length === 1);
    expect(await all(storage.unfinished(LONG_AGO))).toEqual([]);
    expect(await storage.removeUnfinished(LONG_AGO)).toBe(0);
    expect(await storage.removeUnfinished(SOON())).toBe(1);
    // A part that was on its way may come after that, and brings the upload back: so it is removed again, as housekeeping does
    // (Amazon S3 API, AbortMultipartUpload).
    await until(async () => {
      await storage.removeUnfinished(SOON());
      return (await all(storage.unfinished(SOON()))).length === 0;
    });
  });

  test('it says that it is well', async ({ skip }) => {
    await placeOr(skip).storage.check();
  });
});
