import { isCurrency, isOneCurrency } from './currency.ts';

/**
 * What a text says as a number, in plain decimals (`-1234.5`), without regard to the column it stands in.
 *
 * `evidence` is what the text shows of the convention it was written in: which sign is before the decimals, or null when it has
 * no sign that tells. `ambiguous`: the one sign may be either, and the text has a reading for each.
 */
export type NumberReading =
  | { evidence: 'point' | 'comma' | null; text: string }
  | { evidence: 'ambiguous'; point: string; comma: string }
  | { evidence: null; code: 'invalid_number' | 'rounded_by_spreadsheet' };

const INVALID: NumberReading = { evidence: null, code: 'invalid_number' };
const ROUNDED: NumberReading = { evidence: null, code: 'rounded_by_spreadsheet' };

/** Longer texts are no numbers that anyone could keep. */
const MAX_LENGTH = 100;

const SCIENTIFIC = /^\d+(?:[.,]\d*)?[eE][+-]?\d+$/;
/** `12,-` and `12.--` of German and Swiss prices, `12:-` of Swedish ones: no decimals. */
const DASH_FOR_DECIMALS = /^([.,:])-{1,2}/;
const SIGNS_BEFORE = /^[ (+-]+|[ (+-]+$/g;
const SIGNS_BEHIND = /^[ )-]+|[ )-]+$/g;
/** `EUR.50` may be a half or fifty; known abbreviations (`Fr.`) are seen before. */
const POINT_AFTER_LETTER = /\p{L}[.,]$/u;

/**
 * Reads a number in either convention: thousands in groups by comma, point, blank or apostrophe (also as in India, 1,23,456.78),
 * currency before or behind, negative by a minus before or behind or by parentheses. Full-width, Arabic-Indic and Devanagari
 * digits are digits. What can be read in one way only is read, whatever the column; nothing is guessed and no float is made.
 *
 * @param text without blanks at its edges
 * @param mayHaveCurrency whether a currency belongs there
 */
export function readNumber(text: string, mayHaveCurrency: boolean): NumberReading {
  if (text.length > MAX_LENGTH) return INVALID;
  const ascii = toAscii(text);
  const start = ascii.search(/\d/);
  if (start === -1) return INVALID;
  let end = ascii.length;
  while (!isDigit(ascii.charCodeAt(end - 1))) end -= 1;
  const digits = ascii.slice(start, end);
  const outside = readOutside(ascii.slice(0, start), ascii.slice(end), mayHaveCurrency);
  if (outside === null) return INVALID;
  const { lead, tail, isNegative } = outside;
  if (SCIENTIFIC.test(digits)) return lead === '' && tail === '' ? ROUNDED : INVALID;
  const reading = readDigits(lead, digits, tail);
  return isNegative ? negate(reading) : reading;
}

interface Outside {
  /** The decimal sign in front of the first digit, or nothing. */
  lead: string;
  /** The decimal sign behind the last digit, `-` behind it where dashes stand for its decimals, or nothing. */
  tail: string;
  isNegative: boolean;
}

const NOTHING: Outside = { lead: '', tail: '', isNegative: false };

/** Signs, parentheses and currency around the digits; null when anything else is there, or one of them twice. */
function readOutside(before: string, behind: string, mayHaveCurrency: boolean): Outside | null {
  if (before === '' && behind === '') return NOTHING;
  const dashes = DASH_FOR_DECIMALS.exec(behind);
  let tail = '';
  if (dashes !== null) tail = `${dashes[1] ?? ''}-`;
  else if (/^[.,]/.test(behind)) tail = behind.charAt(0);
  const rest = dashes === null ? behind.slice(tail.length) : behind.slice(dashes[0].length);

  let signs = '';
  const take = (part: string, atEdges: RegExp): string =>
    part === ''
      ? part
      : part.replace(atEdges, (found) => {
          signs += found.replaceAll(' ', '');
          return '';
        });
  let first = take(before, SIGNS_BEFORE);
  const last = take(rest, SIGNS_BEHIND);
  let lead = '';
  if (/[.,]$/.test(before) && !isCurrency(first) && !POINT_AFTER_LETTER.test(first)) {
    lead = first.slice(-1);
    first = first.slice(0, -1).trimEnd();
  }
  if (!['', '+', '-', '()'].includes(signs)) return null;
  for (const currency of [first, last]) {
    if (currency !== '' && !(mayHaveCurrency && isCurrency(currency))) return null;
  }
  if (first !== '' && last !== '' && !isOneCurrency(first, last)) return null;
  return { lead, tail, isNegative: signs === '-' || signs === '()' };
}

function readDigits(lead: string, digits: string, tail: string): NumberReading {
  const all = lead === '' && tail === '' ? digits : lead + digits + tail.replace(/[:-]+$/, '');
  let points = 0;
  let commas = 0;
  for (let index = 0; index < all.length; index += 1) {
    const code = all.charCodeAt(index);
    if (code === POINT) points += 1;
    else if (code === COMMA) commas += 1;
    else if (code === ARABIC_DECIMAL || code === ARABIC_GROUP) return readArabic(all);
  }
  if (points + commas === 0) return sure(null, ungroup(all), '');
  if (points > 0 && commas > 0)
    return readDecimals(all, all.lastIndexOf('.') > all.lastIndexOf(',') ? '.' : ',');
  const sign = points > 0 ? '.' : ',';
  if (points + commas > 1) {
    // The same sign twice can't be before the decimals: it makes groups, and so the other one would be before decimals.
    return lead === '' && tail === '' ? sure(sign === '.' ? 'comma' : 'point', ungroup(all), '') : INVALID;
  }
  if (/^[1-9]\d{0,2}[.,]\d{3}$/.test(all)) {
    const decimal = all.replace(sign, '.');
    const whole = all.replace(sign, '');
    return sign === '.'
      ? { evidence: 'ambiguous', point: decimal, comma: whole }
      : { evidence: 'ambiguous', point: whole, comma: decimal };
  }
  // A sign with nothing behind it may as well be the end of a sentence, unless dashes say that decimals would be there.
  return readDecimals(all, sign, tail === sign);
}

/** Reads decimals behind the one given sign, and groups of thousands by any other in front of it. */
function readDecimals(all: string, sign: '.' | ',', tellsNothing = false): NumberReading {
  const position = all.lastIndexOf(sign);
  const integer = all.slice(0, position);
  const fraction = all.slice(position + 1);
  if (integer.includes(sign) || !/^\d*$/.test(fraction)) return INVALID;
  const evidence = tellsNothing ? null : sign === '.' ? 'point' : 'comma';
  return sure(evidence, integer === '' ? '0' : ungroup(integer), fraction);
}

function readArabic(digits: string): NumberReading {
  const [integer = '', fraction = '', ...more] = digits.split(String.fromCharCode(ARABIC_DECIMAL));
  if (more.length > 0 || !/^\d*$/.test(fraction)) return INVALID;
  return sure(null, ungroup(integer), fraction);
}

function sure(evidence: 'point' | 'comma' | null, integer: string | null, fraction: string): NumberReading {
  if (integer === null) return INVALID;
  return { evidence, text: fraction === '' ? integer : `${integer}.${fraction}` };
}

/** By three, of one sign throughout; the first group has no zero in front. */
const GROUPS = /^[1-9]\d{0,2}(?:([.,' \u066c])\d{3})(?:\1\d{3})*$/;
/** The Indian system: by two above the last three. */
const INDIAN_GROUPS = /^[1-9]\d?(?:,\d{2})+,\d{3}$/;

/** @returns the digits of a whole number without the signs between its groups; null when the groups are wrong */
function ungroup(integer: string): string | null {
  if (/^\d+$/.test(integer)) return integer;
  return GROUPS.test(integer) || INDIAN_GROUPS.test(integer) ? integer.replaceAll(/\D/g, '') : null;
}

function negate(reading: NumberReading): NumberReading {
  if ('code' in reading) return reading;
  if ('text' in reading) return { ...reading, text: `-${reading.text}` };
  return { evidence: 'ambiguous', point: `-${reading.point}`, comma: `-${reading.comma}` };
}

const POINT = 0x2e;
const COMMA = 0x2c;
const ARABIC_DECIMAL = 0x066b;
const ARABIC_GROUP = 0x066c;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

const PLAIN_FORMS = new Map<string, string>();
/** Where the ten digits of other scripts begin: Arabic-Indic, its eastern form, Devanagari. */
for (const zero of [0x0660, 0x06f0, 0x0966]) {
  for (let digit = 0; digit <= 9; digit += 1)
    PLAIN_FORMS.set(String.fromCharCode(zero + digit), String(digit));
}
/** The full-width forms of ASCII, in its order. */
for (let code = 0x21; code <= 0x7e; code += 1) {
  PLAIN_FORMS.set(String.fromCharCode(code + 0xfee0), String.fromCharCode(code));
}
for (const minus of '\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63') PLAIN_FORMS.set(minus, '-');
for (const apostrophe of '\u2018\u2019\u02bc\u00b4') PLAIN_FORMS.set(apostrophe, "'");
for (const blank of '\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000') {
  PLAIN_FORMS.set(blank, ' ');
}
/** Marks of direction, zero-width characters. */
for (const mark of '\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff') {
  PLAIN_FORMS.set(mark, '');
}

/** Digits, signs, blanks and apostrophes in their plain form; marks of direction go; everything else stays. */
function toAscii(text: string): string {
  if (!NOT_ASCII.test(text)) return text;
  let ascii = '';
  for (const character of text) ascii += PLAIN_FORMS.get(character) ?? character;
  return ascii;
}

const NOT_ASCII = /[^ -~]/;
