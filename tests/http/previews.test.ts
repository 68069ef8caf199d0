import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Preview, previewSchema } from '../../contracts/http/preview.ts';
import { until } from '../support/until.ts';
import { inlineRows, workbookOf } from '../support/xlsx.ts';
import { type ApiUnderTest, form, startApi } from './api-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi();
});
afterAll(async () => {
  await api.stop();
});

async function preview(content: string | Buffer, fields: Record<string, string> = {}): Promise<Preview> {
  const body = form(fields, { content: new Uint8Array(Buffer.from(content as string)) });
  const response = await api.as('viewer')('/api/imports/preview', { method: 'POST', body });
  expect(response.status).toBe(200);
  return previewSchema.parse(await response.json());
}

test('shows what was understood of a file from a spreadsheet, and keeps nothing of it', async () => {
  const content = [
    'Preisliste',
    '',
    'Artikelnummer;Bezeichnung;Preis;Regal',
    'T-1;Größe;1.234,50;A',
    'T-2;x;viel;B',
  ];
  const seen = await preview(Buffer.from(content.join('\r\n'), 'latin1'));
  expect(seen).toMatchObject({
    kind: 'products',
    encoding: 'windows-1252',
    dialect: { delimiter: ';', lineEnd: 'crlf' },
    headerLine: 3,
    header: ['Artikelnummer', 'Bezeichnung', 'Preis', 'Regal'],
    numberFormats: { price: 'comma' },
    ignoredColumns: [{ position: 4, header: 'Regal' }],
    mapping: { source: 'columns', columns: { sku: [1], name: [2], price: [3] } },
    problems: [],
    isWhole: true,
  });
  expect(seen.rows).toMatchObject([
    { row: 1, line: 4, outcome: 'pending', values: { sku: 'T-1', name: 'Größe', price: '1234.50' } },
    { row: 2, line: 5, outcome: 'rejected', errors: [{ column: 'price', code: 'invalid_number' }] },
  ]);
  // Removed once the answer is on its way.
  await until(async () => (await api.storedFiles()).length === 0);
  expect(await api.countJobs()).toBe(0);
});

test('looks at the beginning of a large file, and says so', async () => {
  const rows = Array.from({ length: 100_000 }, (_, row) => `s-${String(row)},some name,${String(row)}.50\n`);
  const beginning = Buffer.from(`sku,name,price\n${rows.join('')}`).subarray(0, 900_001);
  const seen = await preview(beginning, { kind: 'products', sizeBytes: '400000000' });
  expect(seen).toMatchObject({ isWhole: false, problems: [], dialect: { delimiter: ',' } });
  expect(seen.rows).toHaveLength(100);
  expect(seen.notes.join(' ')).toMatch(/Only the beginning/);
});

test.each<[name: string, content: string | Buffer, code: string]>([
  ['nothing', '', 'empty_file'],
  ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'unsupported_file'],
  ['a column that is missing', 'sku,name\na,b\n', 'missing_columns'],
  ['a column twice', 'sku,name,price,SKU\na,b,1,a\n', 'duplicate_columns'],
])('tells why a file can not be imported: %s', async (_name, content, code) => {
  const seen = await preview(content, { kind: 'products' });
  expect(seen.problems.map((problem) => problem.code)).toEqual([code]);
});

test('refuses at once what is one line without an end', async () => {
  const seen = await preview(','.repeat(900_000), { kind: 'products' });
  expect(seen.problems).toEqual([
    { code: 'record_too_large', message: 'The header on line 1 is larger than 100000 bytes.' },
  ]);
  const wide = await preview(','.repeat(90_000), { kind: 'products' });
  expect(wide.problems).toMatchObject([{ code: 'too_many_columns' }]);
  expect([seen.header, wide.header]).toEqual([[], []]);
});

test('follows what the caller says, and suggests what was saved for the same header', async () => {
  const content = 'Code|Brand|Model|Cost\nA1|Acme|One|1.500\n';
  const before = await preview(content, { kind: 'products' });
  expect(before.problems).toMatchObject([{ code: 'missing_columns' }]);
  const columns = { sku: 'Code', name: ['Brand', 'Model'], price: 'Cost' };
  const saved = await api.as('operator')('/api/mappings', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Acme', kind: 'products', columns, header: before.header }),
  });
  expect(saved.status).toBe(201);
  expect((await preview(content, { kind: 'products' })).suggestedMapping).toMatchObject({ name: 'Acme' });
  const chosen = await preview(content, {
    kind: 'products',
    mapping: '"Acme"',
    dialect: '{"decimal":","}',
  });
  expect(chosen).toMatchObject({ problems: [], mapping: { source: 'saved', name: 'Acme' } });
  expect(chosen.rows[0]?.values).toMatchObject({ sku: 'A1', name: 'Acme One', price: '1500.00' });
});

test('reads compressed files', async () => {
  const seen = await preview(gzipSync('email,name,company\na@b.example,A,B\n'));
  expect(seen).toMatchObject({ kind: 'customers', compression: 'gzip', problems: [] });
});

test('shows the sheet that can be imported, and the first one where none can be', async () => {
  const notes = { name: 'Read me', rows: inlineRows([['Prices of this autumn']]) };
  const prices = {
    name: 'Prices',
    rows: inlineRows([
      ['SKU', 'Name', 'Price'],
      ['007', 'Mug', '9.90'],
    ]),
  };
  const meant = await preview(workbookOf({ sheets: [notes, prices] }));
  expect(meant).toMatchObject({ kind: 'products', sheet: 'Prices', problems: [] });
  const content = workbookOf({ sheets: [notes, { ...notes, name: 'More' }] });
  expect(await preview(content, { kind: 'products' })).toMatchObject({
    sheet: 'Read me',
    problems: [{ code: 'missing_columns' }],
  });
  const named = await preview(workbookOf({ sheets: [notes, prices] }), { dialect: '{"sheet":"Read me"}' });
  expect(named).toMatchObject({ sheet: 'Read me', kind: null });
});

test.each([{}, { kind: 'products' }])('shows a mapping that was sent with the file (%j)', async (fields) => {
  const mapping = JSON.stringify({ description: 'Info' });
  const seen = await preview('sku,name,price,Info\na,Mug,1,blue\n', { ...fields, mapping });
  expect(seen).toMatchObject({ kind: 'products', problems: [], mapping: { source: 'given' } });
  expect(seen.rows[0]?.values).toMatchObject({ description: 'blue' });
});

test('a template can be filled in and read back', async () => {
  for (const kind of ['products', 'customers'] as const) {
    const response = await api.as('viewer')(`/api/imports/template/${kind}`);
    expect(response.headers.get('Content-Disposition')).toContain(`${kind}-template.csv`);
    const seen = await preview(await response.text());
    expect(seen).toMatchObject({ kind, problems: [], ignoredColumns: [] });
    expect(seen.rows).toMatchObject([{ outcome: 'pending', errors: [] }]);
  }
});
