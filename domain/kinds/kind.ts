import type { RecordKind } from '../../contracts/words.ts';

/** What a cell of a column may hold, and how it is normalised. */
export type ColumnType = 'text' | 'email' | 'decimal' | 'boolean' | 'integer';

/** A column of a kind of record. */
export interface Column {
  /** Name in the API, in templates and in the table. */
  name: string;
  type: ColumnType;
  /** Whether a record can't be created without it. */
  required: boolean;
  /** In characters, for `text` and `email`. */
  maxLength?: number;
  /** What a new record gets where the file says nothing, as a normalised cell. */
  default?: string;
  /** Other headers by which the column is known, however they are written (domain/mapping/header-name.ts). */
  aliases: readonly string[];
  /**
   * Columns that together make this one, in this order, each with the headers by which it is known. They count when all of them
   * are there. A header may also stand among the aliases: it means the whole when its fellows are missing.
   */
  parts?: readonly (readonly string[])[];
  /** Whether lists can be filtered and, but for a boolean, sorted by it. It then always has a value, and is in the search table. */
  indexed?: true;
  /** Shown in the template. */
  example: string;
}

/** What the table keeps of a record besides its columns, and the system alone writes: shown, never imported or changed. */
export interface Fact {
  /** Name in the API and in the table. */
  name: string;
  type: 'integer';
  description: string;
  example: string;
}

/**
 * A kind of record that can be imported. It is data: staging validates by it, and the apply statements are made from it.
 * A new kind is one such object, its table and its search table in prisma/schema.prisma, and a line in ./index.ts.
 */
export interface Kind {
  name: RecordKind;
  /** What one record is called in sentences. */
  singular: string;
  table: string;
  /** What lists are filtered, searched and sorted by: made from the table, a little later where an import writes (ADR 0018). */
  searchTable: string;
  /** Its records are people: each can be erased, and the audit log keeps no values of them. */
  isPerson: boolean;
  /** The column whose normalised form identifies a record. */
  keyColumn: string;
  /** Where the normalised form is kept: unique, COLLATE "C", the order in which rows are locked. */
  keyField: string;
  /** In the order of the cells in staging. */
  columns: readonly Column[];
  /** Shown with them, read-only. */
  facts: readonly Fact[];
  /**
   * Orders hold pieces of its records and take them away; null where there is nothing to take. Such a record can not go while
   * something of it is held, and is not set back to a count from before something left.
   */
  taken: {
    /** The column that says how many pieces there are. */
    countColumn: string;
    /** Where the table keeps how many pieces are held. */
    heldField: string;
    /** Where it keeps when some last left. */
    movedAtField: string;
  } | null;
}
