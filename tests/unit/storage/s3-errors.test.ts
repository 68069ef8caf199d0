import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classifyError } from '../../../activities/classify-error.ts';
import { createStorage } from '../../../adapters/storage/create-storage.ts';
import type { FileStorage } from '../../../adapters/storage/storage.ts';
import { isUnavailable } from '../../../api/http/is-unavailable.ts';
import { ConfigError, loadStorageSettings } from '../../../platform/config.ts';
import { storageCodeOf } from '../../../platform/error-table.ts';
import { S3_SERVER_MS, type S3Server, startS3Server } from '../../support/s3-server.ts';

test.each([
  ['SlowDown', 503, 'storage_unavailable'],
  ['InternalError', 500, 'storage_unavailable'],
  ['UnknownError', 502, 'storage_unavailable'],
  // Amazon answers these with 400, and yet they pass.
  ['RequestTimeout', 400, 'storage_unavailable'],
  ['ExpiredToken', 400, 'storage_unavailable'],
  ['AccessDenied', 403, 'storage_unavailable'],
  ['NoSuchBucket', 404, 'storage_unavailable'],
  ['ECONNREFUSED', undefined, 'storage_unavailable'],
  ['EntityTooLarge', 400, 'storage_refused'],
  ['InvalidArgument', 400, 'storage_refused'],
  ['MethodNotAllowed', 405, 'storage_refused'],
  ['NotImplemented', 501, 'storage_refused'],
] as const)('%s with status %s is %s', (code, status, expected) => {
  expect(storageCodeOf(code, status)).toBe(expected);
});

test.each([
  ['s3://bucket', true],
  ['s3://my.bucket-1/some/prefix/', true],
  ['https://bucket.example.com', false],
  ['s3://', false],
  ['bucket/prefix', false],
])('STORAGE_URL %s is taken: %s', (url, taken) => {
  const load = () => loadStorageSettings({ STORAGE_URL: url });
  if (taken) expect(load().STORAGE_URL).toBe(url);
  else expect(load).toThrow(ConfigError);
});

describe('what a real S3 server refuses', () => {
  let folder: string;
  let server: S3Server | string;
  const storageWith = (env: Record<string, string>): FileStorage =>
    createStorage(loadStorageSettings({ ...(server as S3Server).env, ...env }));
  const everyCall = (storage: FileStorage): (() => Promise<unknown>)[] => [
    () => storage.read(randomUUID(), { start: 0, end: 1 }),
    () => storage.write(randomUUID(), Readable.from(['x'], { objectMode: false })),
    async () => {
      await storage.list(new Date())[Symbol.asyncIterator]().next();
    },
    () => storage.removeUnfinished(new Date()),
  ];
  const meaningOf = async (call: () => Promise<unknown>): Promise<unknown> => {
    const error = await call().then(
      () => new Error('it went well'),
      (reason: unknown) => reason,
    );
    return { ...classifyError(error), heals: isUnavailable(error) };
  };

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'longshore-test-s3-'));
    server = await startS3Server(folder);
    if (typeof server === 'object') Object.assign(process.env, server.env);
  }, S3_SERVER_MS);
  afterAll(async () => {
    if (typeof server === 'object') await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test('a bucket that is not there is no missing file: it can be put right, and then all goes on', async ({
    skip,
  }) => {
    if (typeof server === 'string') return skip(server);
    const storage = storageWith({ STORAGE_URL: 's3://of-somebody-else' });
    for (const call of everyCall(storage)) {
      expect(await meaningOf(call)).toMatchObject({
        code: 'storage_unavailable',
        heals: true,
        message: expect.stringContaining('[NoSuchBucket]'),
      });
    }
    await expect(storage.check()).rejects.toThrow();
  });

  test('while the server is away everything can be tried again, and when it is back it works', async ({
    skip,
  }) => {
    if (typeof server === 'string') return skip(server);
    const storage = storageWith({});
    await storage.check();
    await server.kill();
    for (const call of everyCall(storage)) {
      expect(await meaningOf(call)).toMatchObject({
        code: 'storage_unavailable',
        retryable: true,
        heals: true,
        message: expect.stringContaining('[ECONNREFUSED]'),
      });
    }
    await expect(storage.check()).rejects.toThrow();
    await server.restart();
    await storage.check();
    const key = randomUUID();
    expect(await storage.write(key, Readable.from(['back'], { objectMode: false }))).toBe(4);
    await storage.remove(key);
  });
});
