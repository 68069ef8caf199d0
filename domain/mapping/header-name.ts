import { createHash } from 'node:crypto';

/** Accents are marks after their letter in this form; the rest are blanks, and signs that people write with or without. */
const UNIMPORTANT = /[\p{M}\s\-_.*'’´`\u2010-\u2015\u200b-\u200d\u2060\ufeff\u00ad]/gu;

/**
 * The form in which headers are compared: case, accents, blanks, hyphens, underscores, full stops, apostrophes, asterisks and a
 * colon at the end don't count.
 */
export function normaliseHeader(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(UNIMPORTANT, '')
    .replace(/:+$/, '');
}

/** Columns that errors.csv adds to the file's own: a repaired file brings them back, and they mean nothing then. */
const OWN_COLUMNS: ReadonlySet<string> = new Set(
  ['longshore_row', 'longshore_line', 'longshore_columns', 'longshore_codes', 'longshore_messages'].map(
    normaliseHeader,
  ),
);

/** A header, and where its names stand in it. */
export class HeaderIndex {
  /** As they stand in the file. */
  readonly cells: readonly string[];
  /** In the form in which they are compared. */
  readonly names: readonly string[];
  readonly #positions = new Map<string, number[]>();

  constructor(cells: readonly string[]) {
    this.cells = cells;
    this.names = cells.map(normaliseHeader);
    for (const [position, name] of this.names.entries()) {
      if (name === '') continue;
      const known = this.#positions.get(name);
      if (known === undefined) this.#positions.set(name, [position]);
      else known.push(position);
    }
  }

  /** Positions at which a header stands, however it is written. */
  find(header: string): readonly number[] {
    return this.#positions.get(normaliseHeader(header)) ?? [];
  }

  /** Positions of the headers that match, which are tried in the form in which they are compared. */
  findAll(pattern: RegExp): number[] {
    return this.names.flatMap((name, position) => (pattern.test(name) ? [position] : []));
  }

  /** Whether this is a column that errors.csv added. */
  isOwn(position: number): boolean {
    return OWN_COLUMNS.has(this.names[position] ?? '');
  }

  /** The header at a position for a sentence. */
  quote(position: number): string {
    const text = (this.cells[position] ?? '').trim();
    return text === '' ? `column ${position + 1}` : `"${text}"`;
  }
}

/**
 * What a set of headers is known by when a file with the same one comes again, in whatever order.
 *
 * @returns null for a header without any name
 */
export function fingerprintHeader(header: readonly string[]): string | null {
  const names = meaningfulNames(header);
  return names.length === 0 ? null : digest('set', [...new Set(names)].sort());
}

/** As {@link fingerprintHeader}, for mappings that count columns: the order of the headers matters. */
export function fingerprintHeaderOrder(header: readonly string[]): string | null {
  return meaningfulNames(header).length === 0 ? null : digest('list', header.map(normaliseHeader));
}

function meaningfulNames(header: readonly string[]): string[] {
  return header.map(normaliseHeader).filter((name) => name !== '' && !OWN_COLUMNS.has(name));
}

function digest(sort: string, names: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([sort, names]))
    .digest('hex');
}
