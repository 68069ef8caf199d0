import { describe, expect, test } from 'vitest';
import { KINDS } from '../../domain/kinds/index.ts';
import { readRecordInput } from '../../domain/record-input.ts';
import { isSameNumber, writeNumber } from '../../domain/values/decimal.ts';

describe('a record that a request sends', () => {
  const { products } = KINDS;
  const whole = { sku: ' A\u00a01 ', name: 'Mug', price: 19.9 };

  test('is normalised as a row of a file is', () => {
    expect(readRecordInput(products, whole, true)).toEqual({
      key: 'a 1',
      cells: ['A 1', 'Mug', '19.9', null, 'true', '0'],
      cleared: 0b1000,
      errors: [],
    });
  });

  test('says nothing of the columns that a change leaves out', () => {
    expect(readRecordInput(products, { description: null, stock: null }, false)).toEqual({
      key: null,
      cells: [null, null, null, null, null, '0'],
      cleared: 0b1000,
      errors: [],
    });
  });

  test('must have what a new record needs', () => {
    const { errors } = readRecordInput(products, {}, true);
    expect(errors.map(({ column, code }) => [column, code])).toEqual([
      ['sku', 'required'],
      ['name', 'required'],
      ['price', 'required'],
    ]);
  });
});

test.each([
  [0, '0'],
  [19.9, '19.9'],
  [-5, '-5'],
  [1e-7, '0.00000010000000000000'],
  [1e21, '1000000000000000000000'],
])('the number %d is written as %s', (value, text) => {
  expect(writeNumber(value)).toBe(text);
});

test.each([
  ['19.90', '19.9', true],
  ['1e3', '1000', true],
  ['1E+3', '1000', true],
  ['0.5e-1', '0.05', true],
  ['0', '0.00', true],
  ['0e5', '0', true],
  ['100', '10', false],
  ['0.01', '0.1', false],
  ['99999999999999.0001', '99999999999999', false],
  ['1e400', 'Infinity', false],
])('%s is the same number as %s: %s', (one, other, same) => {
  expect(isSameNumber(one, other)).toBe(same);
});
