/** How one column of a kind is filled from the cells of a record. */
export interface ColumnMapping {
  /** The column of the kind. */
  column: string;
  /** Positions of the cells in a record, from 0. */
  from: number[];
  /** `all` (the default): the parts are joined; `first`: the first cell that is not blank counts, the others wait behind it. */
  take?: 'all' | 'first';
  /** Between parts that are not blank; a blank when missing. */
  joinWith?: string;
  /** A cell behind the first may hold several parts with this between them. */
  splitAt?: string;
  /** Parts that mean nothing, in lower case. */
  dropParts?: string[];
  /** Without the first cell the others mean nothing: the column is blank then. */
  needsFirst?: true;
  /** What words of the file mean here; keys in lower case. Other words stay as they are. */
  values?: Record<string, string>;
  /** Amounts are written in the smallest unit of their currency, of which so many decimals make one: with 2, 1990 is 19.90. */
  minorDigits?: number;
}

/** Rows that are no records of their own, and why they are skipped. */
export interface SkipRule {
  /** Positions of cells, from 0: all of them must fit. */
  positions: number[];
  /** Words are in lower case. */
  when: 'blank' | { in: string[] } | { notIn: string[] };
  /** The reason, for the row's report. */
  message: string;
}

/** Rows of one product that stand together, of which the first one says what the later ones leave blank. */
export interface RowGroup {
  /** Position of the cell that tells where a group begins. */
  by: number;
  /** A group begins where the cell differs from the row before (`changed`), or wherever it is not blank (`filled`). */
  begins: 'changed' | 'filled';
  /** Positions of cells that a later row takes from the group's first row where it leaves them blank. */
  fillDown: number[];
}

/** Where a mapping comes from. */
export interface MappingSource {
  /** `given` with the file, `saved` under a name, a recognised `export`, or column by column. */
  type: 'given' | 'saved' | 'export' | 'columns';
  /** Name of the saved mapping or of the export. */
  name: string | null;
  /** Name of the recognised export that fills the columns which a given or saved mapping does not name. */
  export: string | null;
}

/** How the records of a file become records of a kind. Plain JSON: it is kept with the job. */
export interface Mapping {
  source: MappingSource;
  columns: ColumnMapping[];
  group: RowGroup | null;
  /** The first rule that fits names the reason. */
  skip: SkipRule[];
}

export type { CallerMapping, CallerSource } from '../../contracts/words.ts';
