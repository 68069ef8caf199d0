import { cellFit, type CellType } from './cell-type.ts';
import type { SplitRecord } from './split-records.ts';

/** How well a dialect fits a text. */
export interface Fit {
  /** 0 to 1; the best dialect has the highest. */
  score: number;
  /** Cells of most records. */
  width: number;
  /** 0 to 1: how alike the records are in their number of cells. */
  uniformity: number;
  /** 0 to 1: how likely the cells are whole cells. */
  cellFit: number;
}

/** Records whose cells are looked at, and cells of one record. */
const MAX_TYPED_RECORDS = 60;
const MAX_TYPED_CELLS = 120;

const COMMENT = /^\s*(?:#|\/\/)/;

/**
 * How well the records fit together: the product of how uniform their widths are and how much their cells look like whole
 * cells, after the idea of the data consistency measure (pattern score times type score) of van den Burg, Nazábal and Sutton,
 * "Wrangling messy CSV files by detecting row and type patterns", 2019; and of the table uniformity of W. García.
 */
export function scoreRecords(
  all: readonly SplitRecord[],
  belief: number,
  typeOf: (cell: string) => CellType,
): Fit {
  const records = withoutComments(all);
  if (records.length === 0) return { score: 0, width: 1, uniformity: 0, cellFit: 0 };
  const { width, uniformity } = bestWidth(records);
  const body = records.filter((record) => Math.abs(record.cells.length - width) <= 1);
  const columns = describe(body, width, typeOf);
  const strays = records.filter((record) => record.strays > 0).length / records.length;
  // Odd signs are believed more readily where they cut out clean columns of numbers, less in a handful of lines.
  const doubt =
    1 - (columns.quoted >= USUALLY_QUOTED && strays < 0.2 ? Math.max(belief, QUOTED_BELIEF) : belief);
  const believed =
    (1 - doubt + doubt * 0.5 * columns.typed) * Math.max(0.2, 1 - 2 * doubt * fewness(records.length));
  const score =
    uniformity ** (1.3 + 3 * doubt) *
    widthFactor(columns.used) *
    columns.fit ** 1.2 *
    (columns.used === 1 ? 1 : believed) *
    (0.88 + 0.12 * columns.cleanStart) *
    (1 - 0.5 * strays) *
    (1 - 0.6 * columns.idle);
  return { score, width, uniformity, cellFit: columns.fit };
}

/** A sign next to the quotes in most records is a delimiter, whatever else it may mean. */
const USUALLY_QUOTED = 0.5;
const QUOTED_BELIEF = 0.88;

/** 0 from four records on, nearly 1 for a single one, which tells little. */
function fewness(records: number): number {
  return Math.max(0, (4 - records) / 4);
}

/** Comment lines say nothing about the table, unless there is hardly anything else. */
function withoutComments(records: readonly SplitRecord[]): readonly SplitRecord[] {
  const plain = records.filter((record) => !isComment(record));
  return plain.length * 2 >= records.length || plain.length >= 3 ? plain : records;
}

/** Whether the record is a line of comment, and not one whose first cell happens to be quoted. */
export function isComment(record: SplitRecord): boolean {
  return record.quoted?.[0] !== true && COMMENT.test(record.cells[0] ?? '');
}

/** More columns are better evidence, one column is none at all. */
function widthFactor(width: number): number {
  return width === 1 ? 0.42 : 1 - 0.5 / width;
}

/** What stands above a table counts less than the table. */
const ABOVE_WEIGHT = 0.35;

/** The number of cells around which the records gather, and how closely they do. */
function bestWidth(records: readonly SplitRecord[]): { width: number; uniformity: number } {
  const counts = new Map<number, number>();
  for (const record of records) counts.set(record.cells.length, (counts.get(record.cells.length) ?? 0) + 1);
  let best = { width: 1, uniformity: 0 };
  let bestScore = -1;
  const candidates = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 4);
  for (const [width] of candidates) {
    const uniformity = uniformityAround(records, width);
    const score = uniformity * widthFactor(width);
    if (score > bestScore) {
      bestScore = score;
      best = { width, uniformity };
    }
  }
  return best;
}

function uniformityAround(records: readonly SplitRecord[], width: number): number {
  const likenesses = records.map((record) => widthLikeness(record, width));
  const start =
    width < 3
      ? 0
      : likenesses.findIndex((likeness, at) => likeness >= 0.9 && (likenesses[at + 1] ?? 1) >= 0.9);
  let sum = 0;
  let weights = 0;
  for (const [at, likeness] of likenesses.entries()) {
    const weight = at > 0 && at < start ? ABOVE_WEIGHT : 1;
    sum += weight * likeness;
    weights += weight;
  }
  return 0.93 * (sum / weights) + 0.07 * (likenesses[0] ?? 0);
}

function widthLikeness({ cells }: SplitRecord, width: number): number {
  if (cells.length === width) return 1;
  const isTrailing = cells.length === width + 1 ? cells.at(-1) === '' : false;
  if (isTrailing) return 0.95;
  if (cells.length === width - 1 && width > 2) return 0.5;
  if (cells.length > 1 && cells.length < width) return 0.2;
  return cells.length === width + 1 ? 0.2 : 0;
}

interface Columns {
  /** 0 to 1: how likely the cells are whole cells. */
  fit: number;
  /** Columns that hold anything. */
  used: number;
  /** Share of the columns that hold nothing and stand in front of one that does. */
  idle: number;
  /** Share of the columns that hold numbers, dates or times and nothing else. */
  typed: number;
  /** Share of the records whose first cell has no other usual delimiter in it. */
  cleanStart: number;
  /** Share of the records with a quoted cell between delimiters. */
  quoted: number;
}

const MIN_TYPED_RECORDS = 8;
const OTHER_DELIMITER = /[;\t|]|,(?! )/;

/** Looks at the cells of a part of the records. */
function describe(body: readonly SplitRecord[], width: number, typeOf: (cell: string) => CellType): Columns {
  const step = Math.max(1, body.length / MAX_TYPED_RECORDS);
  const cellStep = Math.max(1, width / MAX_TYPED_CELLS);
  const filled = new Map<number, number>();
  const typed = new Map<number, number>();
  let sum = 0;
  let count = 0;
  let looked = 0;
  let clean = 0;
  let quoted = 0;
  for (let at = 0; at < body.length; at += step) {
    const record = body[Math.floor(at)];
    if (record === undefined) break;
    looked += 1;
    if (record.quoted?.[0] === true || !OTHER_DELIMITER.test(record.cells[0] ?? '')) clean += 1;
    if (record.cells.length > 1 && record.quoted !== null) quoted += 1;
    let recordSum = 0;
    let recordCount = 0;
    for (let place = 0; place < record.cells.length; place += cellStep) {
      const index = Math.floor(place);
      const cell = record.cells[index] ?? '';
      const type = typeOf(cell);
      if (type === 'empty') continue;
      recordSum += cellFit(cell, type, record.quoted?.[index] === true);
      recordCount += 1;
      filled.set(index, (filled.get(index) ?? 0) + 1);
      if (type === 'number' || type === 'date' || type === 'time')
        typed.set(index, (typed.get(index) ?? 0) + 1);
    }
    if (recordCount > 0) {
      sum += recordSum / recordCount;
      count += 1;
    }
  }
  const pure = [...filled].filter(([index, cells]) => (typed.get(index) ?? 0) >= 0.9 * cells).length;
  return {
    fit: count === 0 ? 0.5 : sum / count,
    used: Math.max(1, Math.min(width, Math.round(filled.size * cellStep))),
    idle: idleShare(filled, cellStep, body.length),
    typed: looked < MIN_TYPED_RECORDS ? 0 : pure / Math.max(1, filled.size),
    cleanStart: looked === 0 ? 1 : clean / looked,
    quoted: looked === 0 ? 0 : quoted / looked,
  };
}

function idleShare(filled: ReadonlyMap<number, number>, cellStep: number, records: number): number {
  if (cellStep > 1 || records < 2) return 0;
  const reach = Math.max(-1, ...filled.keys()) + 1;
  return reach === 0 ? 0 : 1 - filled.size / reach;
}
