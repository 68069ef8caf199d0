import type { Dialect, LineEnd } from './dialect.ts';
import { signPattern } from './sign-pattern.ts';

const LINE_ENDS: Record<LineEnd, string> = {
  lf: '\\r?\\n',
  crlf: '\\r?\\n',
  cr: '\\r',
  mixed: '\\r\\n|\\n|\\r',
};

/** Whether a dialect has what csv-parse has no option for, so that records have to be rewritten for it. */
export function hasOwnQuoting({ quote, escape, skipBlanks }: Dialect): boolean {
  return quote !== null && (skipBlanks || (escape !== null && escape !== quote));
}

/**
 * Rewrites records so that a parser which knows only doubled quotes reads their cells as the dialect means them:
 *
 * - inside quoted cells `\"` becomes `""`, and `\\` becomes `\`; a backslash in front of anything else is text, and stays,
 * - with `skipBlanks`, blanks in front of cells and after closing quotes are left out.
 *
 * Everything else stays as it is, also what is not well-formed. A record of nothing but blanks becomes a quoted cell without
 * text, since an empty line would be none.
 *
 * @param bytes whole records
 */
export function rewriteQuotedCells(bytes: Buffer, dialect: Dialect): Buffer {
  // One character per byte: nothing is lost where the bytes are no UTF-8, and the signs of a dialect are found all the same.
  return Buffer.from(new Rewriter(bytes.toString('latin1'), dialect).all(), 'latin1');
}

class Rewriter {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #quote: string;
  readonly #skipsBlanks: boolean;
  /** All that ends a cell without quotes; and inside a quoted cell all that has a quote or an escape sign. */
  readonly #cellEnd: RegExp;
  readonly #sign: RegExp;
  readonly #lineEnd: RegExp;
  #written = '';
  /** Up to here the text has been written or left out. */
  #done = 0;

  constructor(text: string, { delimiter, quote, escape, skipBlanks, lineEnd }: Dialect) {
    this.#text = text;
    this.#delimiter = bytesOf(delimiter);
    this.#quote = bytesOf(quote ?? '');
    this.#skipsBlanks = skipBlanks;
    this.#cellEnd = new RegExp(`${signPattern(this.#delimiter)}|${LINE_ENDS[lineEnd]}`, 'g');
    this.#lineEnd = new RegExp(LINE_ENDS[lineEnd], 'y');
    const own = signPattern(this.#quote);
    const other = escape === null || escape === quote ? null : signPattern(bytesOf(escape));
    const doubled = escape === null ? own : `${own}(?:${own})?`;
    this.#sign = new RegExp(other === null ? doubled : `${other}(?:${other}|${own})|${doubled}`, 'g');
  }

  all(): string {
    const text = this.#text;
    let position = 0;
    let lineStart = true;
    while (position < text.length) {
      const start = this.#afterBlanks(position);
      if (text.startsWith(this.#quote, start)) {
        this.#leaveOut(position, start);
        const closed = this.#quotedCell(start);
        if (closed === -1) break;
        position = this.#afterBlanks(closed);
        if (this.#isCellEnd(position)) this.#leaveOut(closed, position);
      } else if (start > position) {
        this.#leaveOut(position, start);
        if (lineStart && (start === text.length || this.#isLineEnd(start))) {
          this.#written += this.#quote + this.#quote;
        }
        position = start;
      }
      this.#cellEnd.lastIndex = position;
      const end = this.#cellEnd.exec(text);
      if (end === null) break;
      position = this.#cellEnd.lastIndex;
      lineStart = end[0] !== this.#delimiter;
    }
    return this.#written + text.slice(this.#done);
  }

  /** Rewrites the quoted cell that begins at `start`, and returns the position after it; -1 when it does not end. */
  #quotedCell(start: number): number {
    const sign = this.#sign;
    const quote = this.#quote;
    sign.lastIndex = start + quote.length;
    for (let found = sign.exec(this.#text); found !== null; found = sign.exec(this.#text)) {
      const [signs] = found;
      if (signs === quote) return sign.lastIndex;
      if (signs.startsWith(quote)) continue;
      // An escape sign, and what it stands in front of: the first goes, the other stays, a quote in the usual way.
      const escaped = signs.endsWith(quote) ? quote + quote : signs.slice(signs.length / 2);
      this.#leaveOut(found.index, sign.lastIndex);
      this.#written += escaped;
    }
    return -1;
  }

  #leaveOut(from: number, to: number): void {
    this.#written += this.#text.slice(this.#done, from);
    this.#done = to;
  }

  #afterBlanks(from: number): number {
    const text = this.#text;
    let position = from;
    while (this.#skipsBlanks && (text[position] === ' ' || text[position] === '\t')) {
      if (text.startsWith(this.#delimiter, position) || text.startsWith(this.#quote, position)) break;
      position += 1;
    }
    return position;
  }

  #isCellEnd(position: number): boolean {
    const text = this.#text;
    return (
      position === text.length || text.startsWith(this.#delimiter, position) || this.#isLineEnd(position)
    );
  }

  #isLineEnd(position: number): boolean {
    this.#lineEnd.lastIndex = position;
    return this.#lineEnd.test(this.#text);
  }
}

function bytesOf(sign: string): string {
  return Buffer.from(sign).toString('latin1');
}

/** A cell of a record without quotes, as `skipBlanks` means it. */
export function withoutLeadingBlanks(cell: string): string {
  return cell.startsWith(' ') || cell.startsWith('\t') ? cell.replace(/^[ \t]+/, '') : cell;
}
