import { parse } from 'csv-parse/sync';
import { neutraliseFormula, restoreFormula } from '../../domain/csv/formula.ts';
import { type Dialect, type Reading, STANDARD_DIALECT } from '../../domain/csv/reading.ts';
import { KINDS } from '../../domain/kinds/index.ts';
import type { JobRow } from '../../prisma/repositories/job-rows.ts';
import type { JobFile } from '../../prisma/repositories/jobs.ts';

const BYTE_ORDER_MARK = '\ufeff';
const SEPARATOR = ' | ';

/** What stands after the file's own columns; an import knows these and ignores them. */
const REPORT_COLUMNS = [
  'longshore_row',
  'longshore_line',
  'longshore_columns',
  'longshore_codes',
  'longshore_messages',
] as const;

/**
 * The rejected and failed records of a file as a CSV that can be repaired and uploaded again: the file's own columns and
 * cells, then where each record stood and what is wrong with it. UTF-8 with a byte order mark, the file's delimiter.
 */
export async function* writeErrorsCsv(
  file: JobFile,
  batches: AsyncIterable<JobRow[]>,
): AsyncGenerator<string, void, undefined> {
  const dialect = file.reading?.dialect ?? STANDARD_DIALECT;
  const header = file.reading?.header ?? [];
  const writeRecord = (cells: readonly string[]): string => toRecord(cells, dialect);

  yield BYTE_ORDER_MARK + writeRecord([...header.map(restoreFormula), ...REPORT_COLUMNS]);
  if (file.reading === null) return;
  for await (const rows of batches) {
    let text = '';
    for (const row of rows) {
      const own = fitColumns(ownCells(row, file, file.reading), header.length, dialect.delimiter);
      text += writeRecord([...own, ...reportCells(row)]);
    }
    yield text;
  }
}

function reportCells({ row, line, errors }: JobRow): string[] {
  const list = errors ?? [];
  return [
    String(row),
    String(line),
    list.map(({ column }) => column ?? '').join(SEPARATOR),
    list.map(({ code }) => code).join(SEPARATOR),
    list.map(({ message }) => message).join(SEPARATOR),
  ];
}

/**
 * The record's cells as they stand in the file; made from the normalised ones where the text was not kept.
 * A `'` that a cell of the file has against formulas is taken off first: it is put back when the cell is written.
 */
function ownCells({ raw, cells }: JobRow, { kind }: JobFile, { dialect, columns }: Reading): string[] {
  if (raw !== null) return splitRecord(raw, dialect).map(restoreFormula);
  const names = KINDS[kind].columns.map(({ name }) => name);
  return columns.map((name) => (name === null ? '' : (cells?.[names.indexOf(name)] ?? '')));
}

/** Splits the text of one record. One whose quotes are broken beyond splitting stays whole, in the first cell. */
function splitRecord(raw: string, { delimiter, quote }: Dialect): string[] {
  const text = raw.replace(/\r?\n$|\r$/, '');
  try {
    const records: string[][] = parse(text, {
      delimiter,
      quote,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
    });
    const [record] = records;
    if (records.length === 1 && record !== undefined) return record;
  } catch {
    // Falls through to the whole text.
  }
  return [text];
}

/**
 * As many cells as the header has, so that the columns after them stay where they are: missing ones are empty, and what is
 * over stands in the last one, as it does in the file.
 */
function fitColumns(cells: readonly string[], columns: number, delimiter: string): string[] {
  if (cells.length <= columns || columns === 0) {
    return Array.from({ length: columns }, (_, index) => cells[index] ?? '');
  }
  return [...cells.slice(0, columns - 1), cells.slice(columns - 1).join(delimiter)];
}

/** RFC 4180, with the delimiter and the quote of the dialect. */
function toRecord(cells: readonly string[], { delimiter, quote }: Dialect): string {
  const written = cells.map((cell) => {
    const safe = neutraliseFormula(cell);
    const plain = !safe.includes(delimiter) && !safe.includes(quote) && !/[\r\n]|^\s|\s$/.test(safe);
    return plain ? safe : quote + safe.replaceAll(quote, quote + quote) + quote;
  });
  return `${written.join(delimiter)}\r\n`;
}
