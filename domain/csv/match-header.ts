import type { Mode } from '../../contracts/words.ts';
import type { Column, Kind } from '../kinds/index.ts';

export interface HeaderMatch {
  /** For each cell of the header the name of the column that it fills, or null where it is ignored. */
  columns: (string | null)[];
  /** Columns that the import can't do without and the header has not. */
  missing: string[];
  /** Columns that more than one cell of the header would fill. */
  repeated: string[];
}

/**
 * Finds the columns of a kind in a header. Case, spaces, hyphens and underscores don't count.
 *
 * @param mode creating records needs all their required columns, updating only the key
 */
export function matchHeader(header: readonly string[], kind: Kind, mode: Mode): HeaderMatch {
  const byHeader = new Map<string, Column>();
  for (const column of kind.columns) {
    for (const name of [column.name, ...column.aliases]) byHeader.set(normaliseHeader(name), column);
  }
  // A column's own name is worth more than an alias: with both `name` and `title`, the title is just another column.
  const exact = new Set(header.map(normaliseHeader));
  const columns = header.map((cell) => {
    const normalised = normaliseHeader(cell);
    const column = byHeader.get(normalised);
    if (column === undefined) return null;
    const isAlias = normalised !== normaliseHeader(column.name);
    return isAlias && exact.has(normaliseHeader(column.name)) ? null : column.name;
  });
  const required = kind.columns.filter((column) =>
    mode === 'update' ? column.name === kind.keyColumn : column.required,
  );
  return {
    columns,
    missing: required.map((column) => column.name).filter((name) => !columns.includes(name)),
    repeated: kind.columns
      .map((column) => column.name)
      .filter((name) => columns.indexOf(name) !== columns.lastIndexOf(name)),
  };
}

function normaliseHeader(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s\-_\u200b\ufeff]/g, '');
}
