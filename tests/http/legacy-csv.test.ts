import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobStatus } from '../../contracts/words.ts';
import { csv } from '../support/csv.ts';
import { until } from '../support/until.ts';
import { changeJob, insertJob } from './job-fixture.ts';
import { type LegacyEvent, type LegacyUnderTest, readEvents, startLegacy } from './legacy-under-test.ts';

let legacy: LegacyUnderTest;

beforeAll(async () => {
  legacy = await startLegacy('/legacy/csv');
});
afterAll(() => legacy.api.stop());
beforeEach(async () => {
  await legacy.api.database.pool.query(
    `TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, turns, customers, customers_search, record_changes`,
  );
});

interface CsvJob {
  id: string;
  status: string;
  errors: { rowNumber: number; message: string; row: Record<string, string> }[];
}

async function upload(content: string, filename?: string): Promise<string> {
  const response = await legacy.upload('/api/jobs/upload', content, filename);
  expect(response.status).toBe(200);
  const body = (await response.json()) as { jobId: string };
  expect(Object.keys(body)).toEqual(['jobId']);
  return body.jobId;
}

/** A file with a row for each of the ways in which one can fail. */
const MIXED = csv(
  'name,email,phone,company',
  'Ada,ada@example.com,,Engines',
  'Bob,not an address,1,Engines',
  'Cleo,ada@example.com,,Engines',
  'Dan,dan@example.com,+1 2,"Dan, Sons"',
  ',eve@example.com,,',
  'Fay,known@example.com,,Engines',
);

async function importMixed(): Promise<string> {
  await legacy.run(await upload(csv('name,email,phone,company', 'Known,known@example.com,,Old')));
  const jobId = await upload(MIXED, 'customers.csv');
  await legacy.run(jobId);
  return jobId;
}

const MIXED_ERRORS = [
  {
    rowNumber: 2,
    message: 'invalid email',
    row: { name: 'Bob', email: 'not an address', phone: '1', company: 'Engines' },
  },
  {
    rowNumber: 3,
    message: 'email already exists',
    row: { name: 'Cleo', email: 'ada@example.com', phone: '', company: 'Engines' },
  },
  {
    rowNumber: 5,
    message: 'name is required; company is required',
    row: { name: '', email: 'eve@example.com', phone: '', company: '' },
  },
  {
    rowNumber: 6,
    message: 'email already exists',
    row: { name: 'Fay', email: 'known@example.com', phone: '', company: 'Engines' },
  },
];

describe('POST /api/jobs/upload', () => {
  test('answers 200 with the job alone, and starts an import that only creates customers', async () => {
    const jobId = await upload('name,email,phone,company\n', 'people.csv');
    expect(legacy.workflows.started).toContain(jobId);
    expect(await legacy.api.database.prisma.job.findUniqueOrThrow({ where: { id: jobId } })).toMatchObject({
      type: 'import',
      kind: 'customers',
      filename: 'people.csv',
      createdBy: 'legacy',
      options: { mode: 'create', duplicates: 'first', onError: 'skip', dryRun: false },
    });
  });

  test('without a file is 400, with a file too large 413, and nothing of either stays', async () => {
    const stored = await legacy.api.storedFiles();
    const empty = new FormData();
    empty.append('other', 'x');
    const missing = await legacy.send('/api/jobs/upload', { method: 'POST', body: empty });
    expect(missing.status).toBe(400);
    expect(await missing.json()).toEqual({ error: 'file is required' });
    const large = await legacy.upload('/api/jobs/upload', 'x'.repeat(1_000_001));
    expect(large.status).toBe(413);
    expect(await large.json()).toEqual({ error: 'A file may have 1000000 bytes.' });
    expect(await legacy.api.countJobs()).toBe(0);
    expect(await legacy.api.storedFiles()).toEqual(stored);
  });
});

describe('a job', () => {
  test('has every row counted as processed, as a success or as failed, with an error for each that failed', async () => {
    const jobId = await importMixed();
    const job = await legacy.json(`/api/jobs/${jobId}`);
    expect(job).toEqual({
      id: jobId,
      filename: 'customers.csv',
      status: 'completed',
      totalRows: 6,
      processedRows: 6,
      successCount: 2,
      failedCount: 4,
      errors: MIXED_ERRORS,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      completedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
  });

  test('has a total of 0 and no end before its file has been read', async () => {
    const jobId = await upload(MIXED);
    expect(await legacy.json(`/api/jobs/${jobId}`)).toMatchObject({
      status: 'pending',
      totalRows: 0,
      processedRows: 0,
      successCount: 0,
      failedCount: 0,
      errors: [],
      completedAt: null,
    });
  });

  test.each<[JobStatus, string]>([
    ['pending', 'pending'],
    ['processing', 'processing'],
    ['paused', 'processing'],
    ['needs_attention', 'processing'],
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['cancelled', 'failed'],
  ])('that is %s shows as %s', async (status, shown) => {
    const id = await insertJob(legacy.api.database, { kind: 'customers', status });
    expect(await legacy.json(`/api/jobs/${id}`)).toMatchObject({ status: shown });
  });

  test('whose file can not be read has failed, with the reason at row 0', async () => {
    const jobId = await upload('name,phone\nAda,1\n');
    await legacy.run(jobId);
    const job = (await legacy.json(`/api/jobs/${jobId}`)) as CsvJob;
    expect(job).toMatchObject({ status: 'failed', failedCount: 0 });
    expect(job.errors).toEqual([{ rowNumber: 0, message: expect.stringContaining('email'), row: {} }]);
  });

  test('shows the first 100 errors with their cells cut short, and its report has all of them whole', async () => {
    const rows = Array.from({ length: 120 }, (_, row) => `${'n'.repeat(300)},bad ${row},,c`);
    const jobId = await upload(csv('name,email,phone,company', ...rows));
    await legacy.run(jobId);
    const job = (await legacy.json(`/api/jobs/${jobId}`)) as CsvJob;
    expect(job.errors.map(({ rowNumber }) => rowNumber)).toEqual(
      Array.from({ length: 100 }, (_, row) => row + 1),
    );
    expect(job.errors[0]?.row.name).toBe(`${'n'.repeat(200)}…`);
    const report = await (await legacy.send(`/api/jobs/${jobId}/errors.csv`)).text();
    expect(report.split('\n')).toHaveLength(122);
    expect(report.split('\n')[120]).toBe(`120,${'n'.repeat(300)},bad 119,,c,invalid email`);
  });

  test('that is none of customers, or is unknown, is 404', async () => {
    const products = await insertJob(legacy.api.database, { kind: 'products' });
    for (const id of [products, uuidv7(), '17']) {
      for (const path of ['', '/stream', '/errors.csv']) {
        const response = await legacy.send(`/api/jobs/${id}${path}`);
        expect(response.status).toBe(404);
        expect(await response.json()).toEqual({ error: 'Job not found' });
      }
    }
  });
});

describe('GET /api/jobs', () => {
  test('is a bare array of whole jobs, newest first, and of customers only', async () => {
    await insertJob(legacy.api.database, { kind: 'products' });
    const mixed = await importMixed();
    const newest = await upload(MIXED);
    const jobs = (await legacy.json('/api/jobs?whatever=1')) as CsvJob[];
    expect(jobs.map(({ id }) => id).slice(0, 2)).toEqual([newest, mixed]);
    expect(jobs).toHaveLength(3);
    expect(jobs[1]).toEqual(await legacy.json(`/api/jobs/${mixed}`));
  });

  test('has the 100 newest jobs', async () => {
    for (let job = 0; job < 101; job += 1) {
      await insertJob(legacy.api.database, { kind: 'customers', header: null });
    }
    expect(await legacy.json('/api/jobs')).toHaveLength(100);
  });
});

describe('GET /api/jobs/:id/errors.csv', () => {
  test('has exactly the columns of that system, and a line for each row that failed', async () => {
    const jobId = await importMixed();
    const response = await legacy.send(`/api/jobs/${jobId}/errors.csv`);
    expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename=job-${jobId}-errors.csv`);
    expect(Buffer.from(await response.arrayBuffer()).toString()).toBe(
      csv(
        'rowNumber,name,email,phone,company,error',
        '2,Bob,not an address,1,Engines,invalid email',
        '3,Cleo,ada@example.com,,Engines,email already exists',
        '5,,eve@example.com,,,name is required; company is required',
        '6,Fay,known@example.com,,Engines,email already exists',
      ),
    );
  });

  test('of a job without errors is its header alone', async () => {
    const jobId = await upload(csv('name,email,phone,company', 'Ada,ada@example.com,,Engines'));
    await legacy.run(jobId);
    const report = await (await legacy.send(`/api/jobs/${jobId}/errors.csv`)).text();
    expect(report).toBe('rowNumber,name,email,phone,company,error\n');
  });

  test('gives no formula to a spreadsheet', async () => {
    const jobId = await upload(csv('name,email,phone,company', '=1+1,bad,,c'));
    await legacy.run(jobId);
    const report = await (await legacy.send(`/api/jobs/${jobId}/errors.csv`)).text();
    expect(report).toContain("1,'=1+1,bad,,c,invalid email");
  });

  test('of a job whose rows are no longer kept is 410', async () => {
    const id = await insertJob(legacy.api.database, {
      kind: 'customers',
      status: 'completed',
      data: { stagingRemovedAt: new Date() },
    });
    const response = await legacy.send(`/api/jobs/${id}/errors.csv`);
    expect(response.status).toBe(410);
    expect(await response.json()).toEqual({ error: expect.stringContaining('rows') });
    expect(await legacy.json(`/api/jobs/${id}`)).toMatchObject({ errors: [] });
  });
});

describe('GET /api/jobs/:id/stream', () => {
  test('of a finished job sends its last state, unnamed, and closes', async () => {
    const jobId = await importMixed();
    const events = await readEvents(await legacy.send(`/api/jobs/${jobId}/stream`));
    expect(events.map(({ name, data }) => ({ name, data }))).toEqual([
      {
        name: undefined,
        data: { jobId, processedRows: 6, totalRows: 6, successCount: 2, failedCount: 4, status: 'completed' },
      },
    ]);
    // What a browser does when a stream has ended: it comes back with the id of the last event, and is sent away.
    const headers = { 'Last-Event-ID': events[0]?.id ?? '' };
    expect((await legacy.send(`/api/jobs/${jobId}/stream`, { headers })).status).toBe(204);
  });

  test('follows a job to its end with unnamed events of exactly six fields, at most one in 300 ms', async () => {
    const { database } = legacy.api;
    const jobId = await insertJob(database, { kind: 'customers', chunks: [[{ key: 'a' }, { key: 'b' }]] });
    const seen: LegacyEvent[] = [];
    const from = performance.now();
    const ended = readEvents(await legacy.send(`/api/jobs/${jobId}/stream`), (event) => seen.push(event));
    await until(() => seen.length === 1);
    for (let change = 0; change < 40; change += 1) await changeJob(database, jobId, {});
    await until(() => seen.length >= 2);
    await changeJob(database, jobId, { status: 'failed', finishedAt: new Date() });
    const events = await ended;

    // The first state and the last one come besides.
    expect(events.length).toBeLessThanOrEqual((performance.now() - from) / 300 + 2);
    for (const { name, data } of events) {
      expect(name).toBeUndefined();
      expect(Object.keys(data)).toEqual([
        'jobId',
        'processedRows',
        'totalRows',
        'successCount',
        'failedCount',
        'status',
      ]);
    }
    expect(events[0]?.data).toMatchObject({ processedRows: 0, totalRows: 2, status: 'processing' });
    expect(events.at(-1)?.data).toMatchObject({ jobId, status: 'failed' });
    expect(events.slice(0, -1).every(({ data }) => data.status === 'processing')).toBe(true);
  });

  test('opens with a ticket where clients need a token', async () => {
    const id = await insertJob(legacy.api.database, { kind: 'customers', status: 'completed' });
    const path = `/legacy/csv/api/jobs/${id}/stream`;
    const response = await legacy.api.as('viewer')('/api/tickets', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ path }),
    });
    expect(response.status).toBe(201);
    const { ticket } = (await response.json()) as { ticket: string };
    expect((await fetch(`${legacy.api.url}${path}?ticket=${ticket}`)).status).toBe(200);
    const other = path.replace(id, uuidv7());
    expect((await fetch(`${legacy.api.url}${other}?ticket=${ticket}`)).status).toBe(401);
  });
});
