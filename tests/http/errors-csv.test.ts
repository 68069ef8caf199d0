import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RowError } from '../../domain/validate-row.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { type FixtureJob, type FixtureRow, insertJob } from './job-fixture.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(() => api.stop());

const REPORT = [
  'longshore_row',
  'longshore_line',
  'longshore_columns',
  'longshore_codes',
  'longshore_messages',
];
const error = (column: string | null, code: RowError['code'], message: string): RowError => ({
  column,
  value: null,
  code,
  message,
});
const price = error('price', 'invalid_number', 'is not a number');

async function download(fixture: FixtureJob): Promise<{ text: string; headers: Headers }> {
  const id = await insertJob(api.database, { status: 'completed', ...fixture });
  const response = await api.as('viewer')(`/api/jobs/${id}/errors.csv`);
  expect(response.status).toBe(200);
  const text = Buffer.from(await response.arrayBuffer()).toString('utf8');
  return { text, headers: response.headers };
}

/** The records of the file, which must all have the same number of cells. */
async function recordsOf(fixture: FixtureJob, delimiter = ','): Promise<string[][]> {
  const { text } = await download(fixture);
  return parse(text, { bom: true, delimiter });
}

describe('errors.csv', () => {
  test("has the file's own columns and cells, then where and why", async () => {
    const records = await recordsOf({
      header: ['SKU', 'Internal note', 'Name', 'Price'],
      chunks: [
        [
          { raw: 'A,"a, note",Mug,cheap', errors: [price] },
          { key: 'b', cells: ['B', 'Mug', '1', null, null, null], outcome: 'created' },
        ],
        [
          {
            raw: '"C",,"say ""hi""\nthere",',
            errors: [error('price', 'required', 'is missing'), error(null, 'too_long', 'too long')],
          },
          { key: 'd', cells: ['D', 'Cup', '2.5', null, null, null], outcome: 'failed' },
          { key: 'e', cells: ['E', 'Cup', '2', null, null, null] },
        ],
      ],
    });
    expect(records).toEqual([
      ['SKU', 'Internal note', 'Name', 'Price', ...REPORT],
      ['A', 'a, note', 'Mug', 'cheap', '1', '2', 'price', 'invalid_number', 'is not a number'],
      ['C', '', 'say "hi"\nthere', '', '3', '4', 'price | ', 'required | too_long', 'is missing | too long'],
      ['D', '', 'Cup', '2.5', '4', '5', '', '', ''],
    ]);
  });

  test('is UTF-8 with a byte order mark, named after the file', async () => {
    const { text, headers } = await download({ filename: 'Größe "x".2026.csv', chunks: [] });
    expect(text.codePointAt(0)).toBe(0xfeff);
    expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(headers.get('content-disposition')).toBe(
      `attachment; filename="Gr??e \\"x\\".2026-errors.csv"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%22x%22.2026-errors.csv`,
    );
  });

  test("keeps the file's delimiter", async () => {
    const chunks = [[{ raw: 'A;1,5;"x;y"', errors: [price] }]];
    const records = await recordsOf({ delimiter: ';', header: ['sku', 'price', 'name'], chunks }, ';');
    expect(records[1]?.slice(0, 3)).toEqual(['A', '1,5', 'x;y']);
  });

  test('keeps the columns aligned where a record has too few or too many cells', async () => {
    const odd = error(null, 'wrong_column_count', 'the row has 2 cells, the header 3');
    const records = await recordsOf({
      chunks: [
        [
          { raw: 'A,Mug', errors: [odd] },
          { raw: 'B,Mug, large,19.90', errors: [odd] },
          { raw: '', errors: [odd] },
        ],
      ],
    });
    expect(records.slice(1).map((record) => record.slice(0, 4))).toEqual([
      ['A', 'Mug', '', '1'],
      ['B', 'Mug', ' large,19.90', '2'],
      ['', '', '', '3'],
    ]);
  });

  test('keeps a record whose quotes are broken', async () => {
    const malformed = error(null, 'malformed_row', 'quotes');
    const rows: FixtureRow[] = [
      { raw: 'A,"Mug" blue,1', errors: [malformed] },
      { raw: 'B,"Mug,1', errors: [malformed] },
      { raw: 'C,19" rack,1', errors: [malformed] },
    ];
    const records = await recordsOf({ chunks: [rows] });
    expect(records.slice(1).map((record) => record.slice(0, 4))).toEqual([
      ['A', '"Mug" blue', '1', '1'],
      ['B,"Mug,1', '', '', '2'],
      ['C', '19" rack', '1', '3'],
    ]);
  });

  test('runs nothing in a spreadsheet, and stays the same when it goes round again', async () => {
    const cells = [
      '=1+1',
      '+A1',
      '-A1',
      '@SUM(A1)',
      ' =1',
      '\uff1d1',
      "'=1",
      "''=1",
      "'quoted",
      '-5',
      '+1.5',
      'plain',
    ];
    const header = cells.map((_, index) => `c${String(index)}`);
    const records = await recordsOf({ header, chunks: [[{ raw: cells.join(','), errors: [price] }]] });
    const written = records[1]?.slice(0, cells.length);
    expect(written).toEqual([
      "'=1+1",
      "'+A1",
      "'-A1",
      "'@SUM(A1)",
      "' =1",
      "'\uff1d1",
      "'=1",
      "''=1",
      "'quoted",
      '-5',
      '+1.5',
      'plain',
    ]);
    const again = await recordsOf({
      header,
      chunks: [[{ raw: (written ?? []).join(','), errors: [price] }]],
    });
    expect(again[1]?.slice(0, cells.length)).toEqual(written);
  });

  test('neutralises headers and messages as well', async () => {
    const records = await recordsOf({
      header: ['=cmd()', 'sku'],
      chunks: [[{ raw: 'x,y', errors: [error('sku', 'too_long', '=HYPERLINK("x")')] }]],
    });
    expect(records[0]?.[0]).toBe("'=cmd()");
    expect(records[1]?.at(-1)).toBe(`'=HYPERLINK("x")`);
  });

  test('is only its header for a job whose file could not be read', async () => {
    const { text } = await download({ header: null, status: 'failed' });
    expect(text).toBe(`\ufeff${REPORT.join(',')}\r\n`);
  });

  test('has all of many records, in order', async () => {
    const rows = Array.from({ length: 1_203 }, (_, index) => ({
      raw: `S${String(index + 1)},Mug,x`,
      errors: [price],
    }));
    const records = await recordsOf({ chunks: [rows.slice(0, 700), rows.slice(700)] });
    expect(records.slice(1).map((record) => record[3])).toEqual(rows.map((_, index) => String(index + 1)));
  });

  test('stops reading when the client goes away', async () => {
    const wide = 'x'.repeat(20_000);
    const rows = Array.from({ length: 1_500 }, () => ({ raw: `A,${wide},x`, errors: [price] }));
    const id = await insertJob(api.database, { chunks: [rows] });
    const abort = new AbortController();
    const response = await api.as('viewer')(`/api/jobs/${id}/errors.csv`, { signal: abort.signal });
    const reader = response.body?.getReader();
    await reader?.read();
    let reads = 0;
    api.database.pool.on('acquire', () => {
      reads += 1;
    });
    abort.abort();
    await until(() => api.logged.some(({ msg }) => msg === 'the client went away'));
    api.database.pool.removeAllListeners('acquire');
    expect(reads).toBeLessThan(3);
    expect(api.database.pool.idleCount).toBe(api.database.pool.totalCount);
  });
});
