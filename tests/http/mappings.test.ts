import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pageOf } from '../../contracts/http/common.ts';
import { mappingSchema, type MappingView } from '../../contracts/http/mapping.ts';
import { type Problem, problemSchema } from '../../contracts/http/problem.ts';
import { fingerprintHeader, fingerprintHeaderOrder } from '../../domain/mapping/header-name.ts';
import { findMappingByName, findMappingForHeader } from '../../prisma/repositories/mappings.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(() => api.stop());
afterEach(() => api.database.prisma.savedMapping.deleteMany());

const columns = { sku: 'Code', name: ['Brand', 'Model'], stock: null };
const header = ['Code', 'Brand', 'Model', 'Price'];

async function send(
  method: string,
  path: string,
  body?: unknown,
  { ifMatch, role = 'operator' }: { ifMatch?: string; role?: 'viewer' | 'operator' } = {},
): Promise<Response> {
  return await api.as(role)(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

async function save(fields: Record<string, unknown> = {}): Promise<MappingView> {
  const response = await send('POST', '/api/mappings', {
    name: 'Supplier 7',
    kind: 'products',
    columns,
    ...fields,
  });
  expect(response.status).toBe(201);
  return mappingSchema.parse(await response.json());
}

async function problemOf(response: Response, status: number): Promise<Problem> {
  expect(response.status).toBe(status);
  return problemSchema.parse(await response.json());
}

describe('a saved mapping', () => {
  test('is where its answer says, with its version as ETag', async () => {
    const body = { name: '  Supplier 7 ', kind: 'products', columns, header };
    const response = await send('POST', '/api/mappings', body);
    expect(response.status).toBe(201);
    const mapping = mappingSchema.parse(await response.json());
    expect(mapping).toMatchObject({
      name: 'Supplier 7',
      kind: 'products',
      columns,
      hasHeader: true,
      createdBy: 'tester',
      version: 1,
    });
    expect(response.headers.get('location')).toBe(`/api/mappings/${mapping.id}`);
    expect(response.headers.get('etag')).toBe('"1"');
    const read = await send('GET', `/api/mappings/${mapping.id}`, undefined, { role: 'viewer' });
    expect(read.status).toBe(200);
    expect(read.headers.get('etag')).toBe('"1"');
    expect(await read.json()).toEqual(mapping);
  });

  test('has a name that no other has', async () => {
    const { id } = await save();
    const again = await send('POST', '/api/mappings', { name: 'Supplier 7', kind: 'customers', columns: {} });
    expect(await problemOf(again, 409)).toMatchObject({ type: '/problems/name-taken' });
    const other = await save({ name: 'Supplier 8' });
    const renamed = await send(
      'PATCH',
      `/api/mappings/${other.id}`,
      { name: 'Supplier 7' },
      { ifMatch: '"1"' },
    );
    expect(await problemOf(renamed, 409)).toMatchObject({ type: '/problems/name-taken' });
    const same = await send('PATCH', `/api/mappings/${id}`, { name: 'Supplier 7' }, { ifMatch: '"1"' });
    expect(same.status).toBe(200);
  });

  test('is changed only in the version that was read', async () => {
    const { id } = await save();
    const path = `/api/mappings/${id}`;
    const changed = await send('PATCH', path, { name: 'Supplier 9' }, { ifMatch: '"7", "1"' });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).toBe('"2"');
    expect(await changed.json()).toMatchObject({ name: 'Supplier 9', columns, version: 2 });

    for (const ifMatch of ['"1"', 'W/"2"', '"x"', '"1", "7"']) {
      const late = await send('PATCH', path, { name: 'Late' }, { ifMatch });
      expect(await problemOf(late, 412)).toMatchObject({ type: '/problems/precondition-failed' });
      expect((await send('DELETE', path, undefined, { ifMatch })).status).toBe(412);
    }
    for (const ifMatch of ['2', '"2', '"2" "3"', ',']) {
      const garbled = await send('PATCH', path, { name: 'Garbled' }, { ifMatch });
      expect(await problemOf(garbled, 400)).toMatchObject({ type: '/problems/malformed-request' });
    }
    expect(await problemOf(await send('PATCH', path, { name: 'Blind' }), 428)).toMatchObject({
      type: '/problems/precondition-required',
    });
    expect((await send('DELETE', path)).status).toBe(428);
    const any = await send('PATCH', path, { columns: { sku: 'Number' } }, { ifMatch: '*' });
    expect(await any.json()).toMatchObject({ name: 'Supplier 9', columns: { sku: 'Number' }, version: 3 });
  });

  test('is changed once by two who read the same version', async () => {
    const { id } = await save();
    const answers = await Promise.all(
      ['A', 'B', 'C', 'D'].map((name) => send('PATCH', `/api/mappings/${id}`, { name }, { ifMatch: '"1"' })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
  });

  test('can be deleted', async () => {
    const { id } = await save();
    const path = `/api/mappings/${id}`;
    expect((await send('DELETE', path, undefined, { ifMatch: '"1"' })).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
    expect((await send('DELETE', path, undefined, { ifMatch: '"1"' })).status).toBe(404);
    expect((await send('PATCH', path, { name: 'x' }, { ifMatch: '"1"' })).status).toBe(404);
    expect((await send('GET', '/api/mappings/1')).status).toBe(404);
  });

  test('is read by viewers and written by operators', async () => {
    const { id } = await save();
    const path = `/api/mappings/${id}`;
    const role = 'viewer' as const;
    expect((await send('GET', '/api/mappings', undefined, { role })).status).toBe(200);
    const body = { name: 'x', kind: 'products', columns };
    expect((await send('POST', '/api/mappings', body, { role })).status).toBe(403);
    expect((await send('PATCH', path, { name: 'x' }, { role, ifMatch: '*' })).status).toBe(403);
    expect((await send('DELETE', path, undefined, { role, ifMatch: '*' })).status).toBe(403);
    expect((await fetch(`${api.url}/api/mappings`)).status).toBe(401);
  });
});

describe('what a mapping may say', () => {
  test('is columns of its kind', async () => {
    const body = { name: 'x', kind: 'customers', columns: { 'e/mail': 'E-Mail', sku: 'Code' } };
    const { errors, detail } = await problemOf(await send('POST', '/api/mappings', body), 422);
    expect(errors?.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['#/columns/e~1mail', 'mapping_mismatch'],
      ['#/columns/sku', 'mapping_mismatch'],
    ]);
    expect(detail).toContain('Is "email" meant?');
    const { id } = await save();
    const change = { columns: { email: 'E-Mail' } };
    expect((await send('PATCH', `/api/mappings/${id}`, change, { ifMatch: '*' })).status).toBe(422);
  });

  test('is headers of its file, where that is given', async () => {
    const body = { name: 'x', kind: 'products', columns: { sku: 'Cod' }, header };
    const { errors } = await problemOf(await send('POST', '/api/mappings', body), 422);
    expect(errors).toMatchObject([{ pointer: '#/columns/sku', code: 'mapping_mismatch' }]);
  });

  test.each<[string, unknown]>([
    ['no name', { kind: 'products', columns }],
    ['a blank name', { name: ' ', kind: 'products', columns }],
    ['a long name', { name: 'x'.repeat(101), kind: 'products', columns }],
    ['a NUL in the name', { name: 'a\0', kind: 'products', columns }],
    ['a NUL in a header', { name: 'a', kind: 'products', columns: { sku: 'a\0' } }],
    ['no kind', { name: 'a', columns }],
    ['another kind', { name: 'a', kind: 'parrots', columns }],
    ['no columns', { name: 'a', kind: 'products' }],
    ['a list of columns', { name: 'a', kind: 'products', columns: ['sku'] }],
    ['column 0', { name: 'a', kind: 'products', columns: { sku: 0 } }],
    ['half a column', { name: 'a', kind: 'products', columns: { sku: 1.5 } }],
    ['no header', { name: 'a', kind: 'products', columns: { sku: '' } }],
    ['an empty list', { name: 'a', kind: 'products', columns: { sku: [] } }],
    ['a fingerprint', { name: 'a', kind: 'products', columns, headerFingerprint: 'x' }],
    ['the prototype as a column', '{"name":"a","kind":"products","columns":{"__proto__":"x"}}'],
    ['the constructor as a column', { name: 'a', kind: 'products', columns: { constructor: 'x' } }],
  ])('is not %s', async (_, body) => {
    expect((await send('POST', '/api/mappings', body)).status).toBe(422);
  });

  test('is something, in a change', async () => {
    const { id } = await save();
    expect((await send('PATCH', `/api/mappings/${id}`, {}, { ifMatch: '*' })).status).toBe(422);
    expect((await send('PATCH', `/api/mappings/${id}`, { kind: 'customers' }, { ifMatch: '*' })).status).toBe(
      422,
    );
  });
});

describe('the list of mappings', () => {
  const page = pageOf(mappingSchema);

  test('comes newest first, page by page, and by kind', async () => {
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) ids.unshift((await save({ name })).id);
    const customers = await save({ name: 'D', kind: 'customers', columns: { email: 'Mail' } });
    const list = async (query: string) =>
      page.parse(await (await send('GET', `/api/mappings?${query}`)).json());
    const first = await list('kind=products&limit=2');
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
    const second = await list(`kind=products&limit=2&cursor=${first.nextCursor ?? ''}`);
    expect(second.items.map(({ id }) => id)).toEqual(ids.slice(2));
    expect(second.nextCursor).toBeNull();
    expect((await list('kind=customers')).items).toEqual([customers]);
    expect((await list('')).items).toHaveLength(4);
    expect((await send('GET', '/api/mappings?cursor=x')).status).toBe(400);
    expect((await send('GET', '/api/mappings?header=x')).status).toBe(422);
  });
});

describe('a mapping is suggested', () => {
  const find = async (...cells: string[]): Promise<string | undefined> => {
    const fingerprints = [fingerprintHeader(cells), fingerprintHeaderOrder(cells)].filter(
      (one) => one !== null,
    );
    return (await findMappingForHeader(api.database.pool, 'products', fingerprints))?.name;
  };

  test('for the same headers in whatever order, the last changed one first', async () => {
    await save({ name: 'old', header });
    const { id } = await save({ name: 'new', header });
    await save({ name: 'without' });
    expect(await find('price', 'MODEL', 'brand', 'Code', 'longshore_row')).toBe('new');
    expect(await find('Code', 'Brand', 'Model')).toBeUndefined();
    await send('PATCH', `/api/mappings/${id}`, { header: null }, { ifMatch: '*' });
    expect(await find(...header)).toBe('old');
    expect(await findMappingByName(api.database.pool, 'new')).toMatchObject({ id, headerFingerprint: null });
    expect(await findMappingByName(api.database.pool, 'nobody')).toBeNull();
  });

  test('in the same order only, where it counts columns', async () => {
    const { id } = await save({ columns: { sku: 1, name: 'Brand' }, header });
    expect(await find(...header)).toBe('Supplier 7');
    expect(await find(...header.toReversed())).toBeUndefined();
    await send('PATCH', `/api/mappings/${id}`, { columns: { sku: 'Code' }, header }, { ifMatch: '*' });
    expect(await find(...header.toReversed())).toBe('Supplier 7');
    const counting = { columns: { sku: 1 } };
    const refused = await send('PATCH', `/api/mappings/${id}`, counting, { ifMatch: '*' });
    expect(await problemOf(refused, 422)).toMatchObject({ errors: [{ pointer: '#/header' }] });
  });
});
