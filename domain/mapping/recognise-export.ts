import type { ImportKind } from '../../contracts/words.ts';
import type { ExportColumn, ExportPrices, ExportShape, HeaderNames } from './exports/export-shape.ts';
import { EXPORTS } from './exports/index.ts';
import type { HeaderIndex } from './header-name.ts';
import { type HeaderProblem, mappingExample } from './header-problem.ts';
import type { ColumnMapping, RowGroup, SkipRule } from './mapping.ts';

/** A header that a known system writes, and how to read what stands under it. */
export interface RecognisedExport {
  name: string;
  kind: ImportKind;
  columns: ColumnMapping[];
  group: RowGroup | null;
  skip: SkipRule[];
  /** Further ways in which a column can be filled, for a caller who chooses among them. */
  alternatives: ColumnMapping[];
  /** Those of columns that could not be decided; such a column is not in `columns`. */
  problems: HeaderProblem[];
  notes: string[];
}

export interface RecogniseOptions {
  /** Only exports of this kind; all when missing. */
  kind?: ImportKind;
  /** ISO 4217 code of the currency of prices here; without it only a single price column is certain. */
  currency?: string | undefined;
  /** What the header is called in sentences. */
  where?: string | undefined;
}

/** @returns null when the header is not that of a known system */
export function recogniseExport(
  header: HeaderIndex,
  options: RecogniseOptions = {},
): RecognisedExport | null {
  const shape = findShape(header, options.kind);
  return shape === null ? null : readShape(shape, header, options);
}

/** Finds the system that writes such a header. */
export function findShape(header: HeaderIndex, kind?: ImportKind): ExportShape | null {
  const candidates = EXPORTS.filter((shape) => kind === undefined || shape.kind === kind);
  return candidates.find((shape) => shape.mustHave.every((wanted) => isThere(header, wanted))) ?? null;
}

function isThere(header: HeaderIndex, wanted: HeaderNames | RegExp): boolean {
  return wanted instanceof RegExp ? header.findAll(wanted).length > 0 : locate(header, wanted).length > 0;
}

/** Positions of the first of the names that is in the header. */
function locate(header: HeaderIndex, names: HeaderNames, translated = false): readonly number[] {
  for (const name of typeof names === 'string' ? [names] : names) {
    const positions = header.find(name);
    if (positions.length > 0) return positions;
    if (!translated) continue;
    const pattern = new RegExp(`^${name.toLowerCase()}:[a-z]+$`);
    const languages = header.findAll(pattern);
    if (languages.length > 0) return languages;
  }
  return [];
}

function readShape(
  shape: ExportShape,
  header: HeaderIndex,
  { currency, where = 'The header' }: RecogniseOptions,
): RecognisedExport {
  const problems: HeaderProblem[] = [];
  const alternatives: ColumnMapping[] = [];
  const columns: ColumnMapping[] = [];

  for (const column of shape.columns) {
    const places = column.from.map((names) => locate(header, names, column.translated));
    const several = places.find((positions) => positions.length > 1);
    if (several !== undefined) {
      problems.push(severalHeaders(column.column, several, header, where, column.translated === true));
      alternatives.push(...several.map((position) => ({ ...optionsOf(column), from: [position] })));
      continue;
    }
    const from = places.flat();
    // Options without the name that they belong to say nothing.
    if (from.length === 0 || (column.needsFirst && places[0]?.length === 0)) continue;
    columns.push({ ...optionsOf(column), from: [...from, ...numberedOf(column, header)] });
  }
  if (shape.prices) {
    const prices = findPrices(shape.prices, header);
    alternatives.push(...prices.map(({ mapping }) => mapping));
    const chosen = choosePrice(prices, currency);
    if (chosen !== null) columns.push(chosen.mapping);
    else if (prices.length > 0) problems.push(undecidedPrice(prices, header, currency, where));
  }
  const skip = skipRules(shape, header, currency);
  const notes = [...(shape.notes ?? [])];
  if (shape.currency !== undefined && currency === undefined && header.find(shape.currency).length > 0) {
    notes.push(`The currency of prices is not checked: "${shape.currency}" is ignored.`);
  }
  const { name, kind } = shape;
  const group = groupOf(shape, header);
  return { name, kind, columns, group, skip, alternatives: [...columns, ...alternatives], problems, notes };
}

function optionsOf(column: ExportColumn): Omit<ColumnMapping, 'from'> {
  const { column: name, take, joinWith, splitAt, dropParts, needsFirst, values } = column;
  return {
    column: name,
    ...(take && { take }),
    ...(joinWith !== undefined && { joinWith }),
    ...(splitAt !== undefined && { splitAt }),
    ...(dropParts && { dropParts: [...dropParts] }),
    ...(needsFirst && { needsFirst }),
    ...(values && { values }),
  };
}

function numberedOf({ numbered }: ExportColumn, header: HeaderIndex): number[] {
  if (numbered === undefined) return [];
  const numberAt = (position: number): number => Number(/\d+/.exec(header.names[position] ?? '')?.[0]);
  return header.findAll(numbered).sort((a, b) => numberAt(a) - numberAt(b));
}

function groupOf({ group }: ExportShape, header: HeaderIndex): RowGroup | null {
  if (group === undefined) return null;
  const [by] = locate(header, group.by, true);
  if (by === undefined) return null;
  const fillDown = group.fillDown.flatMap((names) => locate(header, names, true));
  return { by, begins: group.begins, fillDown };
}

function skipRules(shape: ExportShape, header: HeaderIndex, currency: string | undefined): SkipRule[] {
  const rules: SkipRule[] = (shape.skip ?? []).flatMap(({ headers, when, message }) => {
    const places = headers.map((names) => locate(header, names)[0]);
    const positions = places.filter((position) => position !== undefined);
    return positions.length === headers.length ? [{ positions, when, message }] : [];
  });
  const [position] = shape.currency === undefined ? [] : header.find(shape.currency);
  if (position !== undefined && currency !== undefined) {
    rules.push({
      positions: [position],
      when: { notIn: ['', currency.toLowerCase()] },
      message: `the price of the row is in another currency than ${currency.toUpperCase()}, in which prices are kept here`,
    });
  }
  return rules;
}

interface PriceColumn {
  currency: string;
  /** 0 for a price that holds wherever its currency does. */
  specialty: number;
  position: number;
  mapping: ColumnMapping;
}

function findPrices({ patterns, inMinorUnits }: ExportPrices, header: HeaderIndex): PriceColumn[] {
  return patterns.flatMap((pattern, specialty) =>
    header.findAll(pattern).map((position) => {
      const currency = (pattern.exec(header.names[position] ?? '')?.[1] ?? '').toUpperCase();
      const mapping: ColumnMapping = { column: 'price', from: [position] };
      if (inMinorUnits) mapping.minorDigits = minorDigitsOf(currency);
      return { currency, specialty, position, mapping };
    }),
  );
}

/** How many decimals the currency has, by ISO 4217 as the runtime knows it. */
function minorDigitsOf(currency: string): number {
  return (
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  );
}

/** The one price that is certainly meant. */
function choosePrice(prices: readonly PriceColumn[], currency: string | undefined): PriceColumn | null {
  if (currency === undefined) return prices.length === 1 ? (prices[0] ?? null) : null;
  const ours = prices.filter((price) => price.currency === currency.toUpperCase());
  const general = ours.filter(({ specialty }) => specialty === 0);
  const fitting = general.length > 0 ? general : ours;
  return fitting.length === 1 ? (fitting[0] ?? null) : null;
}

function undecidedPrice(
  prices: readonly PriceColumn[],
  header: HeaderIndex,
  currency: string | undefined,
  where: string,
): HeaderProblem {
  const ours = prices.filter((price) => price.currency === currency?.toUpperCase());
  const shown = (ours.length > 0 ? ours : prices).map(({ position }) => header.quote(position));
  const example = mappingExample('price', header.cells[(ours[0] ?? prices[0])?.position ?? 0]?.trim());
  const why =
    currency !== undefined && ours.length === 0
      ? `has no price in ${currency.toUpperCase()}, in which prices are kept here, only ${shown.join(', ')}`
      : `has several prices, ${shown.join(', ')}`;
  const message = `${where} ${why}. Say in a mapping which one is meant, such as ${example}.`;
  return { code: 'ambiguous_columns', message, columns: ['price'] };
}

function severalHeaders(
  column: string,
  positions: readonly number[],
  header: HeaderIndex,
  where: string,
  translated: boolean,
): HeaderProblem {
  const names = new Set(positions.map((position) => header.names[position]));
  const shown = positions.map((position) => `${header.quote(position)} (column ${position + 1})`).join(', ');
  if (names.size === 1 || !translated) {
    const message = `${where} has more than one column for "${column}": ${shown}.`;
    return { code: 'duplicate_columns', message, columns: [column] };
  }
  const example = mappingExample(column, header.cells[positions[0] ?? 0]?.trim());
  const message = `${where} has "${column}" in several languages: ${shown}. Say in a mapping which one is meant, such as ${example}.`;
  return { code: 'ambiguous_columns', message, columns: [column] };
}
