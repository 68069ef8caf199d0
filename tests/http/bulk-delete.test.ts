import { emptyTables } from '../support/database.ts';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditEntrySchema } from '../../contracts/http/audit.ts';
import { MAX_BULK_IDS } from '../../contracts/http/bulk-delete.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { type Job, jobSchema } from '../../contracts/http/job.ts';
import type { Notify } from '../../contracts/words.ts';
import { rowPageSchema } from '../../contracts/http/row.ts';
import { csv } from '../support/csv.ts';
import { importSteps } from '../support/import-bench.ts';
import { createFakeWorkflows, startApi } from './api-under-test.ts';
import {
  changePage,
  problemOf,
  productPage,
  type RecordsUnderTest,
  type Sent,
  startRecords,
} from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(async () => {
  await under.empty();
  await emptyTables(under.api.database.pool, 'audit, events');
});

const post = (body: unknown, how: Sent = {}, kind = 'products'): Promise<Response> =>
  under.send('POST', `/api/${kind}/bulk-delete`, body, { role: 'admin', ...how });

/** The job of a request that is to succeed. */
async function accepted(body: unknown, how: Sent = {}, kind = 'products'): Promise<Job> {
  const response = await post(body, how, kind);
  expect(response.status).toBe(202);
  const job = jobSchema.parse(await response.json());
  expect(response.headers.get('location')).toBe(`/api/jobs/${job.id}`);
  return job;
}

/** Does what the job's workflow does. */
async function run(job: Job): Promise<Job> {
  const steps = importSteps({ db: under.api.database, storage: under.api.storage });
  const ref = { jobId: job.id, retryDelaysMs: [] };
  const { number } = await under.api.database.prisma.job.findUniqueOrThrow({ where: { id: job.id } });
  const chunks = await under.api.database.prisma.chunk.count({ where: { jobNumber: number } });
  await steps.enterStage({ ...ref, stage: 'applying' });
  for (let chunk = 1; chunk <= chunks; chunk += 1) await steps.deleteChunk({ ...ref, chunk });
  await steps.finishJob(ref);
  return jobSchema.parse(await under.get(`/api/jobs/${job.id}`));
}

async function skus(): Promise<string[]> {
  const found = await under.api.database.prisma.product.findMany({ orderBy: { skuKey: 'asc' } });
  return found.map(({ sku }) => sku);
}

async function rowsOf(job: Job, query = '') {
  return rowPageSchema.parse(await under.get(`/api/jobs/${job.id}/rows${query}`)).items;
}

const FILE = csv(
  'sku,name,price,active,stock',
  'A,Blue mug,1.50,true,0',
  'B,Blue pot,20,false,5',
  'C,Red mug,30,false,0',
  'D,Red pan,4.9999,true,9',
);

describe('a bulk delete', () => {
  test('by ids is a job with a Location, and ends with what became of each', async () => {
    const kept = await under.insertProduct({ sku: 'K' });
    const gone = await under.insertProduct({ sku: 'G' });
    const unknown = uuidv7();
    const job = await accepted({ ids: [gone, unknown.toUpperCase(), gone] });
    expect(job).toMatchObject({
      type: 'bulk_delete',
      kind: 'products',
      status: 'pending',
      stage: null,
      options: null,
      filename: null,
      targetJobId: null,
      counts: { total: 2, deleted: 0, kept: 0, failed: 0, pending: 2 },
      percent: 0,
      createdBy: 'ada',
      workflow: { id: `bulk-delete-${job.id}` },
    });
    expect(Object.keys(job.links).sort()).toEqual(['chunks', 'rows', 'self', 'stream']);
    const ended = await run(job);
    expect(ended).toMatchObject({
      status: 'completed',
      percent: 100,
      counts: { total: 2, deleted: 1, kept: 1, failed: 0, pending: 0 },
    });
    expect(await rowsOf(job)).toMatchObject([
      { row: 1, line: null, outcome: 'deleted', key: 'g', recordId: gone, values: null, errors: [] },
      { row: 2, line: null, outcome: 'kept', key: null, recordId: unknown, errors: [{ code: 'not_found' }] },
    ]);
    expect(await rowsOf(job, '?outcome=kept')).toHaveLength(1);
    const chunks = await under.get(`/api/jobs/${job.id}/chunks`);
    expect(chunks).toMatchObject({
      items: [
        {
          state: 'applied',
          firstLine: null,
          rows: 2,
          counts: { deleted: 1, kept: 1, failed: 0, pending: 0 },
        },
      ],
    });
    for (const file of ['errors.csv', 'unprocessed.csv', 'reading']) {
      await problemOf(await under.api.as('viewer')(`/api/jobs/${job.id}/${file}`), 404);
    }
    await problemOf(await under.api.as('viewer')(`/api/products/${gone}`), 404);
    expect((await under.api.as('viewer')(`/api/products/${kept}`)).status).toBe(200);
    const { items } = changePage.parse(await under.get(`/api/products/${gone}/history`));
    expect(items[0]).toMatchObject({
      operation: 'deleted',
      changeId: job.id,
      by: 'ada',
      source: { type: 'bulk_delete', jobId: job.id },
    });
    expect(await under.get('/api/jobs?type=bulk_delete&kind=products')).toMatchObject({
      items: [{ id: job.id }],
    });
  });

  test.each([
    [{ name: 'blue' }, ['C', 'D']],
    [{ active: 'false' }, ['A', 'D']],
    [{ priceMin: '1.6', priceMax: '20' }, ['A', 'C']],
    [{ stockMax: '0', q: 'MUG' }, ['B', 'D']],
    [{ q: 'po' }, ['A', 'C', 'D']],
    [{ sku: ' b ' }, ['A', 'C', 'D']],
    [{ sku: 'b', active: 'true' }, ['A', 'B', 'C', 'D']],
    [{ sku: 'b', q: 'pot' }, ['A', 'C', 'D']],
    [{ q: '100%' }, ['A', 'B', 'C', 'D']],
  ])('with the filter %j deletes what a list with it shows', async (filter, left) => {
    await under.importFile(FILE);
    await under.index();
    const query = new URLSearchParams(filter as Record<string, string>).toString();
    const listed = productPage.parse(await under.get(`/api/products?${query}`)).items;
    expect(listed).toHaveLength(4 - left.length);
    const job = await run(await accepted({ filter, confirm: String(listed.length) }));
    expect(job.counts).toMatchObject({ total: listed.length, deleted: listed.length });
    expect(await skus()).toEqual(left);
  });

  test('of all says how many that are', async () => {
    await under.importFile(FILE);
    const problem = await problemOf(await post({ all: true, confirm: '3' }), 409);
    expect(problem).toMatchObject({ type: '/problems/count-mismatch', count: 4 });
    expect(await under.api.database.prisma.job.count({ where: { type: 'bulk_delete' } })).toBe(0);
    expect(await under.api.database.prisma.jobTarget.count()).toBe(0);
    await run(await accepted({ all: true, confirm: 4 }));
    expect(await skus()).toEqual([]);
    expect(await run(await accepted({ all: true, confirm: '0' }))).toMatchObject({
      status: 'completed',
      percent: 100,
      counts: { total: 0, deleted: 0 },
    });
  });

  test('of a filter or of ids with another count is 409, and does nothing', async () => {
    const id = await under.insertProduct();
    for (const selection of [{ filter: { sku: 'sku-none' } }, { ids: [id, uuidv7()] }]) {
      await problemOf(await post({ ...selection, confirm: '1' }), 409);
    }
    expect(await under.api.database.prisma.job.count()).toBe(0);
  });

  test('of customers works as well, and leaves products alone', async () => {
    await under.importFile(FILE);
    await under.importFile(
      csv('email,name,company', 'a@x.example,Ann,Acme', 'b@x.example,Ben,Bolt'),
      'customers',
    );
    await under.index();
    const job = await run(await accepted({ filter: { company: 'acme' } }, {}, 'customers'));
    expect(job).toMatchObject({ kind: 'customers', counts: { total: 1, deleted: 1 } });
    const left = await under.api.database.prisma.customer.findMany();
    expect(left.map(({ name }) => name)).toEqual(['Ben']);
    expect(await skus()).toHaveLength(4);
  });

  test('is for admins', async () => {
    for (const role of ['viewer', 'operator'] as const) {
      const problem = await problemOf(await post({ all: true, confirm: '0' }, { role }), 403);
      expect(problem.type).toBe('/problems/forbidden');
    }
  });

  const ID = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';

  test.each([
    [{}, '#', 'one_selection'],
    [{ ids: [ID], all: true, confirm: '1' }, '#', 'one_selection'],
    [{ ids: [ID], filter: { name: 'a' } }, '#', 'one_selection'],
    [{ all: true }, '#/confirm', 'required'],
    [{ all: false, confirm: '1' }, '#/all', 'invalid_value'],
    [{ all: true, confirm: 'yes' }, '#/confirm', undefined],
    [{ all: true, confirm: -1 }, '#/confirm', undefined],
    [{ ids: [] }, '#/ids', 'too_small'],
    [{ ids: Array<string>(MAX_BULK_IDS + 1).fill(ID) }, '#/ids', 'too_big'],
    [{ ids: ['17'] }, '#/ids/0', 'invalid_format'],
    [{ filter: {} }, '#/filter', 'empty_filter'],
    [{ filter: { colour: 'blue' } }, '#/filter/colour', 'unknown_field'],
    [{ filter: { sort: 'name' } }, '#/filter/sort', 'unknown_field'],
    [{ filter: { priceMin: 'cheap' } }, '#/filter/priceMin', 'invalid_format'],
    [{ ids: [ID], dryRun: true }, '#/dryRun', 'unknown_field'],
    [{ ids: [ID], notify: 'all' }, '#/notify', 'invalid_value'],
  ])('that breaks a rule is 422: %#', async (body, pointer, code) => {
    const { type, errors } = await problemOf(await post(body), 422);
    expect(type).toBe('/problems/invalid');
    expect(errors).toContainEqual(
      expect.objectContaining({ pointer, ...(code === undefined ? {} : { code }) }),
    );
    expect(await under.api.database.prisma.job.count()).toBe(0);
  });

  test('takes as many ids as it says', async () => {
    const ids = Array.from({ length: MAX_BULK_IDS }, () => uuidv7());
    expect((await accepted({ ids })).counts).toMatchObject({ total: MAX_BULK_IDS });
  });

  test('is made once under one Idempotency-Key, also by requests at the same time', async () => {
    await under.importFile(FILE);
    await under.index();
    const body = { filter: { name: 'blue' } };
    const jobs = await Promise.all([1, 2].map(() => accepted(body, { key: 'k-1' })));
    expect(jobs[0]!.id).toBe(jobs[1]!.id);
    await run(jobs[0]!);
    // Nothing fits any more; the key stands for the job that was made.
    expect(await accepted(body, { key: 'k-1' })).toMatchObject({ id: jobs[0]!.id, status: 'completed' });
    for (const other of [{ ...body, notify: 'rows' }, { filter: { name: 'red' } }, { ids: [uuidv7()] }]) {
      const { type } = await problemOf(await post(other, { key: 'k-1' }), 422);
      expect(type).toBe('/problems/idempotency-mismatch');
    }
    await problemOf(await post(body, { key: 'k-1' }, 'customers'), 422);
    expect((await accepted(body, { key: 'k-1', subject: 'ben' })).id).not.toBe(jobs[0]!.id);
  });

  test('refused for its count does not take its Idempotency-Key', async () => {
    await problemOf(await post({ all: true, confirm: '7' }, { key: 'k-2' }), 409);
    await accepted({ all: true, confirm: '0' }, { key: 'k-2' });
  });

  test('is in the audit log, of people without the values of the filter', async () => {
    const job = await accepted({ filter: { name: 'Ada' }, reason: ' spring cleaning ' });
    const people = await accepted({ filter: { q: 'ada@example.com', name: 'Ada' } }, {}, 'customers');
    const { items } = pageOf(auditEntrySchema).parse(
      await (await under.api.as('admin')('/api/audit?action=bulk-delete')).json(),
    );
    expect(items).toMatchObject([
      { jobId: people.id, after: { kind: 'customers', by: 'filter', filter: ['name', 'q'], total: 0 } },
      {
        jobId: job.id,
        actor: 'ada',
        reason: 'spring cleaning',
        before: null,
        after: { kind: 'products', by: 'filter', filter: { name: 'Ada' }, notify: 'summary', total: 0 },
        via: 'api',
      },
    ]);
  });

  test('that was undone can not be undone or reset again, and neither can its undo', async () => {
    await under.importFile(FILE);
    const job = await run(await accepted({ all: true, confirm: '4' }));
    const undo = await under.send('POST', `/api/jobs/${job.id}/undo`, {});
    expect(undo.status).toBe(202);
    const started = jobSchema.parse(await undo.json());
    expect(started).toMatchObject({ type: 'undo', targetJobId: job.id });
    await problemOf(await under.send('POST', `/api/jobs/${job.id}/undo`, {}), 409);
    await problemOf(await under.send('POST', `/api/jobs/${job.id}/reset`, {}, { role: 'admin' }), 409);
    await under.api.database.prisma.job.update({
      where: { id: started.id },
      data: { status: 'completed', finishedAt: new Date() },
    });
    await problemOf(await under.send('POST', `/api/jobs/${started.id}/undo`, {}), 409);
    for (const verb of ['retry-rejected', 'confirm']) {
      expect((await under.send('POST', `/api/jobs/${job.id}/${verb}`, {})).status).toBeGreaterThanOrEqual(
        400,
      );
    }
  });
});

test('its workflow is started where its chunks begin, also when that could not be done at once', async () => {
  const workflows = createFakeWorkflows();
  const starts: unknown[] = [];
  const api = await startApi({
    workflows: {
      ...workflows,
      startJob: (job) => {
        starts.push(job);
        return Promise.resolve();
      },
    },
  });
  try {
    await api.database.pool.query(
      `INSERT INTO products (sku, sku_key, name, price, last_change)
       SELECT 'S' || n, 's' || n, 'x', 1, uuidv7() FROM generate_series(1, 7) n`,
    );
    const send = () =>
      api.as('admin')('/api/products/bulk-delete', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'k' },
        body: JSON.stringify({ all: true, confirm: '7' }),
      });
    const { id } = jobSchema.parse(await (await send()).json());
    await send();
    const from = { stage: 'applying', chunkCount: 3 };
    expect(starts).toMatchObject([
      { id, type: 'bulk_delete', from },
      { id, type: 'bulk_delete', from },
    ]);
  } finally {
    await api.stop();
  }
});

test.each<[Notify, string[]]>([
  ['summary', ['bulk_delete.completed']],
  ['none', []],
  ['rows', ['bulk_delete.completed', 'records.changed', 'records.changed']],
])('with notify=%s the events are %j', async (notify, types) => {
  await under.importFile(FILE);
  await under.api.database.pool.query('TRUNCATE events');
  await run(await accepted({ all: true, confirm: '4', notify }));
  const { rows } = await under.api.database.pool.query<{ type: string }>(
    'SELECT type FROM events ORDER BY type',
  );
  expect(rows.map(({ type }) => type)).toEqual(types);
});
