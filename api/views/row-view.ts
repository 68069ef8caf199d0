import type { Row } from '../../contracts/http/row.ts';
import type { ColumnType, AnyKind } from '../../domain/kinds/index.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import type { JobRow } from '../../prisma/repositories/job-rows.ts';

/**
 * A row as the API shows it.
 *
 * @param recordId the record that has the row's key now, where the outcome did not note one
 */
export function viewRow(row: JobRow, kind: AnyKind, recordId: string | null): Row {
  return {
    row: row.sourceRow ?? row.row,
    line: row.line,
    outcome: row.outcome,
    key: row.key,
    recordId: row.recordId ?? recordId,
    raw: row.raw,
    values: viewValues(row.cells, kind),
    errors: (row.errors ?? []).map(({ column, value, code, message }) => ({ column, value, code, message })),
  };
}

/** What was made of a row's cells; null for a row of which no value could be made out. */
export function viewValues(cells: readonly (string | null)[] | null, kind: AnyKind): Row['values'] {
  if (cells === null || cells.every((cell) => cell === null)) return null;
  return Object.fromEntries(
    kind.columns.map(({ name, type }, index) => [name, viewCell(cells[index] ?? null, type)]),
  );
}

function viewCell(cell: string | null, type: ColumnType): string | null {
  return cell !== null && type === 'decimal' ? formatMoney(cell) : cell;
}
