import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Dialect, STANDARD_DIALECT } from '../../../domain/csv/dialect.ts';
import { hasOwnQuoting, rewriteQuotedCells } from '../../../domain/csv/quoted-cells.ts';
import { anyStyle, writeRecord } from '../../support/dialects.ts';

const SLASHES: Dialect = { ...STANDARD_DIALECT, escape: '\\' };
const BLANKS: Dialect = { ...STANDARD_DIALECT, skipBlanks: true };

function rewrite(text: string, dialect: Dialect): string {
  return rewriteQuotedCells(Buffer.from(text), dialect).toString();
}

describe('rewriting quoted cells', () => {
  const cases: [name: string, dialect: Dialect, text: string, rewritten: string][] = [
    ['a backslash in front of a quote', SLASHES, '"5\\" pipe",a', '"5"" pipe",a'],
    ['a backslash in front of a backslash', SLASHES, '"C:\\\\","D:\\\\\\\\x"', '"C:\\","D:\\\\x"'],
    ['a backslash that is text', SLASHES, '"C:\\temp\\new",b', '"C:\\temp\\new",b'],
    ['a backslash outside of quotes', SLASHES, 'C:\\\\,5\\" pipe\n"a"', 'C:\\\\,5\\" pipe\n"a"'],
    ['doubled quotes', SLASHES, '"a ""b"" \\"c\\"","""d"""', '"a ""b"" ""c""","""d"""'],
    ['a quoted cell that does not end', SLASHES, 'a,"b\\" c', 'a,"b"" c'],
    ['blanks around quotes', BLANKS, ' "a" , "b, c"\t,\t"d"  \r\n "e" ', '"a","b, c","d"\r\n"e"'],
    ['blanks in front of plain cells', BLANKS, '  a , b ,c', 'a ,b ,c'],
    ['a line of blanks', BLANKS, 'a\n \t\n\nb\n ', 'a\n""\n\nb\n""'],
    ['text after a closing quote', BLANKS, ' "a" b, "c" "d"', '"a" b,"c" "d"'],
    ['blanks inside quotes', BLANKS, '" a "," b"', '" a "," b"'],
    ['tabs between cells', { ...BLANKS, delimiter: '\t' }, ' "a"\t\t "b"', '"a"\t\t"b"'],
    ['spaces between cells', { ...BLANKS, delimiter: ' ' }, '\t"a"  "b"', '"a"  "b"'],
    [
      'a blank that is part of the delimiter',
      { ...BLANKS, delimiter: ' | ' },
      '"a"  |  "b" | ',
      '"a" | "b" | ',
    ],
    ['line ends of Macs', { ...BLANKS, lineEnd: 'cr' }, ' "a"\r \r"b\n" \r', '"a"\r""\r"b\n"\r'],
    ['signs beyond ASCII', { ...SLASHES, delimiter: '§', quote: '”' }, '”é\\”§”§x', '”é””§”§x'],
  ];

  test.each(cases)('%s', (_name, dialect, text, rewritten) => {
    expect(rewrite(text, dialect)).toBe(rewritten);
  });

  test('loses no byte that is no text', () => {
    const bytes = Buffer.from([0x22, 0xff, 0x5c, 0x22, 0x00, 0xc2, 0x22, 0x2c, 0xe2]);
    expect([...rewriteQuotedCells(bytes, SLASHES)]).toEqual([
      ...[0x22, 0xff, 0x22, 0x22, 0x00, 0xc2, 0x22, 0x2c, 0xe2],
    ]);
  });

  test('is asked for only where it changes something', () => {
    expect(hasOwnQuoting(STANDARD_DIALECT)).toBe(false);
    expect(hasOwnQuoting({ ...STANDARD_DIALECT, escape: null })).toBe(false);
    expect(hasOwnQuoting({ ...BLANKS, quote: null, escape: null })).toBe(false);
    expect([SLASHES, BLANKS].map(hasOwnQuoting)).toEqual([true, true]);
  });

  test('gives a parser of doubled quotes the cells that were written', () => {
    const cell = fc.string({
      unit: fc.constantFrom('\\', '"', ',', '\n', ' ', '\t', 'n', 'é'),
      maxLength: 8,
    });
    const records = fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const dialect = fc
      .tuple(fc.constantFrom('"', '\\'), fc.boolean())
      .map(([escape, skipBlanks]) => ({ ...STANDARD_DIALECT, escape, skipBlanks }));
    const written = dialect.chain((own) => fc.tuple(fc.constant(own), records, anyStyle(own)));
    fc.assert(
      fc.property(written, ([own, cells, style]) => {
        const text = cells.map((record) => `${writeRecord(record, own, style)}\n`).join('');
        const options = { relax_column_count: true, record_delimiter: '\n', skip_empty_lines: true };
        expect(parse(rewrite(text, own), options)).toEqual(cells);
      }),
      { numRuns: 2_000 },
    );
  });
});
