import { CsvError, parse } from 'csv-parse/sync';
import { isUtf8 } from 'node:buffer';
import type { RowErrorCode } from '../../contracts/errors.ts';
import type { Dialect, LineEnd } from './dialect.ts';
import { hasOwnQuoting, rewriteQuotedCells, withoutLeadingBlanks } from './quoted-cells.ts';
import { type CutOptions, RecordCutter } from './record-cutter.ts';

type Problem = {
  code: Extract<RowErrorCode, 'malformed_row' | 'invalid_characters'>;
  message: string;
} | null;

/** A record of a file, with where it stands. */
export interface FileRecord {
  /** Line on which it starts, counted like the first line that was given. */
  line: number;
  cells: readonly string[];
  /** Why its cells can't be trusted, if so. */
  problem: Problem;
  /** The record as it stands in the file. */
  raw(): string;
}

/** Records that are parsed at once: few enough to be garbage before they are old, enough to be worth the call. */
const SLICE_RECORDS = 500;

/**
 * Parses the bytes of a chunk: whole records, cut at their borders. A slice at a time, so that memory stays flat however
 * large the chunk is.
 *
 * The cells come from csv-parse, but for those of records without any quote: between one delimiter and the next there is
 * nothing to parse, and most records of most files are like that. The cutter goes over the same bytes for what the parser
 * does not tell cheaply: lines, raw texts, and records that are not well-formed. Should the two ever see different records,
 * the cutter's borders count, since the chunks were cut by them, and every record is parsed by itself.
 *
 * @param firstLine the line on which the bytes begin
 */
export function* parseChunk(
  bytes: Buffer,
  dialect: Dialect,
  firstLine: number,
  options?: CutOptions,
): Generator<FileRecord> {
  const { delimiter, skipBlanks } = dialect;
  const isClean = isUtf8(bytes) && !bytes.includes(0);
  // Delimiters of several characters are left to csv-parse, and so is what is not plain text.
  const canSplit = isClean && delimiter.length === 1;
  for (const slice of cutSlices(bytes, dialect, firstLine, options)) {
    const unsplit: CutRecord[] = [];
    for (const record of slice) {
      if (!isClean) record.problem ??= findOddCharacters(record.bytes());
      if (canSplit && !record.hasQuote) {
        const cells = splitCells(record.raw(), delimiter);
        record.cells = skipBlanks ? cells.map(withoutLeadingBlanks) : cells;
      } else unsplit.push(record);
    }
    if (unsplit.length > 0) parseRecords(unsplit, dialect);
    yield* slice;
  }
}

/** A record where the cutter found it; the cells come afterwards. */
class CutRecord implements FileRecord {
  readonly line: number;
  cells: readonly string[] = [];
  problem: Problem;
  readonly hasQuote: boolean;
  readonly #source: Buffer;
  readonly #start: number;
  readonly #end: number;
  readonly #next: number;

  constructor(source: Buffer, line: number, cutter: RecordCutter, problem: Problem) {
    this.line = line;
    this.problem = problem;
    this.hasQuote = cutter.hasQuote;
    this.#source = source;
    this.#start = cutter.start;
    this.#end = cutter.end;
    this.#next = cutter.next;
  }

  raw(): string {
    return this.#source.toString('utf8', this.#start, this.#end);
  }

  bytes(): Buffer {
    return this.#source.subarray(this.#start, this.#end);
  }

  bytesWithLineEnd(): Buffer {
    return this.#source.subarray(this.#start, this.#next);
  }
}

function* cutSlices(
  bytes: Buffer,
  dialect: Dialect,
  firstLine: number,
  options?: CutOptions,
): Generator<CutRecord[]> {
  const cutter = new RecordCutter(dialect, options);
  const malformed = malformedIn(dialect);
  let slice: CutRecord[] = [];
  let line = firstLine;
  let position = 0;
  while (cutter.advance(bytes, position, true) === 'record') {
    slice.push(new CutRecord(bytes, line + cutter.linesBefore, cutter, cutter.malformed ? malformed : null));
    line += cutter.lines;
    position = cutter.next;
    if (slice.length === SLICE_RECORDS) {
      yield slice;
      slice = [];
    }
  }
  if (slice.length > 0) yield slice;
}

/** What `text.split(delimiter)` gives, in less time. */
function splitCells(text: string, delimiter: string): string[] {
  const cells: string[] = [];
  let start = 0;
  for (let end = text.indexOf(delimiter); end !== -1; end = text.indexOf(delimiter, start)) {
    cells.push(text.slice(start, end));
    start = end + 1;
  }
  cells.push(text.slice(start));
  return cells;
}

/** Fills in the cells of records with csv-parse: of all at once, where it finds as many records as the cutter did. */
function parseRecords(records: readonly CutRecord[], dialect: Dialect): void {
  const together = tryParseCells(Buffer.concat(records.map((record) => record.bytesWithLineEnd())), dialect);
  if (together.length === records.length) {
    let index = 0;
    for (const record of records) record.cells = together[index++] ?? [];
    return;
  }
  for (const record of records) {
    const [cells, ...others] = tryParseCells(record.bytes(), dialect);
    if (cells !== undefined && others.length === 0) record.cells = cells;
    else record.problem ??= malformedIn(dialect);
  }
}

function tryParseCells(bytes: Buffer, dialect: Dialect): string[][] {
  try {
    return parseCells(bytes, dialect);
  } catch (error) {
    if (error instanceof CsvError) return [];
    throw error;
  }
}

const RECORD_ENDS: Record<LineEnd, string[]> = {
  lf: ['\r\n', '\n'],
  crlf: ['\r\n', '\n'],
  cr: ['\r'],
  mixed: ['\r\n', '\n', '\r'],
};

/**
 * The cells of the records in some bytes; lines without any character are no records. They are rewritten for csv-parse where
 * it can't read them as they are: see {@link rewriteQuotedCells}, and for its own trimming: that takes line breaks and blanks
 * at the end of cells too, and refuses text after a closing quote.
 *
 * @throws {CsvError} when a quote is never closed
 */
export function parseCells(bytes: Buffer, dialect: Dialect): string[][] {
  const { delimiter, quote, escape, skipBlanks, lineEnd } = dialect;
  const records = parse(hasOwnQuoting(dialect) ? rewriteQuotedCells(bytes, dialect) : bytes, {
    delimiter,
    quote,
    escape: escape === null ? null : quote,
    record_delimiter: RECORD_ENDS[lineEnd],
    relax_quotes: true,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  return quote === null && skipBlanks ? records.map((cells) => cells.map(withoutLeadingBlanks)) : records;
}

function malformedIn({ quote, escape }: Dialect): Problem {
  const advice =
    escape === null || escape === quote
      ? 'write a quote inside a quoted cell twice'
      : `write ${escape} in front of a quote inside a quoted cell`;
  return { code: 'malformed_row', message: `a closing quote is followed by more text; ${advice}` };
}

function findOddCharacters(record: Buffer): Problem {
  if (record.includes(0)) return { code: 'invalid_characters', message: 'the row has a NUL character' };
  if (!isUtf8(record)) return { code: 'invalid_characters', message: 'the row is not UTF-8 text' };
  return null;
}
