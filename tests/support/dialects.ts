import fc from 'fast-check';
import type { Dialect, LineEnd } from '../../domain/csv/dialect.ts';

const DELIMITERS = [',', ';', '\t', '|', ' ', ':', '§', '¦', '€', '||', '::', ', ', '~|~'];
const QUOTES = ['"', "'", '$', '”', null];
const OTHER_ESCAPES = ['\\', '^', null];
const LINE_ENDS: readonly LineEnd[] = ['lf', 'crlf', 'cr', 'mixed'];

/** Any dialect that a file may be written in. */
export function anyDialect(): fc.Arbitrary<Dialect> {
  return fc
    .record({
      delimiter: fc.constantFrom(...DELIMITERS),
      quote: fc.constantFrom(...QUOTES),
      otherEscape: fc.constantFrom(...OTHER_ESCAPES),
      lineEnd: fc.constantFrom(...LINE_ENDS),
    })
    .map(({ delimiter, quote, otherEscape, lineEnd }) => {
      return { delimiter, quote, escape: quote === null ? null : (otherEscape ?? quote), lineEnd };
    });
}

/** The signs that mean something in a dialect or come close to it, and some that don't. */
export function signsOf({ delimiter, quote, escape }: Dialect): string[] {
  const special = [delimiter, ...Array.from(delimiter), quote, quote === null ? null : quote + quote, escape];
  const signs = [...special, '\n', '\r', '\r\n', '"', "'", ' ', 'a', 'b2', 'é', '漢', '😀'];
  return signs.filter((sign) => sign !== null);
}

const LINE_END_SIGNS: Record<LineEnd, readonly string[]> = {
  lf: ['\n'],
  crlf: ['\r\n'],
  cr: ['\r'],
  mixed: ['\r\n', '\n', '\r'],
};

/** Writes one record in a dialect, without its line end. Cells are quoted where they have to be. */
export function writeRecord(cells: readonly string[], { delimiter, quote, escape }: Dialect): string {
  const write = (cell: string): string => {
    if (quote === null) return cell;
    const special = [...Array.from(delimiter), quote, '\r', '\n'];
    const isPlain = !special.some((sign) => cell.includes(sign)) && !(cell === '' && cells.length === 1);
    if (isPlain) return cell;
    const escaped =
      escape === null || escape === quote ? cell : cell.replaceAll(escape, () => escape + escape);
    return quote + escaped.replaceAll(quote, () => (escape ?? '') + quote) + quote;
  };
  return cells.map(write).join(delimiter);
}

/** The line end after a record; where a dialect has several, they take turns. */
export function lineEndAfter(index: number, { lineEnd }: Dialect): string {
  const signs = LINE_END_SIGNS[lineEnd];
  return signs[index % signs.length] ?? '\n';
}
