import type { Column, AnyKind } from '../kinds/index.ts';
import { type HeaderIndex, normaliseHeader } from './header-name.ts';
import { type HeaderProblem, mappingExample } from './header-problem.ts';
import type { ColumnMapping } from './mapping.ts';

/** How sure it is that a header means a column: its own name, or another word for it. */
const CERTAIN = 1;
const BY_ALIAS = 0.9;

/** A column, and the headers that fill it. */
export interface MatchedColumn {
  mapping: ColumnMapping;
  /** 0 to 1. */
  confidence: number;
}

export interface MatchedColumns {
  matched: MatchedColumn[];
  problems: HeaderProblem[];
}

/**
 * Finds the columns of a kind in a header, one by one: by their names, by other words for them, and by columns that make one
 * together. Never by likeness.
 *
 * @param skip columns that are filled otherwise, and positions that are used for them
 */
export function matchColumns(
  header: HeaderIndex,
  kind: AnyKind,
  skip: { columns: ReadonlySet<string>; positions: ReadonlySet<number> },
  where: string,
): MatchedColumns {
  const matched: MatchedColumn[] = [];
  const problems: HeaderProblem[] = [];
  for (const column of kind.columns) {
    if (skip.columns.has(column.name)) continue;
    const find = (name: string): number[] =>
      header.find(name).filter((position) => !skip.positions.has(position));
    const result = matchColumn(column, header, find, where);
    if (result === null) continue;
    if ('code' in result) problems.push(result);
    else matched.push(result);
  }
  return { matched, problems };
}

function matchColumn(
  column: Column,
  header: HeaderIndex,
  find: (name: string) => number[],
  where: string,
): MatchedColumn | HeaderProblem | null {
  const own = find(column.name);
  const others = distinct(column.aliases.flatMap(find));
  const parts = (column.parts ?? []).map((names) => distinct(names.flatMap(find)));
  const isWhole = parts.length > 0 && parts.every((positions) => positions.length > 0);

  // A column's own name is worth more than an alias: with both `name` and `title`, the title is just another column.
  const single = own.length > 0 ? own : others;
  const inParts = new Set(parts.flat());
  // "Nombre" is the whole name where it stands alone, and the first one beside "Apellidos".
  const isPartHere = isWhole && single.every((position) => inParts.has(position));
  if (single.length > 0 && !isPartHere) {
    const certain = own.length > 0 ? own : single.filter((position) => !isWhole || !inParts.has(position));
    if (certain.length > 1) return usedTwice(column.name, certain, header, where);
    const lonely = lonelyPart(column, certain, parts, header);
    if (lonely !== null) return maybePart(column.name, certain, lonely, header, where);
    const confidence = own.length > 0 ? CERTAIN : BY_ALIAS;
    return { mapping: { column: column.name, from: certain }, confidence };
  }
  if (!isWhole) return null;
  const several = parts.find((positions) => positions.length > 1);
  if (several !== undefined) return usedTwice(column.name, several, header, where);
  return { mapping: { column: column.name, from: parts.flat() }, confidence: BY_ALIAS };
}

/**
 * Beside "Vorname" a column "Name" may hold the last name as well as the whole one.
 *
 * @returns position of such a part; null where the header is clear
 */
function lonelyPart(
  { name, parts: known = [] }: Column,
  single: readonly number[],
  parts: readonly number[][],
  header: HeaderIndex,
): number | null {
  const here = single.map((position) => header.names[position]);
  const mayBePart = [name, ...known.flat()].map(normaliseHeader).some((text) => here.includes(text));
  const filled = parts.filter((positions) => positions.some((position) => !single.includes(position)));
  return mayBePart && filled.length === 1
    ? (filled[0]?.find((position) => !single.includes(position)) ?? null)
    : null;
}

function distinct(positions: readonly number[]): number[] {
  return [...new Set(positions)].sort((a, b) => a - b);
}

function usedTwice(
  column: string,
  positions: readonly number[],
  header: HeaderIndex,
  where: string,
): HeaderProblem {
  const shown = positions.map((position) => `${header.quote(position)} (column ${position + 1})`).join(', ');
  const example = mappingExample(column, (positions[0] ?? 0) + 1);
  const message = `${where} has more than one column for "${column}": ${shown}. Rename one, or say in a mapping which one is meant, such as ${example}.`;
  return { code: 'duplicate_columns', message, columns: [column] };
}

function maybePart(
  column: string,
  [single = 0]: readonly number[],
  part: number,
  header: HeaderIndex,
  where: string,
): HeaderProblem {
  const whole = header.cells[single]?.trim();
  const both = mappingExample(column, [header.cells[part]?.trim(), whole]);
  const message =
    `${where} has ${header.quote(part)} and ${header.quote(single)}, of which the second may hold the whole ${column} or the ` +
    `rest of it. Say so in a mapping: ${both} or ${mappingExample(column, whole)}.`;
  return { code: 'ambiguous_columns', message, columns: [column] };
}
