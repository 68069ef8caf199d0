import type { Dialect, LineEnd } from '../dialect.ts';
import {
  candidateDelimiters,
  candidateLineEnds,
  candidateQuotings,
  candidateSkips,
  type Delimiter,
  unusedDelimiter,
} from './candidates.ts';
import type { CellType } from './cell-type.ts';
import { type Fit, scoreRecords } from './score.ts';
import { splitRecords, type SplitRecord } from './split-records.ts';

export interface RankOptions {
  isWhole: boolean;
  given: Partial<Dialect>;
  headerScore: ((cells: readonly string[]) => number) | undefined;
  typeOf: (cell: string) => CellType;
}

/** A dialect, how the text reads with it, and how well that fits. */
export interface RankedReading {
  dialect: Dialect;
  records: SplitRecord[];
  fit: Fit;
  /** Comparable among the readings of one text. */
  score: number;
}

/** Characters that are looked at closely, and how far that may grow when they hold only a few long lines. */
const PREFIX_CHARS = 48 * 1024;
const MAX_PREFIX_CHARS = 256 * 1024;
const MIN_PREFIX_LINES = 10;
const MAX_RECORDS = 250;
/** Where there are double quotes too, single ones are mostly apostrophes. */
const SINGLE_QUOTE_BELIEF = 0.95;
/** Records among which a known header raises a reading. */
const HEADER_RECORDS = 40;

/**
 * Every reading of the text that is worth a look and gives cells of its own, the best first; at least one.
 *
 * The time it takes is bounded by the text that is looked at closely, whatever is in it.
 */
export function rankReadings(text: string, options: RankOptions): RankedReading[] {
  const declared = options.given.delimiter ?? null;
  const prefix = prefixOf(text);
  const isWhole = options.isWhole && prefix.length === text.length;
  const { given } = options;
  const lineEnds: LineEnd[] = given.lineEnd === undefined ? candidateLineEnds(prefix) : [given.lineEnd];
  const quotings = givenQuotings(prefix, given);
  const quotingsWith = (delimiter: string) => withSkips(prefix, delimiter, quotings, given);
  const readings: RankedReading[] = [];
  const typedLines = shareOfTypedLines(prefix, options.typeOf);
  for (const lineEnd of lineEnds) {
    for (const { text: delimiter, belief } of delimitersOf(prefix, lineEnd, declared)) {
      for (const quoting of quotingsWith(delimiter)) {
        const dialect = { delimiter, ...quoting, lineEnd };
        const records = splitRecords(prefix, dialect, { maxRecords: MAX_RECORDS, isWhole });
        if (given.escape === undefined && !showsEscape(dialect, records)) continue;
        // Known names over the columns are worth more than what the sign is used for elsewhere.
        const known = knownHeader(records, options.headerScore);
        const believed = belief < 1 && typedLines >= 0.5 ? belief / 2 : belief + (1 - belief) * known;
        const fit = scoreRecords(records, believed, options.typeOf);
        const rare = quoting.quote === "'" && prefix.includes('"') ? SINGLE_QUOTE_BELIEF : 1;
        const torn = quoting.quote === '"' ? 0 : shareOfTorn(records);
        const score = rare * fit.score * (1 + known) * (1 - 0.5 * torn);
        readings.push({ dialect, records, fit, score });
      }
    }
  }
  raiseAligned(readings, prefix);
  const ranked = distinct(readings.sort((a, b) => b.score - a.score));
  const [best, ...others] = ranked;
  if (best === undefined || prefix.length === text.length) return ranked;
  const refined = { ...best, dialect: refineQuoting(text, best, options) };
  return [refined, ...others];
}

const MAX_TORN_RECORDS = 60;

/** Share of the records in which quotes open in one cell and close in another: their delimiters were text. */
function shareOfTorn(records: readonly SplitRecord[]): number {
  const looked = records.slice(0, MAX_TORN_RECORDS);
  const torn = looked.filter(({ cells }) => {
    const opening = cells.findIndex((cell) => /^ ?"[^"]*$/.test(cell));
    return opening !== -1 && cells.slice(opening + 1).some((cell) => /^[^"]*" ?$/.test(cell));
  });
  return torn.length / Math.max(1, looked.length);
}

const MIN_ALIGNED_COLUMNS = 3;

/**
 * Columns aligned with blanks: cut at single blanks the lines are ragged, yet the blank is what is between the cells. Raises
 * that reading above the one as one column; other delimiters stay above it.
 */
function raiseAligned(readings: readonly RankedReading[], text: string): void {
  const blanks = readings.find(({ dialect }) => dialect.delimiter === ' ');
  const best = readings.reduce((a, b) => (b.score > a.score ? b : a));
  if (blanks === undefined || best.fit.width > 1) return;
  const looked = text.split(/[\r\n]+/, 100);
  const lines = looked.filter((line) => / {2,}/.test(line.trim()));
  const tokens = lines.map((line) => line.trim().split(/ +/));
  const columns = mode(tokens.map((cells) => cells.length));
  const aligned = tokens.filter((cells) => cells.length === columns);
  const numbers = aligned.flat().filter((cell) => /^[-+]?[\d.,]+$/.test(cell)).length;
  const isTable =
    columns >= MIN_ALIGNED_COLUMNS && aligned.length >= 3 && aligned.length >= 0.7 * lines.length;
  if (isTable && aligned.length * 2 > looked.length && numbers * 2 > aligned.length * columns) {
    blanks.score = best.score * 1.05;
  }
}

function mode(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

const MAX_REFINED_RECORDS = 20_000;

/** Chooses the quoting by all of the text: quotes may be escaped for the first time far down. */
function refineQuoting(text: string, best: RankedReading, options: RankOptions): Dialect {
  let chosen = best.dialect;
  let fewest = Infinity;
  const { delimiter } = best.dialect;
  const others = withSkips(text, delimiter, givenQuotings(text, options.given), options.given);
  for (const { quote, escape, skipBlanks } of [best.dialect, ...others]) {
    if (quote !== best.dialect.quote) continue;
    const dialect = { ...best.dialect, quote, escape, skipBlanks };
    const records = splitRecords(text, dialect, {
      maxRecords: MAX_REFINED_RECORDS,
      isWhole: options.isWhole,
    });
    const bad = records.filter(
      ({ cells, strays }) =>
        strays > 0 ||
        cells.length !== best.fit.width ||
        cells.some((cell) => isQuotedAfterBlanks(cell, quote)),
    ).length;
    if (bad < fewest) {
      chosen = dialect;
      fewest = bad;
    }
  }
  return chosen;
}

/** Whether the records have what speaks for an escape sign of its own; quotes that are doubled go without saying. */
function showsEscape({ quote, escape }: Dialect, records: readonly SplitRecord[]): boolean {
  return escape === null || escape === quote || records.some(({ escapes }) => escapes > 0);
}

/** Whether the quotes of a cell were taken for text, since blanks are in front of them. */
function isQuotedAfterBlanks(cell: string, quote: string | null): boolean {
  if (quote === null || (!cell.startsWith(' ') && !cell.startsWith('\t'))) return false;
  const text = cell.trim();
  return text.length > 1 && text.startsWith(quote) && text.endsWith(quote);
}

function delimitersOf(text: string, lineEnd: LineEnd, declared: string | null): Delimiter[] {
  if (declared !== null) return [{ text: declared, belief: 1 }];
  const end = lineEnd === 'cr' ? '\r' : lineEnd === 'mixed' ? /\r\n?|\n/ : '\n';
  const found = candidateDelimiters(text.split(end));
  // Where cells hold line ends, most lines are pieces of quoted text, without any delimiter.
  const unquoted = text.includes('"') ? candidateDelimiters(text.replace(/"[^"]*"/g, '""').split(end)) : [];
  const others = unquoted.filter((other) => !found.some((delimiter) => delimiter.text === other.text));
  // The reading as one column is the one with a delimiter that the text has not.
  return [...found, ...others, { text: unusedDelimiter(text), belief: 1 }];
}

function givenQuotings(
  text: string,
  { quote, escape }: Partial<Dialect>,
): Pick<Dialect, 'quote' | 'escape'>[] {
  const all = candidateQuotings(text);
  const byQuote = quote === undefined ? all : all.filter((quoting) => quoting.quote === quote);
  const fitting = escape === undefined ? byQuote : byQuote.filter((quoting) => quoting.escape === escape);
  if (fitting.length > 0) return fitting;
  const fixed = quote === undefined ? '"' : quote;
  return [{ quote: fixed, escape: fixed === null ? null : (escape ?? fixed) }];
}

/** Ways in which cells may be quoted and set off from the delimiter. */
function withSkips(
  text: string,
  delimiter: string,
  quotings: readonly Pick<Dialect, 'quote' | 'escape'>[],
  given: Partial<Dialect>,
): Pick<Dialect, 'quote' | 'escape' | 'skipBlanks'>[] {
  return quotings.flatMap((quoting) => {
    const skips =
      given.skipBlanks === undefined ? candidateSkips(text, delimiter, quoting.quote) : [given.skipBlanks];
    return skips.map((skipBlanks) => ({ ...quoting, skipBlanks }));
  });
}

function knownHeader(records: readonly SplitRecord[], headerScore: RankOptions['headerScore']): number {
  if (headerScore === undefined) return 0;
  return Math.max(0, ...records.slice(0, HEADER_RECORDS).map((record) => headerScore(record.cells)));
}

/** A bounded beginning of the text. */
function prefixOf(text: string): string {
  if (text.length <= PREFIX_CHARS) return text;
  const prefix = text.slice(0, PREFIX_CHARS);
  return prefix.split(/[\r\n]+/, MIN_PREFIX_LINES).length < MIN_PREFIX_LINES
    ? text.slice(0, MAX_PREFIX_CHARS)
    : prefix;
}

/** How many of the first lines are one number, date or time as a whole: no sign within them is a delimiter. */
function shareOfTypedLines(text: string, typeOf: RankOptions['typeOf']): number {
  const lines = text.split(/[\r\n]+/, 60).filter((line) => line.trim() !== '');
  const typed = lines.filter((line) => ['number', 'date', 'time'].includes(typeOf(line)));
  return typed.length / Math.max(1, lines.length);
}

const COMPARED_RECORDS = 60;
const COMPARED_CELLS = 60;

/** The readings that give different cells, of equal ones the best. */
function distinct(readings: readonly RankedReading[]): RankedReading[] {
  const seen = new Set<string>();
  return readings.filter(({ records }) => {
    const cells = records
      .slice(0, COMPARED_RECORDS)
      .map((record) => record.cells.slice(0, COMPARED_CELLS).map((cell) => cell.trim()));
    const key = JSON.stringify(cells);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
