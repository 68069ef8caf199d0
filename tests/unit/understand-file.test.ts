import * as parser from 'csv-parse/sync';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type Understanding, understandFile } from '../../domain/understand-file.ts';

vi.mock('csv-parse/sync', async (load) => {
  const real = await load<typeof parser>();
  return { ...real, parse: vi.fn(real.parse) };
});

const MAX_COLUMNS = 500;
const MAX_RECORD_BYTES = 1024 * 1024;
const PREVIEW_BYTES = 4 * 1024 * 1024;

function understand(text: string | Buffer, isWhole = true): Understanding {
  return understandFile(
    Buffer.from(text as string),
    isWhole,
    { container: 'csv' },
    { kind: null, mode: 'upsert', mapping: null, maxColumns: MAX_COLUMNS, maxRecordBytes: MAX_RECORD_BYTES },
  );
}

/** How many bytes were parsed, and how many names were looked at, since the test began. */
function work(): { parsedBytes: number; names: number } {
  const parsedBytes = vi.mocked(parser.parse).mock.calls.reduce((sum, [input]) => sum + input.length, 0);
  return { parsedBytes, names: vi.mocked(normalise).mock.calls.length };
}

const normalise = vi.spyOn(String.prototype, 'normalize');

afterEach(() => {
  vi.mocked(parser.parse).mockClear();
  normalise.mockClear();
});

describe('a line without an end', () => {
  test.each([
    ['commas', ','],
    ['semicolons', ';'],
    ['cells', 'a,'],
    ['quoted cells', '"a",'],
    ['all delimiters', ',;|\t'],
    ['text', 'x'],
  ])('of %s is refused before it is parsed', (_what, piece) => {
    const text = piece.repeat(PREVIEW_BYTES / piece.length);
    for (const isWhole of [true, false]) {
      const { header, records, problems } = understand(text, isWhole);
      const message = `The header on line 1 is larger than ${String(MAX_RECORD_BYTES)} bytes.`;
      expect(problems).toEqual([{ code: 'record_too_large', message }]);
      expect({ header, records }).toEqual({ header: [], records: [] });
    }
    const { parsedBytes, names } = work();
    expect(parsedBytes).toBe(0);
    // A line is one record in each dialect, of which no more cells are held against names than a header can have.
    expect(names).toBeLessThan(100 * MAX_COLUMNS);
  });

  test('below a header is named, and neither parsed nor kept', () => {
    const text = `sku,name,price\na,b,1\n\n${','.repeat(PREVIEW_BYTES)}`;
    for (const isWhole of [true, false]) {
      const { header, records, problems, match } = understand(text, isWhole);
      const message = `The record that begins on line 4 is larger than ${String(MAX_RECORD_BYTES)} bytes.`;
      expect(problems).toEqual([{ code: 'record_too_large', message }]);
      expect(header).toEqual(['sku', 'name', 'price']);
      expect(match?.problems).toEqual([]);
      expect(records.map(({ cells }) => cells)).toEqual([['a', 'b', '1']]);
    }
    expect(work().parsedBytes).toBeGreaterThan(0);
    expect(work().parsedBytes).toBeLessThan(100);
  });
});

describe('a header with more columns than are allowed', () => {
  test.each([
    ['plain', 501, ','],
    ['plain', 1_000_000, ','],
    ['quoted', 501, '"a,b",'],
    ['quoted', 100_000, '"a,b",'],
  ])('is refused before it is parsed: %s, %i', (_how, columns, piece) => {
    const { problems, header } = understand(piece.repeat(columns - 1));
    const message = `The header on line 1 has ${String(columns)} columns; 500 are allowed.`;
    expect(problems).toEqual([{ code: 'too_many_columns', message }]);
    expect(header).toEqual([]);
    expect(work().parsedBytes).toBe(0);
  });

  test('is one only by its delimiters outside of quotes', () => {
    const header = `sku,name,price,"${','.repeat(1_000)}"`;
    const seen = understand(`${header}\na,b,1,x\n`);
    expect(seen).toMatchObject({ problems: [], header: ['sku', 'name', 'price', ','.repeat(1_000)] });
    const widest = Array.from({ length: MAX_COLUMNS - 3 }, (_, index) => `"c${String(index)}"`).join(',');
    expect(understand(`sku,name,price,${widest}\n`).header).toHaveLength(MAX_COLUMNS);
  });
});

describe('a large record', () => {
  const large = 'x'.repeat(300_000);

  test('is looked at when it is the first one, and counted for what it is', () => {
    const { records, recordsEnd, problems } = understand(`sku,name,price\na,${large},1\nb,c,2\n`);
    expect(problems).toEqual([]);
    expect(records.map(({ cells }) => cells[0])).toEqual(['a']);
    expect(recordsEnd).toBe('sku,name,price\na,,1\n'.length + large.length);
  });

  test('ends the sample when it is not, or has cells beyond number', () => {
    const later = understand(`sku,name,price\na,b,1\nb,${large},2\nc,d,3\n`);
    expect(later.problems).toEqual([]);
    expect(later.records.map(({ cells }) => cells[0])).toEqual(['a']);
    const wide = understand(`sku,name,price\n${','.repeat(300_000)}\nb,c,2\n`);
    expect(wide).toMatchObject({ problems: [], records: [] });
  });
});
