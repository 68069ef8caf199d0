import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chunkSchema } from '../../contracts/http/chunk.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { type Job, jobSchema, requestedJobSchema } from '../../contracts/http/job.ts';
import { problemSchema } from '../../contracts/http/problem.ts';
import { rowPageSchema } from '../../contracts/http/row.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { changeJob, type FixtureRow, insertJob } from './job-fixture.ts';

let api: ApiUnderTest;
const workflows = createFakeWorkflows();

beforeAll(async () => {
  api = await startApi({ workflows, config: { TEMPORAL_UI_URL: 'http://127.0.0.1:8233/' } });
});
afterAll(() => api.stop());
afterEach(() => api.database.prisma.job.deleteMany());

const jobPage = pageOf(jobSchema);
const chunkPage = pageOf(chunkSchema);

async function get(path: string): Promise<unknown> {
  const response = await api.as('viewer')(path);
  expect(response.status).toBe(200);
  return await response.json();
}

async function getJob(id: string): Promise<Job> {
  return jobSchema.parse(await get(`/api/jobs/${id}`));
}

async function problemType(path: string, status: number): Promise<string> {
  const response = await api.as('viewer')(path);
  expect(response.status).toBe(status);
  return problemSchema.parse(await response.json()).type;
}

const rejected = (code = 'invalid_number' as const): FixtureRow => ({
  raw: 'A,Mug,cheap',
  errors: [{ column: 'price', value: 'cheap', code, message: 'is not a number' }],
});
const good = (key: string): FixtureRow => ({
  key,
  cells: [key.toUpperCase(), 'Mug', '19.9', null, 'true', '0'],
});

describe('a search in the rows of a job', () => {
  const named = (key: string, name: string, outcome?: 'created'): FixtureRow => ({
    key,
    cells: [key.toUpperCase(), name, '19.9', null, 'true', '0'],
    ...(outcome === undefined ? {} : { outcome, recordId: uuidv7() }),
  });

  async function found(id: string, query: string): Promise<number[]> {
    return rowPageSchema.parse(await get(`/api/jobs/${id}/rows?${query}`)).items.map(({ row }) => row);
  }

  test('finds what a key, a value or the text of the file holds, in any case, and a line', async () => {
    const id = await insertJob(api.database, {
      chunks: [
        [named('a-1', 'Blue mug', 'created'), named('a-2', 'Plate', 'created'), rejected()],
        [named('b-1', 'BLUE jug'), named('b%2', 'Spoon')],
      ],
    });
    expect(await found(id, 'q=blue')).toEqual([1, 4]);
    expect(await found(id, 'q=B-1')).toEqual([4]);
    expect(await found(id, 'q=cheap')).toEqual([3]);
    expect(await found(id, 'q=3')).toContain(2); // line 3 is row 2
    expect(await found(id, 'q=b%25')).toEqual([5]);
    expect(await found(id, 'q=blue&outcome=created')).toEqual([1]);
    expect(await found(id, 'q=blue&outcome=pending')).toEqual([4]);
    expect(await found(id, 'q=cheap&outcome=rejected')).toEqual([3]);
    expect(await found(id, 'q=nowhere')).toEqual([]);
  });

  test('goes on from page to page', async () => {
    const id = await insertJob(api.database, {
      chunks: [
        Array.from({ length: 5 }, (_, index) => named(`m-${String(index)}`, index === 2 ? 'Jug' : 'Mug')),
      ],
    });
    const first = rowPageSchema.parse(await get(`/api/jobs/${id}/rows?q=mug&limit=3`));
    expect(first.items.map(({ row }) => row)).toEqual([1, 2, 4]);
    const rest = await get(`/api/jobs/${id}/rows?q=mug&limit=3&cursor=${first.nextCursor ?? ''}`);
    expect(rowPageSchema.parse(rest).items.map(({ row }) => row)).toEqual([5]);
  });

  test('looks through so many rows at once, however few fit, says how far it got, and goes on there', async () => {
    const id = await insertJob(api.database, {});
    const [chunks, rows] = [30, 2_000];
    await api.database.pool.query(
      `WITH job AS (SELECT number FROM jobs WHERE id = $1),
       cut AS (
         INSERT INTO chunks (job_number, number, first_row, rows, first_line, byte_start, byte_end, staged_at, rejected)
         SELECT number, n, (n - 1) * $3::int + 1, $3, 2, 0, 0, now(), CASE n WHEN 29 THEN 1 ELSE 0 END
           FROM job, generate_series(1, $2::int) n)
       INSERT INTO staged_rows (job_number, row, line, key, cells, outcome)
       SELECT number, n, n + 1, 'k-' || n, ARRAY['K', 'Mug'], CASE n WHEN 57000 THEN 'rejected'::outcome END
         FROM job, generate_series(1, $2::int * $3::int) n`,
      [id, chunks, rows],
    );
    const first = rowPageSchema.parse(await get(`/api/jobs/${id}/rows?q=k-57000`));
    expect(first).toMatchObject({ items: [], searchedTo: 50_000, nextCursor: expect.any(String) });
    const second = rowPageSchema.parse(
      await get(`/api/jobs/${id}/rows?q=k-57000&cursor=${first.nextCursor ?? ''}`),
    );
    expect(second).toMatchObject({ items: [{ row: 57_000 }], searchedTo: 60_000, nextCursor: null });
    // The chunks say where rows with an outcome are: the others are not looked at.
    const rejected = rowPageSchema.parse(await get(`/api/jobs/${id}/rows?q=mug&outcome=rejected`));
    expect(rejected).toMatchObject({ items: [{ row: 57_000 }], nextCursor: null });
  });
});

describe('a job', () => {
  test('has no total before its file is read', async () => {
    const job = await getJob(await insertJob(api.database, { header: null, status: 'pending' }));
    expect(job).toMatchObject({ percent: null, rowsPerSecond: null, etaSeconds: null, startedAt: null });
    expect(job.counts).toEqual({
      total: null,
      created: 0,
      updated: 0,
      unchanged: 0,
      skipped: 0,
      duplicate: 0,
      rejected: 0,
      failed: 0,
      pending: 0,
    });
  });

  test('has a status and a summary: each row has one outcome, and the total is the sum of the outcomes', async () => {
    const id = await insertJob(api.database, {
      chunks: [
        [{ ...good('a'), outcome: 'created' }, { ...good('b'), outcome: 'unchanged' }, rejected()],
        [good('c'), good('d'), { ...good('a'), outcome: 'duplicate' }],
      ],
      data: {
        stage: 'applying',
        startedAt: new Date(Date.now() - 10_000),
        stageStartedAt: new Date(Date.now() - 3_000),
      },
    });
    const job = await getJob(id);
    const { total, ...outcomes } = job.counts;
    expect(total).toBe(6);
    expect(outcomes).toMatchObject({ created: 1, unchanged: 1, rejected: 1, duplicate: 1, pending: 2 });
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(total);
    // 4 of 6, rounded down.
    expect(job.percent).toBe(66.6);
    expect(job.rowsPerSecond).toBe(0.4);
    // 3 rows in 3 s, 2 to go.
    expect(job.etaSeconds).toBeGreaterThanOrEqual(2);
    expect(job.etaSeconds).toBeLessThanOrEqual(3);
  });

  test('is not at 100 percent before it has ended', async () => {
    const chunks = [[{ ...good('a'), outcome: 'created' as const }]];
    const working = await insertJob(api.database, { chunks, data: { stage: 'finishing' } });
    expect((await getJob(working)).percent).toBe(99.9);
    const ended = await insertJob(api.database, { chunks, status: 'completed' });
    expect((await getJob(ended)).percent).toBe(100);
  });

  test('says why it failed', async () => {
    const data = { failureCode: 'not_text', failureMessage: 'The file is not a text file.' };
    const job = await getJob(await insertJob(api.database, { header: null, status: 'failed', data }));
    expect(job.failure).toEqual({ code: 'not_text', message: 'The file is not a text file.' });
  });

  test('leads to its parts and to its workflow', async () => {
    const id = await insertJob(api.database);
    const { links, workflow } = await getJob(id);
    const url = `http://127.0.0.1:8233/namespaces/default/workflows/import-${id}`;
    expect(workflow).toEqual({ id: `import-${id}`, url });
    expect(links).toEqual({
      self: `/api/jobs/${id}`,
      stream: `/api/jobs/${id}/stream`,
      chunks: `/api/jobs/${id}/chunks`,
      rows: `/api/jobs/${id}/rows`,
      errors: `/api/jobs/${id}/errors.csv`,
      unprocessed: `/api/jobs/${id}/unprocessed.csv`,
      reading: `/api/jobs/${id}/reading`,
      workflow: url,
    });
  });

  test.each(['', '/chunks', '/rows', '/errors.csv', '/stream'])(
    'that does not exist has no %s',
    async (part) => {
      expect(await problemType(`/api/jobs/${uuidv7()}${part}`, 404)).toBe('/problems/not-found');
      expect(await problemType(`/api/jobs/1${part}`, 404)).toBe('/problems/not-found');
      expect(await problemType(`/api/jobs/%00${part}`, 404)).toBe('/problems/not-found');
    },
  );
});

describe('the list of jobs', () => {
  test('comes newest first, page by page, without gaps or repeats', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.unshift(await insertJob(api.database));
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const page = jobPage.parse(await get(`/api/jobs?limit=3${cursor}`));
      seen.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === null) break;
      // What is accepted meanwhile does not move the pages after.
      await insertJob(api.database);
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual(ids);
  });

  test('filters', async () => {
    await insertJob(api.database, { status: 'completed' });
    const customers = await insertJob(api.database, {
      kind: 'customers',
      header: ['email'],
      status: 'failed',
    });
    const attention = await insertJob(api.database, { status: 'needs_attention' });
    const idsOf = async (query: string): Promise<string[]> =>
      jobPage.parse(await get(`/api/jobs?${query}`)).items.map(({ id }) => id);
    expect(await idsOf('kind=customers')).toEqual([customers]);
    expect(await idsOf('status=needs_attention')).toEqual([attention]);
    expect(await idsOf('status=failed&kind=products')).toEqual([]);
    expect(await idsOf('type=import')).toHaveLength(3);
    expect(await idsOf('type=undo')).toEqual([]);
  });

  test('takes as many statements for many jobs as for one', async () => {
    const statements = async (): Promise<number> => {
      const before = api.database.pool.listenerCount('acquire');
      expect(before).toBe(0);
      let count = 0;
      const counting = (): void => {
        count += 1;
      };
      api.database.pool.on('acquire', counting);
      await get('/api/jobs');
      api.database.pool.off('acquire', counting);
      return count;
    };
    await insertJob(api.database);
    const forOne = await statements();
    for (let i = 0; i < 5; i += 1) await insertJob(api.database);
    expect(await statements()).toBe(forOne);
  });

  test.each([
    'limit=0',
    'limit=201',
    'limit=x',
    'limit=1.5',
    'limit=1&limit=2',
    'status=done',
    'status[$ne]=x',
    'page=2',
    'kind=%00',
  ])('refuses ?%s', async (query) => {
    expect(await problemType(`/api/jobs?${query}`, 422)).toBe('/problems/invalid');
  });

  test.each([
    'x',
    '!!!',
    Buffer.from('rows:1').toString('base64url'),
    Buffer.from('jobs:-1').toString('base64url'),
    Buffer.from('jobs:01').toString('base64url'),
    Buffer.from('jobs:99999999999').toString('base64url'),
    Buffer.from('jobs:4294967296').toString('base64url'),
    Buffer.from('jobs:1 OR 1=1').toString('base64url'),
    `${Buffer.from('jobs:1').toString('base64url')}=`,
  ])('refuses the cursor %s', async (cursor) => {
    expect(await problemType(`/api/jobs?cursor=${encodeURIComponent(cursor)}`, 400)).toBe(
      '/problems/bad-cursor',
    );
  });
});

describe('the chunks of a job', () => {
  test('come in order, with their counts and why they are parked', async () => {
    const id = await insertJob(api.database, {
      status: 'needs_attention',
      chunks: [[{ ...good('a'), outcome: 'created' }, rejected()], [good('b')], [good('c')]],
    });
    const { number } = await api.database.prisma.job.findUniqueOrThrow({ where: { id } });
    const park = (chunk: number, releasedAt: Date | null) =>
      api.database.prisma.parkedPart.create({
        data: {
          jobNumber: number,
          stage: 'applying',
          chunk,
          code: 'database_timeout',
          message: 'late',
          attempts: 4,
          releasedAt,
        },
      });
    await park(2, null);
    await park(3, new Date());

    const first = chunkPage.parse(await get(`/api/jobs/${id}/chunks?limit=2`));
    expect(first.items.map(({ number: chunk, state }) => [chunk, state])).toEqual([
      [1, 'waiting'],
      [2, 'parked'],
    ]);
    expect(first.items[0]?.counts).toMatchObject({ created: 1, rejected: 1, pending: 0 });
    expect(first.items[1]?.parked).toMatchObject({
      stage: 'applying',
      code: 'database_timeout',
      attempts: 4,
    });
    const second = chunkPage.parse(
      await get(`/api/jobs/${id}/chunks?limit=2&cursor=${first.nextCursor ?? ''}`),
    );
    expect(second.items).toHaveLength(1);
    expect(second.items[0]).toMatchObject({ number: 3, firstRow: 4, parked: null });
    expect(second.nextCursor).toBeNull();
  });
});

describe('the rows of a job', () => {
  test('are inspected as they were staged, normalised, before they are applied and after: values, errors and records', async () => {
    const record = await api.database.prisma.product.create({
      data: { sku: 'B', skuKey: 'b', name: 'Mug', price: 1, lastChange: uuidv7() },
    });
    const created = uuidv7();
    const id = await insertJob(api.database, {
      chunks: [
        [
          { ...good('a'), outcome: 'created', recordId: created },
          { ...good('b'), outcome: 'unchanged' },
          rejected(),
          { key: 'd', cells: ['D', 'Mug', '0.1255', null, 'false', '3'] },
          { ...rejected(), key: 'b', cells: ['B', null, null, null, null, null] },
        ],
      ],
    });
    const { items } = rowPageSchema.parse(await get(`/api/jobs/${id}/rows`));
    expect(items).toEqual([
      {
        row: 1,
        line: 2,
        outcome: 'created',
        key: 'a',
        recordId: created,
        raw: null,
        values: { sku: 'A', name: 'Mug', price: '19.90', description: null, active: 'true', stock: '0' },
        errors: [],
      },
      expect.objectContaining({ row: 2, outcome: 'unchanged', recordId: record.id }),
      {
        row: 3,
        line: 4,
        outcome: 'rejected',
        key: null,
        recordId: null,
        raw: 'A,Mug,cheap',
        values: null,
        errors: [{ column: 'price', value: 'cheap', code: 'invalid_number', message: 'is not a number' }],
      },
      expect.objectContaining({
        row: 4,
        outcome: 'pending',
        values: expect.objectContaining({ price: '0.1255' }),
      }),
      expect.objectContaining({
        row: 5,
        outcome: 'rejected',
        recordId: null,
        values: expect.objectContaining({ sku: 'B' }),
      }),
    ]);
  });

  test('can be asked for by outcome, page by page, across chunks', async () => {
    const id = await insertJob(api.database, {
      chunks: [
        [rejected(), good('a'), { ...good('b'), outcome: 'created' }],
        [{ ...good('c'), outcome: 'created' }],
        [{ ...good('d'), outcome: 'failed' }, rejected(), rejected()],
        [
          good('e'),
          { ...good('f'), outcome: 'rejected' },
          rejected(),
          { ...good('c'), outcome: 'duplicate' },
        ],
      ],
    });
    const rowsOf = async (outcome: string, limit: number): Promise<number[]> => {
      const rows: number[] = [];
      let cursor = '';
      for (;;) {
        const page = rowPageSchema.parse(
          await get(`/api/jobs/${id}/rows?outcome=${outcome}&limit=${String(limit)}${cursor}`),
        );
        expect(page.items.every((row) => row.outcome === outcome)).toBe(true);
        rows.push(...page.items.map(({ row }) => row));
        if (page.nextCursor === null) return rows;
        cursor = `&cursor=${page.nextCursor}`;
      }
    };
    for (const limit of [1, 2, 200]) {
      expect(await rowsOf('rejected', limit)).toEqual([1, 6, 7, 9, 10]);
      expect(await rowsOf('pending', limit)).toEqual([2, 8]);
      expect(await rowsOf('created', limit)).toEqual([3, 4]);
      expect(await rowsOf('failed', limit)).toEqual([5]);
      expect(await rowsOf('duplicate', limit)).toEqual([11]);
      expect(await rowsOf('skipped', limit)).toEqual([]);
    }
  });

  test('are none before the file is read', async () => {
    const id = await insertJob(api.database, { header: null, status: 'pending' });
    expect(await get(`/api/jobs/${id}/rows`)).toEqual({ items: [], nextCursor: null });
  });

  test('refuse a cursor of another list', async () => {
    const id = await insertJob(api.database);
    const cursor = Buffer.from('jobs:1').toString('base64url');
    expect(await problemType(`/api/jobs/${id}/rows?cursor=${cursor}`, 400)).toBe('/problems/bad-cursor');
    expect(await problemType(`/api/jobs/${id}/chunks?cursor=${cursor}`, 400)).toBe('/problems/bad-cursor');
  });
});

describe('retry', () => {
  const retry = (id: string, body?: unknown): Promise<Response> =>
    api.as('operator')(`/api/jobs/${id}/retry`, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    });

  test('answers with the job once its parts are at work again', async () => {
    const id = await insertJob(api.database, { status: 'needs_attention' });
    const answer = retry(id, { reason: 'the disk has room again' });
    await expect.poll(() => workflows.retried).toContain(id);
    await changeJob(api.database, id, { status: 'processing' });
    const response = await answer;
    expect(response.status).toBe(200);
    expect(jobSchema.parse(await response.json()).status).toBe('processing');
    expect(api.watched()).toBe(0);
  });

  test('answers 202 where nobody takes it up', async () => {
    const id = await insertJob(api.database, { status: 'needs_attention' });
    const response = await retry(id);
    expect(response.status).toBe(202);
    expect(requestedJobSchema.parse(await response.json())).toMatchObject({
      id,
      status: 'needs_attention',
      requested: true,
    });
    expect(api.watched()).toBe(0);
  });

  test('repeated on a job that is at work is fine, and asks for nothing', async () => {
    const id = await insertJob(api.database, { status: 'processing' });
    expect((await retry(id)).status).toBe(200);
    expect(workflows.retried).not.toContain(id);
  });

  test.each(['pending', 'completed', 'failed', 'cancelled'] as const)(
    'of a %s job is 409, with the status',
    async (status) => {
      const response = await retry(await insertJob(api.database, { status }));
      expect(response.status).toBe(409);
      expect(problemSchema.parse(await response.json())).toMatchObject({
        type: '/problems/wrong-state',
        currentStatus: status,
      });
    },
  );

  test('refuses what it does not know', async () => {
    const id = await insertJob(api.database, { status: 'needs_attention' });
    expect((await retry(id, { by: 'somebody else' })).status).toBe(422);
    expect((await retry(id, [])).status).toBe(422);
    expect((await retry(uuidv7())).status).toBe(404);
  });
});
