import type { Column, Kind } from './kinds/index.ts';
import { createRowValidator, type ValidatedRow } from './validate-row.ts';
import { writeNumber } from './values/decimal.ts';

/** A value of a column as JSON has it. */
export type InputValue = string | number | boolean | null;

/**
 * Validates what a request says of one record, by the rules that the rows of files are validated by, and normalises it in the
 * same way. Null, like a blank text, empties a column, or gives it its default; where it is required, that is an error. Numbers
 * in texts are written with a decimal point.
 *
 * @param given by column; a column that is missing stays as it is
 * @param isNew of a new record a missing column is an empty one
 */
export function readRecordInput(
  kind: Kind,
  given: Readonly<Record<string, InputValue | undefined>>,
  isNew: boolean,
): ValidatedRow {
  const numberFormats = Object.fromEntries(kind.columns.map(({ name }) => [name, 'point' as const]));
  const { validate } = createRowValidator({ kind, mode: 'upsert', blanks: 'clear', numberFormats });
  const missing = isNew ? '' : null;
  return validate(kind.columns.map((column) => textOf(given[column.name], column) ?? missing));
}

function textOf(value: InputValue | undefined, { name }: Column): string | null {
  if (value === undefined) return null;
  if (value === null) return '';
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError(`${name} is no number`);
  return typeof value === 'number' ? writeNumber(value) : String(value);
}
