import type { RowErrorCode } from '../../contracts/errors.ts';
import type { Column } from '../kinds/index.ts';
import { parseDecimal } from './decimal.ts';
import { isEmail } from './email.ts';

/**
 * A cell after normalisation: a value, nothing (`blank`: what is there stays), or the wish to empty the field (`clear`).
 */
export type ParsedCell =
  { value: string } | { blank: true } | { clear: true } | { code: RowErrorCode; message: string };

const BLANK: ParsedCell = { blank: true };
const CLEAR: ParsedCell = { clear: true };

/** What spreadsheets write for "no value": it empties a field. */
const CLEARING_CELL = '#N/A';

const MAX_INTEGER = 2_147_483_647;

/** Invisible characters that copying and old systems leave around a value; `trim` takes the visible kinds of blank. */
const INVISIBLE_EDGES = /^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$/gu;

/** Printable ASCII without a blank at its edges: nothing to normalise, and quicker seen than normalised. */
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** Reads one cell of a column. */
export function parseCell(column: Column, cell: string): ParsedCell {
  const text = PLAIN.test(cell) ? cell : cell.normalize('NFC').replace(INVISIBLE_EDGES, '');
  if (text === '') return BLANK;
  if (text === CLEARING_CELL) return CLEAR;
  return PARSERS[column.type](text, column);
}

const PARSERS: Record<Column['type'], (text: string, column: Column) => ParsedCell> = {
  text: parseText,

  email(text, column) {
    if (!isEmail(text))
      return fault('invalid_email', `${column.name} must be an email address such as ${column.example}`);
    return parseText(text, column);
  },

  decimal(text, column) {
    const result = parseDecimal(text);
    if ('text' in result) {
      if (result.text.startsWith('-')) return fault('negative', `${column.name} must not be negative`);
      return { value: result.text };
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

  boolean(text, column) {
    const value = BOOLEANS.get(text.toLowerCase());
    if (value === undefined)
      return fault('invalid_boolean', `${column.name} must be true, false, yes, no, 1 or 0`);
    return { value };
  },

  integer(text, column) {
    if (!/^[+-]?\d+$/.test(text)) {
      return fault('invalid_integer', `${column.name} must be a whole number such as ${column.example}`);
    }
    const value = Number(text);
    if (value < 0) return fault('negative', `${column.name} must not be negative`);
    if (value > MAX_INTEGER)
      return fault('out_of_range', `${column.name} can be ${String(MAX_INTEGER)} at most`);
    return { value: String(value) };
  },
};

const BOOLEANS = new Map([
  ['true', 'true'],
  ['yes', 'true'],
  ['1', 'true'],
  ['false', 'false'],
  ['no', 'false'],
  ['0', 'false'],
]);

function parseText(text: string, column: Column): ParsedCell {
  const { maxLength } = column;
  if (maxLength !== undefined && text.length > maxLength) {
    return fault(
      'too_long',
      `${column.name} can have ${String(maxLength)} characters, not ${String(text.length)}`,
    );
  }
  return { value: text };
}

function fault(code: RowErrorCode, message: string): ParsedCell {
  return { code, message };
}
