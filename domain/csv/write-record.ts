import { neutraliseFormula } from './formula.ts';

/** In front of a CSV in UTF-8, so that spreadsheets know that it is that. */
export const BYTE_ORDER_MARK = '\ufeff';

/** How records are written: after RFC 4180, with these signs. */
export interface WrittenDialect {
  delimiter: string;
  quote: string;
  /** CRLF when missing, as RFC 4180 has it. */
  lineEnd?: '\n';
}

/**
 * A record as a line of a CSV. A cell that a spreadsheet would run gets a `'` in front. Quoted is what would be read as more
 * than one cell, and what has blanks at its edges, which some readers take off otherwise.
 */
export function writeRecord(cells: readonly string[], { delimiter, quote, lineEnd }: WrittenDialect): string {
  const written = cells.map((cell) => {
    const safe = neutraliseFormula(cell);
    const isPlain = !safe.includes(delimiter) && !safe.includes(quote) && !/[\r\n]|^\s|\s$/.test(safe);
    return isPlain ? safe : quote + safe.replaceAll(quote, quote + quote) + quote;
  });
  return `${written.join(delimiter)}${lineEnd ?? '\r\n'}`;
}
