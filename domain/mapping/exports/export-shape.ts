import type { ImportKind } from '../../../contracts/words.ts';
import type { ColumnMapping, RowGroup } from '../mapping.ts';

/** One header: several are the names that it has had, of which the first that is there counts. */
export type HeaderNames = string | readonly string[];

/** How a column is filled: as {@link ColumnMapping}, with headers in place of positions. Headers that are not there are left out. */
export interface ExportColumn extends Omit<ColumnMapping, 'from' | 'minorDigits'> {
  from: readonly HeaderNames[];
  /** Numbered headers that follow those of `from`, such as the values of options; tried in the form in which they are compared. */
  numbered?: RegExp;
  /** The headers may carry a language, as in `name:de`. */
  translated?: true;
}

/** Prices in several currencies, each in a column of its own. */
export interface ExportPrices {
  /** From the most general to the most special; the first group is the currency. Tried in the form in which headers are compared. */
  patterns: readonly RegExp[];
  /** Amounts are written in the smallest unit of their currency. */
  inMinorUnits: boolean;
}

/** As a rule of {@link ColumnMapping}, with headers in place of positions: it holds where all of them are there. */
interface ExportSkip {
  headers: readonly HeaderNames[];
  when: 'blank' | { in: string[] };
  message: string;
}

/** What a system writes when it exports. It is data; a new one is a file beside this one and a line in ./index.ts. */
export interface ExportShape {
  /** Known by this in previews and reports. */
  name: string;
  kind: ImportKind;
  /** The export is recognised by these: of each entry one must be in the header. More columns are fine. */
  mustHave: readonly (HeaderNames | RegExp)[];
  columns: readonly ExportColumn[];
  prices?: ExportPrices;
  /** Rows of another currency than the system's are skipped by this column. */
  currency?: string;
  group?: { by: HeaderNames; begins: RowGroup['begins']; fillDown: readonly HeaderNames[] };
  skip?: readonly ExportSkip[];
  /** What a reader of the preview should know. */
  notes?: readonly string[];
}

/** Why a variant without its own key is left out. */
export const NO_SKU = 'the row has no SKU, by which products are known here';
