import { toDate, toDateTime, toElapsed, toTime } from './serial-date.ts';

/** What a number format makes of a number, as far as it matters to who reads the data. */
export type NumberFormat =
  | { type: 'plain' }
  | { type: 'date' | 'datetime' | 'time' | 'elapsed' }
  /** Digits in groups: `00000` for a postal code, `000-000` for a part number. */
  | { type: 'digits'; pattern: string };

const PLAIN: NumberFormat = { type: 'plain' };

/**
 * The formats that a workbook does not spell out, by their number. Source: ECMA-376, part 1, 18.8.30; those from 27 on are the
 * dates of East Asian editions.
 */
const BUILT_IN: readonly (readonly [
  from: number,
  to: number,
  type: 'date' | 'datetime' | 'time' | 'elapsed',
])[] = [
  [14, 17, 'date'],
  [18, 21, 'time'],
  [22, 22, 'datetime'],
  [27, 31, 'date'],
  [32, 33, 'time'],
  [34, 36, 'date'],
  [45, 45, 'time'],
  [46, 46, 'elapsed'],
  [47, 47, 'time'],
  [50, 58, 'date'],
];

/** @param id of a cell's format; @param code as the workbook spells it out, if it does */
export function numberFormatOf(id: number, code: string | undefined): NumberFormat {
  if (code !== undefined) return parseFormatCode(code);
  const type = BUILT_IN.find(([from, to]) => id >= from && id <= to)?.[2];
  return type === undefined ? PLAIN : { type };
}

/**
 * Understands a format such as `[$-409]d\-mmm\-yy;@`: its first part, which is for positive numbers, counts.
 * Source of the syntax: ECMA-376, part 1, 18.8.31.
 */
export function parseFormatCode(code: string): NumberFormat {
  // Literal text may hold any letter: quoted, after a backslash, as wide as a character (_x), repeated (*x).
  const literal = /"([^"]*)"?|\\(.)|[_*]./gs;
  const first =
    code
      .replace(literal, (_, quoted?: string, escaped?: string) => mark(quoted ?? escaped ?? ''))
      .split(';')[0] ?? '';
  const isElapsed = /\[(h+|m+|s+)\]/i.test(first);
  const bare = first.replace(/\[[^\]]*\]/g, '').trim();
  if (isElapsed) return { type: 'elapsed' };
  if (/^0[0\- ]*0$/.test(bare)) return { type: 'digits', pattern: bare };

  const letters = bare
    .replace(/general/gi, '')
    .replace(/e[+-]/gi, '')
    .toLowerCase();
  const hasTime = /[hs]|am\/pm|a\/p/.test(letters);
  // An m is a month, but beside hours or seconds minutes.
  const hasDate = /[ydgeb]/.test(letters) || (letters.includes('m') && !hasTime);
  if (hasDate) return { type: hasTime ? 'datetime' : 'date' };
  return hasTime ? { type: 'time' } : PLAIN;
}

/** Keeps of a literal text only what stands between groups of digits. */
function mark(text: string): string {
  return text === '-' || text === ' ' ? text : '';
}

/**
 * A number as its owner sees it, but with all of its digits: dates in ISO 8601, digits in their groups, all else in plain
 * decimal notation.
 *
 * @param raw as the sheet stores it, such as `1.0000000000000001E-2`
 */
export function formatNumber(raw: string, format: NumberFormat, date1904: boolean): string {
  const value = Number(raw);
  if (raw.trim() === '' || !Number.isFinite(value)) return raw;
  switch (format.type) {
    case 'plain':
      return toPlainDecimal(raw, value);
    case 'digits':
      return inGroups(value, format.pattern) ?? toPlainDecimal(raw, value);
    case 'date':
      return toDate(value, date1904) ?? toPlainDecimal(raw, value);
    case 'datetime':
      return toDateTime(value, date1904) ?? toPlainDecimal(raw, value);
    case 'time':
      return toTime(value) ?? toPlainDecimal(raw, value);
    case 'elapsed':
      return toElapsed(value) ?? toPlainDecimal(raw, value);
  }
}

/** Spreadsheets count with 15 digits; what a stored number has beyond them is noise of its binary form. */
const DIGITS = 15;

/** Without an exponent and without noise: `1E+11` is 100000000000, `19.900000000000002` is 19.9. */
function toPlainDecimal(raw: string, value: number): string {
  // Whole numbers stay as they are: other programs store identifiers of more than 15 digits.
  if (/^-?\d+$/.test(raw) || /^-?\d{1,7}\.\d{1,7}$/.test(raw)) return raw;
  const [mantissa = '', exponent = '0'] = value.toExponential(DIGITS - 1).split('e');
  const digits = mantissa.replace(/[-.]/g, '').replace(/0+$/, '');
  if (digits === '') return '0';
  const sign = value < 0 ? '-' : '';
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Fills a pattern of zeros from its end; a number with more digits keeps them all, in front. */
function inGroups(value: number, pattern: string): string | null {
  const whole = Math.round(Math.abs(value));
  if (whole > Number.MAX_SAFE_INTEGER) return null;
  let digits = String(whole);
  let text = '';
  for (const sign of Array.from(pattern).reverse()) {
    text = (sign === '0' ? digits.slice(-1) || '0' : sign) + text;
    if (sign === '0') digits = digits.slice(0, -1);
  }
  return (value < 0 ? '-' : '') + digits + text;
}
