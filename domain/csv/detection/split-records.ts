import type { Dialect, LineEnd } from '../dialect.ts';
import { withoutLeadingBlanks } from '../quoted-cells.ts';

/** A record as a dialect reads it, with what tells whether the dialect fits. */
export interface SplitRecord {
  /** Physical line on which it starts, from 1. */
  line: number;
  /** Physical lines that it takes. */
  lines: number;
  cells: string[];
  /** For each cell whether it stood in quotes; null when none did. */
  quoted: boolean[] | null;
  /** Quotes that are out of place: text after a closing quote, or an opening quote that nothing closes. */
  strays: number;
  /** Quotes inside quoted cells after an escape sign of their own. */
  escapes: number;
}

export interface SplitLimits {
  maxRecords: number;
  /** Whether the text ends where the file ends: else a record that touches the end is dropped. */
  isWhole: boolean;
}

interface QuotedCell {
  content: string;
  /** Position after the closing quote. */
  next: number;
  /** Line ends within, counted as physical lines. */
  lines: number;
  escapes: number;
}

/**
 * Splits text into records and cells, quickly and for one purpose: to compare dialects. For text that fits the dialect the
 * cells are those of `parseCells`; a test holds the two together. The one difference is on purpose: an opening quote that nothing closes is plain text here, so that it can't swallow the rest of the sample.
 */
export function splitRecords(text: string, dialect: Dialect, limits: SplitLimits): SplitRecord[] {
  return new Splitter(text, dialect, limits).all();
}

class Splitter {
  readonly #text: string;
  readonly #delimiter: string;
  readonly #quote: string | null;
  readonly #escape: string | null;
  readonly #skipsBlanks: boolean;
  readonly #lineEnd: LineEnd;
  readonly #limits: SplitLimits;
  readonly #quotes: Seeker;
  readonly #escapes: Seeker;
  readonly #delimiters: Seeker;
  /** From here on no quote closes a cell: found once, so that a text of open quotes is not searched over and over. */
  #unclosedFrom = Infinity;

  constructor(text: string, dialect: Dialect, limits: SplitLimits) {
    this.#text = text;
    this.#delimiter = dialect.delimiter;
    this.#quote = dialect.quote;
    this.#escape = dialect.escape;
    this.#skipsBlanks = dialect.skipBlanks;
    this.#lineEnd = dialect.lineEnd;
    this.#limits = limits;
    this.#quotes = new Seeker(text, dialect.quote);
    this.#escapes = new Seeker(text, dialect.escape);
    this.#delimiters = new Seeker(text, dialect.delimiter);
  }

  all(): SplitRecord[] {
    const text = this.#text;
    const records: SplitRecord[] = [];
    let position = 0;
    let line = 1;
    while (position < text.length && records.length < this.#limits.maxRecords) {
      const end = this.#endOfLine(position);
      if (this.#quotes.from(position) >= end) {
        const isCut = end === text.length && !this.#limits.isWhole;
        const content = text.slice(position, this.#withoutReturn(position, end));
        if (content !== '' && !(isCut && records.length > 0)) {
          const split = content.split(this.#delimiter);
          const cells = this.#skipsBlanks ? split.map(withoutLeadingBlanks) : split;
          records.push({ line, lines: 1, cells, quoted: null, strays: 0, escapes: 0 });
        }
        position = this.#afterLineEnd(end);
        line += 1;
        continue;
      }
      const found = this.#walk(position, line);
      if (found.touchesEnd && !this.#limits.isWhole && records.length > 0) break;
      records.push(found.record);
      position = found.next;
      line += found.record.lines;
    }
    return records;
  }

  /** A record with quotes in it. */
  #walk(start: number, line: number): { record: SplitRecord; next: number; touchesEnd: boolean } {
    const text = this.#text;
    const record: SplitRecord = { line, lines: 1, cells: [], quoted: null, strays: 0, escapes: 0 };
    let position = start;
    let end = -1;
    for (;;) {
      let prefix = '';
      let isQuoted = false;
      if (this.#skipsBlanks) position = this.#afterBlanks(position);
      if (this.#quote !== null && text.startsWith(this.#quote, position)) {
        const quoted = this.#quotedCell(position);
        if (quoted === null) {
          record.strays += 1;
        } else {
          position = quoted.next;
          record.lines += quoted.lines;
          record.escapes += quoted.escapes;
          prefix = quoted.content;
          isQuoted = true;
        }
      }
      if (end < position) end = this.#endOfLine(position);
      const delimiter = this.#delimiters.from(position);
      const cellEnd = Math.min(delimiter, end);
      const isLast = end <= delimiter;
      const contentEnd = isLast ? this.#withoutReturn(position, end) : cellEnd;
      let rest = text.slice(position, contentEnd);
      if (isQuoted && this.#skipsBlanks && /^[ \t]*$/.test(rest)) rest = '';
      if (isQuoted && rest !== '') {
        record.strays += 1;
        isQuoted = false;
        prefix = `${this.#quote ?? ''}${prefix}${this.#quote ?? ''}`;
      }
      if (isQuoted) {
        record.quoted ??= Array<boolean>(record.cells.length).fill(false);
      }
      record.cells.push(prefix + rest);
      record.quoted?.push(isQuoted);
      if (isLast) {
        return { record, next: this.#afterLineEnd(end), touchesEnd: end >= text.length };
      }
      position = cellEnd + this.#delimiter.length;
    }
  }

  /** The cell that opens with the quote at `start`; null when nothing closes it. */
  #quotedCell(start: number): QuotedCell | null {
    const quote = this.#quote ?? '"';
    if (start >= this.#unclosedFrom) return null;
    const text = this.#text;
    const doubles = this.#escape === quote;
    let content = '';
    let escapes = 0;
    let from = start + 1;
    let position = from;
    for (;;) {
      const closing = this.#quotes.from(position);
      if (closing === text.length) {
        this.#unclosedFrom = start;
        return null;
      }
      if (!doubles && this.#escape !== null) {
        const escape = this.#escapes.from(position);
        if (escape < closing) {
          position = escape + 1;
          if (position === closing) escapes += 1;
          if (position === closing || text.startsWith(this.#escape, position)) {
            content += text.slice(from, escape);
            from = position;
            position += 1;
          }
          continue;
        }
      }
      if (this.#escape !== null && text.startsWith(quote, closing + 1)) {
        content += text.slice(from, closing + 1);
        from = closing + 2;
        position = from;
        continue;
      }
      return {
        content: content + text.slice(from, closing),
        next: closing + 1,
        lines: countLines(text, start, closing, this.#lineEnd),
        escapes,
      };
    }
  }

  /** The first position at or after `from` that has no blank, or one that means something in the dialect. */
  #afterBlanks(from: number): number {
    const text = this.#text;
    let position = from;
    while (text[position] === ' ' || text[position] === '\t') {
      if (text.startsWith(this.#delimiter, position) || text[position] === this.#quote) break;
      position += 1;
    }
    return position;
  }

  #endOfLine(from: number): number {
    const text = this.#text;
    if (this.#lineEnd === 'cr') return indexOrEnd(text, '\r', from);
    if (this.#lineEnd !== 'mixed') return indexOrEnd(text, '\n', from);
    for (let position = from; position < text.length; position += 1) {
      const code = text.charCodeAt(position);
      if (code === LF || code === CR) return position;
    }
    return text.length;
  }

  /** Where the line's own text ends, given the position of its LF. */
  #withoutReturn(from: number, end: number): number {
    const belongs = this.#lineEnd === 'lf' || this.#lineEnd === 'crlf';
    return belongs && end < this.#text.length && end > from && this.#text.charCodeAt(end - 1) === CR
      ? end - 1
      : end;
  }

  #afterLineEnd(end: number): number {
    const isPair =
      this.#lineEnd === 'mixed' && this.#text.charCodeAt(end) === CR && this.#text.charCodeAt(end + 1) === LF;
    return isPair ? end + 2 : end + 1;
  }
}

/** Finds a string again and again, further on each time, without going over the same text twice. */
class Seeker {
  readonly #text: string;
  readonly #what: string | null;
  #searchedFrom = 0;
  #found = -1;

  constructor(text: string, what: string | null) {
    this.#text = text;
    this.#what = what;
  }

  /** Position of the first one at or after `position`; the text's length when there is none. */
  from(position: number): number {
    if (position >= this.#searchedFrom && position <= this.#found) return this.#found;
    this.#searchedFrom = position;
    this.#found = this.#what === null ? this.#text.length : indexOrEnd(this.#text, this.#what, position);
    return this.#found;
  }
}

const LF = 10;
const CR = 13;

function indexOrEnd(text: string, what: string, from: number): number {
  const found = text.indexOf(what, from);
  return found === -1 ? text.length : found;
}

/** Line ends between two positions. */
function countLines(text: string, from: number, to: number, lineEnd: LineEnd): number {
  let lines = 0;
  for (let position = from; position < to; position += 1) {
    const code = text.charCodeAt(position);
    if (code === LF) {
      if (lineEnd !== 'cr') lines += 1;
    } else if (
      code === CR &&
      (lineEnd === 'cr' || (lineEnd === 'mixed' && text.charCodeAt(position + 1) !== LF))
    ) {
      lines += 1;
    }
  }
  return lines;
}
