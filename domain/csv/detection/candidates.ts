import type { Dialect, LineEnd } from '../dialect.ts';
import { signPattern } from '../sign-pattern.ts';

/** Delimiters that are always worth a look, with how readily each is believed: 1 needs no further evidence. */
const USUAL: readonly (readonly [string, number])[] = [
  [',', 1],
  [';', 1],
  ['\t', 1],
  ['|', 0.97],
];

/** Signs that separate cells in some files, and mean something else in more of them. */
const RARE = new Map<string, number>([
  ['^', 0.8],
  ['~', 0.8],
  ['\u001f', 0.98],
  ['\u0001', 0.98],
  ['\u001e', 0.95],
  ['\u0002', 0.95],
  ['¦', 0.9],
  ['¬', 0.9],
  ['§', 0.9],
  ['¶', 0.9],
  ['þ', 0.85],
  ['\u0014', 0.95],
  ['#', 0.72],
  ['*', 0.6],
  ['!', 0.6],
  ['$', 0.55],
  ['&', 0.55],
  [':', 0.52],
  ['=', 0.5],
  [' ', 0.48],
  ['%', 0.45],
  ['>', 0.45],
  ['+', 0.4],
  ['@', 0.35],
  ['/', 0.3],
  ['_', 0.25],
  ['-', 0.25],
]);

const MULTIPLE_BELIEF = 0.99;
/** Different signs in a row may also be a delimiter and the beginning of a cell. */
const MIXED_BELIEF = 0.95;
const MIN_MIXED_LINES = 3;
/** A sign twice in a row is a delimiter only where it never stands alone; two commas are mostly an empty cell. */
const DOUBLED_USUAL_BELIEF = 0.7;

/** Lines by which delimiters are chosen for a closer look. */
const MAX_LINES = 200;
const MAX_LINE_LENGTH = 20_000;
/** A delimiter that is not one of the usual ones stands in at least this share of the lines. */
const MIN_SHARE = 0.5;
const MAX_RARE = 8;

export interface Delimiter {
  text: string;
  /** 0 to 1. */
  belief: number;
}

/** Delimiters that the text may have: the usual ones that occur, and others that stand in many of its lines. */
export function candidateDelimiters(lines: readonly string[]): Delimiter[] {
  const looked = lines
    .filter((line) => line.trim() !== '')
    .slice(0, MAX_LINES)
    .map(withoutQuoted);
  const found: Delimiter[] = [];
  for (const [text, belief] of USUAL) {
    if (lines.some((line) => line.includes(text))) found.push({ text, belief });
  }
  const counts = new Map<string, number>();
  const runs = new Map<string, number>();
  for (const line of looked) {
    const { signs, sequences } = signsOf(line);
    for (const sign of signs) counts.set(sign, (counts.get(sign) ?? 0) + 1);
    for (const sequence of sequences) runs.set(sequence, (runs.get(sequence) ?? 0) + 1);
  }
  const enough = looked.length * MIN_SHARE;
  // A sign that lines begin with, and nothing else, marks comments or items of a list.
  const isMark = (sign: string) => {
    const holding = looked.filter((line) => line.includes(sign));
    return holding.filter((line) => line.trimStart().lastIndexOf(sign) === 0).length * 2 > holding.length;
  };
  const rare = [...counts]
    .filter(([sign, count]) => count >= enough && RARE.has(sign) && (sign === ' ' || !isMark(sign)))
    .sort((a, b) => b[1] * (RARE.get(b[0]) ?? 0) - a[1] * (RARE.get(a[0]) ?? 0))
    .slice(0, MAX_RARE);
  for (const [sign] of rare) found.push({ text: sign, belief: RARE.get(sign) ?? 0 });

  const sequences = [...runs].filter(([, count]) => count >= Math.max(enough, looked.length * 0.7));
  for (const [sequence] of sequences.sort((a, b) => b[1] - a[1]).slice(0, MAX_RARE)) {
    const belief = sequenceBelief(sequence, looked);
    if (belief > 0) found.push({ text: sequence, belief });
  }
  return found;
}

/** The line with empty quotes in place of what was quoted: delimiters in there are text. */
function withoutQuoted(line: string): string {
  if (line.length > MAX_LINE_LENGTH) return line.slice(0, MAX_LINE_LENGTH);
  const plain = line.replace(/"[^"]*"/g, '""');
  return plain.includes("'") ? plain.replace(/(?<![\p{L}\p{N}])'[^']*'(?![\p{L}\p{N}])/gu, "''") : plain;
}

/** A sign with blanks around it, several signs in a row, or one sign repeated: delimiters of more than one character. */
const SEQUENCE = /[ ]?[^\p{L}\p{N}\s"'`()[\]{}.\-+]{1,4}[ ]?/gu;

function signsOf(line: string): { signs: Set<string>; sequences: Set<string> } {
  const signs = new Set<string>();
  const sequences = new Set<string>();
  for (const sign of line) if (RARE.has(sign)) signs.add(sign);
  for (const [run] of line.matchAll(SEQUENCE)) {
    if (run.length > 1) {
      sequences.add(run);
      const core = run.trim();
      if (core.length > 1 && core !== run) sequences.add(core);
      if (run.startsWith(' ') && run.trimStart().length > 1) sequences.add(run.trimStart());
    }
  }
  return { signs, sequences };
}

/**
 * How readily a longer delimiter is believed: it must take the place of the sign that it is made of nearly everywhere.
 */
function sequenceBelief(sequence: string, lines: readonly string[]): number {
  const core = sequence.trim();
  const sign = core.charAt(0);
  let own = 0;
  let all = 0;
  for (const line of lines) {
    own += line.split(sequence).length - 1;
    all += line.split(sign).length - 1;
  }
  const perSequence = core.split(sign).length - 1;
  const share = (own * perSequence) / Math.max(1, all);
  if (core.length === 1) {
    const usual = USUAL.find(([text]) => text === core)?.[1] ?? RARE.get(core) ?? 0.3;
    return share >= 0.6 ? usual * (sequence.length === core.length ? 1 : 0.99) : 0;
  }
  const isOneSign = new Set(core).size === 1;
  const isUsual = core.startsWith(',') || core.startsWith(';') || core.startsWith('\t');
  // Signs that also stand alone, as in times: the scores of the two readings decide.
  if (share < 0.97) return isOneSign && !isUsual && share >= 0.3 ? MULTIPLE_BELIEF : 0;
  if (isOneSign) return isUsual ? DOUBLED_USUAL_BELIEF : MULTIPLE_BELIEF;
  return lines.length >= MIN_MIXED_LINES ? MIXED_BELIEF : 0;
}

/** A delimiter that the text has not, for the reading as one column: the comma wherever possible. */
export function unusedDelimiter(text: string): string {
  return [',', ';', '\t', '|'].find((delimiter) => !text.includes(delimiter)) ?? '\u001f';
}

/** Ways in which the cells may be quoted. */
export function candidateQuotings(text: string): Pick<Dialect, 'quote' | 'escape'>[] {
  const quotings: Pick<Dialect, 'quote' | 'escape'>[] = [{ quote: '"', escape: '"' }];
  const hasDouble = text.includes('"');
  if (hasDouble && text.includes('\\"')) quotings.push({ quote: '"', escape: '\\' });
  if (/(?:^|[^\p{L}\p{N}])'/mu.test(text)) {
    quotings.push({ quote: "'", escape: "'" });
    if (text.includes("\\'")) quotings.push({ quote: "'", escape: '\\' });
  }
  if (hasDouble) quotings.push({ quote: null, escape: null });
  return quotings;
}

/**
 * Whether blanks may be skipped. That they are is worth a look where they stand between a quote and the end of its cell; where
 * cells are not quoted it makes no difference that counts.
 */
export function candidateSkips(text: string, delimiter: string, quote: string | null): boolean[] {
  if (quote === null || delimiter.startsWith(' ') || delimiter.endsWith(' ')) return [false];
  const blanks = delimiter.includes('\t') ? ' +' : '[ \t]+';
  const end = signPattern(delimiter);
  const sign = signPattern(quote);
  const isSkipped = new RegExp(`(?:^|${end})${blanks}${sign}|${sign}${blanks}(?:$|${end})`, 'm').test(text);
  return isSkipped ? [false, true] : [false];
}

/** Ways in which the lines may end; more than one only where the text leaves a doubt. */
export function candidateLineEnds(text: string): LineEnd[] {
  let pairs = 0;
  let feeds = 0;
  let returns = 0;
  for (let position = 0; position < text.length; position += 1) {
    const code = text.charCodeAt(position);
    if (code === 10) feeds += 1;
    else if (code === 13) {
      if (text.charCodeAt(position + 1) === 10) {
        pairs += 1;
        position += 1;
      } else returns += 1;
    }
  }
  const byFeed: LineEnd = pairs > feeds ? 'crlf' : 'lf';
  if (returns === 0) return [byFeed];
  if (feeds === 0 && pairs === 0) return ['cr'];
  return [byFeed, 'cr', 'mixed'];
}
