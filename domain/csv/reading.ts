/** How the text of a file is written. */
export interface Dialect {
  delimiter: string;
  quote: string;
}

/** What was understood of a file before its records are read; kept with the job and shown. */
export interface Reading {
  encoding: 'utf-8';
  dialect: Dialect;
  /** The cells of the header as they stand in the file. */
  header: string[];
  /** For each cell of the header the column of the kind that it fills, or null where it is ignored. */
  columns: (string | null)[];
}

/** RFC 4180. */
export const STANDARD_DIALECT: Dialect = { delimiter: ',', quote: '"' };
