import type { AnyKind } from '../kinds/index.ts';
import { type HeaderIndex } from './header-name.ts';
import { type HeaderProblem, mappingExample, quoted } from './header-problem.ts';
import type { CallerMapping, CallerSource, ColumnMapping } from './mapping.ts';
import { findNearest } from './suggest.ts';

export interface ReadCallerMapping {
  columns: ColumnMapping[];
  /** Columns of the kind that the caller has decided on, those that are not to be imported too. */
  decided: Set<string>;
  problems: HeaderProblem[];
}

/** Whether a mapping counts columns, so that it holds for their order only. */
export function countsColumns(mapping: CallerMapping): boolean {
  return Object.values(mapping).some((source) => sourcesOf(source).some((one) => typeof one === 'number'));
}

/** Looks the headers of a caller's mapping up in the header of a file. */
export function readCallerMapping(
  given: CallerMapping,
  header: HeaderIndex,
  kind: AnyKind,
  where: string,
): ReadCallerMapping {
  const columns: ColumnMapping[] = [];
  const decided = new Set<string>();
  const problems = unknownColumns(given, kind);
  const unknown = new Set(problems.flatMap((problem) => problem.columns));
  for (const [column, source] of Object.entries(given)) {
    if (unknown.has(column)) continue;
    decided.add(column);
    const places = sourcesOf(source).map((one) => locate(column, one, header, where));
    problems.push(...places.filter((place) => typeof place === 'object'));
    const from = places.filter((place) => typeof place === 'number');
    if (from.length > 0 && from.length === places.length) columns.push({ column, from });
  }
  return { columns, decided, problems };
}

function sourcesOf(source: CallerMapping[string]): CallerSource[] {
  if (source === null) return [];
  return Array.isArray(source) ? source : [source];
}

function locate(
  column: string,
  source: CallerSource,
  header: HeaderIndex,
  where: string,
): number | HeaderProblem {
  if (typeof source === 'number') {
    if (source >= 1 && source <= header.cells.length) return source - 1;
    const message = `The mapping takes "${column}" from column ${source}, but the file has ${header.cells.length} columns. Correct it.`;
    return { code: 'mapping_mismatch', message, columns: [column] };
  }
  const exact = header.cells.flatMap((cell, position) => (cell.trim() === source.trim() ? [position] : []));
  const found = exact.length > 0 ? exact : header.find(source);
  if (found.length === 1) return found[0] ?? 0;
  if (found.length > 1) {
    const numbers = found.map((position) => position + 1).join(', ');
    const example = mappingExample(column, (found[0] ?? 0) + 1);
    const message = `${where} has more than one column "${source}": ${numbers}. Give its number in the mapping, such as ${example}.`;
    return { code: 'duplicate_columns', message, columns: [column] };
  }
  const near = findNearest([source], header.cells);
  const hint = near === null ? '' : ` Is ${header.quote(near)} meant?`;
  const message = `The mapping takes "${column}" from "${source}", which is not in the header.${hint}`;
  return { code: 'mapping_mismatch', message, columns: [column] };
}

/** Names in a mapping that are no columns of the kind. */
export function unknownColumns(given: CallerMapping, kind: AnyKind): HeaderProblem[] {
  const names = kind.columns.map(({ name }) => name);
  return Object.keys(given)
    .filter((column) => !names.includes(column))
    .map((column) => unknownColumn(column, kind));
}

function unknownColumn(column: string, kind: AnyKind): HeaderProblem {
  const names = kind.columns.map(({ name }) => name);
  const known = kind.columns.flatMap(({ name, aliases }) =>
    [name, ...aliases].map((text) => ({ name, text })),
  );
  const near = findNearest(
    [column],
    known.map(({ text }) => text),
  );
  const hint = near === null ? '' : ` Is "${known[near]?.name ?? ''}" meant?`;
  const message = `The mapping names a column "${column}", which ${kind.name} do not have.${hint} They have: ${quoted(names)}.`;
  return { code: 'mapping_mismatch', message, columns: [column] };
}
