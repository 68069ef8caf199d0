import { describe, expect, test } from 'vitest';
import { toKey } from '../../domain/keys.ts';
import { formatMoney, parseDecimal } from '../../domain/values/decimal.ts';

describe('decimals', () => {
  test.each([
    ['19.90', '19.9'],
    ['0', '0'],
    ['-0.00', '0'],
    ['+007.10', '7.1'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['999999999999999.9999', '999999999999999.9999'],
    ['1.00000000', '1'],
    ['-12.50', '-12.5'],
  ])('%s is kept as %s', (input, text) => {
    expect(parseDecimal(input)).toEqual({ text });
  });

  test.each([
    ['', 'invalid_number'],
    ['.', 'invalid_number'],
    ['1,5', 'invalid_number'],
    ['1e3', 'invalid_number'],
    ['NaN', 'invalid_number'],
    ['1 000', 'invalid_number'],
    ['1.23456', 'too_precise'],
    ['1000000000000000', 'out_of_range'],
  ])('%j is refused as %s', (input, code) => {
    expect(parseDecimal(input)).toEqual({ code });
  });

  test('are shown with two decimals, or as many as they have', () => {
    expect(['19.9000', '5', '0.1234', '3.1000'].map(formatMoney)).toEqual([
      '19.90',
      '5.00',
      '0.1234',
      '3.10',
    ]);
  });
});

test('keys ignore case, surrounding blanks and the way in which a letter is composed', () => {
  expect(toKey(' Stra\u00dfe-E\u0301 ')).toBe(toKey('STRA\u00dfE-\u00c9'));
});
