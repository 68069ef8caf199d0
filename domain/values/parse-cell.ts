import type { RowErrorCode } from '../../contracts/errors.ts';
import type { Column } from '../kinds/index.ts';
import { readBoolean } from './booleans.ts';
import { cleanKey, cleanText, findUnstorable, isPlain } from './clean-text.ts';
import { parseDecimal } from './decimal.ts';
import { hasSeveralEmails, isEmail, unwrapEmail } from './email.ts';
import type { NumberEvidence, NumberFormat } from './number-format.ts';
import { type NumberReading, readNumber } from './read-number.ts';
import { ORDER_ID } from '../orders/new-order.ts';
import { isCurrencyCode } from './currency.ts';
import { findSpreadsheetError, looksRounded, unwrapTextFormula } from './spreadsheet.ts';

/** Why a cell is refused. */
export interface Fault {
  code: RowErrorCode;
  message: string;
}

/** The wish to empty the field. */
export const CLEAR: unique symbol = Symbol('clear');

/**
 * A cell after normalisation: a value, nothing (null: what is there stays), the wish to empty the field, or what is wrong. The
 * values are bare strings, since there are tens of millions of them.
 */
export type ParsedCell = string | null | typeof CLEAR | Fault;

/** Reads the cells of one column. */
export type CellReader = (cell: string) => ParsedCell;

export interface CellReaderOptions {
  column: Column;
  /** Whether the column's value identifies the record. */
  isKey: boolean;
  /** The decimal sign of the column in this file. */
  format: NumberFormat;
  /** Where the reader counts what the cells of a numeric column show of their format. */
  evidence: NumberEvidence;
}

/** What spreadsheets write for "no value": it empties a field. */
export const CLEARING_CELL = '#N/A';

const MAX_INTEGER = 2_147_483_647;

/** Stands for a letter that an earlier program could not read. */
const LOST_CHARACTER = '\ufffd';

export function createCellReader(options: CellReaderOptions): CellReader {
  const { column, isKey } = options;
  const clean = isKey || column.type === 'email' ? cleanKey : cleanText;
  const readQuickly = QUICK_READERS[column.type](options);
  const read = READERS[column.type](options);

  const readCell: CellReader = (cell) => {
    if (cell === '') return null;
    const quick = readQuickly(cell);
    if (quick !== null) return quick;
    let text = cell;
    if (!isPlain(cell)) {
      text = clean(cell);
      if (text === '') return null;
      const odd = findUnstorable(text);
      if (odd !== null) {
        return fault('invalid_characters', `${column.name} has the character ${odd}, which is no text`);
      }
      if (clean === cleanKey && text.includes(LOST_CHARACTER)) {
        return fault(
          'invalid_characters',
          `${column.name} has a \ufffd in place of a lost letter; export the file again as UTF-8`,
        );
      }
    }
    if (text === CLEARING_CELL) return CLEAR;
    const error = findSpreadsheetError(text);
    if (error !== null) return fault('spreadsheet_error', `${column.name} ${error}`);
    const inner = unwrapTextFormula(text);
    return inner === text ? read(text) : readCell(inner);
  };
  return readCell;
}

type ReaderMaker<Reader> = (options: CellReaderOptions) => Reader;

/** The form in which nearly all cells of a type come, before anything else is looked at; null for any other cell. */
const QUICK_READERS: Record<Column['type'], ReaderMaker<(cell: string) => string | null>> = {
  text: () => () => null,
  email: () => () => null,
  boolean: () => (cell) => readBoolean(cell) ?? null,
  decimal:
    ({ evidence }) =>
    (cell) =>
      readPlainDecimal(cell, evidence),
  integer:
    ({ column: { min, max } }) =>
    (cell) =>
      min === undefined && max === undefined && /^(?:0|[1-9]\d{0,8})$/.test(cell) ? cell : null,
  order_number: () => (cell) => (ORDER_ID.test(cell) && !looksRounded(cell) ? cell : null),
  currency: () => () => null,
};

const READERS: Record<Column['type'], ReaderMaker<(text: string) => ParsedCell>> = {
  text:
    ({ column }) =>
    (text) =>
      looksRounded(text) ? roundedBySpreadsheet(column, text) : limitLength(column, text),

  email:
    ({ column }) =>
    (text) => {
      const address = unwrapEmail(text);
      const limited = limitLength(column, address);
      if (typeof limited !== 'string' || isEmail(address)) return limited;
      const message = hasSeveralEmails(text)
        ? `${column.name} must be one address, not several`
        : `${column.name} must be an email address such as ${column.example}`;
      return fault('invalid_email', message);
    },

  boolean:
    ({ column }) =>
    (text) =>
      readBoolean(text) ??
      fault(
        'invalid_boolean',
        `${column.name} must be true or false, yes or no, 1 or 0, or a word that means the same`,
      ),

  decimal: (options) => (text) => {
    const { column } = options;
    const number = decideReading(readNumber(text, true), options, text);
    if (typeof number !== 'string') return number;
    const result = parseDecimal(number);
    if ('text' in result) {
      if (result.text.startsWith('-')) return fault('negative', `${column.name} must not be negative`);
      return result.text;
    }
    switch (result.code) {
      case 'too_precise':
        return fault('too_precise', `${column.name} can be kept with 4 decimals, not more`);
      case 'out_of_range':
        return fault('out_of_range', `${column.name} can have 15 digits before the point, not more`);
      case 'invalid_number':
        return fault('invalid_number', `${column.name} must be a number such as ${column.example}`);
    }
  },

  integer: (options) => (text) => {
    const { column } = options;
    const number = decideReading(readNumber(text, false), options, text);
    if (typeof number !== 'string') return number;
    const [, minus = '', digits = '', fraction = ''] = /^(-?)0*(\d+)(?:\.(\d*))?$/.exec(number) ?? [];
    if (/[1-9]/.test(fraction)) {
      return fault('invalid_integer', `${column.name} must be a whole number such as ${column.example}`);
    }
    if (minus === '-' && digits !== '0') return fault('negative', `${column.name} must not be negative`);
    const { min = 0, max = MAX_INTEGER } = column;
    if (digits.length > 10 || Number(digits) > max) {
      return fault('out_of_range', `${column.name} can be ${String(max)} at most`);
    }
    if (Number(digits) < min) return fault('too_small', `${column.name} must be ${String(min)} or more`);
    return digits;
  },

  order_number:
    ({ column }) =>
    (text) => {
      // Shops show a number with a # in front, which is no part of it.
      const number = text.startsWith('#') ? text.slice(1) : text;
      if (looksRounded(number)) return roundedBySpreadsheet(column, number);
      if (ORDER_ID.test(number)) return number;
      return fault(
        'invalid_order_number',
        `${column.name} must be 1 to 64 of A-Z, a-z, 0-9, ".", "_" and "-", such as ${column.example}`,
      );
    },

  currency:
    ({ column }) =>
    (text) =>
      isCurrencyCode(text)
        ? text.toUpperCase()
        : fault(
            'invalid_currency',
            `${column.name} must be the code of a currency such as ${column.example}`,
          ),
};

/** A plain price such as `19.90`, without the work that all the other ways to write a number need. */
function readPlainDecimal(cell: string, evidence: NumberEvidence): string | null {
  const { length } = cell;
  if (length > MAX_PLAIN_LENGTH) return null;
  let point = -1;
  for (let index = 0; index < length; index += 1) {
    const code = cell.charCodeAt(index);
    if (code >= ZERO && code <= NINE) continue;
    if (code !== POINT || point !== -1) return null;
    point = index;
  }
  // Leading zeros and ambiguous numbers take the long way.
  if (cell.charCodeAt(0) === ZERO && length > 1 && point !== 1) return null;
  if (point === -1) return cell;
  const decimals = length - point - 1;
  if (point === 0 || decimals === 0 || decimals > 4 || decimals === 3) return null;
  evidence.point += 1;
  let end = length;
  while (cell.charCodeAt(end - 1) === ZERO) end -= 1;
  return cell.slice(0, end - 1 === point ? point : end);
}

/** With so many digits and a point a number is not out of range. */
const MAX_PLAIN_LENGTH = 15;
const ZERO = 0x30;
const NINE = 0x39;
const POINT = 0x2e;

/** Counts what a reading shows, and settles one that can be read in two ways by the format of the column. */
function decideReading(
  reading: NumberReading,
  { column, format, evidence }: CellReaderOptions,
  text: string,
): string | Fault {
  if (reading.evidence !== null) evidence[reading.evidence] += 1;
  if ('text' in reading) return reading.text;
  if ('point' in reading) {
    if (format === 'point' || format === 'comma') return reading[format];
    const why =
      format === 'mixed'
        ? 'the column has numbers of both conventions'
        : 'no cell of the column tells which is meant';
    return fault(
      'ambiguous_number',
      `${column.name} can be ${reading.point} or ${reading.comma}, and ${why}; write it without a sign for thousands`,
    );
  }
  if (reading.code === 'rounded_by_spreadsheet') return roundedBySpreadsheet(column, text);
  return column.type === 'integer'
    ? fault('invalid_integer', `${column.name} must be a whole number such as ${column.example}`)
    : fault('invalid_number', `${column.name} must be a number such as ${column.example}`);
}

function roundedBySpreadsheet(column: Column, text: string): Fault {
  const form = column.type === 'text' ? 'text' : 'a number with all its digits';
  return fault(
    'rounded_by_spreadsheet',
    `${column.name} is ${text}, the short form of a spreadsheet that has lost digits; format the column as ${form} there and export again`,
  );
}

function limitLength({ name, maxLength }: Column, text: string): string | Fault {
  if (maxLength === undefined || text.length <= maxLength) return text;
  // As people and PostgreSQL count: a character outside of the basic plane is one, not two.
  let length = 0;
  for (let index = 0; index < text.length; length += 1) {
    index += (text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1;
  }
  if (length <= maxLength) return text;
  return fault('too_long', `${name} can have ${String(maxLength)} characters, not ${String(length)}`);
}

function fault(code: RowErrorCode, message: string): Fault {
  return { code, message };
}
