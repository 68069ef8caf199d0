import type { CellType } from './cell-type.ts';
import { isComment } from './score.ts';
import type { SplitRecord } from './split-records.ts';

export interface HeaderGuess {
  headerLine: number | null;
  firstRecordLine: number;
  /** 0.5 (as good as the other way) to 1. */
  confidence: number;
  /** What it is if it is not that: the likeliest record where none was taken for the header, null where one was. */
  otherLine: number | null;
}

export interface HeaderEvidence {
  typeOf: (cell: string) => CellType;
  headerScore: ((cells: readonly string[]) => number) | undefined;
  /** What the caller has fixed: the first line is the header (a number), or there is none (null). */
  given: number | null | undefined;
}

/** Records among which the header is looked for, and records below it that say what a column holds. */
const MAX_TRIED = 120;
const BODY_RECORDS = 60;
const MAX_COLUMNS = 200;

/** How far below the table's first record a header may stand. */
const MAX_BELOW_START = 4;

/** Finds the record that names the columns, if one does. */
export function findHeader(
  records: readonly SplitRecord[],
  width: number,
  evidence: HeaderEvidence,
): HeaderGuess {
  if (typeof evidence.given === 'number' && records.length > 0) return headerAt(records, 0, 1, evidence);
  const start = tableStart(records, width);
  const body = records
    .slice(start)
    .filter((record) => !isBlank(record) && Math.abs(record.cells.length - width) <= 1);
  const columns = describeColumns(body.slice(1, BODY_RECORDS + 1), width, evidence);
  let best: { index: number; score: number } | null = null;
  const tried = Math.min(records.length, start + MAX_BELOW_START, MAX_TRIED);
  let skipped = 0;
  for (let index = 0; index < tried; index += 1) {
    const record = records[index];
    if (record === undefined || isBlank(record)) continue;
    const isCandidate = index >= start || couldBeHeaderAbove(record, width);
    if (isCandidate) {
      const score = headerEvidence(record, columns, width, evidence) - skipped;
      if (best === null || score > best.score) best = { index, score };
    }
    if (index >= start) skipped += 0.8 + 2.5 * dataLikeness(record, columns, evidence.typeOf);
  }
  if (best !== null && best.score > 0 && evidence.given !== null) {
    return headerAt(records, best.index, confidenceOf(best.score), evidence);
  }
  const firstRecordLine = records[start]?.line ?? 1;
  if (evidence.given === null) return { headerLine: null, firstRecordLine, confidence: 1, otherLine: null };
  const above = lineAbove(records, start, evidence);
  if (above !== null && isBroken(above)) {
    return { headerLine: above.line, firstRecordLine, confidence: UNSURE, otherLine: null };
  }
  const own = best === null ? 1 : confidenceOf(best.score);
  const isTitle = above !== null && own > UNSURE;
  return {
    headerLine: null,
    firstRecordLine,
    confidence: isTitle ? UNSURE : own,
    otherLine: isTitle ? above.line : best === null ? null : (records[best.index]?.line ?? null),
  };
}

/** About as likely as not. */
const UNSURE = 0.6;

/**
 * The line of text right above a table without a header, if there is one: a title, or a header that is not written like the
 * rest.
 */
function lineAbove(
  records: readonly SplitRecord[],
  start: number,
  { typeOf }: HeaderEvidence,
): SplitRecord | null {
  const above = records[start - 1];
  if (above === undefined || isBlank(above) || isComment(above)) return null;
  return above.cells.some((cell) => cell !== '' && !isTyped(typeOf(cell))) ? above : null;
}

function isBroken(record: SplitRecord): boolean {
  return record.strays > 0 || filled(record) > 2;
}

function headerAt(
  records: readonly SplitRecord[],
  found: number,
  confidence: number,
  { given }: HeaderEvidence,
): HeaderGuess {
  let index = found;
  // Some exports repeat it; the caller's word stands.
  while (typeof given !== 'number' && isSame(records[index], records[index + 1])) index += 1;
  const header = records[index];
  const headerLine = header?.line ?? 1;
  const firstRecordLine = records[index + 1]?.line ?? headerLine + (header?.lines ?? 1);
  return { headerLine, firstRecordLine, confidence, otherLine: null };
}

function confidenceOf(score: number): number {
  return 1 / (1 + Math.exp(-1.5 * Math.abs(score)));
}

function isSame(a: SplitRecord | undefined, b: SplitRecord | undefined): boolean {
  return (
    a !== undefined &&
    b !== undefined &&
    a.cells.length > 1 &&
    a.cells.join('\u0000') === b.cells.join('\u0000')
  );
}

function isBlank(record: SplitRecord): boolean {
  return record.cells.every((cell) => cell.trim() === '');
}

function filled(record: SplitRecord): number {
  return record.cells.reduce((count, cell) => (cell.trim() === '' ? count : count + 1), 0);
}

/** Index of the first record of the table: titles, comments and blank lines above it are narrower or nearly empty. */
function tableStart(records: readonly SplitRecord[], width: number): number {
  if (width === 1)
    return Math.max(
      0,
      records.findIndex((record) => !isBlank(record) && !isComment(record)),
    );
  const usual = records.filter((record) => Math.abs(record.cells.length - width) <= 1 && !isBlank(record));
  const counts = usual.map(filled).sort((a, b) => a - b);
  const median = counts[counts.length >> 1] ?? width;
  const enough = Math.max(2, Math.min(median * 0.5, width * 0.7));
  const index = records.findIndex(
    (record) =>
      !isComment(record) &&
      record.cells.length >= width - 1 &&
      record.cells.length > 1 &&
      filled(record) >= enough,
  );
  if (index !== -1) return index;
  return Math.max(
    0,
    records.findIndex((record) => record.cells.length === width && !isBlank(record)),
  );
}

/** A comment line of the table's width names its columns in some files. */
function couldBeHeaderAbove(record: SplitRecord, width: number): boolean {
  return (
    width > 1 && Math.abs(record.cells.length - width) <= 1 && filled(record) >= Math.max(2, width * 0.7)
  );
}

/** Whether the record has as many cells as the table, an empty one at the end aside. */
function hasWidth({ cells }: SplitRecord, width: number): boolean {
  if (cells.length === width) return true;
  return cells.length === width - 1 || (cells.length === width + 1 && cells.at(-1) === '');
}

interface ColumnShape {
  /** The type of nearly all cells; null where there is none. */
  type: CellType | null;
  values: Set<string>;
  /** The form that nearly all cells have, such as `A-9`; null where there is none. */
  form: string | null;
  filled: number;
  records: number;
  meanLength: number;
  sameLength: boolean;
}

function describeColumns(
  body: readonly SplitRecord[],
  width: number,
  { typeOf }: HeaderEvidence,
): ColumnShape[] {
  const columns: ColumnShape[] = [];
  for (let index = 0; index < Math.min(width, MAX_COLUMNS); index += 1) {
    const cells = body.map((record) => (record.cells[index] ?? '').trim()).filter((cell) => cell !== '');
    const types = new Map<CellType, number>();
    const forms = new Map<string, number>();
    for (const cell of cells) {
      const type = typeOf(cell);
      types.set(type, (types.get(type) ?? 0) + 1);
      const form = formOf(cell);
      forms.set(form, (forms.get(form) ?? 0) + 1);
    }
    const lengths = new Set(cells.map((cell) => cell.length));
    columns.push({
      type: dominant(types, cells.length, 0.75) ?? mixedType(types, cells.length),
      values: new Set(cells),
      form: cells.length >= 2 ? dominant(forms, cells.length, 0.8) : null,
      filled: cells.length,
      records: body.length,
      meanLength: cells.reduce((sum, cell) => sum + cell.length, 0) / Math.max(1, cells.length),
      sameLength: cells.length >= 3 && lengths.size === 1,
    });
  }
  return columns;
}

function dominant<T>(counts: ReadonlyMap<T, number>, total: number, share: number): T | null {
  for (const [key, count] of counts) if (count >= total * share) return key;
  return null;
}

/** The commonest type of a column of numbers, dates and times that has no single type. */
function mixedType(counts: ReadonlyMap<CellType, number>, total: number): CellType | null {
  const typed = [...counts].filter(([type]) => isTyped(type)).sort((a, b) => b[1] - a[1]);
  const sum = typed.reduce((all, [, count]) => all + count, 0);
  return total > 0 && sum >= 0.6 * total ? (typed[0]?.[0] ?? null) : null;
}

/** The cell with each run of capitals, small letters or digits as one sign: `SKU-12` is `A-9`. */
function formOf(cell: string): string {
  return cell
    .slice(0, 40)
    .replace(/\p{Lu}+/gu, 'A')
    .replace(/\p{L}+/gu, (run) => (run === 'A' ? 'A' : 'a'))
    .replace(/\d+/g, '9');
}

function isTyped(type: CellType | null): boolean {
  return type === 'number' || type === 'date' || type === 'time';
}

/** How much a record looks like one more of the body: the share of typed columns in which it has that type. */
function dataLikeness(
  record: SplitRecord,
  columns: readonly ColumnShape[],
  typeOf: (cell: string) => CellType,
): number {
  let typed = 0;
  let same = 0;
  for (const [index, column] of columns.entries()) {
    if (!isTyped(column.type)) continue;
    typed += 1;
    if (typeOf(record.cells[index] ?? '') === column.type) same += 1;
  }
  return typed === 0 ? 0.4 : same / typed;
}

const YEAR = /^(?:19|20)\d\d$/;
const NAME_LIKE = /^(?:[a-z]+(?:_[a-z0-9]+)+|[a-z]+(?:[A-Z][a-z0-9]+)+|.*[_ ]?(?:id|ID|Id|No|Nr|#)\.?)$/;
/** Names that columns have in files of any kind. */
const USUAL_NAMES = new Set(
  'id name date time type code title description value amount price total quantity qty number no status category email mail phone address city state country zip url link comment comments notes first_name last_name firstname lastname label key year month day latitude longitude lat lon lng sku stock company nom prix datum preis bezeichnung menge nombre precio fecha nome prezzo'.split(
    ' ',
  ),
);

/** For (above 0) or against (below 0) a record being the header of these columns. */
function headerEvidence(
  record: SplitRecord,
  columns: readonly ColumnShape[],
  width: number,
  { typeOf, headerScore }: HeaderEvidence,
): number {
  let sum = 0;
  let cells = 0;
  let used = 0;
  let typedCells = 0;
  let named = 0;
  let long = 0;
  const seen = new Set<string>();
  for (const [index, column] of columns.entries()) {
    const cell = (record.cells[index] ?? '').trim();
    used += cell === '' ? column.filled / Math.max(1, column.records) : 1;
    if (cell === '') continue;
    cells += 1;
    seen.add(cell.toLowerCase());
    const type = typeOf(cell);
    if (type === 'address' || (isTyped(type) && !isYearAbove(cell, column))) typedCells += 1;
    if (cell.length > 80) long += 1;
    if (USUAL_NAMES.has(cell.toLowerCase())) named += 1;
    else if (NAME_LIKE.test(cell)) named += 0.5;
    sum += columnEvidence(cell, type, column);
  }
  if (cells === 0) return -5;
  const share = cells / Math.max(1, used);
  const repeated = 1 - seen.size / cells;
  let score = 0.7;
  score += (2.5 * sum) / Math.sqrt(cells);
  score += 2 * Math.min(1, (2 * named) / cells);
  score -= (3 * typedCells) / cells;
  score -= 1.5 * repeated;
  score -= 2 * (1 - share);
  score -= (2 * long) / cells;
  if (!hasWidth(record, width)) score -= 1;
  if (isComment(record)) score += width >= 3 && hasWidth(record, width) ? 1 : -0.3;
  if (headerScore !== undefined) score += 8 * headerScore(record.cells);
  return score;
}

/** A year names a column of numbers that are no years themselves. */
function isYearAbove(cell: string, column: ColumnShape): boolean {
  return YEAR.test(cell) && column.type === 'number' && column.meanLength !== 4;
}

function columnEvidence(cell: string, type: CellType, column: ColumnShape): number {
  if (column.filled === 0) return isTyped(type) ? -0.2 : 0;
  if (isTyped(column.type)) {
    if (isYearAbove(cell, column)) return 0.4;
    if (type === column.type) return -1;
    return isTyped(type) ? -0.3 : 1;
  }
  if (isTyped(type)) return -0.3;
  if (column.values.has(cell)) return column.values.size < 0.8 * column.filled ? -0.8 : -0.3;
  let evidence = 0;
  if (column.form !== null) {
    const isPlain = column.form === 'a' || column.form === 'Aa';
    if (formOf(cell) !== column.form) evidence += isPlain ? 0.2 : 0.6;
    else if (!isPlain) evidence -= 0.7;
  }
  if (column.sameLength) evidence += cell.length === column.meanLength ? -0.4 : 0.3;
  else if (column.meanLength > 30 && cell.length < 25) evidence += 0.3;
  if (column.type === 'address' && type !== 'address') evidence += 0.6;
  return evidence;
}
