import type { ImportKind, Mode, Notify, RecordKind } from '../../contracts/words.ts';

/** What a cell of a column may hold, and how it is normalised. */
export type ColumnType = RecordColumnType | 'order_number' | 'currency';

/** The same of a record's columns. */
export type RecordColumnType = 'text' | 'email' | 'decimal' | 'boolean' | 'integer';

/** A column of a kind of record. */
export interface Column {
  /** Name in the API, in templates and in the table. */
  name: string;
  type: ColumnType;
  /** Whether a record can't be created without it. */
  required: boolean;
  /** In characters, for `text` and `email`. */
  maxLength?: number;
  /** Of an `integer`; 0 and the largest that can be kept when missing. */
  min?: number;
  max?: number;
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

/** A column of a record. */
export interface RecordColumn extends Column {
  type: RecordColumnType;
}

/** What the table keeps of a record besides its columns, and the system alone writes: shown, never imported or changed. */
export interface Fact {
  /** Name in the API and in the table. */
  name: string;
  type: 'integer';
  description: string;
  example: string;
}

/** What is the same of everything that a file may bring: its columns and its rules. It is data. */
interface Importable {
  name: ImportKind;
  /** What one of it is called in sentences. */
  singular: string;
  /** The column whose value says which rows are about the same. */
  keyColumn: string;
  /** Keys are the same in any case (`folded`), or only letter by letter (`exact`). */
  keyForm: 'folded' | 'exact';
  /** In the order of the cells in staging. */
  columns: readonly Column[];
  /**
   * Rows with one key are one thing together, and go in whole or not at all; without this they compete. What the later ones
   * leave blank in such a column they take from the row above, so that it says to which they belong.
   */
  rowsTogether: { fillDown: readonly string[] } | null;
  /** The column that names a person, who may want to be forgotten. */
  personColumn: string | null;
  /** How it can be imported; the first one when nothing is said. */
  modes: readonly [Mode, ...Mode[]];
  /** What an import of it can send. */
  notify: readonly Notify[];
  /** What a reader of a preview should know. */
  notes: readonly string[];
}

/**
 * A kind of record that can be imported: staging validates by it, and the apply statements are made from it.
 * A new kind is one such object, its table and its search table in prisma/schema.prisma, and a line in ./index.ts.
 */
export interface Kind extends Importable {
  name: RecordKind;
  /** How its rows are brought in: by statements that are made from this. */
  applies: 'records';
  rowsTogether: null;
  columns: readonly RecordColumn[];
  table: string;
  /** What lists are filtered, searched and sorted by: made from the table, a little later where an import writes (ADR 0018). */
  searchTable: string;
  /** Its records are people: each can be erased, and the audit log keeps no values of them. */
  isPerson: boolean;
  /** Where the normalised form is kept: unique, COLLATE "C", the order in which rows are locked. */
  keyField: string;
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

/** What a file may bring that is no record: it is brought in by a way of its own. */
export interface SpecialKind extends Importable {
  applies: 'orders';
}

/** Whatever a file may bring. */
export type AnyKind = Kind | SpecialKind;
