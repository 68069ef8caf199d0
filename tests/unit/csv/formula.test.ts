import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { neutraliseFormula, restoreFormula } from '../../../domain/csv/formula.ts';

describe('cells that a spreadsheet would run', () => {
  test.each([
    '=1+1',
    '+cmd',
    '-cmd',
    '@SUM(A1)',
    '  =1',
    '\t=1',
    '\rx',
    '＝1',
    '＋a',
    '－a',
    '＠a',
    'text\n=1',
    "'=1",
    "''@a",
    '+1 (555) 0100',
  ])('%j leaves with one quote in front and comes back as it was', (cell) => {
    expect(neutraliseFormula(cell)).toBe(`'${cell}`);
    expect(restoreFormula(`'${cell}`)).toBe(cell);
  });

  test.each(['-5', '+4.50', '-1,5', 'a=b', "O'Neill", "'quoted'", "'", '', 'a-b'])(
    '%j stays as it is',
    (cell) => {
      expect(neutraliseFormula(cell)).toBe(cell);
      expect(restoreFormula(cell)).toBe(cell);
    },
  );

  test('out and in again gives the same cell, whatever it is', () => {
    const cell = fc.string({
      unit: fc.constantFrom("'", '=', '+', '-', '@', ' ', '\t', '\r', '\n', '1', 'a', '＝', '.'),
    });
    fc.assert(
      fc.property(cell, (text) => {
        expect(restoreFormula(neutraliseFormula(text))).toBe(text);
      }),
      { numRuns: 5_000 },
    );
  });
});
