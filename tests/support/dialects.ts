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
      skipBlanks: fc.boolean(),
      lineEnd: fc.constantFrom(...LINE_ENDS),
    })
    .map(({ quote, otherEscape, ...rest }) => {
      return { ...rest, quote, escape: quote === null ? null : (otherEscape ?? quote) };
    });
}

/** The signs that mean something in a dialect or come close to it, and some that don't. */
export function signsOf({ delimiter, quote, escape }: Dialect): string[] {
  const quotes = quote === null ? [] : [quote + quote, (escape ?? '') + quote, `${quote} ${delimiter}`];
  const special = [delimiter, ...Array.from(delimiter), quote, ...quotes, escape];
  const signs = [...special, '\n', '\r', '\r\n', '"', "'", ' ', '\t', 'a', 'b2', 'é', '漢', '😀'];
  return signs.filter((sign) => sign !== null);
}

const LINE_END_SIGNS: Record<LineEnd, readonly string[]> = {
  lf: ['\n'],
  crlf: ['\r\n'],
  cr: ['\r'],
  mixed: ['\r\n', '\n', '\r'],
};

/** Ways in which one and the same record may be written. */
export interface WritingStyle {
  /** Stands in front of cells and after closing quotes, where the dialect skips it. */
  blanks: string;
  /** Quotes are doubled here and there though there is an escape sign, and that is escaped only where it has to be. */
  isLoose: boolean;
}

/** Any style, with blanks that mean nothing else in the dialect. */
export function anyStyle({ delimiter, quote, skipBlanks }: Dialect): fc.Arbitrary<WritingStyle> {
  const blanks = [' ', '\t'].filter((blank) => skipBlanks && !delimiter.includes(blank) && blank !== quote);
  return fc.record({
    blanks:
      blanks.length === 0 ? fc.constant('') : fc.string({ unit: fc.constantFrom(...blanks), maxLength: 2 }),
    isLoose: fc.boolean(),
  });
}

/** Writes one record in a dialect, without its line end. Cells are quoted where they have to be. */
export function writeRecord(
  cells: readonly string[],
  { delimiter, quote, escape, skipBlanks }: Dialect,
  { blanks, isLoose }: WritingStyle = { blanks: '', isLoose: false },
): string {
  const quoteCell = (cell: string, sign: string): string => {
    if (escape === null || escape === sign)
      return sign + cell.replaceAll(sign, () => (escape ?? '') + sign) + sign;
    const chars = Array.from(cell);
    const written = chars.map((char, index) => {
      const next = chars[index + 1] ?? sign;
      if (char === sign) return (isLoose && index % 2 === 0 ? sign : escape) + sign;
      const isText = char !== escape || (isLoose && next !== sign && next !== escape);
      return isText ? char : escape + escape;
    });
    return sign + written.join('') + sign;
  };
  const write = (cell: string): string => {
    if (quote === null) return blanks + cell;
    const special = [...Array.from(delimiter), quote, '\r', '\n'];
    const isPlain =
      !special.some((sign) => cell.includes(sign)) &&
      !(cell === '' && cells.length === 1) &&
      !(skipBlanks && /^[ \t]/.test(cell));
    return blanks + (isPlain ? cell : quoteCell(cell, quote) + blanks);
  };
  return cells.map(write).join(delimiter);
}

/** The line end after a record; where a dialect has several, they take turns. */
export function lineEndAfter(index: number, { lineEnd }: Dialect): string {
  const signs = LINE_END_SIGNS[lineEnd];
  return signs[index % signs.length] ?? '\n';
}
