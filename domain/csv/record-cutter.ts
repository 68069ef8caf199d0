import type { Dialect } from './dialect.ts';
import { Sign } from './sign.ts';

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;

/** What the cutter ran into when it could not find the end of a record. */
export type CutResult = 'record' | 'incomplete' | 'unclosed_quote' | 'end';

/**
 * What counts as a line: `physical`, each line of the text; `records`, each record and each blank line, also where a record's
 * cells hold line breaks. The latter are the rows of the sheet when the text comes from a spreadsheet.
 */
export type LineCount = 'physical' | 'records';

export interface CutOptions {
  /** `physical` unless it is given. */
  lines?: LineCount;
}

/**
 * Finds where the records of a text begin and end, without reading their cells: a file is cut into chunks with it, and a
 * chunk into the raw text of its records. Where a dialect leaves a question open it does what csv-parse with `relax_quotes`
 * does, so that both see the same records: a quote inside an unquoted cell is plain text, what follows a closing quote belongs
 * to the cell (the record is then marked as malformed), and outside of quotes there is nothing to escape. What csv-parse has
 * no option for is in `quoted-cells.ts`, and the same here.
 * Lines without any character are no records.
 *
 * It works on bytes of UTF-8, where no part of a character looks like another one.
 */
export class RecordCutter {
  /** Where the record found last begins, and where it ends without its line end. */
  start = 0;
  end = 0;
  /** Where to look for the one after it. */
  next = 0;
  /** Lines from where the search began to the record's first byte, and to `next`. */
  linesBefore = 0;
  lines = 0;
  /** The record has the sign for quotes somewhere. Without it, its cells are what stands between the delimiters. */
  hasQuote = false;
  /** Line breaks inside the record's quoted cells. */
  innerBreaks = 0;
  /** A closing quote of the record is followed by something that should not be there. */
  malformed = false;

  readonly #delimiter: Sign;
  readonly #quote: Sign | null;
  /** An escape sign that is not the quote. */
  readonly #otherEscape: Sign | null;
  /** Whether a quote inside a quoted cell may be doubled. */
  readonly #doubles: boolean;
  readonly #skipsBlanks: boolean;
  readonly #lf: Sign | null;
  readonly #cr: Sign | null;
  readonly #countsInnerBreaks: boolean;
  /** By byte, whether a sign of the dialect begins with it: everything else is text, and passed over quickly. */
  readonly #isText = new Uint8Array(256).fill(1);
  #buffer: Buffer = Buffer.alloc(0);
  #final = false;
  /** Delimiters of a record with quotes, outside of them. */
  #delimiters = 0;

  constructor(dialect: Dialect, { lines = 'physical' }: CutOptions = {}) {
    const { delimiter, quote, escape, lineEnd } = dialect;
    this.#delimiter = new Sign(delimiter);
    this.#quote = quote === null ? null : new Sign(quote);
    this.#doubles = escape !== null;
    this.#otherEscape = escape === null || escape === quote ? null : new Sign(escape);
    this.#skipsBlanks = dialect.skipBlanks;
    this.#lf = lineEnd === 'cr' ? null : new Sign('\n');
    this.#cr = lineEnd === 'cr' || lineEnd === 'mixed' ? new Sign('\r') : null;
    this.#countsInnerBreaks = lines === 'physical';
    for (const sign of [delimiter, quote, escape, '\r', '\n']) {
      if (sign !== null) this.#isText[Buffer.from(sign)[0] ?? 0] = 0;
    }
  }

  /**
   * Looks for the first record at or after `from`, which must not go back in the same buffer.
   *
   * @param final whether the buffer ends where the file ends; else a record that touches the end is `incomplete`
   * @returns `end` when there are only blank lines; `unclosed_quote` when the file ends inside quotes. In all cases `start`
   * and `linesBefore` tell where the blank lines end
   */
  advance(buffer: Buffer, from: number, final: boolean): CutResult {
    this.#buffer = buffer;
    this.#final = final;
    this.hasQuote = false;
    this.malformed = false;
    this.innerBreaks = 0;
    this.#delimiters = 0;
    this.#skipBlankLines(from);
    const { start } = this;
    if (start >= buffer.length) return final ? this.#ended() : 'incomplete';

    const lineEnd = this.#nextLineEnd(start);
    this.hasQuote = this.#quote !== null && this.#quote.next(buffer, start) < lineEnd;
    return this.hasQuote ? this.#walk(start) : this.#endAt(lineEnd);
  }

  /** How many cells the record found last has: to refuse one that has too many before it is parsed. */
  countCells(): number {
    if (this.hasQuote) return this.#delimiters + 1;
    let delimiters = 0;
    for (let position = this.start; position < this.end;) {
      const isDelimiter = this.#delimiter.isAt(this.#buffer, position);
      if (isDelimiter) delimiters += 1;
      position += isDelimiter ? this.#delimiter.length : 1;
    }
    return delimiters + 1;
  }

  #skipBlankLines(from: number): void {
    this.start = from;
    this.linesBefore = 0;
    for (;;) {
      const length = this.#lineEndAt(this.start);
      if (length === 0 || this.#isCutLineEnd(this.start)) break;
      this.start += length;
      this.linesBefore += 1;
    }
    this.lines = this.linesBefore;
  }

  /** Goes over a record that has quotes, byte by byte. */
  #walk(start: number): CutResult {
    const buffer = this.#buffer;
    const delimiter = this.#delimiter;
    let position = start;
    let cellStart = true;
    while (position < buffer.length) {
      if (cellStart && this.#skipsBlanks) position = this.#afterBlanks(position);
      if (cellStart && this.#isQuoteAt(position)) {
        position = this.#afterClosingQuote(position);
        if (position === -1) return this.#final ? 'unclosed_quote' : 'incomplete';
        if (this.#skipsBlanks) position = this.#afterBlanks(position);
        cellStart = false;
        const closes =
          position === buffer.length || delimiter.isAt(buffer, position) || this.#lineEndAt(position) > 0;
        if (!closes) this.malformed = true;
      } else if (this.#lineEndAt(position) > 0) {
        return this.#endAt(position);
      } else if (delimiter.isAt(buffer, position)) {
        position += delimiter.length;
        this.#delimiters += 1;
        cellStart = true;
      } else {
        position = this.#afterText(position + 1);
        cellStart = false;
      }
    }
    return this.#endAt(position);
  }

  /** Position after the quoted cell that begins at `start`, counting the line breaks in it; -1 when it does not end. */
  #afterClosingQuote(start: number): number {
    const buffer = this.#buffer;
    const quoteLength = this.#quote?.length ?? 0;
    const escape = this.#otherEscape;
    let position = start + quoteLength;
    while (position < buffer.length) {
      const lineEnd = this.#lineEndAt(position);
      if (lineEnd > 0) {
        this.innerBreaks += 1;
        position += lineEnd;
      } else if (escape?.isAt(buffer, position) === true) {
        position += escape.length;
        if (this.#isQuoteAt(position)) position += quoteLength;
        else if (escape.isAt(buffer, position)) position += escape.length;
      } else if (this.#isQuoteAt(position)) {
        position += quoteLength;
        if (!this.#doubles || !this.#isQuoteAt(position)) return position;
        position += quoteLength;
      } else {
        position = this.#afterText(position + 1);
      }
    }
    return -1;
  }

  /** The first position at or after `from` where a sign may stand. */
  #afterText(from: number): number {
    const buffer = this.#buffer;
    const isText = this.#isText;
    let position = from;
    while (position < buffer.length && isText[buffer[position] ?? 0] === 1) position += 1;
    return position;
  }

  /** The first position at or after `from` that has no blank, or one that means something in the dialect. */
  #afterBlanks(from: number): number {
    const buffer = this.#buffer;
    let position = from;
    for (;;) {
      const byte = buffer[position];
      if (byte !== SPACE && byte !== TAB) return position;
      if (this.#delimiter.isAt(buffer, position) || this.#isQuoteAt(position)) return position;
      position += 1;
    }
  }

  #isQuoteAt(position: number): boolean {
    return this.#quote?.isAt(this.#buffer, position) === true;
  }

  /** How many bytes of line end stand at a position. */
  #lineEndAt(position: number): number {
    const byte = this.#buffer[position];
    if (byte === LF) return this.#lf === null ? 0 : 1;
    if (byte !== CR) return 0;
    if (this.#lf !== null && this.#buffer[position + 1] === LF) return 2;
    return this.#cr === null ? 0 : 1;
  }

  /** Whether a line end stands at the end of a buffer where only more bytes tell if it is CR or CRLF. */
  #isCutLineEnd(position: number): boolean {
    const isLast = position === this.#buffer.length - 1;
    return isLast && !this.#final && this.#lf !== null && this.#buffer[position] === CR;
  }

  /** Position of the first line end at or after `from`; the buffer's length when there is none. */
  #nextLineEnd(from: number): number {
    const buffer = this.#buffer;
    const lf = this.#lf?.next(buffer, from) ?? buffer.length;
    if (this.#cr !== null) return Math.min(lf, this.#cr.next(buffer, from));
    return lf > from && lf < buffer.length && buffer[lf - 1] === CR ? lf - 1 : lf;
  }

  /** Ends the record at a line end, or at the end of the buffer. */
  #endAt(end: number): CutResult {
    const lineEnd = this.#lineEndAt(end);
    if (!this.#final && (lineEnd === 0 || this.#isCutLineEnd(end))) return 'incomplete';
    this.end = end;
    this.next = end + lineEnd;
    if (this.#countsInnerBreaks) this.lines += this.innerBreaks;
    if (lineEnd > 0) this.lines += 1;
    return 'record';
  }

  #ended(): CutResult {
    this.end = this.start;
    this.next = this.start;
    return 'end';
  }
}
