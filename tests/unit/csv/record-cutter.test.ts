import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseChunk } from '../../../domain/csv/parse-chunk.ts';
import { STANDARD_DIALECT } from '../../../domain/csv/reading.ts';
import { RecordCutter } from '../../../domain/csv/record-cutter.ts';

/** The raw records of a text, found with the bytes handed over in blocks of a size. */
function cut(text: string, blockBytes: number) {
  const bytes = Buffer.from(text);
  const cutter = new RecordCutter(STANDARD_DIALECT);
  const records: { raw: string; line: number; malformed: boolean }[] = [];
  let line = 1;
  let start = 0;
  let size = blockBytes;
  for (;;) {
    const block = Buffer.from(bytes.subarray(start, start + size));
    const final = start + block.length >= bytes.length;
    const found = cutter.advance(block, 0, final);
    if (found === 'incomplete') {
      size += blockBytes;
      continue;
    }
    if (found !== 'record') return { records, found };
    const raw = block.subarray(cutter.start, cutter.end).toString();
    records.push({ raw, line: line + cutter.linesBefore, malformed: cutter.malformed });
    line += cutter.lines;
    start += cutter.next;
    size = blockBytes;
  }
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

  test('sees the records that csv-parse sees, in any text', () => {
    const piece = fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', ' ', 'é', '24"');
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        (pieces, blockBytes) => {
          const text = pieces.join('');
          const { records, found } = cut(text, blockBytes);
          if (found === 'unclosed_quote') return;
          const parsed = parse(text, {
            record_delimiter: ['\r\n', '\n'],
            relax_quotes: true,
            relax_column_count: true,
            skip_empty_lines: true,
          });
          expect(records).toHaveLength(parsed.length);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a chunk', () => {
  test('gives back what was written, with the line on which each record starts', () => {
    const cell = fc.string({
      unit: fc.constantFrom('"', ',', '\n', '\r\n', 'a', 'ß', ' ', '='),
      maxLength: 6,
    });
    const record = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        (records, lineEnd) => {
          const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
          const rows = records.map((cells) => cells.map(quote).join(',') + lineEnd);
          const parsed = [...parseChunk(Buffer.from(rows.join('')), STANDARD_DIALECT, 2)];
          expect(parsed.map(({ cells }) => cells)).toEqual(records);
          let line = 2;
          for (const [index, row] of rows.entries()) {
            expect(parsed[index]).toMatchObject({ line, problem: null });
            expect(parsed[index]?.raw()).toBe(row.slice(0, -lineEnd.length));
            line += row.split('\n').length - 1;
          }
        },
      ),
    );
  });
});
