import { describe, expect, test } from 'vitest';
import { RecordReader } from '../../../activities/import/record-reader.ts';
import type { FileStorage } from '../../../adapters/storage/storage.ts';
import { ChunkPlanner, type PlannedChunk } from '../../../domain/chunk-plan.ts';
import { type Dialect, STANDARD_DIALECT } from '../../../domain/csv/dialect.ts';
import { parseChunk } from '../../../domain/csv/parse-chunk.ts';
import { lineEndAfter } from '../../support/dialects.ts';

const MAX_RECORD_BYTES = 1024 * 1024;
const BOUNDS = { maxRows: 1_000, maxBytes: 64 * 1024 };

/** Plans the chunks of a text, and parses them. */
async function read(text: string, dialect: Dialect = STANDARD_DIALECT) {
  const bytes = Buffer.from(text);
  const storage = {
    read: (_key: string, { start, end }: { start: number; end: number }, into?: Buffer) => {
      const part = bytes.subarray(start, end);
      if (into === undefined) return Promise.resolve(part);
      return Promise.resolve(into.subarray(0, part.copy(into)));
    },
  } as Pick<FileStorage, 'read'> as FileStorage;
  const planner = new ChunkPlanner(BOUNDS, { offset: 0, line: 1 });
  const chunks: PlannedChunk[] = [];
  await new RecordReader(storage, 'key', bytes.length, dialect).eachRecord(
    0,
    MAX_RECORD_BYTES,
    planner,
    (chunk) => {
      chunks.push(chunk);
      return Promise.resolve();
    },
  );
  const rest = planner.finish();
  if (rest !== null) chunks.push(rest);
  return chunks.flatMap(({ byteStart, byteEnd, firstLine, rows }) => {
    const records = [...parseChunk(bytes.subarray(byteStart, byteEnd), dialect, firstLine)];
    expect(records).toHaveLength(rows);
    return records;
  });
}

describe('reading the records of a file', () => {
  const dialects: [name: string, dialect: Dialect][] = [
    ['CRLF', { ...STANDARD_DIALECT, lineEnd: 'crlf' }],
    ['CR', { ...STANDARD_DIALECT, lineEnd: 'cr' }],
    ['mixed line ends', { ...STANDARD_DIALECT, lineEnd: 'mixed' }],
    ['a delimiter of three signs', { ...STANDARD_DIALECT, delimiter: '~|~' }],
    ['blanks that are skipped', { ...STANDARD_DIALECT, skipBlanks: true }],
    ['backslashes', { ...STANDARD_DIALECT, delimiter: ';', quote: "'", escape: '\\' }],
  ];

  test.each(dialects)('finds every one in a file of several blocks with %s', async (_name, dialect) => {
    const { delimiter } = dialect;
    const quote = dialect.quote ?? '';
    const escaped = `${dialect.escape ?? ''}${quote}`;
    const rows = Array.from({ length: 40_000 }, (_, index) => {
      const last = index % 7 === 0 ? `${quote}a ${escaped}${delimiter}${quote}` : 'x';
      return `${String(index)}${delimiter}some text to fill the line${delimiter}${last}`;
    });
    const records = await read(
      rows.map((row, index) => row + lineEndAfter(index, dialect)).join(''),
      dialect,
    );
    expect(records).toHaveLength(rows.length);
    const wrong = records.findIndex(
      ({ cells, line }, index) =>
        line !== index + 1 ||
        cells[0] !== String(index) ||
        cells[2] !== (index % 7 === 0 ? `a ${quote}${delimiter}` : 'x'),
    );
    expect(wrong).toBe(-1);
  });

  test('goes over more blank lines than a block holds, and counts them', async () => {
    const blankLines = 2_500_000;
    const records = await read(`a\n${'\n'.repeat(blankLines)}b\n${'\n'.repeat(blankLines)}`);
    expect(records.map(({ cells, line }) => [cells[0], line])).toEqual([
      ['a', 1],
      ['b', blankLines + 2],
    ]);
  });

  test('takes a record of the largest size with any line end, and none that is larger', async () => {
    const largest = 'x'.repeat(MAX_RECORD_BYTES);
    for (const lineEnd of ['lf', 'crlf', 'cr', 'mixed'] as const) {
      const dialect = { ...STANDARD_DIALECT, lineEnd };
      const end = lineEndAfter(0, dialect);
      expect(await read(`a${end}${largest}${end}b${end}`, dialect)).toHaveLength(3);
      await expect(read(`a${end}${largest}x${end}b${end}`, dialect)).rejects.toMatchObject({
        code: 'record_too_large',
        message: expect.stringContaining('line 2') as string,
      });
    }
  });

  test.each(dialects)('stops where a quote is missing, with %s', async (_name, dialect) => {
    const { delimiter } = dialect;
    const quote = dialect.quote ?? '';
    const end = lineEndAfter(0, dialect);
    await expect(read(`a${end}${quote}b${end}c${end}`, dialect)).rejects.toMatchObject({
      code: 'malformed_csv',
      message: expect.stringContaining('line 2 is never closed') as string,
    });
    // The quote that opens the next cell closes this one; also at the very end of the file.
    await expect(read(`a${end}${quote}b${end}c${delimiter}${quote}d`, dialect)).rejects.toMatchObject({
      code: 'malformed_csv',
      message: expect.stringContaining('goes over several lines') as string,
    });
  });
});
