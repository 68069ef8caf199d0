import type { Dialect } from './reading.ts';

const LF = 0x0a;
const CR = 0x0d;

/** What the cutter ran into when it could not find the end of a record. */
export type CutResult = 'record' | 'incomplete' | 'unclosed_quote' | 'end';

/**
 * Finds where the records of a CSV begin and end, without reading their cells: a file is cut into chunks with it, and a
 * chunk into the raw text of its records. It follows RFC 4180, and is lenient in the two ways in which csv-parse with
 * `relax_quotes` is, so that both see the same records: a quote inside an unquoted cell is plain text, and what follows a
 * closing quote belongs to the cell (the record is then marked as malformed).
 * Lines without any character are no records.
 *
 * It works on bytes of UTF-8, where no part of a longer character looks like a quote, a delimiter or a line end.
 */
export class RecordCutter {
  /** Where the record found last begins, and where it ends without its line end. */
  start = 0;
  end = 0;
  /** Where to look for the one after it. */
  next = 0;
  /** Line breaks from where the search began to the record's first byte, and to `next`. */
  linesBefore = 0;
  lines = 0;
  /** A closing quote of the record is followed by something that should not be there. */
  malformed = false;

  readonly #quote: number;
  readonly #delimiter: number;
  #buffer: Buffer = Buffer.alloc(0);
  /** Position of the first quote at or after the last search; the buffer's length when there is none. */
  #nextQuote = 0;

  constructor(dialect: Dialect) {
    this.#quote = dialect.quote.charCodeAt(0);
    this.#delimiter = dialect.delimiter.charCodeAt(0);
  }

  /**
   * Looks for the first record at or after `from`.
   *
   * @param final whether the buffer ends where the file ends; else a record that touches the end is `incomplete`
   * @returns `end` when there are only blank lines; `unclosed_quote` when the file ends inside quotes
   */
  advance(buffer: Buffer, from: number, final: boolean): CutResult {
    if (buffer !== this.#buffer) {
      this.#buffer = buffer;
      this.#nextQuote = -1;
    }
    this.malformed = false;
    this.lines = 0;

    let start = from;
    for (;;) {
      if (start >= buffer.length) return final ? this.#ended(start) : 'incomplete';
      const first = buffer[start];
      if (first === LF) start += 1;
      else if (first === CR && buffer[start + 1] === LF) start += 2;
      else break;
      this.lines += 1;
    }
    this.start = start;
    this.linesBefore = this.lines;

    if (this.#nextQuote < start) {
      const found = buffer.indexOf(this.#quote, start);
      this.#nextQuote = found === -1 ? buffer.length : found;
    }
    const lineEnd = buffer.indexOf(LF, start);
    if (lineEnd !== -1 && lineEnd < this.#nextQuote) return this.#found(lineEnd, lineEnd + 1);
    if (this.#nextQuote === buffer.length && lineEnd === -1) {
      return final ? this.#found(buffer.length, buffer.length) : 'incomplete';
    }
    return this.#walk(buffer, start, final);
  }

  /** Goes over a record that has quotes, byte by byte. */
  #walk(buffer: Buffer, start: number, final: boolean): CutResult {
    const quote = this.#quote;
    const delimiter = this.#delimiter;
    let position = start;
    let cellStart = true;
    while (position < buffer.length) {
      const byte = buffer[position];
      if (byte === quote && cellStart) {
        position = this.#closingQuote(buffer, position + 1);
        if (position === -1) return final ? 'unclosed_quote' : 'incomplete';
        position += 1;
        const after = buffer[position];
        if (after === undefined && !final) return 'incomplete';
        const closes =
          after === undefined ||
          after === delimiter ||
          after === LF ||
          (after === CR && buffer[position + 1] === LF);
        if (after === CR && position + 1 === buffer.length && !final) return 'incomplete';
        if (!closes) this.malformed = true;
        cellStart = false;
      } else if (byte === LF) {
        return this.#found(position, position + 1);
      } else {
        cellStart = byte === delimiter;
        position += 1;
      }
    }
    return final ? this.#found(buffer.length, buffer.length) : 'incomplete';
  }

  /** Position of the quote that closes a cell, counting the line breaks on the way; -1 when it is not in the buffer. */
  #closingQuote(buffer: Buffer, from: number): number {
    let position = from;
    for (;;) {
      const closing = buffer.indexOf(this.#quote, position);
      if (closing === -1) return -1;
      for (
        let lf = buffer.indexOf(LF, position);
        lf !== -1 && lf < closing;
        lf = buffer.indexOf(LF, lf + 1)
      ) {
        this.lines += 1;
      }
      if (buffer[closing + 1] !== this.#quote) return closing;
      position = closing + 2;
    }
  }

  #found(end: number, next: number): CutResult {
    const hasCr = next > end && end > this.start && this.#buffer[end - 1] === CR;
    this.end = hasCr ? end - 1 : end;
    this.next = next;
    if (next > end) this.lines += 1;
    return 'record';
  }

  #ended(position: number): CutResult {
    this.start = position;
    this.end = position;
    this.next = position;
    this.linesBefore = this.lines;
    return 'end';
  }
}
