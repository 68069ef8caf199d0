import { parse } from 'csv-parse/sync';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { pageOf } from '../../contracts/http/common.ts';
import { problemSchema } from '../../contracts/http/problem.ts';
import {
  type RecordChangeJson,
  recordChangeSchemaOf,
  type RecordJson,
  recordSchemaOf,
} from '../../contracts/http/record.ts';
import { DEFAULT_IMPORT_OPTIONS, type RecordKind } from '../../contracts/words.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { Prisma } from '../../prisma/generated/client.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { historyStatement } from '../../prisma/repositories/record-history.ts';
import { csv } from '../support/csv.ts';
import { importFile as importAsTheWorkersDo } from '../support/import-bench.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { insertJob } from './job-fixture.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(() => api.stop());
beforeEach(async () => {
  await api.database.pool.query(
    'TRUNCATE jobs, chunks, parked_parts, staged_rows, row_outcomes, products, customers, record_changes',
  );
});

const productSchema = recordSchemaOf(KINDS.products);
const customerSchema = recordSchemaOf(KINDS.customers);
const productPage = pageOf(productSchema);
const customerPage = pageOf(customerSchema);
const changePage = pageOf(recordChangeSchemaOf(KINDS.products));

async function get(path: string): Promise<unknown> {
  const response = await api.as('viewer')(path);
  expect(response.status).toBe(200);
  return await response.json();
}

async function problemType(path: string, status: number): Promise<string> {
  const response = await api.as('viewer')(path);
  expect(response.status).toBe(status);
  return problemSchema.parse(await response.json()).type;
}

let made = 0;

/** @returns the id of a new product */
async function insertProduct(data: Partial<Prisma.ProductUncheckedCreateInput> = {}): Promise<string> {
  made += 1;
  const sku = data.sku ?? `SKU-${String(made)}`;
  const { id } = await api.database.prisma.product.create({
    data: { sku, skuKey: sku.toLowerCase(), name: 'Mug', price: '19.9', lastChange: uuidv7(), ...data },
  });
  return id;
}

/** Runs a whole import as the workers do, step by step. @returns its id and counts */
async function importFile(content: string | Buffer, kind: RecordKind = 'products') {
  const data = { db: api.database, storage: api.storage };
  const { jobId, end } = await importAsTheWorkersDo(data, { content, kind });
  return { jobId, counts: end.counts };
}

describe('a record', () => {
  test('has the columns of its kind, its version as ETag, and what wrote it', async () => {
    const { jobId } = await importFile(csv('sku,name,price,description', 'Ä-1,Mug,19.9,', 'b,x,0.0001,text'));
    const [a, b] = productPage.parse(await get('/api/products')).items;
    const response = await api.as('viewer')(`/api/products/${a!.id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    const product = productSchema.parse(await response.json());
    expect(product).toEqual({
      id: a!.id,
      sku: 'Ä-1',
      name: 'Mug',
      price: '19.90',
      description: null,
      active: true,
      stock: 0,
      version: 1,
      lastChange: { changeId: jobId, row: 1, source: { type: 'import', jobId } },
      createdAt: expect.any(String),
      updatedAt: product.createdAt,
    });
    expect(b).toMatchObject({ sku: 'b', price: '0.0001', description: 'text' });
  });

  test('of a customer has a customer’s columns', async () => {
    await importFile(csv('email,name,company', 'Ada@Example.com,Ada,Engines'), 'customers');
    const [customer] = customerPage.parse(await get('/api/customers')).items;
    expect(customer).toMatchObject({
      email: 'Ada@Example.com',
      name: 'Ada',
      company: 'Engines',
      phone: null,
    });
    expect(customerSchema.parse(await get(`/api/customers/${customer!.id}`))).toEqual(customer);
  });

  test('that a request wrote, or a job that is gone, says so', async () => {
    const byRequest = uuidv7();
    const requested = await insertProduct({ lastChange: byRequest });
    const orphaned = await insertProduct({ lastChangeRow: 7 });
    expect(await get(`/api/products/${requested}`)).toMatchObject({
      lastChange: { changeId: byRequest, row: null, source: { type: 'request', jobId: null } },
    });
    expect(await get(`/api/products/${orphaned}`)).toMatchObject({ lastChange: { row: 7, source: null } });
  });

  test('that a client knows in this version is not sent again', async () => {
    const id = await insertProduct({ version: 3 });
    const ask = (tag: string): Promise<Response> =>
      api.as('viewer')(`/api/products/${id}`, { headers: { 'If-None-Match': tag, 'Cache-Control': 'x' } });
    expect((await ask('"3"')).status).toBe(304);
    expect((await ask('"2"')).status).toBe(200);
  });

  test.each(['', '/history'])('that does not exist is 404%s', async (part) => {
    const customer = await api.database.prisma.customer.create({
      data: { email: 'a@b.c', emailKey: 'a@b.c', name: 'A', company: 'B', lastChange: uuidv7() },
    });
    for (const id of [customer.id, uuidv7(), '1', '%00', 'export.csvx']) {
      expect(await problemType(`/api/products/${id}${part}`, 404)).toBe('/problems/not-found');
    }
  });
});

describe('the list of records', () => {
  async function walk(limit: number, meanwhile: () => Promise<unknown>): Promise<string[]> {
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const page = productPage.parse(await get(`/api/products?limit=${String(limit)}${cursor}`));
      seen.push(...page.items.map(({ id }) => id));
      if (page.nextCursor === null) return seen;
      await meanwhile();
      cursor = `&cursor=${page.nextCursor}`;
    }
  }

  test('comes newest first, page by page, without gaps or repeats while others are created', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 7; i += 1) ids.unshift(await insertProduct());
    for (const limit of [1, 3, 7]) {
      const before = productPage.parse(await get('/api/products?limit=200')).items.map(({ id }) => id);
      expect(await walk(limit, () => insertProduct())).toEqual(before);
    }
    expect((await walk(200, () => insertProduct())).slice(-7)).toEqual(ids);
  });

  test('goes on where it was when the last record of a page is deleted meanwhile', async () => {
    const [third, second, first] = [await insertProduct(), await insertProduct(), await insertProduct()];
    const page = productPage.parse(await get('/api/products?limit=2'));
    expect(page.items.map(({ id }) => id)).toEqual([first, second]);
    await api.database.prisma.product.delete({ where: { id: second } });
    const next = productPage.parse(await get(`/api/products?limit=2&cursor=${page.nextCursor ?? ''}`));
    expect(next).toMatchObject({ items: [{ id: third }], nextCursor: null });
  });

  test('finds the one with a key, in any case and with blanks around', async () => {
    await importFile(csv('sku,name,price', 'Größe-1,x,1', 'b,y,2'));
    const skusOf = async (sku: string): Promise<unknown[]> =>
      productPage
        .parse(await get(`/api/products?sku=${encodeURIComponent(sku)}`))
        .items.map((item) => item.sku);
    expect(await skusOf('GRÖSSE-1')).toEqual([]);
    expect(await skusOf(' GRÖßE-1 ')).toEqual(['Größe-1']);
    expect(await skusOf('Gro\u0308ße-1')).toEqual(['Größe-1']);
    expect(await skusOf('B')).toEqual(['b']);
    expect(await skusOf('%')).toEqual([]);
    await importFile(csv('email,name,company', 'Ada@Example.com,Ada,Engines'), 'customers');
    const found = customerPage.parse(await get('/api/customers?email=ada@EXAMPLE.com'));
    expect(found).toMatchObject({ items: [{ email: 'Ada@Example.com' }], nextCursor: null });
  });

  test.each([
    'products?limit=0',
    'products?limit=201',
    'products?page=2',
    'products?email=a@b.c',
    'customers?sku=x',
    'products?sku=',
    'products?sku=%00',
    'products?sku=a&sku=b',
    'products?sku[$ne]=x',
    `products?sku=${'x'.repeat(256)}`,
    'products/export.csv?limit=1',
    `products/${uuidv7()}?limit=1`,
    `products/${uuidv7()}/history?sku=a`,
  ])('refuses /api/%s', async (path) => {
    expect(await problemType(`/api/${path}`, 422)).toBe('/problems/invalid');
  });

  const id = '0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11';
  test.each([
    'x',
    '!!!',
    Buffer.from('products:1').toString('base64url'),
    Buffer.from(`customers:${id}`).toString('base64url'),
    Buffer.from(`products-history:${id}.1.1`).toString('base64url'),
    Buffer.from(`products:${id.toUpperCase()}`).toString('base64url'),
    Buffer.from(`products:${id} OR 1=1`).toString('base64url'),
    `${Buffer.from(`products:${id}`).toString('base64url')}=`,
  ])('refuses the cursor %s', async (cursor) => {
    const path = `/api/products?cursor=${encodeURIComponent(cursor)}`;
    expect(await problemType(path, 400)).toBe('/problems/bad-cursor');
  });
});

describe('export.csv', () => {
  async function download(kind: RecordKind = 'products'): Promise<{ bytes: Buffer; headers: Headers }> {
    const response = await api.as('viewer')(`/api/${kind}/export.csv`);
    expect(response.status).toBe(200);
    return { bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
  }

  test('is UTF-8 with a byte order mark, CRLF, and named after the kind and the day', async () => {
    await insertProduct({ sku: 'a', name: 'say "hi", Grüße', price: '19.9', description: 'two\nlines' });
    await insertProduct({ sku: 'b', price: '5', description: '=1+1', active: false, stock: 7 });
    const { bytes, headers } = await download();
    expect(bytes.toString('utf8')).toBe(
      '\ufeffsku,name,price,description,active,stock\r\n' +
        'a,"say ""hi"", Grüße",19.90,"two\nlines",true,0\r\n' +
        "b,Mug,5.00,'=1+1,false,7\r\n",
    );
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename=products-\d{4}-\d\d-\d\d\.csv$/,
    );
  });

  test('of nothing has the header only', async () => {
    expect((await download('customers')).bytes.toString('utf8')).toBe('\ufeffname,email,company,phone\r\n');
    const head = await api.as('viewer')('/api/customers/export.csv', { method: 'HEAD' });
    expect(head.status).toBe(200);
  });

  const NASTY_TEXTS = [
    "'quoted",
    "''twice",
    '=1+1',
    "'=1+1",
    "''=1+1",
    '+44 20 7946 0000',
    '-5',
    '-5-3',
    '@SUM(A1)',
    '\uff1dcmd()',
    'a\n=1+1',
    "a\r\n'=1+1",
    'say "hi"',
    '"',
    'two\nlines',
    'two\r\nlines',
    'a,b;c\td|e',
    'Größe 漢字 😀 \u202eabc',
    'back\\slash',
    'NULL',
    'true',
    '007',
    '1e5',
  ];
  const NASTY_SKUS = [
    '=1+1',
    "'a",
    "''=b",
    '-5',
    '007',
    '+44 20',
    '"',
    'a,b',
    'Größe 😀',
    '@x',
    'NULL',
    'a;b',
  ];
  const NASTY_PRICES = ['19.9', '0.0001', '0', '99999999999999.0001', '1.234', '1234.567', '5'];

  test('imported again changes nothing, whatever stands in the records', async () => {
    const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
    const lines = NASTY_TEXTS.map((text, index) => {
      const sku = NASTY_SKUS[index] ?? `S-${String(index)}`;
      const price = NASTY_PRICES[index % NASTY_PRICES.length]!;
      const description = index % 3 === 0 ? '' : text;
      return [sku, text, price, description, index % 2 === 0 ? 'true' : 'false', String(index)]
        .map(quoted)
        .join(',');
    });
    const first = await importFile(csv('sku,name,price,description,active,stock', ...lines));
    expect(first.counts).toMatchObject({ total: NASTY_TEXTS.length, created: NASTY_TEXTS.length });
    const { bytes } = await download();
    const { counts } = await importFile(bytes);
    expect(counts).toMatchObject({ total: NASTY_TEXTS.length, unchanged: NASTY_TEXTS.length });
    expect((await download()).bytes).toEqual(bytes);
  });

  test.each(NASTY_PRICES)('is read as the same price when %s is the only one', async (price) => {
    await insertProduct({ price });
    expect((await importFile((await download()).bytes)).counts).toMatchObject({ total: 1, unchanged: 1 });
  });

  test('of customers imported again changes nothing', async () => {
    await importFile(
      csv(
        'email,name,company,phone',
        "+a@example.com,'Ada,=Engines,+44 20 7946 0000",
        'b@example.com,"B ""x""",C,',
      ),
      'customers',
    );
    const { counts } = await importFile((await download('customers')).bytes, 'customers');
    expect(counts).toMatchObject({ total: 2, unchanged: 2 });
  });

  async function insertMany(count: number, descriptionLength: number): Promise<void> {
    await api.database.pool.query(
      `INSERT INTO products (sku, sku_key, name, price, description, last_change)
       SELECT 'S-' || n, 's-' || n, 'Mug', n, repeat('x', $2::int * (n % 7)), uuidv7()
         FROM generate_series(1, $1::int) n`,
      [count, descriptionLength],
    );
  }

  test('has every record once, in the order in which they were created', async () => {
    // More than one batch by rows, and batches cut short by their bytes.
    await insertMany(5_000, 600);
    const records: string[][] = parse((await download()).bytes, { bom: true, from: 2 });
    expect(records.map(([sku]) => sku)).toEqual(
      Array.from({ length: 5_000 }, (_, index) => `S-${String(index + 1)}`),
    );
    expect(
      records.every(([, , price, description], index) => {
        const n = index + 1;
        return price === `${String(n)}.00` && description?.length === 600 * (n % 7);
      }),
    ).toBe(true);
  });

  /** Reads an answer to its end, and does something once the first records have arrived. */
  async function readWith(response: Response, meanwhile: () => Promise<unknown>): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let done = false;
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (done || bytes < 10_000) continue;
      done = true;
      await meanwhile();
    }
    return Buffer.concat(chunks);
  }

  test('is on its way before the last record has been read, and holds no lock meanwhile', async () => {
    const total = 20_000;
    await insertMany(total, 1_000);
    const response = await api.as('viewer')('/api/products/export.csv');
    const body = await readWith(response, async () => {
      // Would wait for a transaction that has read the table; and what has not been read by now is gone.
      await api.database.pool.query('TRUNCATE products');
    });
    const records: string[][] = parse(body, { bom: true, from: 2 });
    expect(records.length).toBeGreaterThan(0);
    expect(records.length).toBeLessThan(total);
  });

  test('whose reader goes away leaves no connection in use', async () => {
    await insertMany(20_000, 1_000);
    const stop = new AbortController();
    const response = await api.as('viewer')('/api/products/export.csv', { signal: stop.signal });
    await response.body!.getReader().read();
    stop.abort();
    const { pool } = api.database;
    await until(() => pool.idleCount === pool.totalCount && pool.waitingCount === 0);
  });

  test('leaves out what is created while it runs', async () => {
    await insertMany(20_000, 1_000);
    const response = await api.as('viewer')('/api/products/export.csv');
    const body = await readWith(response, () => insertProduct({ sku: 'late' }));
    const records: string[][] = parse(body, { bom: true, from: 2 });
    expect(records).toHaveLength(20_000);
    expect(records.at(-1)?.[0]).toBe('S-20000');
  });
});

describe('the history of a record', () => {
  async function productWith(sku: string): Promise<RecordJson> {
    return productPage.parse(await get(`/api/products?sku=${sku}`)).items[0]!;
  }

  async function historyOf(id: string, limit = 50): Promise<RecordChangeJson[]> {
    const entries: RecordChangeJson[] = [];
    let cursor = '';
    for (;;) {
      const path = `/api/products/${id}/history?limit=${String(limit)}${cursor}`;
      const page = changePage.parse(await get(path));
      expect(page.items.length).toBeGreaterThan(0);
      expect(page.items.length).toBeLessThanOrEqual(limit);
      entries.push(...page.items);
      if (page.nextCursor === null) return entries;
      cursor = `&cursor=${page.nextCursor}`;
    }
  }

  test('tells who created it, and what each import changed', async () => {
    const first = await importFile(csv('sku,name,price,description', 'x,other,1,', 'a,Mug,1.5,text'));
    const second = await importFile(csv('sku,name,price,description', 'A,Mug,99999999999999.0001,text'));
    const same = await importFile(csv('sku,name,price', 'A,Mug,99999999999999.0001'));
    const third = await importFile(csv('sku,name,price,description,stock', 'q,q,1,,', 'A,Cup,2,#N/A,9'));
    expect(same.counts).toMatchObject({ unchanged: 1 });
    const { id, createdAt, updatedAt } = await productWith('a');
    const entries = await historyOf(id);
    expect(entries).toEqual([
      {
        operation: 'updated',
        changeId: third.jobId,
        row: 2,
        by: 'tester',
        at: updatedAt,
        before: { name: 'Mug', price: '99999999999999.0001', description: 'text', stock: 0 },
        after: { name: 'Cup', price: '2.00', description: null, stock: 9 },
        source: { type: 'import', jobId: third.jobId },
        changesRemoved: false,
      },
      {
        operation: 'updated',
        changeId: second.jobId,
        row: 1,
        by: 'tester',
        at: expect.any(String),
        before: { sku: 'a', price: '1.50' },
        after: { sku: 'A', price: '99999999999999.0001' },
        source: { type: 'import', jobId: second.jobId },
        changesRemoved: false,
      },
      {
        operation: 'created',
        changeId: first.jobId,
        row: 2,
        by: 'tester',
        at: createdAt,
        before: null,
        after: { sku: 'a', name: 'Mug', price: '1.50', description: 'text', active: true, stock: 0 },
        source: { type: 'import', jobId: first.jobId },
        changesRemoved: false,
      },
    ]);
    for (const limit of [1, 2, 3]) expect(await historyOf(id, limit)).toEqual(entries);
  });

  test('goes on in its pages while the record changes', async () => {
    for (const price of ['1', '2', '3']) await importFile(csv('sku,name,price', `a,Mug,${price}`));
    const { id } = await productWith('a');
    const whole = await historyOf(id);
    const page = changePage.parse(await get(`/api/products/${id}/history?limit=1`));
    await importFile(csv('sku,name,price', 'a,Mug,4'));
    const path = `/api/products/${id}/history?cursor=${page.nextCursor ?? ''}`;
    expect([...page.items, ...changePage.parse(await get(path)).items]).toEqual(whole);
  });

  test('of a record without changes is its creation', async () => {
    const { jobId } = await importFile(csv('sku,name,price', 'a,Mug,1'));
    expect(await historyOf((await productWith('a')).id)).toMatchObject([
      { operation: 'created', changeId: jobId, row: 1, by: 'tester', after: { sku: 'a', price: '1.00' } },
    ]);
    const byRequest = await insertProduct();
    expect(await historyOf(byRequest)).toMatchObject([
      { operation: 'created', row: null, by: null, source: { type: 'request' }, changesRemoved: false },
    ]);
  });

  test('says where changes have been removed', async () => {
    const jobs = [];
    for (const price of ['1', '2', '3', '4']) {
      jobs.push((await importFile(csv('sku,name,price', `a,Mug,${price}`))).jobId);
    }
    const { id, createdAt } = await productWith('a');
    const remove = (changeId: string | undefined) =>
      api.database.prisma.recordChange.deleteMany({ where: { changeId: changeId! } });
    const unknownCreation = {
      operation: 'created',
      changeId: null,
      row: null,
      by: null,
      at: createdAt,
      before: null,
      after: null,
      source: null,
      changesRemoved: true,
    };
    await remove(jobs[1]);
    for (const limit of [1, 2, 50]) {
      const entries = await historyOf(id, limit);
      expect(entries.map(({ changeId }) => changeId)).toEqual([jobs[3], jobs[2], null]);
      expect(entries[1]).toMatchObject({ before: { price: '2.00' }, after: { price: '3.00' } });
      expect(entries[2]).toEqual(unknownCreation);
    }
    await remove(jobs[3]);
    expect(await historyOf(id)).toEqual([unknownCreation]);
  });

  test('does not follow a change of another record, nor end in a circle', async () => {
    const id = await insertProduct({ version: 9 });
    const other = await insertProduct();
    const change = { changeRow: 0, kind: 'products', operation: 'updated', changedBy: 'ada' } as const;
    const [one, two] = [uuidv7(), uuidv7()];
    const { prisma } = api.database;
    const before = { name: 'x' };
    await prisma.recordChange.createMany({
      data: [
        { ...change, changeId: one, recordId: id, before, previousChange: two, previousChangeRow: 0 },
        { ...change, changeId: two, recordId: id, before, previousChange: one, previousChangeRow: 0 },
      ],
    });
    await prisma.product.update({ where: { id }, data: { lastChange: one } });
    // What a change does not mention, it did not change.
    const { items } = changePage.parse(await get(`/api/products/${id}/history?limit=3`));
    expect(items.map(({ before, after }) => [before, after])).toEqual([
      [{ name: 'x' }, { name: 'Mug' }],
      [{}, {}],
      [{}, {}],
    ]);
    await prisma.recordChange.updateMany({ where: { changeId: two }, data: { recordId: other } });
    expect((await historyOf(id)).map(({ changeId }) => changeId)).toEqual([one, null]);
  });

  test('shows what a request created and deleted', async () => {
    const [created, deleted] = [uuidv7(), uuidv7()];
    const id = await insertProduct({ sku: 'A', name: 'now', version: 3, lastChange: deleted });
    const change = { changeRow: 0, kind: 'products', recordId: id, changedBy: 'ada' } as const;
    await api.database.prisma.recordChange.createMany({
      data: [
        { ...change, changeId: created, operation: 'created' },
        {
          ...change,
          changeId: deleted,
          operation: 'deleted',
          before: { sku: 'A', name: 'then', price: 1, active: true, stock: 0 },
          previousChange: created,
          previousChangeRow: 0,
        },
      ],
    });
    expect(await historyOf(id)).toMatchObject([
      { operation: 'deleted', by: 'ada', before: { name: 'then', price: '1.00' }, after: null },
      { operation: 'created', by: 'ada', before: null, after: { name: 'then' }, source: { type: 'request' } },
    ]);
  });

  test('refuses a cursor of another record, and of another list', async () => {
    for (const price of ['1', '2', '3'])
      await importFile(csv('sku,name,price', `a,x,${price}`, `b,x,${price}`));
    const a = await productWith('a');
    const b = await productWith('b');
    const { nextCursor } = changePage.parse(await get(`/api/products/${a.id}/history?limit=1`));
    const inList = productPage.parse(await get('/api/products?limit=1')).nextCursor;
    const large = `products-history:${uuidv7()}.4294967296.1`;
    for (const cursor of [nextCursor, inList, Buffer.from(large).toString('base64url')]) {
      const path = `/api/products/${b.id}/history?cursor=${cursor ?? ''}`;
      expect(await problemType(path, 400)).toBe('/problems/bad-cursor');
    }
  });

  test.each(['fresh', 'old'])('is read by primary keys alone, with %s statistics', async (statistics) => {
    const { pool } = api.database;
    if (statistics === 'old') await pool.query('VACUUM (ANALYZE) record_changes');
    await pool.query(
      `INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, changed_by)
       SELECT uuidv7(), 1, 'products', uuidv7(), 'updated', 'tester' FROM generate_series(1, 20000)`,
    );
    if (statistics === 'fresh') await pool.query('VACUUM (ANALYZE) record_changes');
    for (const [start, values] of [
      ['record', [uuidv7(), 51]],
      ['change', [uuidv7(), 51, uuidv7(), 1, 2]],
    ] as const) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (COSTS off) ${historyStatement(KINDS.products, start)}`,
        [...values],
      );
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
      expect(plan).toMatch(/Index Scan using record_changes_pkey on record_changes/);
      expect(plan).not.toMatch(/Seq Scan on record_changes/);
    }
  });
});

describe('an earlier import of the same file', () => {
  const sha256 = 'a'.repeat(64);

  async function insertImport(
    data: Partial<Prisma.JobUncheckedCreateInput> = {},
    kind: RecordKind = 'products',
  ) {
    const id = await insertJob(api.database, {
      kind,
      header: null,
      status: 'completed',
      data: { sha256, finishedAt: new Date('2026-11-20T07:00:00.000Z'), ...data },
    });
    return (await readJobSnapshot(api.database.pool, id))!;
  }

  test('is the latest one that completed before', async () => {
    await insertImport({ finishedAt: new Date('2026-11-19T07:00:00.000Z') });
    const earlier = await insertImport();
    const again = await insertImport({ status: 'pending', finishedAt: null });
    await insertImport();
    expect(again.earlierImport).toEqual({ jobId: earlier.id, finishedAt: earlier.finishedAt });
    expect((await insertImport({ sha256: 'b'.repeat(64) })).earlierImport).toBeNull();
  });

  test('is none that failed, is under way, was a dry run, or brought another kind', async () => {
    const first = await insertImport({ status: 'failed' });
    await insertImport({ status: 'processing', finishedAt: null });
    await insertImport({
      options: { ...DEFAULT_IMPORT_OPTIONS, dryRun: true } as unknown as Prisma.InputJsonObject,
    });
    await insertImport({}, 'customers');
    await insertImport({ type: 'undo' });
    const again = await insertImport({ status: 'pending', finishedAt: null });
    expect(again.number).toBeGreaterThan(first.number);
    expect(again.earlierImport).toBeNull();
  });
});
