import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RecordJson } from '../../contracts/http/record.ts';
import { csv } from '../support/csv.ts';
import { until } from '../support/until.ts';
import {
  changePage,
  customerSchema,
  problemOf,
  productPage,
  productSchema,
  type RecordsUnderTest,
  type Sent,
  startRecords,
} from './records-under-test.ts';

let under: RecordsUnderTest;
beforeAll(async () => {
  under = await startRecords();
});
afterAll(() => under.api.stop());
beforeEach(() => under.empty());

const MUG = { sku: 'MUG-1', name: 'Blue mug', price: '19.90' };

async function create(values: Record<string, unknown> = {}, how: Sent = {}): Promise<RecordJson> {
  const response = await under.send('POST', '/api/products', { ...MUG, ...values }, how);
  expect(response.status).toBe(201);
  return productSchema.parse(await response.json());
}

async function change(id: string, values: unknown, how: Sent = { ifMatch: '*' }): Promise<RecordJson> {
  const response = await under.send('PATCH', `/api/products/${id}`, values, how);
  expect(response.status).toBe(200);
  const product = productSchema.parse(await response.json());
  expect(response.headers.get('etag')).toBe(`"${String(product.version)}"`);
  return product;
}

/** The rows that a record's writes left, in their order. */
async function changesOf(recordId: string) {
  return await under.api.database.prisma.recordChange.findMany({
    where: { recordId },
    orderBy: { changeId: 'asc' },
    omit: { changedAt: true },
  });
}

async function skusFound(query: string): Promise<unknown[]> {
  return productPage.parse(await under.get(`/api/products?${query}`)).items.map(({ sku }) => sku);
}

describe('a new record', () => {
  test('is where its answer says, with its version as ETag, and says who wrote it', async () => {
    const response = await under.send('POST', '/api/products', { ...MUG, sku: ' MUG-1 ', description: null });
    expect(response.status).toBe(201);
    const product = productSchema.parse(await response.json());
    expect(product).toMatchObject({
      ...MUG,
      description: null,
      active: true,
      stock: 0,
      version: 1,
      lastChange: { row: null, source: { type: 'request', jobId: null } },
    });
    expect(response.headers.get('etag')).toBe('"1"');
    expect(response.headers.get('location')).toBe(`/api/products/${product.id}`);
    expect(await under.get(`/api/products/${product.id}`)).toEqual(product);

    const customer = await under.send('POST', '/api/customers', {
      email: 'Ada@Example.com',
      name: 'Ada',
      company: 'Engines',
    });
    expect(customer.status).toBe(201);
    expect(customerSchema.parse(await customer.json())).toMatchObject({
      email: 'Ada@Example.com',
      phone: null,
    });
  });

  test('leaves its change in the same transaction, and is in its history by name', async () => {
    const { id, lastChange, createdAt } = await create();
    expect(await changesOf(id)).toEqual([
      {
        changeId: lastChange.changeId,
        changeRow: 0,
        kind: 'products',
        recordId: id,
        operation: 'created',
        before: null,
        previousChange: null,
        previousChangeRow: null,
        changedBy: 'ada',
      },
    ]);
    const { items } = changePage.parse(await under.get(`/api/products/${id}/history`));
    expect(items).toMatchObject([
      { operation: 'created', by: 'ada', at: createdAt, after: { sku: 'MUG-1' } },
    ]);
  });

  test('is found by a search at once', async () => {
    await create({ description: 'Holds 300 ml' });
    for (const query of ['q=BLUE', 'q=mug-1', 'q=300', 'priceMin=19.9', 'sort=name', 'name=blue']) {
      expect([query, await skusFound(query)]).toEqual([query, ['MUG-1']]);
    }
  });

  test.each([
    ['price', '19.99999', 'too_precise'],
    ['price', 1e-7, 'too_precise'],
    ['price', '-1', 'negative'],
    ['price', -1, 'negative'],
    ['price', 1e15, 'out_of_range'],
    ['price', 1e21, 'out_of_range'],
    ['price', 'cheap', 'invalid_number'],
    ['price', null, 'required'],
    ['price', ' ', 'required'],
    ['price', true, 'invalid_union'],
    ['sku', '', 'required'],
    ['sku', 'x'.repeat(256), 'too_long'],
    ['sku', 'a\u0007b', 'invalid_characters'],
    ['sku', 'a\0b', 'invalid_characters'],
    ['name', '#N/A', 'required'],
    ['name', 7, 'invalid_type'],
    ['stock', 1.5, 'invalid_integer'],
    ['stock', '-3', 'negative'],
    ['stock', 2_147_483_648, 'out_of_range'],
    ['active', 'perhaps', 'invalid_type'],
    ['colour', 'blue', 'unknown_field'],
    ['version', 3, 'unknown_field'],
    ['id', uuidv7(), 'unknown_field'],
  ])('with %s %j is refused as %s', async (field, value, code) => {
    const response = await under.send('POST', '/api/products', { ...MUG, [field]: value });
    expect(await problemOf(response, 422)).toMatchObject({
      type: '/problems/invalid',
      errors: [{ pointer: `#/${field}`, code }],
    });
    expect(await under.api.database.prisma.product.count()).toBe(0);
  });

  test('that breaks several rules is told all of them', async () => {
    const body = { sku: '', name: 'x'.repeat(501), price: 'x' };
    const { errors } = await problemOf(await under.send('POST', '/api/products', body), 422);
    expect(errors?.map(({ pointer }) => pointer)).toEqual(['#/sku', '#/name', '#/price']);
    const missing = await problemOf(await under.send('POST', '/api/products', {}), 422);
    expect(missing.errors?.map(({ code }) => code)).toEqual(['required', 'required', 'required']);
  });

  test('keeps every digit of a number that JSON holds', async () => {
    const body = '{"sku":"a","name":"b","price":99999999999999.0001,"stock":1e3}';
    const response = await under.send('POST', '/api/products', body);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ price: '99999999999999.0001', stock: 1000 });
  });

  test('is read as a row of a file is: an import of its own export leaves it unchanged', async () => {
    await create({
      sku: '\u200b=1+1 ',
      name: "'quoted",
      price: 1234.567,
      description: 'two\nlines',
      stock: '7',
    });
    const file = Buffer.from(await (await under.api.as('viewer')('/api/products/export.csv')).arrayBuffer());
    expect((await under.importFile(file)).counts).toMatchObject({ total: 1, unchanged: 1 });
  });

  test('can have the longest description, with every character escaped', async () => {
    const description = '\u{1f600}'.repeat(50_000);
    const escaped = JSON.stringify({ ...MUG, description }).replaceAll('\u{1f600}', '\\ud83d\\ude00');
    expect((await under.send('POST', '/api/products', escaped)).status).toBe(201);
  });

  test('can not have a key that another has, however it is written', async () => {
    const { id } = await create({ sku: 'Größe 1' });
    for (const sku of ['Größe 1', 'GRÖßE\u00a01', 'Gro\u0308ße 1\u200b']) {
      const problem = await problemOf(await under.send('POST', '/api/products', { ...MUG, sku }), 409);
      expect(problem).toMatchObject({
        type: '/problems/key-taken',
        existingId: id,
        errors: [{ pointer: '#/sku', code: 'key_taken' }],
      });
      expect(problem.detail).toContain(id);
    }
    expect(await under.api.database.prisma.recordChange.count()).toBe(1);
  });

  test('is made once by many who send the same key at the same time', async () => {
    const answers = await Promise.all(
      ['a', 'A', ' a', 'a '].map((sku) => under.send('POST', '/api/products', { ...MUG, sku })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(await under.api.database.prisma.product.count()).toBe(1);
    expect(await under.api.database.prisma.recordChange.count()).toBe(1);
  });
});

describe('an Idempotency-Key', () => {
  test('gives the same record for the same values, however they are written', async () => {
    const { id } = await create({}, { key: 'k' });
    await change(id, { stock: 3 });
    const again = await under.send(
      'POST',
      '/api/products',
      { price: 19.9, name: ' Blue mug', sku: 'MUG-1' },
      { key: 'k' },
    );
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ id, stock: 3, version: 2 });
    expect(again.headers.get('location')).toBe(`/api/products/${id}`);
    expect(again.headers.get('etag')).toBe('"2"');
    expect(await under.api.database.prisma.product.count()).toBe(1);
  });

  test('is good for one request only, for each principal by itself', async () => {
    await create({}, { key: 'k' });
    const other = await under.send('POST', '/api/products', { ...MUG, stock: 1 }, { key: 'k' });
    expect(await problemOf(other, 422)).toMatchObject({ type: '/problems/idempotency-mismatch' });
    const customer = { email: 'a@b.cc', name: 'A', company: 'B' };
    expect((await under.send('POST', '/api/customers', customer, { key: 'k' })).status).toBe(422);
    await create({ sku: 'other' }, { key: 'k', subject: 'grace' });
  });

  test('makes one record of requests at the same time', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => under.send('POST', '/api/products', MUG, { key: 'k' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as RecordJson).id));
    expect(new Set(ids).size).toBe(1);
  });

  test('stands for nothing where nothing was made', async () => {
    const { id } = await create();
    expect((await under.send('POST', '/api/products', MUG, { key: 'k' })).status).toBe(409);
    await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '*' });
    await create({}, { key: 'k' });
  });

  test('of a record that is gone is 404', async () => {
    const { id } = await create({}, { key: 'k' });
    await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '*' });
    await problemOf(await under.send('POST', '/api/products', MUG, { key: 'k' }), 404);
  });

  test('is free again after a day', async () => {
    await create({}, { key: 'k' });
    await under.api.database.pool.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '25 hours'`,
    );
    await create({ sku: 'other' }, { key: 'k' });
  });
});

describe('a change of a record', () => {
  test('writes what it says, and keeps what was there', async () => {
    const first = await create({ description: 'text' });
    const second = await change(first.id, { price: 5, stock: '12', description: null }, { ifMatch: '"1"' });
    expect(second).toMatchObject({ ...MUG, price: '5.00', stock: 12, description: null, version: 2 });
    expect(second.createdAt).toBe(first.createdAt);
    expect((await changesOf(first.id))[1]).toEqual({
      changeId: second.lastChange.changeId,
      changeRow: 0,
      kind: 'products',
      recordId: first.id,
      operation: 'updated',
      before: { sku: 'MUG-1', name: 'Blue mug', price: 19.9, description: 'text', active: true, stock: 0 },
      previousChange: first.lastChange.changeId,
      previousChangeRow: null,
      changedBy: 'ada',
    });
  });

  test('of what an import wrote names the row of its file as the one before', async () => {
    const { jobId } = await under.importFile(csv('sku,name,price', 'x,x,1', 'a,Mug,1'));
    const product = productPage.parse(await under.get('/api/products?sku=a')).items[0]!;
    await change(product.id, { price: 2 });
    expect(await changesOf(product.id)).toMatchObject([
      { operation: 'updated', previousChange: jobId, previousChangeRow: 2 },
    ]);
    const third = await under.importFile(csv('sku,name,price', 'a,Mug,3'));
    const { items } = changePage.parse(await under.get(`/api/products/${product.id}/history`));
    expect(
      items.map(({ operation, by, source, after }) => [operation, by, source?.jobId, after?.price]),
    ).toEqual([
      ['updated', 'tester', third.jobId, '3.00'],
      ['updated', 'ada', null, '2.00'],
      ['created', 'tester', jobId, '1.00'],
    ]);
  });

  test('that says nothing new moves nothing', async () => {
    const product = await create({ description: 'text' });
    for (const body of [
      {},
      { price: '19.9000' },
      { price: 19.9, sku: 'MUG-1 ', active: null, stock: null },
    ]) {
      expect(await change(product.id, body)).toEqual(product);
    }
    expect(await changesOf(product.id)).toHaveLength(1);
  });

  test('is refused as a whole when a part of it breaks a rule', async () => {
    const product = await create();
    const response = await under.send(
      'PATCH',
      `/api/products/${product.id}`,
      { stock: 3, name: null, price: '1.00001' },
      { ifMatch: '*' },
    );
    const { errors } = await problemOf(response, 422);
    expect(errors).toMatchObject([
      { pointer: '#/name', code: 'required' },
      { pointer: '#/price', code: 'too_precise' },
    ]);
    expect(await under.get(`/api/products/${product.id}`)).toEqual(product);
  });

  test('may change the key, unless another record has it', async () => {
    const one = await create({ sku: 'one' });
    const two = await create({ sku: 'two' });
    const response = await under.send('PATCH', `/api/products/${two.id}`, { sku: 'ONE' }, { ifMatch: '*' });
    expect(await problemOf(response, 409)).toMatchObject({ type: '/problems/key-taken', existingId: one.id });
    expect(await change(one.id, { sku: 'One' })).toMatchObject({ sku: 'One', version: 2 });
    await change(one.id, { sku: 'three' });
    await change(two.id, { sku: 'ONE' });
    expect(await skusFound('sku=three')).toEqual(['three']);
    expect(await skusFound('sku=two')).toEqual([]);
    expect((await under.importFile(csv('sku,name,price', 'one,Blue mug,7'))).counts).toMatchObject({
      updated: 1,
    });
  });

  test('gives a key to one of those who want it at the same time', async () => {
    const ids = [];
    for (const sku of ['a', 'b', 'c']) ids.push((await create({ sku })).id);
    const answers = await Promise.all(
      ids.map((id) => under.send('PATCH', `/api/products/${id}`, { sku: 'new' }, { ifMatch: '*' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });

  test('is found by what it says, and no longer by what it took the place of', async () => {
    const { id } = await create();
    await change(id, { name: 'Red mug', price: 5 });
    expect(await skusFound('q=blue')).toEqual([]);
    expect(await skusFound('priceMin=6')).toEqual([]);
    expect(await skusFound('q=red&priceMax=5')).toEqual(['MUG-1']);
  });

  test.each(['PATCH', 'DELETE'])('or its end is for the version that was read: %s', async (method) => {
    const { id } = await create();
    const path = `/api/products/${id}`;
    const body = method === 'PATCH' ? { stock: 1 } : undefined;
    const type = async (how: Sent, status: number) =>
      (await problemOf(await under.send(method, path, body, how), status)).type;
    expect(await type({}, 428)).toBe('/problems/precondition-required');
    for (const ifMatch of ['"2"', 'W/"1"', '"x"', '"01"', '"2", "3"']) {
      expect(await type({ ifMatch }, 412)).toBe('/problems/precondition-failed');
    }
    for (const ifMatch of ['1', '"1', '"1" "2"', '', ',', '*, "1"']) {
      expect(await type({ ifMatch }, 400)).toBe('/problems/malformed-request');
    }
    expect(await changesOf(id)).toHaveLength(1);
    expect((await under.send(method, path, body, { ifMatch: '"7", "1"' })).ok).toBe(true);
    const gone = `/api/products/${uuidv7()}`;
    await problemOf(await under.send(method, gone, body, { ifMatch: '*' }), 404);
  });

  test('is made once by many who read the same version', async () => {
    const { id } = await create();
    const answers = await Promise.all(
      [1, 2, 3, 4].map((stock) => under.send('PATCH', `/api/products/${id}`, { stock }, { ifMatch: '"1"' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    expect(await changesOf(id)).toHaveLength(2);
  });
});

describe('a deletion', () => {
  test('takes the record out of everything but its history', async () => {
    const { id, createdAt } = await create();
    await change(id, { price: 5 });
    const response = await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '"2"' });
    expect(response.status).toBe(204);
    await problemOf(await under.api.as('viewer')(`/api/products/${id}`), 404);
    await problemOf(await under.send('PATCH', `/api/products/${id}`, { stock: 1 }, { ifMatch: '*' }), 404);
    for (const query of ['', 'sku=mug-1', 'q=mug', 'sort=price']) expect(await skusFound(query)).toEqual([]);

    const path = `/api/products/${id}/history`;
    const { items } = changePage.parse(await under.get(path));
    expect(items).toMatchObject([
      { operation: 'deleted', by: 'ada', before: { sku: 'MUG-1', price: '5.00' }, after: null },
      { operation: 'updated', before: { price: '19.90' }, after: { price: '5.00' } },
      { operation: 'created', at: createdAt, before: null, after: { price: '19.90', description: null } },
    ]);
    const first = changePage.parse(await under.get(`${path}?limit=1`));
    const rest = changePage.parse(await under.get(`${path}?cursor=${first.nextCursor ?? ''}`));
    expect([...first.items, ...rest.items]).toEqual(items);
    await problemOf(await under.api.as('viewer')(`/api/customers/${id}/history`), 404);
  });

  test('of a product of which orders hold pieces is not possible, and who writes it can not say what they hold', async () => {
    const { id } = await create({ stock: 5 });
    await under.api.database.pool.query('UPDATE products SET reserved = 2 WHERE id = $1', [id]);
    const response = await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '*' });
    expect(await problemOf(response, 409)).toMatchObject({ type: '/problems/wrong-state' });
    for (const values of [{ reserved: 0 }, { available: 5 }]) {
      const refused = await under.send('PATCH', `/api/products/${id}`, values, { ifMatch: '*' });
      expect(refused.status).toBe(422);
    }
    expect(await change(id, { stock: 6 })).toMatchObject({ stock: 6, reserved: 2, available: 4 });
    expect(productPage.parse(await under.get('/api/products')).items).toMatchObject([
      { stock: 6, reserved: 2, available: 4 },
    ]);
  });

  test('keeps all that is needed to put the record back', async () => {
    const { id, lastChange, createdAt, updatedAt } = await create({ sku: 'Mug 1' });
    await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '*' });
    const deletion = (await changesOf(id))[1]!;
    expect(deletion).toMatchObject({
      operation: 'deleted',
      previousChange: lastChange.changeId,
      previousChangeRow: null,
      before: {
        sku: 'Mug 1',
        name: 'Blue mug',
        price: 19.9,
        active: true,
        stock: 0,
        sku_key: 'mug 1',
        version: 1,
      },
    });
    const { created_at, updated_at } = deletion.before as Record<string, string>;
    expect([created_at, updated_at].map((at) => new Date(at!).toISOString())).toEqual([createdAt, updatedAt]);
  });

  test('of what an import created still shows that import', async () => {
    const { jobId } = await under.importFile(csv('sku,name,price', 'a,Mug,1'));
    const { id } = productPage.parse(await under.get('/api/products')).items[0]!;
    await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '*' });
    const { items } = changePage.parse(await under.get(`/api/products/${id}/history`));
    expect(items).toMatchObject([
      { operation: 'deleted', before: { sku: 'a' } },
      {
        operation: 'created',
        changeId: jobId,
        row: 1,
        by: 'tester',
        after: { sku: 'a' },
        changesRemoved: false,
      },
    ]);
    await create({ sku: 'a' });
  });
});

describe('a write', () => {
  test('waits for a chunk that has the record in hand, and is told to come again when that takes long', async () => {
    const { id } = await create();
    const { pool } = under.api.database;
    const holder = await pool.connect();
    try {
      await holder.query('BEGIN');
      await holder.query('SELECT FROM products WHERE id = $1 FOR UPDATE', [id]);
      const busy = await under.send('PATCH', `/api/products/${id}`, { stock: 1 }, { ifMatch: '*' });
      expect(await problemOf(busy, 503)).toMatchObject({ type: '/problems/unavailable' });
      expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);

      const waiting = under.send('PATCH', `/api/products/${id}`, { stock: 1 }, { ifMatch: '*' });
      await until(async () => {
        const { rowCount } = await holder.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rowCount === 1;
      });
      await holder.query('COMMIT');
      expect((await waiting).status).toBe(200);
    } finally {
      holder.release();
    }
    expect(await changesOf(id)).toHaveLength(2);
  });

  test('needs the role operator', async () => {
    const { id } = await create();
    for (const [method, path, body] of [
      ['POST', '/api/products', MUG],
      ['PATCH', `/api/products/${id}`, { stock: 1 }],
      ['DELETE', `/api/products/${id}`, undefined],
    ] as const) {
      const response = await under.send(method, path, body, { role: 'viewer', ifMatch: '*' });
      expect(response.status).toBe(403);
    }
  });

  test('makes the change that it leaves unique: a request has one', async () => {
    const one = await create({ sku: 'one' });
    const two = await create({ sku: 'two' });
    expect(one.lastChange.changeId).not.toBe(two.lastChange.changeId);
  });
});

describe('the audit log', () => {
  async function entriesOf(changeIds: readonly string[]) {
    return await under.api.database.prisma.auditEntry.findMany({
      where: { id: { in: [...changeIds] } },
      orderBy: { number: 'asc' },
      omit: { number: true, at: true },
    });
  }

  test('has every write of a product once, with who and what it changed, under the id of the change', async () => {
    const { id } = await create({}, { subject: 'ada' });
    await change(id, { price: '5', name: 'Red mug' }, { ifMatch: '*', subject: 'bob' });
    // Says nothing new, or does not happen: no action.
    await change(id, { price: '5.00' });
    await under.send('PATCH', `/api/products/${id}`, { price: '6' }, { ifMatch: '"1"' });
    await under.send('POST', '/api/products', MUG);
    expect(
      (await under.send('DELETE', `/api/products/${id}`, undefined, { ifMatch: '*', subject: 'cleo' }))
        .status,
    ).toBe(204);
    const changes = await changesOf(id);
    const common = { jobId: null, orderId: null, part: null, reason: null, via: 'api' };
    const record = { kind: 'products', id };
    const made = { sku: 'MUG-1', name: 'Blue mug', price: '19.9000', active: true, stock: 0 };
    const changed = { name: 'Red mug', price: '5.0000' };
    expect(await entriesOf(changes.map(({ changeId }) => changeId))).toEqual([
      {
        ...common,
        id: changes[0]?.changeId,
        actor: 'ada',
        action: 'create-record',
        before: null,
        after: { ...record, version: 1, values: made },
      },
      {
        ...common,
        id: changes[1]?.changeId,
        actor: 'bob',
        action: 'change-record',
        before: { ...record, version: 1, values: { name: 'Blue mug', price: '19.9000' } },
        after: { ...record, version: 2, values: changed },
      },
      {
        ...common,
        id: changes[2]?.changeId,
        actor: 'cleo',
        action: 'delete-record',
        before: { ...record, version: 2, values: { ...made, ...changed } },
        after: null,
      },
    ]);
    const { rows } = await under.api.database.pool.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM audit WHERE coalesce(before, after) ->> 'id' = $1`,
      [id],
    );
    expect(rows[0]?.count).toBe(3);
  });

  test('says of people only which columns were written', async () => {
    const ada = { name: 'Ada Unforgettable', email: 'unforgettable@example.com', company: 'Engines' };
    const { id } = customerSchema.parse(await (await under.send('POST', '/api/customers', ada)).json());
    await under.send('PATCH', `/api/customers/${id}`, { name: 'Ada Remarkable' }, { ifMatch: '*' });
    const entries = await entriesOf((await changesOf(id)).map(({ changeId }) => changeId));
    expect(entries.map(({ action, after }) => ({ action, after }))).toEqual([
      {
        action: 'create-record',
        after: { kind: 'customers', id, version: 1, columns: ['name', 'email', 'company'] },
      },
      { action: 'change-record', after: { kind: 'customers', id, version: 2, columns: ['name'] } },
    ]);
    expect(JSON.stringify(entries)).not.toMatch(/unforgettable|remarkable/i);
  });
});
