import type { RowErrorCode } from '../contracts/errors.ts';
import type { Mode } from '../contracts/words.ts';
import { restoreFormula } from './csv/formula.ts';
import { toKey } from './keys.ts';
import type { Kind } from './kinds/index.ts';
import { parseCell } from './values/parse-cell.ts';

/** Why a row is rejected, for one of its cells or (`column` null) as a whole. */
export interface RowError {
  column: string | null;
  value: string | null;
  code: RowErrorCode;
  message: string;
}

/** A row after validation. */
export interface ValidatedRow {
  /** Normalised key; null when the row has none. */
  key: string | null;
  /** Normalised cells in the order of the kind's columns; null where the file says nothing. */
  cells: (string | null)[];
  /** Bit n is set when the file clears column n. */
  cleared: number;
  /** Empty for a good row. */
  errors: RowError[];
}

/** The longest value that an error repeats; more is cut off. */
const MAX_SHOWN_VALUE = 200;

/** Validates the rows of one file. */
export type RowValidator = (record: readonly string[]) => ValidatedRow;

/**
 * @param columns for each cell of a record the column that it fills, or null
 * @param mode creating records needs their required cells, updating only the key
 */
export function createRowValidator(
  kind: Kind,
  columns: readonly (string | null)[],
  mode: Mode,
): RowValidator {
  const positions = kind.columns.map((column) => columns.indexOf(column.name));
  const keyIndex = kind.columns.findIndex((column) => column.name === kind.keyColumn);

  return (record) => {
    const cells: (string | null)[] = new Array<string | null>(kind.columns.length).fill(null);
    if (record.length !== columns.length) {
      const message = `the row has ${String(record.length)} cells, the header ${String(columns.length)}`;
      return {
        key: null,
        cells,
        cleared: 0,
        errors: [{ column: null, value: null, code: 'wrong_column_count', message }],
      };
    }
    const errors: RowError[] = [];
    let cleared = 0;
    for (const [index, column] of kind.columns.entries()) {
      const position = positions[index] ?? -1;
      if (position === -1) continue;
      const given = restoreFormula(record[position] ?? '');
      const parsed = parseCell(column, given);
      if ('value' in parsed) {
        cells[index] = parsed.value;
      } else if ('code' in parsed) {
        errors.push({ column: column.name, value: shown(given), code: parsed.code, message: parsed.message });
      } else if (column.required && ('clear' in parsed || mode !== 'update' || index === keyIndex)) {
        const message = `${column.name} must not be empty`;
        errors.push({ column: column.name, value: shown(given), code: 'required', message });
      } else if ('clear' in parsed) {
        if (column.default === undefined) cleared |= 1 << index;
        else cells[index] = column.default;
      }
    }
    const keyCell = cells[keyIndex];
    return { key: keyCell == null ? null : toKey(keyCell), cells, cleared, errors };
  };
}

function shown(value: string): string {
  return value.length > MAX_SHOWN_VALUE ? `${value.slice(0, MAX_SHOWN_VALUE)}…` : value;
}
