import { STANDARD_DIALECT } from '../../domain/csv/dialect.ts';
import { BYTE_ORDER_MARK, writeRecord } from '../../domain/csv/write-record.ts';
import type { Column, Kind } from '../../domain/kinds/index.ts';
import type { StoredValue } from '../../prisma/repositories/records.ts';
import { viewValue } from './record-view.ts';

/**
 * Records as a CSV (RFC 4180) that spreadsheets open and that an import takes back as it is: UTF-8 with a byte order mark,
 * the columns of the kind in their order, an empty cell where a record has no value. A text that a spreadsheet would run as
 * a formula gets one `'` in front, which an import takes off.
 *
 * @param batches records, each with its values in the order of the kind's columns
 */
export async function* writeRecordsCsv(
  { columns }: Kind,
  batches: AsyncIterable<StoredValue[][]>,
): AsyncGenerator<string, void, undefined> {
  yield BYTE_ORDER_MARK + toLine(columns.map(({ name }) => name));
  for await (const records of batches) {
    let text = '';
    for (const values of records) {
      text += toLine(columns.map((column, index) => toCell(values[index] ?? null, column)));
    }
    yield text;
  }
}

function toCell(value: StoredValue, { type }: Column): string {
  if (value === null) return '';
  const text = String(viewValue(value, type));
  if (type === 'decimal') return THREE_DECIMALS.test(text) ? `${text}0` : text;
  return text;
}

/** With three decimals a price may be taken for thousands: 1.234 is more than a thousand in half of Europe. */
const THREE_DECIMALS = /\.\d{3}$/;

function toLine(cells: readonly string[]): string {
  return writeRecord(cells, { delimiter: STANDARD_DIALECT.delimiter, quote: '"' });
}
