import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { NumberFormat } from '../../../domain/values/number-format.ts';
import { readOnce } from './cell-reader.ts';

const FORMATS: readonly NumberFormat[] = ['point', 'comma', 'mixed', 'unknown'];

describe('a price that can be read in one way only is read so, whatever its column', () => {
  test.each<[cell: string, value: string, evidence: 'point' | 'comma' | null]>([
    // plain
    ['19.90', '19.9', 'point'],
    ['19,90', '19.9', 'comma'],
    ['12,5', '12.5', 'comma'],
    ['12,34', '12.34', 'comma'],
    ['0', '0', null],
    ['007', '7', null],
    ['1234', '1234', null],
    ['5.', '5', null],
    ['5,', '5', null],
    ['.5', '0.5', 'point'],
    [',5', '0.5', 'comma'],
    ['0.00', '0', 'point'],
    ['+3.50', '3.5', 'point'],
    ['999999999999999.9999', '999999999999999.9999', 'point'],
    ['1.00000000', '1', 'point'],
    // no sign of thousands can stand there
    ['0.123', '0.123', 'point'],
    ['0,123', '0.123', 'comma'],
    ['.123', '0.123', 'point'],
    ['1234.567', '1234.567', 'point'],
    ['1234,567', '1234.567', 'comma'],
    ['012.345', '12.345', 'point'],
    ['0,000', '0', 'comma'],
    ['1.2345', '1.2345', 'point'],
    // groups and decimals
    ['1,234.50', '1234.5', 'point'],
    ['1.234,50', '1234.5', 'comma'],
    ['12.345,6', '12345.6', 'comma'],
    ['1,234,567.89', '1234567.89', 'point'],
    ['1.234.567,89', '1234567.89', 'comma'],
    ['1.234.567', '1234567', 'comma'],
    ['1,234,567', '1234567', 'point'],
    ['1,234.', '1234', 'point'],
    // India
    ['1,23,456.78', '123456.78', 'point'],
    ['12,34,567', '1234567', 'point'],
    // Switzerland
    ["1'234.50", '1234.5', 'point'],
    ['1’234.50', '1234.5', 'point'],
    ["1'234'567", '1234567', null],
    ["1'234,50", '1234.5', 'comma'],
    // blanks of every kind
    ['1 234,50', '1234.5', 'comma'],
    ['1\u00a0234,50', '1234.5', 'comma'],
    ['1\u202f234,50', '1234.5', 'comma'],
    ['1\u2009234.50', '1234.5', 'point'],
    ['1 234 567', '1234567', null],
    ['1 234.567', '1234.567', 'point'],
    [' 19.90\u00a0', '19.9', 'point'],
    // currencies
    ['€ 19,90', '19.9', 'comma'],
    ['19,90 €', '19.9', 'comma'],
    ['19,90€', '19.9', 'comma'],
    ['$1,234.50', '1234.5', 'point'],
    ['US$ 12.50', '12.5', 'point'],
    ['$12.50 USD', '12.5', 'point'],
    ['£.50', '0.5', 'point'],
    ['CHF 1’234.50', '1234.5', 'point'],
    ['Fr. 12.50', '12.5', 'point'],
    ['Fr.5', '5', null],
    ['EUR 12', '12', null],
    ['eur 12,50', '12.5', 'comma'],
    ['1 299,00 kr', '1299', 'comma'],
    ['99:-', '99', null],
    ['12,50 zł', '12.5', 'comma'],
    ['R$ 1.234,56', '1234.56', 'comma'],
    ['¥1,234,567', '1234567', 'point'],
    ['￥１，２３４．５０', '1234.5', 'point'],
    ['₹1,23,456.00', '123456', 'point'],
    ['12,50 руб.', '12.5', 'comma'],
    ['+€ 5,50', '5.5', 'comma'],
    // dashes for decimals
    ['1.234,-', '1234', 'comma'],
    ['12,-', '12', 'comma'],
    ['12,– €', '12', 'comma'],
    ['12.--', '12', 'point'],
    ["Fr. 1'234.-", '1234', 'point'],
    // digits of other scripts
    ['١٩٫٩٠', '19.9', null],
    ['١٬٢٣٤٫٥٠', '1234.5', null],
    ['۱۲٫۵', '12.5', null],
    ['１２．５', '12.5', 'point'],
    ['१२.५०', '12.5', 'point'],
    ['\u200e19.90', '19.9', 'point'],
    // a text that a spreadsheet was to keep as it is
    ['="19.90"', '19.9', 'point'],
  ])('%s is %s', (cell, value, evidence) => {
    for (const format of FORMATS) {
      expect([format, readOnce('price', cell, format)]).toEqual([
        format,
        { outcome: value, message: null, evidence },
      ]);
    }
  });
});

describe('a price that can be read in two ways is read by its column, or refused', () => {
  test.each<[cell: string, byPoint: string, byComma: string]>([
    ['1,234', '1234', '1.234'],
    ['1.234', '1.234', '1234'],
    ['1.000', '1', '1000'],
    ['12,000', '12000', '12'],
    ['999.999', '999.999', '999999'],
    ['€ 1.234', '1.234', '1234'],
    ['1,234 USD', '1234', '1.234'],
    ['+1.500', '1.5', '1500'],
    ['-1.500', '!negative', '!negative'],
    ['(1,500)', '!negative', '!negative'],
  ])('%s is %s or %s', (cell, byPoint, byComma) => {
    const outcomes = FORMATS.map((format) => readOnce('price', cell, format));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      byPoint,
      byComma,
      '!ambiguous_number',
      '!ambiguous_number',
    ]);
    expect(outcomes.map(({ evidence }) => evidence)).toEqual(FORMATS.map(() => 'ambiguous'));
  });

  test('and the message says both readings and why', () => {
    expect(readOnce('price', '1.234', 'unknown').message).toBe(
      'price can be 1.234 or 1234, and no cell of the column tells which is meant; write it without a sign for thousands',
    );
    expect(readOnce('price', '1.234', 'mixed').message).toContain(
      'the column has numbers of both conventions',
    );
  });
});

describe('a price that is none is refused with the reason', () => {
  test.each<[cell: string, code: string]>([
    ['cheap', 'invalid_number'],
    ['.', 'invalid_number'],
    ['-', 'invalid_number'],
    ['€', 'invalid_number'],
    ['NaN', 'invalid_number'],
    ['Infinity', 'invalid_number'],
    ['0x10', 'invalid_number'],
    ['1_000', 'invalid_number'],
    // wrong groups
    ['1,23.50', 'invalid_number'],
    ['1.23.4', 'invalid_number'],
    ['12,34,5', 'invalid_number'],
    ['1,2345,678', 'invalid_number'],
    ['0,123.45', 'invalid_number'],
    ['1234,567.8', 'invalid_number'],
    ['1.234,567,8', 'invalid_number'],
    ["1'234,567.8", 'invalid_number'],
    ['12 34', 'invalid_number'],
    ['1  234', 'invalid_number'],
    ['1 234 56', 'invalid_number'],
    ['1\n234', 'invalid_number'],
    ['1.234 567', 'invalid_number'],
    ['1.234.-', 'invalid_number'],
    // other things with digits
    ['50%', 'invalid_number'],
    ['50¢', 'invalid_number'],
    ['12 kg', 'invalid_number'],
    ['10-12', 'invalid_number'],
    ['12.50/kg', 'invalid_number'],
    ['01.02.2024', 'invalid_number'],
    ['2024-02-01', 'invalid_number'],
    ['12:30', 'invalid_number'],
    ['5²', 'invalid_number'],
    ['1½', 'invalid_number'],
    ['EUR.50', 'invalid_number'],
    ['12 EUR EUR', 'invalid_number'],
    ['€12 USD', 'invalid_number'],
    ['EUR 12 €', 'invalid_number'],
    ['12.50CR', 'invalid_number'],
    [`1${'0'.repeat(200)}`, 'invalid_number'],
    // signs
    ['-12.50', 'negative'],
    ['−12,50', 'negative'],
    ['12.50-', 'negative'],
    ['(12.50)', 'negative'],
    ['($12.50)', 'negative'],
    ['€(12,50)', 'negative'],
    ['-€12', 'negative'],
    ['€ -12', 'negative'],
    ['12,50- €', 'negative'],
    ['-12,-', 'negative'],
    ['(12.50', 'invalid_number'],
    ['12.50)', 'invalid_number'],
    ['(-12.50)', 'invalid_number'],
    ['--12', 'invalid_number'],
    ['-12-', 'invalid_number'],
    // what can't be kept exactly
    ['1.00005', 'too_precise'],
    ['1.234,56789', 'too_precise'],
    ['1000000000000000', 'out_of_range'],
    ['1,000,000,000,000,000.00', 'out_of_range'],
    // what a spreadsheet has spoilt
    ['3.65E+11', 'rounded_by_spreadsheet'],
    ['3,65E+11', 'rounded_by_spreadsheet'],
    ['1e5', 'rounded_by_spreadsheet'],
    ['-1.5e-3', 'rounded_by_spreadsheet'],
    ['####', 'spreadsheet_error'],
    ['#REF!', 'spreadsheet_error'],
    ['#VALUE!', 'spreadsheet_error'],
    ['#DIV/0!', 'spreadsheet_error'],
    ['#NAME?', 'spreadsheet_error'],
    ['#NUM!', 'spreadsheet_error'],
    ['#NULL!', 'spreadsheet_error'],
    ['#BEZUG!', 'spreadsheet_error'],
    ['#NV', 'spreadsheet_error'],
    ['Err:502', 'spreadsheet_error'],
  ])('%s: %s', (cell, code) => {
    for (const format of FORMATS) expect(readOnce('price', cell, format).outcome).toBe(`!${code}`);
  });

  test('and zero is not negative', () => {
    for (const zero of ['-0', '(0.00)', '0,00-', '-0,-']) expect(readOnce('price', zero).outcome).toBe('0');
  });

  test('and nobody waits for a long one', () => {
    for (const unit of ['0', '9', '.', ',', ' ', '1.', '1 ', '-', '(', '€']) {
      const start = performance.now();
      readOnce('price', `1${unit.repeat(500_000)}x`);
      readOnce('stock', `${unit.repeat(500_000)}1`);
      expect(performance.now() - start).toBeLessThan(2_000);
    }
  });
});

describe('a whole number', () => {
  test.each<[cell: string, byPoint: string, byComma: string, mixed: string, unknown: string]>([
    ['25', '25', '25', '25', '25'],
    ['0', '0', '0', '0', '0'],
    ['007', '7', '7', '7', '7'],
    ['+5', '5', '5', '5', '5'],
    ['12.0', '12', '12', '12', '12'],
    ['12,00', '12', '12', '12', '12'],
    ['1.234,00', '1234', '1234', '1234', '1234'],
    ['1 234', '1234', '1234', '1234', '1234'],
    ["1'234", '1234', '1234', '1234', '1234'],
    ['1,234,567', '1234567', '1234567', '1234567', '1234567'],
    ['2147483647', '2147483647', '2147483647', '2147483647', '2147483647'],
    // Either of two whole numbers, or one that is whole and one that is not.
    ['1.000', '1', '1000', '!ambiguous_number', '!ambiguous_number'],
    ['12,000', '12000', '12', '!ambiguous_number', '!ambiguous_number'],
    ['1,234', '1234', '!invalid_integer', '!ambiguous_number', '!ambiguous_number'],
    ['1.234', '!invalid_integer', '1234', '!ambiguous_number', '!ambiguous_number'],
  ])('%s is read by its column', (cell, ...outcomes) => {
    expect(FORMATS.map((format) => readOnce('stock', cell, format).outcome)).toEqual(outcomes);
  });

  test.each<[cell: string, code: string]>([
    ['1.5', 'invalid_integer'],
    ['1,5', 'invalid_integer'],
    ['many', 'invalid_integer'],
    ['€ 5', 'invalid_integer'],
    ['5 pcs', 'invalid_integer'],
    ['-1', 'negative'],
    ['3-', 'negative'],
    ['2147483648', 'out_of_range'],
    ['99999999999999999999', 'out_of_range'],
    ['1E+05', 'rounded_by_spreadsheet'],
    ['###', 'spreadsheet_error'],
  ])('%s: %s', (cell, code) => {
    expect(readOnce('stock', cell).outcome).toBe(`!${code}`);
  });
});

describe('any number', () => {
  const amount = fc.record({
    integer: fc.bigInt({ min: 0n, max: 999_999_999_999_999n }).map(String),
    decimals: fc.constantFrom('', '5', '05', '50', '75', '125', '1234'),
  });
  const style = fc.record({
    decimal: fc.constantFrom('.', ','),
    group: fc.constantFrom('', 'other', ' ', '\u00a0', '\u202f', "'", '’'),
    around: fc.constantFrom(
      ['', ''],
      ['€', ''],
      ['$ ', ''],
      ['CHF ', ''],
      ['US$', ' USD'],
      ['', ' €'],
      ['', ' EUR'],
      ['', ' zł'],
    ),
  });

  test('in whatever convention it is written is read as itself in a column of that convention', () => {
    fc.assert(
      fc.property(amount, style, ({ integer, decimals }, { decimal, group, around: [before, behind] }) => {
        const other = decimal === '.' ? ',' : '.';
        const sign = group === 'other' ? other : group;
        const grouped = integer.replaceAll(/\B(?=(?:\d{3})+$)/g, sign);
        const cell = `${before}${grouped}${decimals === '' ? '' : decimal + decimals}${behind}`;
        const kept = decimals.replace(/0+$/, '');
        const value = kept === '' ? integer : `${integer}.${kept}`;
        expect(readOnce('price', cell, decimal === '.' ? 'point' : 'comma').outcome).toBe(value);
      }),
      { numRuns: 5_000 },
    );
  });

  test('is never read as another one: without a format the value is the same, or it is refused as ambiguous', () => {
    const cell = fc.string({ unit: fc.constantFrom('0', '1', '2', '5', '.', ',', ' ', "'"), maxLength: 12 });
    fc.assert(
      fc.property(cell, (text) => {
        const [byPoint, byComma, mixed, unknown] = FORMATS.map(
          (format) => readOnce('price', text, format).outcome,
        );
        expect(unknown).toBe(mixed);
        if (byPoint === byComma) expect(unknown).toBe(byPoint);
        else expect(unknown).toBe('!ambiguous_number');
      }),
      { numRuns: 5_000 },
    );
  });
});
