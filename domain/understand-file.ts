import type { FileErrorCode } from '../contracts/errors.ts';
import type { ChosenMapping, Mode, ImportKind } from '../contracts/words.ts';
import { type DialectGuess, detectDialect } from './csv/detect-dialect.ts';
import { type Dialect, type LineEnd, STANDARD_DIALECT } from './csv/dialect.ts';
import { wholeCharacters } from './csv/detect-encoding.ts';
import type { FileSource } from './csv/file-source.ts';
import { type FileRecord, parseCells, parseChunk } from './csv/parse-chunk.ts';
import { cutOptionsOf } from './csv/reading.ts';
import { RecordCutter } from './csv/record-cutter.ts';
import { Sign } from './csv/sign.ts';
import { byteOrderMarkLength } from './csv/text.ts';
import { describeTooLarge } from './csv/unreadable-file.ts';
import { type AnyKind, IMPORTABLE } from './kinds/index.ts';
import { guessKind, headerScore } from './mapping/header-score.ts';
import { createRecordMapper } from './mapping/map-record.ts';
import { type HeaderMatch, matchHeader } from './mapping/match-header.ts';
import { createRowValidator } from './validate-row.ts';
import { decideNumberFormats, type NumberFormat } from './values/number-format.ts';

/** What a caller says of a file, instead of leaving it to be found out. */
export interface GivenReading {
  delimiter?: string | undefined;
  quote?: string | null | undefined;
  escape?: string | null | undefined;
  skipBlanks?: boolean | undefined;
  lineEnd?: LineEnd | undefined;
  /** Line of the header, from 1; null for a file that has none. */
  headerLine?: number | null | undefined;
  /** The decimal sign of all numbers. */
  decimal?: '.' | ',' | undefined;
}

export interface FileExpectations {
  /** What the records are; null to guess it. */
  kind: ImportKind | null;
  mode: Mode;
  given?: GivenReading | undefined;
  /** The caller's mapping; null where it is found out. */
  mapping: ChosenMapping | null;
  currency?: string | undefined;
  /** Columns of the header, and bytes of a record, at most. What is over that is not looked into. */
  maxColumns: number;
  maxRecordBytes: number;
}

/** Why a file can't be imported as it is. */
export interface FileProblem {
  code: FileErrorCode;
  /** A sentence: what, where, and what to do. */
  message: string;
}

/** What the beginning of a file says about all of it. */
export interface Understanding {
  kind: ImportKind | null;
  /** From 0 to 1; 1 where the caller said it. */
  kindConfidence: number;
  dialect: Dialect;
  dialectConfidence: number;
  headerLine: number | null;
  headerConfidence: number;
  /** Readings that fit about as well, best first. */
  alternatives: DialectGuess['alternatives'];
  header: string[];
  recordsAt: { offset: number; line: number };
  /** Null while the kind is not known. */
  match: HeaderMatch | null;
  numberFormats: Record<string, NumberFormat>;
  /** The first whole records, and the byte after them. */
  records: FileRecord[];
  recordsEnd: number;
  /** Why it can't be imported like this; empty when it can. */
  problems: FileProblem[];
}

/** How many characters tell the dialect, and how many records the formats of numbers. */
const SAMPLE_BYTES = 256 * 1024;
const SAMPLE_RECORDS = 1_000;

/**
 * Understands a file from its beginning: how its records are written, where its header is, which of its columns mean what, and
 * how its numbers are written. Where the likeliest reading has no header that can be imported, and another that fits about as
 * well has one, that is the right one.
 *
 * @param beginning text in UTF-8, whole characters, enough to hold the header
 * @param isWhole whether that is the whole file
 */
export function understandFile(
  beginning: Buffer,
  isWhole: boolean,
  source: Pick<FileSource, 'container'>,
  expected: FileExpectations,
): Understanding {
  const bom = byteOrderMarkLength(beginning);
  const sample = wholeText(beginning.subarray(bom, bom + SAMPLE_BYTES));
  const kinds = expected.kind === null ? Object.values(IMPORTABLE) : [IMPORTABLE[expected.kind]];
  const { given = {} } = expected;
  const guess = detectDialect(sample.toString('utf8'), {
    isWhole: isWhole && bom + sample.length === beginning.length,
    // A workbook's rows were written by ourselves.
    given:
      source.container === 'xlsx'
        ? { ...STANDARD_DIALECT, ...headerOf(given) }
        : { ...dialectOf(given), ...headerOf(given) },
    // One line may be all that there is.
    headerScore: (cells) => headerScore(cells.slice(0, expected.maxColumns), kinds),
  });
  const read = (reading: Pick<DialectGuess, 'dialect' | 'headerLine'> & { firstRecordLine?: number }) =>
    readBeginning({ beginning, bom, isWhole, source, expected }, reading);

  const best = read(guess);
  let chosen = best;
  if (sample.toString('utf8').trim() === '') {
    chosen = { ...best, problems: [{ code: 'empty_file', message: 'The file is empty.' }] };
  } else if (best.problems.length > 0) {
    const others = guess.alternatives.map(read);
    chosen = others.find(({ match, problems }) => match !== null && problems.length === 0) ?? best;
  }
  return {
    ...chosen,
    dialectConfidence: guess.confidence,
    headerConfidence: guess.headerConfidence,
    alternatives: guess.alternatives,
  };
}

type Rest = 'dialectConfidence' | 'headerConfidence' | 'alternatives';

interface Beginning {
  beginning: Buffer;
  bom: number;
  isWhole: boolean;
  source: Pick<FileSource, 'container'>;
  expected: FileExpectations;
}

/** Reads the beginning of a file in one of the ways in which it can be read. */
function readBeginning(
  { beginning, bom, isWhole, source, expected }: Beginning,
  {
    dialect,
    headerLine,
    firstRecordLine = 1,
  }: { dialect: Dialect; headerLine: number | null; firstRecordLine?: number },
): Omit<Understanding, Rest> {
  const { maxColumns, maxRecordBytes } = expected;
  const options = cutOptionsOf(source);
  const problems: FileProblem[] = [];
  const cutter = new RecordCutter(dialect, options);
  const startLine = headerLine ?? firstRecordLine;
  const start = offsetOfLine(beginning, bom, startLine, dialect);
  const found = cutter.advance(beginning, start, isWhole);
  const first = found === 'record' ? beginning.subarray(cutter.start, cutter.end) : null;
  const where = `The header on line ${startLine + cutter.linesBefore}`;

  if (found === 'end') problems.push({ code: 'empty_file', message: 'The file is empty.' });
  else if (found === 'unclosed_quote') {
    problems.push({ code: 'malformed_csv', message: `${where} opens a quote and never closes it.` });
  } else if ((first?.length ?? beginning.length - cutter.start) > maxRecordBytes) {
    const message = `${where} is larger than ${maxRecordBytes} bytes.`;
    problems.push({ code: 'record_too_large', message });
  } else if (first === null) {
    problems.push({ code: 'record_too_large', message: `${where} is too large.` });
  } else if (cutter.malformed && headerLine !== null) {
    problems.push({ code: 'malformed_csv', message: `${where} has text after a closing quote.` });
  } else if (first.includes(0)) {
    problems.push({ code: 'not_text', message: `${where} has a NUL character.` });
  } else if (cutter.countCells() > maxColumns) {
    const message = `${where} has ${cutter.countCells()} columns; ${maxColumns} are allowed.`;
    problems.push({ code: 'too_many_columns', message });
  }
  const cells = first === null || problems.length > 0 ? [] : (parseCells(first, dialect)[0] ?? []);
  const header = headerLine === null ? cells.map(() => '') : cells;
  const recordsAt =
    headerLine === null
      ? { offset: start, line: startLine }
      : { offset: cutter.next, line: startLine + cutter.lines };
  const guessed = expected.kind === null ? guessKind(header) : { kind: expected.kind, confidence: 1 };
  const kind = guessed === null ? null : IMPORTABLE[guessed.kind];
  const isReadable = problems.length === 0;
  const match = isReadable && kind !== null ? matchTo(kind, header, headerLine, where, expected) : null;
  if (match !== null) problems.push(...describeProblems(match, headerLine));
  const sample = isReadable
    ? sampleRecords(beginning, recordsAt, { dialect, isWhole, options, expected })
    : { records: [], end: recordsAt.offset, problem: null };
  if (sample.problem !== null) problems.push(sample.problem);
  const { records } = sample;
  return {
    kind: guessed?.kind ?? null,
    kindConfidence: guessed?.confidence ?? 0,
    dialect,
    headerLine: headerLine === null ? null : startLine + cutter.linesBefore,
    header,
    recordsAt,
    match,
    numberFormats: numberFormatsOf({ match, kind, header, records, expected }),
    records,
    recordsEnd: sample.end,
    problems,
  };
}

function matchTo(
  kind: AnyKind,
  header: readonly string[],
  headerLine: number | null,
  where: string,
  { mode, mapping, currency }: FileExpectations,
): HeaderMatch {
  return matchHeader({
    header,
    kind,
    mode,
    mapping,
    currency,
    where: headerLine === null ? 'The file' : where,
  });
}

function describeProblems({ problems }: HeaderMatch, headerLine: number | null): FileProblem[] {
  if (headerLine !== null || problems.every(({ code }) => code !== 'missing_columns')) {
    return problems.map(({ code, message }) => ({ code, message }));
  }
  const message =
    'No line of the file looks like a header, so it is not known what its columns mean. Add a header, name its line, or say in a mapping which column (1, 2, ...) is which.';
  return [{ code: 'missing_columns', message }];
}

interface Sample {
  records: FileRecord[];
  /** The byte after them. */
  end: number;
  problem: FileProblem | null;
}

/**
 * The first whole records, up to one that is too large. Of records beyond the size of a sample only the first one is looked at,
 * if it has no more cells than a header may have.
 */
function sampleRecords(
  beginning: Buffer,
  at: { offset: number; line: number },
  {
    dialect,
    isWhole,
    options,
    expected: { maxColumns, maxRecordBytes },
  }: {
    dialect: Dialect;
    isWhole: boolean;
    options: ReturnType<typeof cutOptionsOf>;
    expected: FileExpectations;
  },
): Sample {
  const cutter = new RecordCutter(dialect, options);
  let end = at.offset;
  let { line } = at;
  let problem: FileProblem | null = null;
  for (let count = 0; count < SAMPLE_RECORDS; count += 1) {
    const found = cutter.advance(beginning, end, isWhole);
    if (found !== 'record' && found !== 'incomplete') break;
    const recordEnd = found === 'record' ? cutter.end : beginning.length;
    if (recordEnd - cutter.start > maxRecordBytes) {
      const message = describeTooLarge(line + cutter.linesBefore, maxRecordBytes);
      problem = { code: 'record_too_large', message };
      break;
    }
    if (found === 'incomplete') break;
    const isBeyond = cutter.next - at.offset > SAMPLE_BYTES;
    if (isBeyond && (count > 0 || cutter.countCells() > maxColumns)) break;
    end = cutter.next;
    line += cutter.lines;
  }
  const records = [...parseChunk(beginning.subarray(at.offset, end), dialect, at.line, options)];
  return { records, end, problem };
}

function numberFormatsOf({
  match,
  kind,
  header,
  records,
  expected,
}: {
  match: HeaderMatch | null;
  kind: AnyKind | null;
  header: readonly string[];
  records: readonly FileRecord[];
  expected: FileExpectations;
}): Record<string, NumberFormat> {
  if (match === null || kind === null) return {};
  const { decimal } = expected.given ?? {};
  if (decimal !== undefined) {
    const numeric = kind.columns.filter(({ type }) => type === 'decimal' || type === 'integer');
    return Object.fromEntries(numeric.map(({ name }) => [name, decimal === ',' ? 'comma' : 'point']));
  }
  const mapper = createRecordMapper(match.mapping, kind);
  const validator = createRowValidator({ kind, mode: expected.mode, blanks: 'keep', numberFormats: {} });
  for (const { cells, problem } of records) {
    if (problem !== null || cells.length !== header.length) {
      mapper.passOver();
      continue;
    }
    const { values, skip } = mapper.map(cells);
    if (skip === null) validator.validate(values);
  }
  return decideNumberFormats(validator.evidence());
}

/** The byte at which a line begins. */
function offsetOfLine(text: Buffer, start: number, line: number, { lineEnd }: Dialect): number {
  // They remember what they found: a text without one of them is searched for it once, not once a line.
  const lfSign = lineEnd === 'cr' ? null : new Sign('\n');
  const crSign = lineEnd === 'cr' || lineEnd === 'mixed' ? new Sign('\r') : null;
  let offset = start;
  for (let at = 1; at < line && offset < text.length; at += 1) {
    const lf = lfSign?.next(text, offset) ?? text.length;
    const cr = crSign?.next(text, offset) ?? text.length;
    const end = Math.min(lf, cr);
    offset = end === cr && lf === cr + 1 ? lf + 1 : end + 1;
  }
  return Math.min(offset, text.length);
}

function headerOf({ headerLine }: GivenReading): { headerLine?: number | null } {
  return headerLine === undefined ? {} : { headerLine };
}

function dialectOf({ delimiter, quote, escape, skipBlanks, lineEnd }: GivenReading): Partial<Dialect> {
  return {
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(quote === undefined ? {} : { quote }),
    ...(escape === undefined ? {} : { escape }),
    ...(skipBlanks === undefined ? {} : { skipBlanks }),
    ...(lineEnd === undefined ? {} : { lineEnd }),
  };
}

function wholeText(bytes: Buffer): Buffer {
  return bytes.subarray(0, wholeCharacters(bytes));
}
