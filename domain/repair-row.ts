import type { ImportOptions } from '../contracts/words.ts';
import type { AnyKind } from './kinds/index.ts';
import { createRowValidator, type ValidatedRow } from './validate-row.ts';
import { CLEARING_CELL } from './values/parse-cell.ts';

export interface RowRepair {
  kind: AnyKind;
  options: Pick<ImportOptions, 'mode' | 'blanks'>;
  /** The row's cells so far, normalised, in the order of the kind's columns. */
  cells: readonly (string | null)[];
  /** Bit n is set when the row clears column n. */
  cleared: number;
  /** New texts by column; null empties the cell. */
  values: Readonly<Record<string, string | null>>;
  /** Columns whose cells are wrong. */
  wrong: readonly (string | null)[];
}

/**
 * Validates a rejected row with some of its cells replaced, by the rules that the file's rows are validated by. Numbers are
 * written with a decimal point.
 */
export function repairRow({ kind, options, cells, cleared, values, wrong }: RowRepair): ValidatedRow {
  const numberFormats = Object.fromEntries(kind.columns.map(({ name }) => [name, 'point' as const]));
  const { validate } = createRowValidator({ kind, ...options, numberFormats });
  const repaired = kind.columns.map(({ name, required }, index) => {
    const given = values[name];
    if (given !== undefined) return given ?? '';
    if ((cleared & (1 << index)) !== 0) return CLEARING_CELL;
    const cell = cells[index] ?? null;
    // What could not be read has no cell: it has to be given, unless nothing needs it.
    return cell === null && (required || wrong.includes(name)) ? '' : cell;
  });
  return validate(repaired);
}
