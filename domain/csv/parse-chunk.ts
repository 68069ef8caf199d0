import { parse } from 'csv-parse/sync';
import { isUtf8 } from 'node:buffer';
import type { RowErrorCode } from '../../contracts/errors.ts';
import type { Dialect } from './reading.ts';
import { RecordCutter } from './record-cutter.ts';

/** A record of a file, with where it stands. */
export interface FileRecord {
  /** Physical line on which it starts, counted like the first line that was given. */
  line: number;
  cells: readonly string[];
  /** Why its cells can't be trusted, if so. */
  problem: { code: Extract<RowErrorCode, 'malformed_row' | 'invalid_characters'>; message: string } | null;
  /** The record as it stands in the file. */
  raw: () => string;
}

/** Records that are parsed at once: few enough to be garbage before they are old, enough to be worth the call. */
const SLICE_RECORDS = 500;

/**
 * Parses the bytes of a chunk: whole records, cut at their borders. A slice at a time, so that memory stays flat however
 * large the chunk is.
 *
 * The cells come from csv-parse. The cutter goes over the same bytes for what the parser does not tell cheaply: lines, raw
 * texts, and records that are not well-formed. Should the two ever see different records, the cutter's borders count, since
 * the chunks were cut by them, and every record is parsed by itself.
 *
 * @param firstLine the physical line on which the bytes begin
 */
export function* parseChunk(bytes: Buffer, dialect: Dialect, firstLine: number): Generator<FileRecord> {
  for (const borders of cutSlices(bytes, dialect, firstLine)) {
    const start = borders[0]?.start ?? 0;
    const slice = bytes.subarray(start, borders.at(-1)?.end ?? start);
    const cells = parseCells(slice, dialect);
    const agreed = cells.length === borders.length;
    const isClean = isUtf8(slice) && !slice.includes(0);
    for (const [index, border] of borders.entries()) {
      const own = bytes.subarray(border.start, border.end);
      yield {
        line: border.line,
        cells: (agreed ? cells[index] : parseCells(own, dialect)[0]) ?? [],
        problem: border.malformed ? MALFORMED : isClean ? null : findOddCharacters(own),
        raw: () => own.toString('utf8'),
      };
    }
  }
}

const MALFORMED: FileRecord['problem'] = {
  code: 'malformed_row',
  message: 'a closing quote is followed by more text; write a quote inside a quoted cell twice',
};

function findOddCharacters(record: Buffer): FileRecord['problem'] {
  if (record.includes(0)) return { code: 'invalid_characters', message: 'the row has a NUL character' };
  if (!isUtf8(record)) return { code: 'invalid_characters', message: 'the row is not UTF-8 text' };
  return null;
}

/** The cells of the records in some bytes; lines without any character are no records. */
export function parseCells(bytes: Buffer, dialect: Dialect): string[][] {
  return parse(bytes, {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    record_delimiter: ['\r\n', '\n'],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
}

interface Border {
  start: number;
  end: number;
  line: number;
  malformed: boolean;
}

function* cutSlices(bytes: Buffer, dialect: Dialect, firstLine: number): Generator<Border[]> {
  const cutter = new RecordCutter(dialect);
  let slice: Border[] = [];
  let line = firstLine;
  let position = 0;
  while (cutter.advance(bytes, position, true) === 'record') {
    const { start, end, linesBefore, malformed } = cutter;
    slice.push({ start, end, line: line + linesBefore, malformed });
    line += cutter.lines;
    position = cutter.next;
    if (slice.length === SLICE_RECORDS) {
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}
