import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Job } from '../../contracts/http/job.ts';
import type { Row } from '../../contracts/http/row.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';

/** From a file with faults to everything being in, in each of the ways in which that can be done. */
let under: StackUnderTest;

beforeAll(async () => {
  under = await startStackUnderTest({ env: { IMPORT_CHUNK_ROWS: '4' } });
}, 240_000);
afterAll(() => under.stop());
afterEach(() => under.expectInvariants());

const FILE = [
  'SKU;Name;Price;Note',
  'r-1;one;1,50;a',
  'r-2;two;cheap;"b; c"',
  'r-3;three;3,50;=1+1',
  'r-4;;4,50;d',
  'r-5;five;5,50;e',
].join('\r\n');

async function products(prefix: string): Promise<[string, string, number][]> {
  const { rows } = await under.db.pool.query<{ sku: string; price: string; version: number }>(
    `SELECT sku, price, version FROM products WHERE sku ILIKE $1 ORDER BY sku_key`,
    [`${prefix}%`],
  );
  return rows.map(({ sku, price, version }) => [sku, String(Number(price)), version]);
}

const text = async (path: string): Promise<string> => (await under.get(path)).text();

test('errors.csv, repaired in a spreadsheet and uploaded again, brings in the rest and touches nothing else', async () => {
  const job = await under.post(FILE);
  expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 3, rejected: 2 });
  const before = await products('r-');
  const errors = await text(`/api/jobs/${job.id}/errors.csv`);
  expect(errors.split('\r\n').slice(0, 2)).toEqual([
    'SKU;Name;Price;Note;longshore_row;longshore_line;longshore_columns;longshore_codes;longshore_messages',
    'r-2;two;cheap;"b; c";2;3;price;invalid_number;price must be a number such as 19.90',
  ]);
  const repaired = errors.replace('cheap', '2,50').replace('r-4;;', 'r-4;four;');
  const again = await under.post(repaired);
  expect((await under.waitFor(again.id, 'completed')).counts).toMatchObject({ total: 2, created: 2 });
  expect((await products('r-')).filter(([sku]) => before.some(([known]) => known === sku))).toEqual(before);
  expect((await products('r-')).map(([sku, price]) => [sku, price])).toEqual([
    ['r-1', '1.5'],
    ['r-2', '2.5'],
    ['r-3', '3.5'],
    ['r-4', '4.5'],
    ['r-5', '5.5'],
  ]);
  // The whole file once more: known, and nothing in it is new.
  const whole = await under.post(FILE);
  const ended = await under.waitFor(whole.id, 'completed');
  expect(ended.earlierImport?.jobId).toBe(job.id);
  expect(ended.counts).toMatchObject({ unchanged: 3, rejected: 2 });
});

test('rows repaired one by one through the API go in by retry-rejected', async () => {
  const file = FILE.replaceAll('r-', 'p-') + '\r\nP-2;again;9,99;\r\np-1;late;bad;';
  const job = await under.post(file);
  expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 4, rejected: 3 });
  const before = await products('p-');

  const refused = await under.send(`/api/jobs/${job.id}/retry-rejected`);
  expect(refused.status).toBe(409);
  const wrong = await under.send(`/api/jobs/${job.id}/rows/2`, { values: { price: 'free' } }, 'PATCH');
  expect(wrong.status).toBe(422);
  expect(await wrong.json()).toMatchObject({
    errors: [{ pointer: '#/values/price', code: 'invalid_number' }],
  });
  expect((await under.send(`/api/jobs/${job.id}/rows/1`, { values: { price: 1 } }, 'PATCH')).status).toBe(
    409,
  );
  expect((await under.send(`/api/jobs/${job.id}/rows/99`, { values: { price: 1 } }, 'PATCH')).status).toBe(
    404,
  );

  const good = await under.send(`/api/jobs/${job.id}/rows/2`, { values: { price: '2.50' } }, 'PATCH');
  expect((await good.json()) as Row).toMatchObject({
    outcome: 'rejected',
    errors: [],
    values: { price: '2.50' },
  });
  expect((await under.send(`/api/jobs/${job.id}/rows/4`, { values: { name: 'four' } }, 'PATCH')).status).toBe(
    200,
  );
  expect((await under.send(`/api/jobs/${job.id}/rows/7`, { values: { price: 7.5 } }, 'PATCH')).status).toBe(
    200,
  );
  const retried = await under.send(`/api/jobs/${job.id}/retry-rejected`);
  expect([200, 202]).toContain(retried.status);

  const ended = await under.waitFor(job.id, 'completed');
  // Row 2 comes after row 6 of the same key has been applied: what was applied stays. Row 7 goes over row 1.
  expect(ended.counts).toMatchObject({
    total: 7,
    created: 5,
    updated: 1,
    duplicate: 1,
    rejected: 0,
    pending: 0,
  });
  expect(await products('p-')).toEqual([
    ['p-1', '7.5', 2],
    ['P-2', '9.99', 1],
    ['p-3', '3.5', 1],
    ['p-4', '4.5', 1],
    ['p-5', '5.5', 1],
  ]);
  expect(before).toHaveLength(4);
});

test('an aborted import gives its rows back, and goes in whole once the bad one is repaired', async () => {
  const body = new FormData();
  body.set('kind', 'products');
  body.set('onError', 'abort');
  body.set('file', new Blob([FILE.replaceAll('r-', 'a-')]), 'all or none.csv');
  const posted = await fetch(`${under.stack.apiUrl}/api/imports`, {
    method: 'POST',
    headers: { authorization: under.authorization },
    body,
  });
  const job = (await posted.json()) as Job;
  const failed = await under.waitFor(job.id, 'failed');
  expect(failed).toMatchObject({ failure: { code: 'rows_rejected' }, counts: { pending: 3, rejected: 2 } });
  expect(await text(`/api/jobs/${job.id}/unprocessed.csv`)).toBe(
    "SKU;Name;Price;Note\r\na-1;one;1,50;a\r\na-3;three;3,50;'=1+1\r\na-5;five;5,50;e\r\n",
  );
  expect(await products('a-')).toEqual([]);
  await under.send(`/api/jobs/${job.id}/rows/2`, { values: { price: '2.5' } }, 'PATCH');
  await under.send(`/api/jobs/${job.id}/retry-rejected`);
  expect(await under.waitFor(job.id, 'failed')).toMatchObject({ counts: { pending: 4, rejected: 1 } });
  await under.send(`/api/jobs/${job.id}/rows/4`, { values: { name: 'four' } }, 'PATCH');
  await under.send(`/api/jobs/${job.id}/retry-rejected`);
  const ended = await under.waitFor(job.id, 'completed');
  expect(ended).toMatchObject({ failure: null, counts: { total: 5, created: 5, pending: 0 } });
});

test('a dry run can be confirmed without a second upload, once', async () => {
  const body = new FormData();
  body.set('kind', 'products');
  body.set('dryRun', 'true');
  body.set('file', new Blob([FILE.replaceAll('r-', 'd-')]), 'dry.csv');
  const posted = await fetch(`${under.stack.apiUrl}/api/imports`, {
    method: 'POST',
    headers: { authorization: under.authorization },
    body,
  });
  const dry = await under.waitFor(((await posted.json()) as Job).id, 'completed');
  expect(dry).toMatchObject({ options: { dryRun: true }, counts: { created: 3, rejected: 2 } });
  expect(await products('d-')).toEqual([]);

  const confirmed = await under.send(`/api/jobs/${dry.id}/confirm`);
  expect(confirmed.status).toBe(202);
  const job = (await confirmed.json()) as Job;
  expect(job).toMatchObject({ targetJobId: dry.id, options: { dryRun: false }, filename: 'dry.csv' });
  expect(confirmed.headers.get('Location')).toBe(`/api/jobs/${job.id}`);
  const again = await under.send(`/api/jobs/${dry.id}/confirm`);
  expect(again.status).toBe(200);
  expect(((await again.json()) as Job).id).toBe(job.id);
  const ended = await under.waitFor(job.id, 'completed');
  expect(ended.counts).toEqual(dry.counts);
  expect(await text(`/api/jobs/${job.id}/errors.csv`)).toBe(await text(`/api/jobs/${dry.id}/errors.csv`));
  expect((await under.send(`/api/jobs/${job.id}/confirm`)).status).toBe(409);
});

test('rows that take something from the first row of their product take it along into errors.csv', async () => {
  const job = await under.post(
    [
      'name,slug,description,assets,facets,optionGroups,optionValues,sku,price,taxCategory,stockOnHand,trackInventory,variantAssets,variantFacets',
      'Mug,mug,,,,colour,red,g-1,bad,,1,,,',
      ',,,,,,blue,g-2,2,,1,,,',
      'Jug,jug,,,,colour,red,g-3,3,,1,,,',
      ',,,,,,blue,g-4,bad,,1,,,',
    ].join('\n'),
  );
  expect((await under.waitFor(job.id, 'completed')).counts).toMatchObject({ created: 2, rejected: 2 });
  const errors = await text(`/api/jobs/${job.id}/errors.csv`);
  const again = await under.post(errors.replaceAll(',bad,', ',9,'));
  expect((await under.waitFor(again.id, 'completed')).counts).toMatchObject({ total: 2, created: 2 });
  const { rows } = await under.db.pool.query<{ sku: string; name: string }>(
    `SELECT sku, name FROM products WHERE sku LIKE 'g-%' ORDER BY sku_key`,
  );
  expect(rows.map(({ sku, name }) => [sku, name])).toEqual([
    ['g-1', 'Mug - red'],
    ['g-2', 'Mug - blue'],
    ['g-3', 'Jug - red'],
    ['g-4', 'Jug - blue'],
  ]);
});
