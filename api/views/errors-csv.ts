import { STANDARD_DIALECT } from '../../domain/csv/dialect.ts';
import { restoreFormula } from '../../domain/csv/formula.ts';
import type { Reading } from '../../domain/csv/reading.ts';
import { BYTE_ORDER_MARK, type WrittenDialect, writeRecord } from '../../domain/csv/write-record.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { JobRow, RowBatch } from '../../prisma/repositories/job-rows.ts';
import type { JobFile } from '../../prisma/repositories/jobs.ts';
import type { RawRecords } from './raw-records.ts';

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
export function writeErrorsCsv(
  file: JobFile,
  batches: AsyncIterable<RowBatch>,
  raw: RawRecords,
): AsyncGenerator<string, void, undefined> {
  return writeRows(file, batches, raw, { names: REPORT_COLUMNS, of: reportCells });
}

/** Records of a file as they are in it, as a CSV that can be uploaded by itself. */
export function writeRecordsOfFile(
  file: JobFile,
  batches: AsyncIterable<RowBatch>,
  raw: RawRecords,
): AsyncGenerator<string, void, undefined> {
  return writeRows(file, batches, raw, { names: [], of: () => [] });
}

interface AddedColumns {
  names: readonly string[];
  of: (row: JobRow) => string[];
}

async function* writeRows(
  file: JobFile,
  batches: AsyncIterable<RowBatch>,
  raw: RawRecords,
  added: AddedColumns,
): AsyncGenerator<string, void, undefined> {
  const { reading } = file;
  const dialect = writtenDialectOf(reading);
  const header = reading === null ? [] : headerOf(reading);
  yield BYTE_ORDER_MARK + writeRecord([...header.map(restoreFormula), ...added.names], dialect);
  if (reading === null) return;
  for await (const batch of batches) {
    const found = await raw(batch.chunk, batch.rows);
    let text = '';
    for (const row of batch.rows) {
      const own = found.get(row.row) ?? normalisedCells(row, file.kind, reading);
      text += writeRecord([...fitColumns(own, header.length, dialect.delimiter), ...added.of(row)], dialect);
    }
    yield text;
  }
}

/** Sheets and files without quotes are written with the usual ones. */
function writtenDialectOf(reading: Reading | null): WrittenDialect {
  const { delimiter, quote } = reading?.dialect ?? STANDARD_DIALECT;
  return { delimiter, quote: quote ?? '"' };
}

/** A file without a header gets one with the names of the columns, so that it can be read without the mapping. */
function headerOf({ header, headerLine, mapping }: Reading): string[] {
  if (headerLine !== null) return header;
  return header.map((cell, position) => {
    const filled = mapping.columns.find(({ from }) => from.length === 1 && from[0] === position);
    return filled?.column ?? cell;
  });
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

/** A record whose text is gone, made from what was understood of it. */
function normalisedCells(row: JobRow, kind: JobFile['kind'], reading: Reading): string[] {
  const names = IMPORTABLE[kind].columns.map(({ name }) => name);
  const cells = reading.header.map(() => '');
  for (const { column, from } of reading.mapping.columns) {
    const [position] = from;
    if (position !== undefined) cells[position] = row.cells?.[names.indexOf(column)] ?? '';
  }
  return cells;
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
