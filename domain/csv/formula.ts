/**
 * Cells that a spreadsheet would run as a formula ("CSV injection"): after blanks, or after a line break inside the cell,
 * they begin with = + - @, a tab or a carriage return, or with the full-width form of one of the signs.
 * Source of the list: OWASP, "CSV Injection".
 */
const FORMULA =
  /^'*(?:[ \u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r])|[\r\n][ \u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;
const NUMBER = /^[+-]?\d+(?:[.,]\d+)*$/;

/** Whether a spreadsheet would run this cell, or it is one that got a quote in front because of that. */
function isFormulaLike(cell: string): boolean {
  return FORMULA.test(cell) && !NUMBER.test(cell);
}

/** The cell as it may leave in a CSV: with one `'` in front where a spreadsheet would run it. Numbers stay numbers. */
export function neutraliseFormula(cell: string): string {
  return isFormulaLike(cell) ? `'${cell}` : cell;
}

/** Takes back what {@link neutraliseFormula} did; other cells that begin with `'` stay as they are. */
export function restoreFormula(cell: string): string {
  return cell.startsWith("'") && isFormulaLike(cell.slice(1)) ? cell.slice(1) : cell;
}
