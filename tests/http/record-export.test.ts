import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RecordKind } from '../../contracts/words.ts';
import { csv } from '../support/csv.ts';
import { until } from '../support/until.ts';
import { type RecordsUnderTest, startRecords } from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(() => under.empty());

describe('export.csv', () => {
  async function download(kind: RecordKind = 'products'): Promise<{ bytes: Buffer; headers: Headers }> {
    const response = await under.api.as('viewer')(`/api/${kind}/export.csv`);
    expect(response.status).toBe(200);
    return { bytes: Buffer.from(await response.arrayBuffer()), headers: response.headers };
  }

  test('is UTF-8 with a byte order mark, CRLF, and named after the kind and the day', async () => {
    await under.insertProduct({
      sku: 'a',
      name: 'say "hi", Grüße',
      price: '19.9',
      description: 'two\nlines',
    });
    await under.insertProduct({ sku: 'b', price: '5', description: '=1+1', active: false, stock: 7 });
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
    const head = await under.api.as('viewer')('/api/customers/export.csv', { method: 'HEAD' });
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
    const first = await under.importFile(csv('sku,name,price,description,active,stock', ...lines));
    expect(first.counts).toMatchObject({ total: NASTY_TEXTS.length, created: NASTY_TEXTS.length });
    const { bytes } = await download();
    const { counts } = await under.importFile(bytes);
    expect(counts).toMatchObject({ total: NASTY_TEXTS.length, unchanged: NASTY_TEXTS.length });
    expect((await download()).bytes).toEqual(bytes);
  });

  test.each(NASTY_PRICES)('is read as the same price when %s is the only one', async (price) => {
    await under.insertProduct({ price });
    expect((await under.importFile((await download()).bytes)).counts).toMatchObject({
      total: 1,
      unchanged: 1,
    });
  });

  test('of customers imported again changes nothing', async () => {
    await under.importFile(
      csv(
        'email,name,company,phone',
        "+a@example.com,'Ada,=Engines,+44 20 7946 0000",
        'b@example.com,"B ""x""",C,',
      ),
      'customers',
    );
    const { counts } = await under.importFile((await download('customers')).bytes, 'customers');
    expect(counts).toMatchObject({ total: 2, unchanged: 2 });
  });

  async function insertMany(count: number, descriptionLength: number): Promise<void> {
    await under.api.database.pool.query(
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
    const response = await under.api.as('viewer')('/api/products/export.csv');
    const body = await readWith(response, async () => {
      // Would wait for a transaction that has read the table; and what has not been read by now is gone.
      await under.api.database.pool.query('TRUNCATE products');
    });
    const records: string[][] = parse(body, { bom: true, from: 2 });
    expect(records.length).toBeGreaterThan(0);
    expect(records.length).toBeLessThan(total);
  });

  test('whose reader goes away leaves no connection in use', async () => {
    await insertMany(20_000, 1_000);
    const stop = new AbortController();
    const response = await under.api.as('viewer')('/api/products/export.csv', { signal: stop.signal });
    await response.body!.getReader().read();
    stop.abort();
    const { pool } = under.api.database;
    await until(() => pool.idleCount === pool.totalCount && pool.waitingCount === 0);
  });

  test('leaves out what is created while it runs', async () => {
    await insertMany(20_000, 1_000);
    const response = await under.api.as('viewer')('/api/products/export.csv');
    const body = await readWith(response, () => under.insertProduct({ sku: 'late' }));
    const records: string[][] = parse(body, { bom: true, from: 2 });
    expect(records).toHaveLength(20_000);
    expect(records.at(-1)?.[0]).toBe('S-20000');
  });
});
