import type { Dialect, LineEnd } from './dialect.ts';
import { cachedCellType } from './detection/cell-type.ts';
import { findHeader, type HeaderGuess } from './detection/header.ts';
import { type RankedReading, rankReadings } from './detection/rank-readings.ts';

export interface DialectOptions {
  /** Whether the sample is the whole text: else its last record may be cut off. */
  isWhole: boolean;
  /** Parts that the caller has fixed. `headerLine` null: there is no header. */
  given?: Partial<Dialect> & { headerLine?: number | null };
  /**
   * How much a record looks like the header of what is to be imported: 0 (no cell known) to 1 (all cells are known column
   * names).
   */
  headerScore?: (cells: readonly string[]) => number;
}

/** A way to read a text. */
export interface OtherReading {
  dialect: Dialect;
  /** Physical line, from 1, of the header; null when the text has none. */
  headerLine: number | null;
  /** 0 to 1. */
  confidence: number;
}

export interface DialectGuess {
  dialect: Dialect;
  /** 0 to 1: how much better it fits than the next one, and how regular the records are. */
  confidence: number;
  /** Physical line, from 1, of the header; null when the text has none. */
  headerLine: number | null;
  headerConfidence: number;
  /** Physical line on which the first data record (or what follows the header) starts. */
  firstRecordLine: number;
  /** Readings that fit about as well, best first. Empty when there is no doubt. */
  alternatives: OtherReading[];
}

/** An alternative fits at least this well in proportion to the best one. */
const CLOSE = 0.9;
const MAX_ALTERNATIVES = 3;
/** Below this the other answer to "is there a header" is an alternative too. */
const SURE_OF_HEADER = 0.8;

/**
 * Tells from its content how a CSV is written and where its header is. It tries every dialect that the text may have, and
 * takes the one in which the records are alike and the cells look whole; readings that fit nearly as well are alternatives.
 *
 * @param sample the text's beginning, some hundred thousand characters
 * @returns always an answer: of a text without any record, that of RFC 4180
 */
export function detectDialect(sample: string, options: DialectOptions): DialectGuess {
  const { headerScore } = options;
  const declared = declaredDelimiter(sample);
  const given = declared === null ? (options.given ?? {}) : { delimiter: declared, ...options.given };
  // What stands above a header that the caller has fixed is not looked at, nor is the line that declares the delimiter.
  const start = startOfLine(sample, given.headerLine ?? (declared === null ? 1 : 2), given.lineEnd);
  const typeOf = cachedCellType();
  const readings = rankReadings(sample.slice(start.offset), {
    isWhole: options.isWhole,
    given,
    headerScore,
    typeOf,
  });
  const headerOf = (reading: RankedReading): HeaderGuess => {
    const found = findHeader(reading.records, reading.fit.width, {
      typeOf,
      headerScore,
      given: given.headerLine,
    });
    return {
      headerLine: found.headerLine === null ? null : found.headerLine + start.line - 1,
      firstRecordLine: found.firstRecordLine + start.line - 1,
      confidence: found.confidence,
      otherLine: found.otherLine === null ? null : found.otherLine + start.line - 1,
    };
  };
  const [best, ...others] = readings;
  if (best === undefined) throw new Error('there is always the reading as one column');
  const header = headerOf(best);
  const margin = best.score === 0 ? 0 : 1 - (others[0]?.score ?? 0) / best.score;
  const confidence = clamp(Math.min(1, margin * 2.5) * 0.7 + 0.3 * best.fit.uniformity * best.fit.cellFit);
  const alternatives: OtherReading[] = others
    .filter((other) => other.score >= best.score * CLOSE)
    .slice(0, MAX_ALTERNATIVES)
    .map((other) => ({
      dialect: other.dialect,
      headerLine: headerOf(other).headerLine,
      confidence: clamp((confidence * other.score) / best.score),
    }));
  if (header.confidence < SURE_OF_HEADER && header.headerLine !== header.otherLine) {
    const other = {
      dialect: best.dialect,
      headerLine: header.otherLine,
      confidence: confidence * (1 - header.confidence),
    };
    alternatives.push(other);
    alternatives.sort((a, b) => b.confidence - a.confidence);
  }
  return {
    dialect: best.dialect,
    confidence,
    headerLine: header.headerLine,
    headerConfidence: header.confidence,
    firstRecordLine: header.firstRecordLine,
    alternatives,
  };
}

/** The line by which spreadsheets are told the delimiter. */
const SEPARATOR_LINE = /^\ufeff?"?sep=(?<sep>\\t|[^\r\n"]{1,3}?)"?[,;\t]*(?:\r|\n|$)/i;

function declaredDelimiter(text: string): string | null {
  const sep = SEPARATOR_LINE.exec(text)?.groups?.sep;
  if (sep === undefined) return null;
  return sep === '\\t' ? '\t' : sep;
}

/** Where a physical line begins; the last one where there are fewer. */
function startOfLine(
  sample: string,
  wanted: number,
  lineEnd: LineEnd = sample.includes('\n') ? 'lf' : 'cr',
): { offset: number; line: number } {
  let offset = sample.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  const end = lineEnd === 'cr' ? /\r/g : lineEnd === 'mixed' ? /\r\n|\n|\r/g : /\n/g;
  end.lastIndex = offset;
  while (line < wanted && end.exec(sample) !== null) {
    offset = end.lastIndex;
    line += 1;
  }
  return { offset, line };
}

function clamp(value: number): number {
  return Math.max(0, Math.min(1, value));
}
