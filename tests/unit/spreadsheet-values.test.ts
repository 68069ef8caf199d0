import { describe, expect, test } from 'vitest';
import { formatNumber, numberFormatOf, parseFormatCode } from '../../domain/spreadsheet/number-format.ts';

const shown = (raw: string, code: string | number, date1904 = false) =>
  formatNumber(
    raw,
    typeof code === 'number' ? numberFormatOf(code, undefined) : parseFormatCode(code),
    date1904,
  );

describe('numbers of a sheet come out in plain decimal notation, without the noise of their binary form', () => {
  test.each([
    ['19.900000000000002', '19.9'],
    ['0.1', '0.1'],
    ['0.30000000000000004', '0.3'],
    ['1E+11', '100000000000'],
    ['1.5E-7', '0.00000015'],
    ['-1.0000000000000001E-2', '-0.01'],
    ['1.2345678901234567E+20', '123456789012346000000'],
    ['123456.789', '123456.789'],
    ['1.10', '1.10'],
    ['4006381333931', '4006381333931'],
    // Other programs store identifiers of more than 15 digits as whole numbers.
    ['123456789012345678', '123456789012345678'],
    ['0', '0'],
    ['-0.0', '-0.0'],
    ['0E0', '0'],
    ['', ''],
    ['n/a', 'n/a'],
  ])('%s is %s', (raw, text) => {
    expect(shown(raw, 'General')).toBe(text);
  });

  test.each([
    '#,##0.00',
    '0.00E+00',
    '0%',
    '0.00',
    '_-* #,##0.00\\ "DM"_-;-* #,##0.00',
    '[Red]0;[<5]"days"0',
    '# ?/?',
    '@',
  ])('the format %s changes nothing', (code) => {
    expect(shown('0.125', code)).toBe('0.125');
  });
});

describe('a format of zeros is part of what its owner reads', () => {
  test.each([
    ['00000', '501', '00501'],
    ['00000', '12345', '12345'],
    ['000', '12345', '12345'],
    ['00000\\-0000', '123456789', '12345-6789'],
    ['000"-"000', '42', '000-042'],
    ['00000', '-7', '-00007'],
  ])('%s of %s', (code, raw, text) => {
    expect(shown(raw, code)).toBe(text);
  });

  test.each(['0', '0.00', '0000.00'])('%s is none', (code) => {
    expect(shown('7', code)).toBe('7');
  });
});

describe('dates and times are ISO 8601', () => {
  test.each([
    [14, '45351', '2024-02-29'],
    [22, '45351.354166666664', '2024-02-29T08:30:00'],
    ['yyyy\\-mm\\-dd', '45351', '2024-02-29'],
    ['[$-409]d\\-mmm\\-yy;@', '45351.9', '2024-02-29'],
    ['dd/mm/yyyy hh:mm', '45351.75', '2024-02-29T18:00:00'],
    ['mmm yyyy', '45323', '2024-02-01'],
    ['mmmm', '45323', '2024-02-01'],
    ['[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy', '45351', '2024-02-29'],
    ['yyyy"年"m"月"d"日"', '45351', '2024-02-29'],
    ['h:mm AM/PM', '0.604166666666667', '14:30:00'],
    ['mm:ss.0', '0.000694450', '00:01:00.000'.slice(0, 8)],
    ['h:mm:ss', '45351.5', '12:00:00'],
    ['[h]:mm:ss', '1.1458333333333333', '27:30:00'],
    ['dd.mm.yyyy hh:mm:ss.000', '45351.000011574', '2024-02-29T00:00:01'],
    ['dd.mm.yyyy hh:mm:ss.000', '45351.50000002894', '2024-02-29T12:00:00.003'.slice(0, 23)],
    // The last half of a millisecond of a day belongs to the next one.
    [22, '45350.999999999', '2024-02-29T00:00:00'],
    [14, '1', '1900-01-01'],
    [14, '59', '1900-02-28'],
    [14, '60', '1900-02-29'],
    [14, '61', '1900-03-01'],
    [22, '0.25', '06:00:00'],
    [14, '2958465', '9999-12-31'],
  ])('%s of %s is %s', (code, raw, text) => {
    expect(shown(raw, code)).toBe(text);
  });

  test('a workbook may count from 1904', () => {
    expect(shown('43889', 14, true)).toBe('2024-02-29');
    expect(shown('0', 14, true)).toBe('1904-01-01');
  });

  test.each(['-1', '2958466', '1E+300'])('%s is in no calendar and stays a number', (raw) => {
    expect(shown(raw, 14)).toMatch(/^-?\d+$/);
  });
});
