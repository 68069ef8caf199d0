import type { GivenDialect, ImportOptions, ImportKind } from '../contracts/words.ts';
import type { Dialect } from './csv/dialect.ts';
import { type FileRecord, parseChunk } from './csv/parse-chunk.ts';
import { cutOptionsOf, type Reading } from './csv/reading.ts';
import { IMPORTABLE } from './kinds/index.ts';
import { createRecordMapper } from './mapping/map-record.ts';
import { createRowValidator, type RowError } from './validate-row.ts';
import type { NumberEvidences } from './values/number-format.ts';

/** A record of a file as it is staged. */
export interface Row {
  /** Number of the record, from 1; the header is not counted. */
  row: number;
  line: number;
  /** Null for a row that is to be applied. */
  outcome: 'rejected' | 'skipped' | null;
  key: string | null;
  /** Normalised cells in the order of the kind's columns; none where the record could not be understood. */
  cells: (string | null)[];
  /** Bit n is set when the row clears column n. */
  cleared: number;
  /** The record as it stands in the file; null for a good row. */
  raw: string | null;
  /** Why it is rejected or skipped; null for a good row. */
  errors: RowError[] | null;
}

/** What is known of rows once they have been read. */
export interface RowsSummary {
  count: number;
  rejected: number;
  skipped: number;
  /** What they show of how the file writes its numbers. */
  evidence: NumberEvidences;
}

export interface RowsToRead {
  kind: ImportKind;
  options: Pick<ImportOptions, 'mode' | 'blanks' | 'dialect'>;
  reading: Pick<Reading, 'source' | 'dialect' | 'header' | 'mapping' | 'numberFormats'>;
}

/**
 * Reads the records of a part of a file: parses, maps and validates them, one after the other as they are asked for.
 *
 * @param bytes whole records; the first one begins a group where rows belong together
 * @returns the rows, and a summary of those that have been taken so far
 */
export function readRows(
  bytes: Buffer,
  { firstRow, firstLine }: { firstRow: number; firstLine: number },
  { kind: name, options, reading }: RowsToRead,
): { rows: Generator<Row>; summary: () => RowsSummary } {
  const kind = IMPORTABLE[name];
  const { dialect, header, mapping, numberFormats } = reading;
  const mapper = createRecordMapper(mapping, kind);
  const validator = createRowValidator({ kind, mode: options.mode, blanks: options.blanks, numberFormats });
  const isDoubtful = doubtfulQuotes(dialect, options.dialect);
  let count = 0;
  let rejected = 0;
  let skipped = 0;

  function* readAll(): Generator<Row> {
    for (const record of parseChunk(bytes, dialect, firstLine, cutOptionsOf(reading.source))) {
      const row = read(record, firstRow + count);
      count += 1;
      if (row.outcome === 'rejected') rejected += 1;
      if (row.outcome === 'skipped') skipped += 1;
      yield row;
    }
  }

  function read(record: FileRecord, row: number): Row {
    const { line, cells: given, problem } = record;
    if (problem !== null) return passOver(record, row, { column: null, value: null, ...problem });
    if (isDoubtful !== null && given.some(isDoubtful)) {
      return passOver(record, row, { column: null, value: null, ...DOUBTFUL_QUOTE });
    }
    if (!hasColumns(given, header.length)) {
      if (given.every(isBlank)) return skip(record, row, 'the row is blank');
      const message = `the row has ${String(given.length)} cells, the header ${String(header.length)}`;
      return passOver(record, row, { column: null, value: null, code: 'wrong_column_count', message });
    }
    const { values, skip: reason } = mapper.map(given);
    if (reason !== null) return skip(record, row, reason.message);
    const { key, cells, cleared, errors } = validator.validate(values);
    if (errors.length === 0)
      return { row, line, outcome: null, key, cells, cleared, raw: null, errors: null };
    if (given.every(isBlank)) return skip(record, row, 'the row is blank');
    return { row, line, outcome: 'rejected', key, cells, cleared, raw: storable(record.raw()), errors };
  }

  /** A record whose cells can't be trusted. */
  function passOver(record: FileRecord, row: number, error: RowError): Row {
    mapper.passOver();
    return { ...without(record, row, 'rejected', error), key: keyOf(record.cells) };
  }

  /** What goes in whole or not at all must not go in without a row of which nothing but the key can be trusted. */
  function keyOf(cells: readonly string[]): string | null {
    if (kind.rowsTogether === null) return null;
    const { from = [] } = mapping.columns.find(({ column }) => column === kind.keyColumn) ?? {};
    const [position, ...others] = from;
    if (position === undefined || others.length > 0) return null;
    const cell = cells[position] ?? null;
    return validator.validate(kind.columns.map(({ name }) => (name === kind.keyColumn ? cell : null))).key;
  }

  function skip(record: FileRecord, row: number, message: string): Row {
    return without(record, row, 'skipped', { column: null, value: null, code: 'not_a_record', message });
  }

  return {
    rows: readAll(),
    summary: () => ({ count, rejected, skipped, evidence: validator.evidence() }),
  };
}

/**
 * How cells are quoted is a guess when nobody said so: where cells are never quoted, or no blanks stand in front of quotes, a
 * cell that begins like that speaks against the guess.
 */
function doubtfulQuotes(
  { quote, skipBlanks }: Dialect,
  given: GivenDialect | null,
): ((cell: string) => boolean) | null {
  if (quote === null) return given?.quote === undefined ? (cell) => cell.startsWith('"') : null;
  if (skipBlanks || given?.skipBlanks !== undefined) return null;
  return (cell) => cell.startsWith(' ') && cell.trimStart().startsWith(quote);
}

const DOUBTFUL_QUOTE = {
  code: 'malformed_row',
  message:
    'a cell begins with a quote, but the cells of this file do not seem to be quoted like that; repair it, or say in `dialect` how they are: {"quote":null} if the quote is text, {"skipBlanks":true} if blanks stand in front of quotes',
} as const;

function without(record: FileRecord, row: number, outcome: 'rejected' | 'skipped', error: RowError): Row {
  const { line } = record;
  return {
    row,
    line,
    outcome,
    key: null,
    cells: [],
    cleared: 0,
    raw: storable(record.raw()),
    errors: [error],
  };
}

/** Blank cells behind the last column are nothing; spreadsheets write them. */
function hasColumns(cells: readonly string[], columns: number): boolean {
  return cells.length === columns || (cells.length > columns && cells.slice(columns).every(isBlank));
}

function isBlank(cell: string): boolean {
  return cell === '' || cell.trim() === '';
}

/** PostgreSQL's text can't hold a NUL: it is kept as the sign that stands for it. */
function storable(text: string): string {
  return text.replaceAll('\0', '\u2400');
}
