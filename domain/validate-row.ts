import type { RowErrorCode } from '../contracts/errors.ts';
import type { Blanks, Mode } from '../contracts/words.ts';
import { toKey } from './keys.ts';
import type { AnyKind, Column } from './kinds/index.ts';
import type { NumberEvidence, NumberEvidences, NumberFormats } from './values/number-format.ts';
import { type CellReader, CLEAR, createCellReader } from './values/parse-cell.ts';

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

export interface RowValidatorOptions {
  kind: AnyKind;
  /** Creating records needs their required cells, updating only the key. */
  mode: Mode;
  /** What a blank cell does to a record that is there already. */
  blanks: Blanks;
  /** The decimal signs of the file's numeric columns; one that is not named is unknown. */
  numberFormats: NumberFormats;
}

/** Validates the rows of one file. */
export interface RowValidator {
  /** @param values texts in the order of the kind's columns; null where the file has nothing for the column */
  validate: (values: readonly (string | null)[]) => ValidatedRow;
  /**
   * What the rows so far show of the formats of their numeric columns. It does not depend on the formats that were given, nor on
   * whether the rows are good.
   */
  evidence: () => NumberEvidences;
}

interface Field {
  column: Column;
  index: number;
  read: CellReader;
  /** Whether a blank cell rejects the row. */
  isNeeded: boolean;
}

export function createRowValidator({ kind, mode, blanks, numberFormats }: RowValidatorOptions): RowValidator {
  const evidence = new Map<string, NumberEvidence>();
  const keyIndex = kind.columns.findIndex((column) => column.name === kind.keyColumn);
  const width = kind.columns.length;
  const fields: Field[] = [];
  for (const [index, column] of kind.columns.entries()) {
    const isKey = index === keyIndex;
    // An update that keeps what is there may leave anything blank but the key.
    const isNeeded = column.required && (isKey || mode !== 'update' || blanks === 'clear');
    const ofColumn: NumberEvidence = { point: 0, comma: 0, ambiguous: 0 };
    if (column.type === 'decimal' || column.type === 'integer') evidence.set(column.name, ofColumn);
    const format = numberFormats[column.name] ?? 'unknown';
    const read = createCellReader({ column, isKey, format, evidence: ofColumn });
    fields.push({ column, index, read, isNeeded });
  }

  function validate(values: readonly (string | null)[]): ValidatedRow {
    const cells = new Array<string | null>(width).fill(null);
    const errors: RowError[] = [];
    let cleared = 0;
    for (const { column, index, read, isNeeded } of fields) {
      const given = values[index] ?? null;
      if (given === null) continue;
      const parsed = read(given);
      if (typeof parsed === 'string') {
        cells[index] = parsed;
      } else if (parsed === null ? isNeeded : parsed === CLEAR && column.required) {
        const message = `${column.name} must not be empty`;
        errors.push({ column: column.name, value: shown(given), code: 'required', message });
      } else if (parsed === CLEAR || (parsed === null && blanks === 'clear')) {
        if (column.default === undefined) cleared |= 1 << index;
        else cells[index] = column.default;
      } else if (parsed !== null) {
        errors.push({ column: column.name, value: shown(given), code: parsed.code, message: parsed.message });
      }
    }
    const keyCell = cells[keyIndex];
    return {
      key: keyCell == null ? null : kind.keyForm === 'folded' ? toKey(keyCell) : keyCell,
      cells,
      cleared,
      errors,
    };
  }

  return {
    validate,
    evidence: () => Object.fromEntries([...evidence].map(([column, counts]) => [column, { ...counts }])),
  };
}

function shown(value: string): string {
  return value.length > MAX_SHOWN_VALUE ? `${value.slice(0, MAX_SHOWN_VALUE)}…` : value;
}
