import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { csv } from '../support/csv.ts';
import {
  customerPage,
  customerSchema,
  productPage,
  productSchema,
  type RecordsUnderTest,
  startRecords,
} from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(() => under.empty());

describe('a record', () => {
  test('has the columns of its kind, its version as ETag, and what wrote it', async () => {
    const { jobId } = await under.importFile(
      csv('sku,name,price,description', 'Ä-1,Mug,19.9,', 'b,x,0.0001,text'),
    );
    const [a, b] = productPage.parse(await under.get('/api/products')).items;
    const response = await under.api.as('viewer')(`/api/products/${a!.id}`);
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
      reserved: 0,
      available: 0,
      version: 1,
      lastChange: { changeId: jobId, row: 1, source: { type: 'import', jobId } },
      createdAt: expect.any(String),
      updatedAt: product.createdAt,
    });
    expect(b).toMatchObject({ sku: 'b', price: '0.0001', description: 'text' });
  });

  test('of a customer has a customer’s columns', async () => {
    await under.importFile(csv('email,name,company', 'Ada@Example.com,Ada,Engines'), 'customers');
    const [customer] = customerPage.parse(await under.get('/api/customers')).items;
    expect(customer).toMatchObject({
      email: 'Ada@Example.com',
      name: 'Ada',
      company: 'Engines',
      phone: null,
    });
    expect(customerSchema.parse(await under.get(`/api/customers/${customer!.id}`))).toEqual(customer);
  });

  test('that a request wrote, or a job that is gone, says so', async () => {
    const byRequest = uuidv7();
    const requested = await under.insertProduct({ lastChange: byRequest });
    const orphaned = await under.insertProduct({ lastChangeRow: 7 });
    expect(await under.get(`/api/products/${requested}`)).toMatchObject({
      lastChange: { changeId: byRequest, row: null, source: { type: 'request', jobId: null } },
    });
    expect(await under.get(`/api/products/${orphaned}`)).toMatchObject({
      lastChange: { row: 7, source: null },
    });
  });

  test('that a client knows in this version is not sent again', async () => {
    const id = await under.insertProduct({ version: 3 });
    const ask = (tag: string): Promise<Response> =>
      under.api.as('viewer')(`/api/products/${id}`, {
        headers: { 'If-None-Match': tag, 'Cache-Control': 'x' },
      });
    expect((await ask('"3"')).status).toBe(304);
    expect((await ask('"2"')).status).toBe(200);
  });

  test.each(['', '/history'])('that does not exist is 404%s', async (part) => {
    const customer = await under.api.database.prisma.customer.create({
      data: { email: 'a@b.c', emailKey: 'a@b.c', name: 'A', company: 'B', lastChange: uuidv7() },
    });
    for (const id of [customer.id, uuidv7(), '1', '%00', 'export.csvx']) {
      expect(await under.problemType(`/api/products/${id}${part}`, 404)).toBe('/problems/not-found');
    }
  });
});
