import { restoreFormula } from '../csv/formula.ts';
import type { AnyKind } from '../kinds/index.ts';
import type { ColumnMapping, Mapping, RowGroup, SkipRule } from './mapping.ts';

/** A record in the order of the kind's columns. */
export interface MappedRecord {
  /**
   * Texts as they stand in the file, but for the apostrophe that kept a spreadsheet from running them; null where no column of
   * the file fills the column.
   */
  values: (string | null)[];
  /** Why the record is none of its own; null for most. */
  skip: { message: string } | null;
}

/** Maps the records of a chunk, in their order. A chunk begins where a group begins. */
export interface RecordMapper {
  map(cells: readonly string[]): MappedRecord;
  /** Tells of a record that could not be read: it may have been the first one of a group. */
  passOver(): void;
}

/** What spreadsheets write for "no value". */
const NO_VALUE = '#N/A';

/** Made once per chunk: it remembers the first row of the group at which it is. */
export function createRecordMapper(mapping: Mapping, kind: AnyKind): RecordMapper {
  const byColumn = new Map(mapping.columns.map((column) => [column.column, column]));
  const columns = kind.columns.map(({ name }) => byColumn.get(name) ?? null);
  const isPlain = mapping.group === null && mapping.skip.length === 0 && columns.every(isLookUp);
  return isPlain
    ? createLookUp(columns.map((column) => column?.from[0] ?? -1))
    : createFull(mapping, columns);
}

/** The usual case: one cell for each column, as it is. */
function createLookUp(positions: readonly number[]): RecordMapper {
  return {
    map(cells) {
      const values = new Array<string | null>(positions.length).fill(null);
      for (let index = 0; index < positions.length; index += 1) {
        const position = positions[index] ?? -1;
        if (position !== -1) values[index] = cellAt(cells, position);
      }
      return { values, skip: null };
    },
    passOver: () => undefined,
  };
}

function isLookUp(column: ColumnMapping | null): boolean {
  return column === null || (column.from.length === 1 && !column.values && column.minorDigits === undefined);
}

function createFull(mapping: Mapping, columns: readonly (ColumnMapping | null)[]): RecordMapper {
  const read = columns.map((column) => (column === null ? null : createReader(column)));
  const rules = mapping.skip.map(createRule);
  const group = mapping.group === null ? null : createFillDown(mapping.group);
  return {
    map(cells) {
      const cell = group === null ? (position: number) => cellAt(cells, position) : group.enter(cells);
      // Filled cells don't count here: what is blank in the row itself tells what the row is.
      const message = rules.find((rule) => rule.fits(cells))?.message;
      return {
        values: read.map((reader) => reader?.(cell) ?? null),
        skip: message === undefined ? null : { message },
      };
    },
    passOver() {
      group?.passOver();
    },
  };
}

type Cells = (position: number) => string;

function cellAt(cells: readonly string[], position: number): string {
  return restoreFormula(cells[position] ?? '');
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function createFillDown(group: RowGroup): {
  enter: (cells: readonly string[]) => Cells;
  passOver: () => void;
} {
  const filled = new Set(group.fillDown);
  const begins = createBoundary(group);
  let first: readonly string[] | null = null;
  return {
    enter(cells) {
      if (begins(cells)) first = cells;
      const above = first;
      return (position) => {
        const own = cellAt(cells, position);
        return above !== null && isBlank(own) && filled.has(position) ? cellAt(above, position) : own;
      };
    },
    passOver() {
      // Rows below it name their group themselves where groups have names; else whose they are is not known any more.
      if (group.begins === 'filled') first = null;
    },
  };
}

/**
 * Tells where groups of rows begin, for the plan of chunks: ask it for each record in turn.
 *
 * @returns null when every record stands alone
 */
export function createGroupBoundary(mapping: Mapping): ((cells: readonly string[]) => boolean) | null {
  return mapping.group === null ? null : createBoundary(mapping.group);
}

/**
 * Makes records stand alone: gives each, in turn, the cells that it takes from its group's first row.
 *
 * @returns null when every record stands alone already
 */
export function createGroupFiller(mapping: Mapping): ((cells: readonly string[]) => string[]) | null {
  if (mapping.group === null) return null;
  const { enter } = createFillDown(mapping.group);
  return (cells) => {
    const cell = enter(cells);
    return cells.map((_, position) => cell(position));
  };
}

function createBoundary({ by, begins }: RowGroup): (cells: readonly string[]) => boolean {
  if (begins === 'filled') return (cells) => !isBlank(cells[by] ?? '');
  let last: string | null = null;
  return (cells) => {
    const key = (cells[by] ?? '').trim();
    // A row that names no group stands alone.
    const isNew = key === '' || key !== last;
    last = key;
    return isNew;
  };
}

function createRule({ positions, when, message }: SkipRule): {
  fits: (cells: readonly string[]) => boolean;
  message: string;
} {
  const words = when === 'blank' ? [] : 'in' in when ? when.in : when.notIn;
  const set = new Set(words);
  const word = (cells: readonly string[], position: number): string =>
    cellAt(cells, position).trim().toLowerCase();
  const fits =
    when === 'blank'
      ? (text: string) => text === ''
      : 'in' in when
        ? (text: string) => set.has(text)
        : (text: string) => !set.has(text);
  return { message, fits: (cells) => positions.every((position) => fits(word(cells, position))) };
}

function createReader(column: ColumnMapping): (cell: Cells) => string {
  const { from, take = 'all', values, minorDigits } = column;
  const [only = 0] = from;
  const combine =
    take === 'first'
      ? (cell: Cells) => from.map(cell).find((text) => !isBlank(text)) ?? ''
      : from.length === 1
        ? (cell: Cells) => cell(only)
        : (cell: Cells) => join(from.map(cell), column);
  const translations = values === undefined ? null : new Map(Object.entries(values));
  return (cell) => {
    const text = combine(cell);
    const translated = translations?.get(text.trim().toLowerCase()) ?? text;
    return minorDigits === undefined ? translated : fromMinorUnits(translated, minorDigits);
  };
}

function join(cells: readonly string[], column: ColumnMapping): string {
  const { joinWith = ' ', splitAt, dropParts = [], needsFirst } = column;
  if (needsFirst && isPartless(cells[0] ?? '')) return cells[0] ?? '';
  const parts = cells.flatMap((cell, index) =>
    splitAt === undefined || index === 0 ? [cell] : cell.split(splitAt),
  );
  const meaning = parts
    .map((part) => part.trim())
    .filter((part) => !isPartless(part) && !dropParts.includes(part.toLowerCase()));
  // All of them say that there is no value: so does the whole.
  return meaning.length === 0 && parts.some((part) => part.trim() === NO_VALUE)
    ? NO_VALUE
    : meaning.join(joinWith);
}

function isPartless(part: string): boolean {
  return isBlank(part) || part.trim() === NO_VALUE;
}

/** Moves the decimal point. What is not a plain number is marked, so that it can't be taken for an amount. */
function fromMinorUnits(text: string, digits: number): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === NO_VALUE || digits === 0) return text;
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(trimmed);
  if (match === null) return `${trimmed} (in minor units)`;
  const [, sign = '', whole = '', fraction = ''] = match;
  const padded = whole.padStart(digits + 1, '0');
  return `${sign}${padded.slice(0, -digits)}.${padded.slice(-digits)}${fraction}`;
}
