import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import type pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Job, jobSchema } from '../../contracts/http/job.ts';
import { type Problem, problemSchema } from '../../contracts/http/problem.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, form, startApi } from './api-under-test.ts';

const CONTENT = 'sku,name,price\nA,Mug,1\n';

let api: ApiUnderTest;
const workflows = createFakeWorkflows();
/** Set by a test to make the storage fail. */
let storageFailure: Error | null = null;
/** How many bytes it takes before it does. */
let roomBytes = 0;

beforeAll(async () => {
  api = await startApi({
    workflows,
    storage: (folder) => ({
      ...folder,
      write: (key, content) => {
        if (storageFailure === null) return folder.write(key, content);
        return folder.write(key, Readable.from(upTo(roomBytes, content, storageFailure)));
      },
    }),
  });
});
afterAll(() => api.stop());
afterEach(async () => {
  storageFailure = null;
  roomBytes = 0;
  await api.database.prisma.job.deleteMany();
  await api.database.prisma.idempotencyKey.deleteMany();
  for (const file of await api.storedFiles()) await api.storage.remove(file);
});

/** What a disk takes before it is full. */
async function* upTo(
  bytes: number,
  content: AsyncIterable<Buffer>,
  failure: Error,
): AsyncGenerator<Buffer, void, undefined> {
  let taken = 0;
  for await (const block of content) {
    taken += block.length;
    if (taken > bytes) throw failure;
    yield block;
  }
}

async function upload(body: FormData | string, headers: Record<string, string> = {}): Promise<Response> {
  return await api.as('operator')('/api/imports', { method: 'POST', body, headers });
}

async function accepted(response: Response): Promise<Job> {
  expect(response.status).toBe(202);
  return jobSchema.parse(await response.json());
}

async function problemOf(response: Response, status: number): Promise<Problem> {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(status);
  return problem;
}

async function expectNothingLeft(): Promise<void> {
  await until(async () => (await api.storedFiles()).length === 0);
  expect(await api.countJobs()).toBe(0);
  expect(await api.database.prisma.idempotencyKey.count()).toBe(0);
}

describe('an accepted upload', () => {
  test('is accepted at once, 202: a stored file, a pending job, and a workflow that processes it', async () => {
    const response = await upload(form({ kind: 'products' }));
    const job = await accepted(response);

    expect(response.headers.get('location')).toBe(`/api/jobs/${job.id}`);
    expect(job).toMatchObject({
      type: 'import',
      kind: 'products',
      status: 'pending',
      stage: null,
      filename: 'products.csv',
      sizeBytes: CONTENT.length,
      sha256: createHash('sha256').update(CONTENT).digest('hex'),
      options: {
        mode: 'upsert',
        blanks: 'keep',
        duplicates: 'last',
        onError: 'skip',
        notify: 'summary',
        dryRun: false,
      },
      percent: null,
      rowsPerSecond: null,
      etaSeconds: null,
      createdBy: 'tester',
      startedAt: null,
      failure: null,
      workflow: { id: `import-${job.id}`, url: null },
    });
    expect(job.counts).toMatchObject({ total: null, pending: 0 });
    const row = await api.database.prisma.job.findUniqueOrThrow({ where: { id: job.id } });
    expect((await api.storage.read(row.storageKey!, { start: 0, end: 100 })).toString()).toBe(CONTENT);
    expect(workflows.started).toContain(job.id);
  });

  test('may have its fields before or after the file', async () => {
    const body = new FormData();
    body.append('file', new Blob([CONTENT]), 'late.csv');
    body.append('kind', 'customers');
    body.append('notify', 'none');
    const job = await accepted(await upload(body));
    expect(job.kind).toBe('customers');
    expect(job.options?.notify).toBe('none');
  });

  test.each([
    ['Größe – 寸法.csv', 'Größe – 寸法.csv'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Users\\ada\\list.csv', 'list.csv'],
    ['a\u200fb\u202ec.csv', 'abc.csv'],
    [`${'x'.repeat(400)}.csv`, `${'x'.repeat(251)}.csv`],
    ['50%.csv', '50%.csv'],
    ['say "hi".csv', 'say "hi".csv'],
  ])('keeps the name %s as %s', async (name, kept) => {
    const job = await accepted(await upload(form({ kind: 'products' }, { name, content: CONTENT })));
    expect(job.filename).toBe(kept);
  });

  test('takes its name from filename* too', async () => {
    const body = [
      '--b',
      'Content-Disposition: form-data; name="kind"',
      '',
      'products',
      '--b',
      `Content-Disposition: form-data; name="file"; filename="x.csv"; filename*=UTF-8''pr%C3%A9cis.csv`,
      'Content-Type: text/csv',
      '',
      CONTENT,
      '--b--',
      '',
    ].join('\r\n');
    const job = await accepted(await upload(body, { 'Content-Type': 'multipart/form-data; boundary=b' }));
    expect(job.filename).toBe('précis.csv');
  });
});

describe('with the workflow engine down', () => {
  test('an upload is still accepted, and stays pending', async () => {
    const alone = await startApi();
    try {
      const before = performance.now();
      const response = await alone.as('operator')('/api/imports', {
        method: 'POST',
        body: form({ kind: 'products' }),
      });
      expect((await accepted(response)).status).toBe('pending');
      expect(performance.now() - before).toBeLessThan(5_000);
      expect(await alone.countJobs()).toBe(1);
    } finally {
      await alone.stop();
    }
  });
});

describe('an Idempotency-Key', () => {
  const headers = { 'Idempotency-Key': 'delivery-7' };

  test('gives the same job for the same upload, and keeps one file', async () => {
    const first = await accepted(await upload(form({ kind: 'products' }), headers));
    const second = await upload(form({ kind: 'products' }, { name: 'again.csv', content: CONTENT }), headers);
    expect(second.headers.get('location')).toBe(`/api/jobs/${first.id}`);
    expect((await accepted(second)).id).toBe(first.id);
    expect(await api.countJobs()).toBe(1);
    expect(await api.storedFiles()).toHaveLength(1);
  });

  test.each([
    ['file', form({ kind: 'products' }, { content: 'other' })],
    ['kind', form({ kind: 'customers' })],
    ['options', form({ kind: 'products', notify: 'none' })],
  ])('refuses another %s', async (_name, body) => {
    await accepted(await upload(form({ kind: 'products' }), headers));
    const problem = await problemOf(await upload(body, headers), 422);
    expect(problem.type).toBe('/problems/idempotency-mismatch');
    expect(await api.countJobs()).toBe(1);
    expect(await api.storedFiles()).toHaveLength(1);
  });

  test('gives one job for uploads at the same time', async () => {
    const responses = await Promise.all(
      Array.from({ length: 8 }, () => upload(form({ kind: 'products' }), headers)),
    );
    const jobs = await Promise.all(responses.map(accepted));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(await api.countJobs()).toBe(1);
    expect(await api.storedFiles()).toHaveLength(1);
  });

  test('is one of its own for each principal', async () => {
    const first = await accepted(await upload(form({ kind: 'products' }), headers));
    const body = form({ kind: 'products' });
    const second = await api.as('operator', 'bob')('/api/imports', { method: 'POST', body, headers });
    expect((await accepted(second)).id).not.toBe(first.id);
  });

  test('no longer counts after 24 hours', async () => {
    const first = await accepted(await upload(form({ kind: 'products' }), headers));
    await api.database.prisma.idempotencyKey.updateMany({
      data: { createdAt: new Date(Date.now() - 24 * 60 * 60 * 1_000 - 1_000) },
    });
    const second = await accepted(await upload(form({ kind: 'customers' }), headers));
    expect(second.id).not.toBe(first.id);
    const third = await accepted(await upload(form({ kind: 'customers' }), headers));
    expect(third.id).toBe(second.id);
  });

  test('belongs to one mapping and dialect', async () => {
    const headers = { 'Idempotency-Key': 'dialects' };
    const given = form({ kind: 'products', dialect: '{"delimiter":";"}', mapping: '{"sku":"Code"}' });
    const job = await accepted(await upload(given, headers));
    expect(job.options).toMatchObject({
      dialect: { delimiter: ';' },
      mapping: { name: null, columns: { sku: 'Code' } },
    });
    await problemOf(await upload(form({ kind: 'products' }), headers), 422);
  });

  test.each(['with space', 'x'.repeat(256)])(
    'has 1 to 255 visible ASCII characters: not "%s"',
    async (key) => {
      const problem = await problemOf(
        await upload(form({ kind: 'products' }), { 'Idempotency-Key': key }),
        422,
      );
      expect(problem.errors?.[0]?.pointer).toBe('#/idempotency-key');
      await expectNothingLeft();
    },
  );
});

describe('an upload that is refused leaves neither a row nor a file', () => {
  test.each([
    ['no file', form({ kind: 'products' }, null), '#/file', 'required'],
    ['no kind', form({}), '#/kind', 'required'],
    ['an unknown kind', form({ kind: 'planets' }), '#/kind', 'invalid_value'],
    ['an unknown field', form({ kind: 'products', colour: 'red' }), '#/colour', 'unknown_field'],
    ['an unknown mode', form({ kind: 'products', mode: 'merge' }), '#/mode', 'invalid_value'],
    ['blanks', form({ kind: 'products', blanks: 'drop' }), '#/blanks', 'invalid_value'],
    ['duplicates', form({ kind: 'products', duplicates: 'both' }), '#/duplicates', 'invalid_value'],
    ['onError', form({ kind: 'products', onError: 'ignore' }), '#/onError', 'invalid_value'],
    ['dryRun', form({ kind: 'products', dryRun: 'maybe' }), '#/dryRun', 'invalid_value'],
    ['a mapping that is no JSON', form({ kind: 'products', mapping: '{' }), '#/mapping', 'not_json'],
    ['no saved mapping', form({ kind: 'products', mapping: '"X"' }), '#/mapping', 'unknown_mapping'],
    ['a dialect that is no JSON', form({ kind: 'products', dialect: ';' }), '#/dialect', 'not_json'],
    [
      'an unknown part of the dialect',
      form({ kind: 'products', dialect: '{"comma":";"}' }),
      '#/dialect/comma',
      'unknown_field',
    ],
    [
      'a delimiter that ends lines',
      form({ kind: 'products', dialect: '{"delimiter":"\\n"}' }),
      '#/dialect/delimiter',
      'custom',
    ],
    ['the file as a text', form({ kind: 'products', file: CONTENT }, null), '#/file', 'custom'],
  ])('%s', async (_name, body, pointer, code) => {
    const problem = await problemOf(await upload(body), 422);
    expect(problem.type).toBe('/problems/invalid');
    expect(problem.errors).toContainEqual({ pointer, code, detail: expect.any(String) });
    await expectNothingLeft();
  });

  test('a missing file and a missing kind are told together', async () => {
    const problem = await problemOf(await upload(form({ notify: 'none' }, null)), 422);
    expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(['#/kind', '#/file']);
  });

  test('two files', async () => {
    const body = form({ kind: 'products' });
    body.append('file', new Blob(['b']), 'b.csv');
    await problemOf(await upload(body), 422);
    await expectNothingLeft();
  });

  test('a file in another field', async () => {
    const body = form({ kind: 'products' }, null);
    body.append('document', new Blob(['b']), 'b.csv');
    const problem = await problemOf(await upload(body), 422);
    expect(problem.errors?.[0]?.pointer).toBe('#/document');
    await expectNothingLeft();
  });

  test('a field given twice', async () => {
    const body = form({ kind: 'products' });
    body.append('kind', 'customers');
    await problemOf(await upload(body), 422);
    await expectNothingLeft();
  });

  test('a file over the limit, with its length announced', async () => {
    const body = form({ kind: 'products' }, { content: new Uint8Array(2_000_000) });
    expect((await problemOf(await upload(body), 413)).type).toBe('/problems/too-large');
    await expectNothingLeft();
  });

  test('a file over the limit by one byte', async () => {
    await accepted(await upload(form({ kind: 'products' }, { content: new Uint8Array(1_000_000) })));
    const body = form({ kind: 'products' }, { content: new Uint8Array(1_000_001) });
    await problemOf(await upload(body), 413);
    expect(await api.countJobs()).toBe(1);
    expect(await api.storedFiles()).toHaveLength(1);
  });

  test('a file that goes on for ever is cut off', async () => {
    const token = await api.tokens.sign('tester', 'operator', 60);
    const { status, closed } = await new Promise<{ status: number; closed: Promise<void> }>(
      (resolve, reject) => {
        const request = httpRequest(`${api.url}/api/imports`, {
          method: 'POST',
          headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'multipart/form-data; boundary=b' },
        });
        const whenClosed = new Promise<void>((done) => request.once('close', () => done()));
        request.once('response', (response) => {
          response.resume();
          resolve({ status: response.statusCode ?? 0, closed: whenClosed });
        });
        request.on('error', reject);
        request.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n');
        const block = Buffer.alloc(64 * 1024, 'x');
        const write = (): void => {
          while (!request.destroyed && request.write(block));
          request.once('drain', write);
        };
        write();
        request.on('error', () => undefined);
      },
    ).catch((error: unknown) => {
      throw error;
    });
    expect(status).toBe(413);
    await closed;
    await expectNothingLeft();
  });

  test('a field that is too long', async () => {
    const body = form({ kind: 'products', mapping: 'x'.repeat(100_000) });
    await problemOf(await upload(body), 413);
    await expectNothingLeft();
  });

  test('a field name that stands for a huge array', async () => {
    const problem = await problemOf(await upload(form({ kind: 'products', 'mode[4294967294]': 'x' })), 422);
    expect(problem.errors?.[0]?.pointer).toBe('#/mode%5B4294967294%5D');
    await expectNothingLeft();
  });

  test('a field name that nests', async () => {
    const deep = `mode${'[a]'.repeat(30)}`;
    await problemOf(await upload(form({ kind: 'products', [deep]: 'x' })), 422);
    await problemOf(await upload(form({ kind: 'products', 'mode[a]': 'x' })), 422);
    await expectNothingLeft();
  });

  test('a field name that reaches for the prototype', async () => {
    const problem = await problemOf(await upload(form({ kind: 'products', ['__proto__']: 'x' })), 422);
    expect(problem.errors?.[0]).toMatchObject({ pointer: '#/__proto__', code: 'unknown_field' });
    await expectNothingLeft();
  });

  test('very many fields', async () => {
    const body = form({ kind: 'products' });
    for (let i = 0; i < 50; i += 1) body.append(`f${String(i)}`, 'x');
    await problemOf(await upload(body), 422);
    await expectNothingLeft();
  });

  test('another content type', async () => {
    await problemOf(await upload(CONTENT, { 'Content-Type': 'text/csv' }), 415);
    await problemOf(await upload('{}', { 'Content-Type': 'application/json' }), 415);
    await expectNothingLeft();
  });

  test('a multipart body that ends too early', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\nsku,na';
    const response = await upload(body, { 'Content-Type': 'multipart/form-data; boundary=b' });
    expect((await problemOf(response, 400)).type).toBe('/problems/malformed-request');
    await expectNothingLeft();
  });

  test('a multipart body without a boundary', async () => {
    await problemOf(await upload('x', { 'Content-Type': 'multipart/form-data; charset=utf-8' }), 400);
    await expectNothingLeft();
  });

  test('a client that breaks off in the middle of the file', async () => {
    const token = await api.tokens.sign('tester', 'operator', 60);
    const request = httpRequest(`${api.url}/api/imports`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    request.on('error', () => undefined);
    request.write('--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\nproducts\r\n');
    request.write('--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n');
    request.write('x'.repeat(300_000));
    await until(async () => (await api.storedFiles()).length === 1);
    request.destroy();
    await expectNothingLeft();
  });

  test('a client that breaks off after the file, before the end of the form', async () => {
    const token = await api.tokens.sign('tester', 'operator', 60);
    const request = httpRequest(`${api.url}/api/imports`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'multipart/form-data; boundary=b' },
    });
    request.on('error', () => undefined);
    request.write(
      '--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\nsku\r\n--b\r\n',
    );
    await until(async () => (await api.storedFiles()).length === 1);
    request.destroy();
    await expectNothingLeft();
  });

  test.each([
    ['is full', 0],
    ['becomes full in the middle of the file', 300_000],
  ])('a storage that %s; once there is room the same upload is accepted', async (_how, room) => {
    storageFailure = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    roomBytes = room;
    const request = () =>
      upload(form({ kind: 'products' }, { content: new Uint8Array(900_000).fill(97) }), {
        'Idempotency-Key': 'full',
      });
    const response = await request();
    expect(response.headers.get('retry-after')).toBe('5');
    await problemOf(response, 503);
    await expectNothingLeft();
    storageFailure = null;
    await accepted(await request());
  });

  test('a database that refuses the job', async () => {
    await api.database.pool.query(
      `ALTER TABLE jobs ADD CONSTRAINT never CHECK (created_by <> 'tester') NOT VALID`,
    );
    try {
      const problem = await problemOf(
        await upload(form({ kind: 'products' }), { 'Idempotency-Key': 'k' }),
        500,
      );
      expect(problem.detail).not.toMatch(/constraint|never/);
      await expectNothingLeft();
    } finally {
      await api.database.pool.query('ALTER TABLE jobs DROP CONSTRAINT never');
    }
  });

  test('without a token, before the body is read', async () => {
    const body = form({ kind: 'products' }, { content: new Uint8Array(900_000) });
    await problemOf(await fetch(`${api.url}/api/imports`, { method: 'POST', body }), 401);
    await problemOf(await api.as('viewer')('/api/imports', { method: 'POST', body }), 403);
    await expectNothingLeft();
  });

  test('a client that waits to be asked for the body is refused without having sent it', async () => {
    let sent = false;
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(`${api.url}/api/imports`, {
        method: 'POST',
        headers: {
          Expect: '100-continue',
          'Content-Type': 'multipart/form-data; boundary=b',
          'Content-Length': 10,
        },
      });
      request.once('continue', () => {
        sent = true;
      });
      request.once('response', (response) => {
        resolve(response.statusCode);
        request.destroy();
      });
      request.on('error', reject);
      request.flushHeaders();
    });
    expect(status).toBe(401);
    expect(sent).toBe(false);
  });
});

describe('a commit whose answer is lost', () => {
  test('is found to be an acceptance', async () => {
    const { pool } = api.database;
    let lost = 0;
    // The connection breaks after the server has committed and before it can say so.
    const onConnect = (client: pg.PoolClient): void => {
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      const lossy = async (...args: unknown[]): Promise<unknown> => {
        await query(...args);
        lost += 1;
        throw new Error('Connection terminated unexpectedly');
      };
      let accepts = false;
      Object.assign(client, {
        query: (...args: unknown[]) => {
          accepts ||= /INSERT INTO jobs\b/.test(JSON.stringify(args[0]));
          return (args[0] === 'COMMIT' && accepts ? lossy : query)(...args);
        },
      });
    };
    pool.on('acquire', onConnect);
    try {
      await accepted(await upload(form({ kind: 'products' })));
    } finally {
      pool.off('acquire', onConnect);
    }
    expect(lost).toBe(1);
    expect(await api.countJobs()).toBe(1);
    expect(await api.storedFiles()).toHaveLength(1);
  });
});
