/** How the lines of a text end. A record ends with its line, unless the line end is inside quotes. */
export type LineEnd = 'lf' | 'crlf' | 'cr' | 'mixed';

/** How the records of a text are written. */
export interface Dialect {
  /** Between two cells: one or more characters, never none. A file of one column has the comma. */
  delimiter: string;
  /** Around cells that hold a delimiter or a line end; null when cells are never quoted. */
  quote: string | null;
  /**
   * In front of a quote inside a quoted cell: the quote itself where it is doubled, or a backslash; null without a quote.
   * A backslash counts only there and in front of another one, and is text elsewhere; a doubled quote is one quote there too.
   */
  escape: string | null;
  /**
   * Whether blanks in front of a cell are no part of it, so that a quote after them opens a quoted cell; nor are blanks
   * between a closing quote and the end of the cell. Blanks are spaces and tabs that mean nothing else in the dialect.
   */
  skipBlanks: boolean;
  /**
   * With `lf` and `crlf` a line ends at LF, and a CR in front of it belongs to the line end; with `cr` at CR; with `mixed` at
   * each of CRLF, LF and CR.
   */
  lineEnd: LineEnd;
}

/** RFC 4180, with the line ends of either kind of system. */
export const STANDARD_DIALECT: Dialect = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  skipBlanks: false,
  lineEnd: 'lf',
};
