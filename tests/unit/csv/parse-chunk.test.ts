import { describe, expect, test } from 'vitest';
import { type Dialect, STANDARD_DIALECT } from '../../../domain/csv/dialect.ts';
import { parseChunk } from '../../../domain/csv/parse-chunk.ts';

function parse(text: string | Buffer, dialect: Partial<Dialect> = {}) {
  return [...parseChunk(Buffer.from(text), { ...STANDARD_DIALECT, ...dialect }, 1)];
}

describe('a chunk', () => {
  test('has the cells of quoted and plain records in their order', () => {
    const rows = Array.from({ length: 1_200 }, (_, index) =>
      index % 3 === 0 ? `"${String(index)},x",""` : `${String(index)},é`,
    );
    const records = parse(rows.join('\r\n'));
    expect(records).toHaveLength(1_200);
    expect(records[999]?.cells).toEqual(['999,x', '']);
    expect(records[1_000]).toMatchObject({ line: 1_001, cells: ['1000', 'é'], problem: null });
  });

  test('says of a record with text after a closing quote what to write instead', () => {
    expect(parse('"a"b\n')[0]?.problem).toMatchObject({
      code: 'malformed_row',
      message: expect.stringContaining('inside a quoted cell twice') as string,
    });
    expect(parse('"a"b\n', { escape: '\\' })[0]?.problem?.message).toContain('write \\ in front of a quote');
  });

  test('has plain and quoted cells without the blanks in front of them', () => {
    const text = ' a,  b\t, c\n "d" ,\t"e, f" ,g \n \n"h" i, "j"\n';
    const records = parse(text, { skipBlanks: true });
    expect(records.map(({ cells }) => cells)).toEqual([
      ['a', 'b\t', 'c'],
      ['d', 'e, f', 'g '],
      [''],
      ['"h" i', 'j'],
    ]);
    const problems = records.map(({ problem }) => problem?.code);
    expect(problems).toEqual([undefined, undefined, undefined, 'malformed_row']);
    expect(records.map((record) => `${record.raw()}\n`).join('')).toBe(text);

    const unquoted = parse(' a,  "b\n \n', { skipBlanks: true, quote: null, escape: null });
    expect(unquoted.map(({ cells }) => cells)).toEqual([['a', '"b'], ['']]);
    const wide = parse(' a::\tb\n \n', { skipBlanks: true, delimiter: '::' });
    expect(wide.map(({ cells }) => cells)).toEqual([['a', 'b'], ['']]);
  });

  test('keeps the backslashes that escape nothing', () => {
    const [record] = parse('"C:\\temp","one\\ntwo","5\\" pipe","a ""b""","D:\\\\"\n', { escape: '\\' });
    expect(record?.cells).toEqual(['C:\\temp', 'one\\ntwo', '5" pipe', 'a "b"', 'D:\\']);
    expect(record?.problem).toBeNull();
  });

  test('marks only the records that have a NUL or bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('é,1\na\0,2\n'),
      Buffer.from([0xff]),
      Buffer.from(',3\n"b",4\n'),
    ]);
    const records = parse(bytes);
    expect(records.map(({ problem }) => problem?.message)).toEqual([
      undefined,
      'the row has a NUL character',
      'the row is not UTF-8 text',
      undefined,
    ]);
    expect(records.map(({ cells }) => cells[1])).toEqual(['1', '2', '3', '4']);
  });
});
