import type { Row } from '../../contracts/http/row.ts';
import type { ColumnType, Kind } from '../../domain/kinds/index.ts';
import type { JobRow } from '../../prisma/repositories/job-rows.ts';

/**
 * A row as the API shows it.
 *
 * @param recordId the record that has the row's key now, where the outcome did not note one
 */
export function viewRow(row: JobRow, kind: Kind, recordId: string | null): Row {
  return {
    row: row.row,
    line: row.line,
    outcome: row.outcome,
    key: row.key,
    recordId: row.recordId ?? recordId,
    raw: row.raw,
    values: viewValues(row.cells, kind),
    errors: (row.errors ?? []).map(({ column, value, code, message }) => ({ column, value, code, message })),
  };
}

/** Null for a row of which no value could be made out. */
function viewValues(cells: JobRow['cells'], kind: Kind): Row['values'] {
  if (cells === null || cells.length === 0) return null;
  return Object.fromEntries(
    kind.columns.map(({ name, type }, index) => [name, viewCell(cells[index] ?? null, type)]),
  );
}

function viewCell(cell: string | null, type: ColumnType): string | null {
  return cell !== null && type === 'decimal' ? formatDecimal(cell) : cell;
}

/** At least two decimals, and no zeros after the second: 19.9 and 19.9000 are 19.90, 0.125 stays. */
export function formatDecimal(text: string): string {
  const match = /^(-?\d+)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null) return text;
  const [, whole = '0', decimals = ''] = match;
  return `${whole}.${decimals.padEnd(2, '0')}`;
}
