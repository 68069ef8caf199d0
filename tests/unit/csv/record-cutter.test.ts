import { describe, expect, test } from 'vitest';
import { type Dialect, STANDARD_DIALECT } from '../../../domain/csv/dialect.ts';
import { parseChunk } from '../../../domain/csv/parse-chunk.ts';
import { cutInBlocks } from '../../support/cut-records.ts';

function cut(text: string, blockBytes: number) {
  return cutInBlocks(text, STANDARD_DIALECT, blockBytes);
}

describe('the record cutter', () => {
  const cases: [name: string, text: string, raws: string[], lines: number[]][] = [
    ['LF', 'a,b\nc,d\n', ['a,b', 'c,d'], [1, 2]],
    ['CRLF', 'a,b\r\nc,d\r\n', ['a,b', 'c,d'], [1, 2]],
    ['mixed line ends', 'a\r\nb\nc', ['a', 'b', 'c'], [1, 2, 3]],
    ['no line end at the end', 'a\nb', ['a', 'b'], [1, 2]],
    ['blank lines', '\n\na\n\r\n\nb\n\n', ['a', 'b'], [3, 6]],
    ['line breaks in quotes', '"a\r\nb\n",c\nd\n', ['"a\r\nb\n",c', 'd'], [1, 4]],
    ['doubled quotes', '"a""\n""b"\nc\n', ['"a""\n""b"', 'c'], [1, 3]],
    ['an empty quoted cell', '"",""\n"",x\n', ['"",""', '"",x'], [1, 2]],
    ['a quote inside a plain cell', 'a 24" b,c\nd\n', ['a 24" b,c', 'd'], [1, 2]],
    ['a quoted cell at the end', 'a,"b"', ['a,"b"'], [1]],
    ['a lone CR is text', 'a\rb\nc\n', ['a\rb', 'c'], [1, 2]],
  ];

  test.each(cases)('finds the records of a file with %s', (_name, text, raws, lines) => {
    for (const blockBytes of [1, 2, 3, 1000]) {
      const { records } = cut(text, blockBytes);
      expect(records.map(({ raw }) => raw)).toEqual(raws);
      expect(records.map(({ line }) => line)).toEqual(lines);
      expect(records.every(({ malformed }) => !malformed)).toBe(true);
    }
  });

  test('marks text after a closing quote', () => {
    expect(cut('"a"b,c\nd\n', 4).records).toEqual([
      { raw: '"a"b,c', line: 1, malformed: true },
      { raw: 'd', line: 2, malformed: false },
    ]);
  });

  test('tells a quote that is never closed from a file that goes on', () => {
    expect(cut('a\n"b\nc\n', 3).found).toBe('unclosed_quote');
  });

  const standard = STANDARD_DIALECT;
  const byDialect: [name: string, dialect: Dialect, text: string, raws: string[], lines: number[]][] = [
    ['CR', { ...standard, lineEnd: 'cr' }, '\ra,"b\rc"\rd\n\r', ['a,"b\rc"', 'd\n'], [2, 4]],
    [
      'all line ends',
      { ...standard, lineEnd: 'mixed' },
      'a\r\r\n\nb\rc\nd',
      ['a', 'b', 'c', 'd'],
      [1, 4, 5, 6],
    ],
    [
      'a delimiter of two signs',
      { ...standard, delimiter: '||' },
      'a|||"b\n"c||""d\n"\n',
      ['a|||"b', '"c||""d\n"'],
      [1, 2],
    ],
    [
      'a delimiter beyond ASCII',
      { ...standard, delimiter: '§' },
      '"a\n"§"b\n"\nc',
      ['"a\n"§"b\n"', 'c'],
      [1, 4],
    ],
    ['escaped quotes', { ...standard, escape: '\\' }, '"a\\"\n\\\\"\nb', ['"a\\"\n\\\\"', 'b'], [1, 3]],
    [
      'backslashes that escape nothing, and doubled quotes',
      { ...standard, escape: '\\' },
      '"a\\\n""\n\\"\n",b\nc',
      ['"a\\\n""\n\\"\n",b', 'c'],
      [1, 5],
    ],
    [
      'blanks around quoted cells',
      { ...standard, skipBlanks: true },
      ' "a\n" , \t"b\n"  \n \nc "\nd',
      [' "a\n" , \t"b\n"  ', ' ', 'c "', 'd'],
      [1, 4, 5, 6],
    ],
    ['no quotes', { ...standard, quote: null, escape: null }, '"a\nb"\n', ['"a', 'b"'], [1, 2]],
    ['blanks between cells', { ...standard, delimiter: ' ' }, ' \n\n  "a\n"\n', [' ', '  "a\n"'], [1, 3]],
    ['tabs between cells', { ...standard, delimiter: '\t' }, '\t\n \n', ['\t', ' '], [1, 2]],
  ];

  test.each(byDialect)('finds the records of a file with %s', (_name, dialect, text, raws, lines) => {
    for (const blockBytes of [1, 2, 3, 1000]) {
      const { records } = cutInBlocks(text, dialect, blockBytes);
      expect(records.map(({ raw }) => raw)).toEqual(raws);
      expect(records.map(({ line }) => line)).toEqual(lines);
    }
  });

  test('counts the rows of a sheet: blank ones too, but not the line breaks inside cells', () => {
    const text = '\n\na,"b\n\nc"\n\n"d\ne"\nf\n';
    const { records } = cutInBlocks(text, STANDARD_DIALECT, 4, { lines: 'records' });
    expect(records.map(({ line }) => line)).toEqual([3, 5, 6]);
    const parsed = [...parseChunk(Buffer.from(text), STANDARD_DIALECT, 2, { lines: 'records' })];
    expect(parsed.map(({ line }) => line)).toEqual([4, 6, 7]);
  });
});
