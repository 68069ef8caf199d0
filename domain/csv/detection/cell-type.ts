/** What a cell looks like. */
export type CellType =
  'empty' | 'number' | 'date' | 'time' | 'word' | 'code' | 'address' | 'structure' | 'text' | 'odd';

/** Longer cells are text: no pattern is tried on them. */
const MAX_TYPED = 80;

const NUMBER =
  /^[-+(~<>]?\s?(?:[$€£¥₹₽]|[A-Z]{3}\s)?\s?[-+]?(?:(?:\d{1,3}(?:[.,' \u00a0\u202f]\d{3})+|\d+)(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?\s?(?:[%‰€$£¥]|[A-Z]{3})?\)?-?$/;
const MONTH =
  '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|mär|fev|abr|ago|set|out|ene|dic|avr|aoû|déc|juin|juil)[a-zûé]{0,6}\\.?';
const CLOCK =
  '\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?(?:\\s?[ap]\\.?m\\.?)?(?:\\s?(?:z|utc|gmt|[-+]\\d{2}:?\\d{2}))?';
const DAY = `(?:\\d{4}([-./ ]?)\\d{1,2}\\1\\d{1,2}|\\d{1,2}([-./ ])\\d{1,2}\\2\\d{2,4}|\\d{1,2}[-/. ]{0,2}${MONTH}(?:[-/., ]{1,2}\\d{2,4})?|${MONTH}[-/ ](?:\\d{1,2},? ?)?\\d{2,4}|\\d{4}[-/. ]${MONTH}(?:[-/. ]\\d{1,2})?)`;
const DATE = new RegExp(
  `^(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\\s)?${DAY}(?:[t_ ,]\\s?${CLOCK})?$`,
  'i',
);
const TIME = new RegExp(`^-?(?:\\d{1,4}:\\d{2}:\\d{2}(?:[.,]\\d{1,9})?|${CLOCK})$`, 'i');
const ADDRESS =
  /^(?:(?:https?|ftp|urn|mailto|file|s3):\S+|www\.\S+|[^\s@,;|]+@[^\s@,;|]+\.[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3}(?::\d+|\/\d+)?|(?:[a-z]:)?[\\/]?[\w.-]+(?:[\\/][\w.-]*)+)$/i;
const CODE = /^#?[\p{L}\p{N}_][\p{L}\p{N}_\-./+°]*#?$/u;
const WORDS = /^[\p{L}\p{N}(#][\p{L}\p{N}\p{M} '’.\-&/()+%°?!_“”]*[\p{L}\p{N}\p{M}.)%°?!”+#]$/u;
const LETTERS = /^[\p{L}\p{M}]+$/u;
const NUMBERS = /^[-+]?\d[\d.]*(?:\s+[-+]?\d[\d.]*)+$/;

/** What the text of a cell looks like, blanks at its edges aside. */
export function cellType(cell: string): CellType {
  const text = cell.trim();
  if (text === '') return 'empty';
  if (text.length > MAX_TYPED) return isStructure(text) ? 'structure' : 'text';
  if (hasDigit(text)) {
    if (NUMBER.test(text)) return 'number';
    if (DATE.test(text)) return 'date';
    if (TIME.test(text)) return 'time';
    if (NUMBERS.test(text)) return 'odd';
  } else if (LETTERS.test(text)) {
    return 'word';
  }
  if (ADDRESS.test(text)) return 'address';
  if (CODE.test(text)) return 'code';
  if (WORDS.test(text)) return 'word';
  if (isStructure(text)) return 'structure';
  return 'text';
}

/** {@link cellType} that knows what it has seen before: many readings of one text have many cells in common. */
export function cachedCellType(): (cell: string) => CellType {
  const known = new Map<string, CellType>();
  return (cell) => {
    if (cell.length > MAX_TYPED) return cellType(cell);
    let type = known.get(cell);
    if (type === undefined) {
      type = cellType(cell);
      known.set(cell, type);
    }
    return type;
  };
}

function isStructure(text: string): boolean {
  const pair = text.charAt(0) + text.charAt(text.length - 1);
  return pair === '{}' || pair === '[]' || pair === '<>';
}

function hasDigit(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}

const LIST_SEPARATORS = ['|', ';', '\t', ','];
const MAX_LIST = 12;

/** Whether the text is several values of one type with one separator between them: a list in a cell. */
function isList(text: string): boolean {
  const separator = LIST_SEPARATORS.find((sign) => text.includes(sign));
  if (separator === undefined) return false;
  const parts = text.split(separator, MAX_LIST);
  const types = new Set(parts.map((part) => cellType(part)));
  types.delete('empty');
  const [type] = types;
  if (types.has('word') && types.has('code')) types.delete('code');
  return types.size === 1 && type !== 'text' && type !== 'odd';
}

/** How likely a cell of this text is one cell and not a piece of one, nor several: 0 to 1. */
export function cellFit(cell: string, type: CellType, isQuoted: boolean): number {
  switch (type) {
    case 'number':
    case 'date':
    case 'time':
    case 'word':
      return 1;
    case 'code':
    case 'address':
      return 0.97;
    case 'empty':
      return 1;
    case 'odd':
      return 0.5;
    case 'structure':
    case 'text':
      return isQuoted ? 1 : textFit(cell.trim(), type);
  }
}

const MAX_LOOKED_AT = 300;

/** Text that no type covers: worse the more it looks cut out of something, or like several cells. */
function textFit(text: string, type: CellType): number {
  const first = text.charAt(0);
  const last = text.charAt(text.length - 1);
  if (type === 'structure') return 0.85;
  if (text === "''" || text === '""') return 0.8;
  if ((first === '"' && last === '"') || (first === "'" && last === "'" && text.length > 1)) return 0.3;
  let fit = 0.9;
  if (first === "'" || last === "'") fit = 0.6;
  if (first === '"' || last === '"') fit = 0.3;
  else if (CUT_START.includes(first) || CUT_END.includes(last)) fit = 0.5;
  let separators = 0;
  let loose = 0;
  let depth = 0;
  const length = Math.min(text.length, MAX_LOOKED_AT);
  for (let index = 0; index < length; index += 1) {
    switch (text.charCodeAt(index)) {
      case 9:
      case 59:
      case 124:
      case 44:
        if (text.charCodeAt(index + 1) === 32) loose += 1;
        else separators += 1;
        break;
      case 40:
      case 91:
      case 123:
        depth += 1;
        break;
      case 41:
      case 93:
      case 125:
        depth -= 1;
        break;
    }
  }
  if (depth !== 0 && length === text.length) fit = Math.min(fit, 0.5);
  if (separators > 0) fit *= isList(text) ? 0.7 : 0.4;
  else if (loose > 0) fit *= 0.8;
  const looked = text.slice(0, MAX_LOOKED_AT);
  if (CONTROL.test(looked)) fit *= 0.3;
  if (TIGHT_SIGN.test(looked)) fit *= 0.75;
  return isSignRepeated(looked) ? fit * 0.6 : fit;
}

/** A sign between letters that no text has there. */
const TIGHT_SIGN = /[\p{L}\p{N}][#^~¦¬§][\p{L}\p{N}]/u;
/** A character that separates, and shows nothing. */
const CONTROL = /[\u0001-\u0008\u000e-\u001f]/;

const SIGNS = '#^~*:=&$!¦¬§';
const MANY = 3;

/** Whether one sign stands three times and more in one cell: rather several cells. */
function isSignRepeated(text: string): boolean {
  const counts = new Map<string, number>();
  for (const sign of text) {
    if (!SIGNS.includes(sign)) continue;
    const count = (counts.get(sign) ?? 0) + 1;
    if (count >= MANY) return true;
    counts.set(sign, count);
  }
  return false;
}

const CUT_START = ',;:|=/\\*)]}&~^';
const CUT_END = ',;|=\\([{&~^';
