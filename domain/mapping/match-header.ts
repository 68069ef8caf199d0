import type { ChosenMapping, Mode } from '../../contracts/words.ts';
import type { AnyKind } from '../kinds/index.ts';
import { readCallerMapping } from './caller-mapping.ts';
import { HeaderIndex } from './header-name.ts';
import { type HeaderProblem, mappingExample, quoted } from './header-problem.ts';
import type { ColumnMapping, Mapping, RowGroup } from './mapping.ts';
import { matchColumns } from './match-columns.ts';
import { type RecognisedExport, recogniseExport } from './recognise-export.ts';
import { findNearest } from './suggest.ts';

/** How many of the headers that were found an error names. */
const MAX_NAMED = 20;

export interface HeaderToMatch {
  /** The cells of the header; for a file without one, as many blank cells as its records have. */
  header: readonly string[];
  kind: AnyKind;
  /** Creating records needs all their required columns, updating only the key. */
  mode: Mode;
  /** What the caller sent with the file, or chose among what is saved. */
  mapping?: ChosenMapping | null | undefined;
  /** ISO 4217 code of the currency in which prices are kept here, where that is set. */
  currency?: string | undefined;
  /** What the header is called in sentences, such as "The header on line 1". */
  where?: string | undefined;
}

/** A column of the kind, and what fills it. */
export interface ColumnMatch {
  column: string;
  /** The headers as they stand in the file. */
  headers: string[];
  /** 0 to 1: 1 where somebody said so, the name is the column's own, or the system that wrote the file is known. */
  confidence: number;
}

/** A header that fills nothing. */
export interface IgnoredHeader {
  /** From 0. */
  position: number;
  header: string;
  /** A column of the kind that it resembles; it is not used for it. */
  resembles: string | null;
}

export interface HeaderMatch {
  mapping: Mapping;
  matches: ColumnMatch[];
  /** Columns of the file that are not imported. Those that errors.csv added are not among them. */
  ignored: IgnoredHeader[];
  /** Why the file can't be imported like this; empty when it can. */
  problems: HeaderProblem[];
  /** What a reader of the preview should know. */
  notes: string[];
}

/**
 * Finds out how the records of a file become records of a kind: as the caller says, else as a saved mapping for the same set
 * of headers says, else as is known of the system that wrote the file, else header by header. Columns that a mapping leaves
 * open are found in the ways that come after it.
 */
export function matchHeader(asked: HeaderToMatch): HeaderMatch {
  const { kind, mode, currency, where = 'The header' } = asked;
  const header = new HeaderIndex(asked.header);
  const read = readCallerMapping(asked.mapping?.columns ?? {}, header, kind, where);
  const known = recogniseExport(header, { kind: kind.name, currency, where });
  const problems: HeaderProblem[] = [...read.problems];
  const columns: ColumnMapping[] = [];
  const confidences = new Map<string, number>();

  for (const column of read.columns) {
    columns.push(asInExport(column, known));
    confidences.set(column.column, 1);
  }
  if (known !== null) {
    problems.push(
      ...known.problems.filter((problem) => problem.columns.some((name) => !read.decided.has(name))),
    );
    for (const column of known.columns) {
      if (read.decided.has(column.column)) continue;
      columns.push(column);
      confidences.set(column.column, 1);
    }
  } else {
    const used = { columns: read.decided, positions: new Set(read.columns.flatMap(({ from }) => from)) };
    const found = matchColumns(header, kind, used, where);
    problems.push(...found.problems);
    for (const { mapping, confidence } of found.matched) {
      columns.push(mapping);
      confidences.set(mapping.column, confidence);
    }
  }
  columns.sort((a, b) => indexOf(kind, a.column) - indexOf(kind, b.column));

  const mapping: Mapping = {
    source: sourceOf(asked, known),
    columns,
    group: known?.group ?? groupOf(kind, columns),
    skip: known?.skip ?? [],
  };
  const ignored = findIgnored(header, mapping, kind);
  problems.push(...findMissing({ header, kind, mode, where, columns, ignored, problems }));
  return {
    mapping,
    matches: columns.map(({ column, from }) => ({
      column,
      headers: from.map((position) => header.cells[position] ?? ''),
      confidence: confidences.get(column) ?? 0,
    })),
    ignored,
    problems,
    notes: [...kind.notes, ...(known?.notes ?? [])],
  };
}

/** What later rows of one thing leave blank that says to which they belong. */
function groupOf({ keyColumn, rowsTogether }: AnyKind, columns: readonly ColumnMapping[]): RowGroup | null {
  if (rowsTogether === null) return null;
  const cellOf = (name: string): number[] => {
    const from = columns.find(({ column }) => column === name)?.from ?? [];
    return from.length === 1 ? from : [];
  };
  const [by] = cellOf(keyColumn);
  return by === undefined ? null : { by, begins: 'filled', fillDown: rowsTogether.fillDown.flatMap(cellOf) };
}

function sourceOf({ mapping }: HeaderToMatch, known: RecognisedExport | null): Mapping['source'] {
  const recognised = known?.name ?? null;
  if (mapping != null) {
    return { type: mapping.name === null ? 'given' : 'saved', name: mapping.name, export: recognised };
  }
  if (recognised !== null) return { type: 'export', name: recognised, export: recognised };
  return { type: 'columns', name: null, export: null };
}

/** A column that the caller chose is read as the system that wrote it means it: its words, its amounts in cents. */
function asInExport(chosen: ColumnMapping, known: RecognisedExport | null): ColumnMapping {
  const same = known?.alternatives.find(
    ({ column, from }) =>
      column === chosen.column &&
      from.length === chosen.from.length &&
      from.every((position, index) => position === chosen.from[index]),
  );
  return same ?? chosen;
}

function indexOf(kind: AnyKind, column: string): number {
  return kind.columns.findIndex(({ name }) => name === column);
}

function findIgnored(header: HeaderIndex, mapping: Mapping, kind: AnyKind): IgnoredHeader[] {
  const used = new Set(mapping.columns.flatMap(({ from }) => from));
  const filled = new Set(mapping.columns.map(({ column }) => column));
  const open = kind.columns.filter(({ name }) => !filled.has(name));
  return header.cells.flatMap((cell, position) => {
    if (used.has(position) || header.isOwn(position)) return [];
    const resembled = open.find((column) => findNearest(namesOf(column), [cell]) !== null);
    return [{ position, header: cell, resembles: resembled?.name ?? null }];
  });
}

function namesOf({ name, aliases, parts = [] }: AnyKind['columns'][number]): string[] {
  return [name, ...aliases, ...parts.flat()];
}

interface Found {
  header: HeaderIndex;
  kind: AnyKind;
  mode: Mode;
  where: string;
  columns: readonly ColumnMapping[];
  ignored: readonly IgnoredHeader[];
  problems: readonly HeaderProblem[];
}

/** What an import can't do without, as one problem. A column of which something worse is known is not named again. */
function findMissing({ header, kind, mode, where, columns, ignored, problems }: Found): HeaderProblem[] {
  const settled = new Set([
    ...columns.map(({ column }) => column),
    ...problems.flatMap((problem) => problem.columns),
  ]);
  const missing = kind.columns.filter(
    ({ name, required }) => !settled.has(name) && (mode === 'update' ? name === kind.keyColumn : required),
  );
  if (missing.length === 0) return [];
  const hints = missing.flatMap((column) => {
    const near = findNearest(
      namesOf(column),
      ignored.map((one) => one.header),
    );
    const meant = near === null ? undefined : ignored[near]?.header.trim();
    return meant === undefined
      ? []
      : [
          `Is "${meant}" the ${column.name}? Rename it, or send the mapping ${mappingExample(column.name, meant)}.`,
        ];
  });
  const names = header.cells.map((cell) => cell.trim()).filter(Boolean);
  const shown =
    names.length === 0
      ? 'no names'
      : quoted(names.slice(0, MAX_NAMED)) + (names.length > MAX_NAMED ? ' and others' : '');
  const wanted = missing.map(({ name }) => name);
  const message = [`${where} has no column ${quoted(wanted)}. It has: ${shown}.`, ...hints].join(' ');
  return [{ code: 'missing_columns', message, columns: wanted }];
}
