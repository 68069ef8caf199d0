import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCellReader } from '../../domain/values/parse-cell.ts';

test('a text is composed and loses blanks and invisible characters at its edges only, however plain it is', () => {
  const read = createCellReader({
    column: { name: 'name', type: 'text', required: false, aliases: [], example: 'Blue mug' },
    isKey: false,
    format: 'unknown',
    evidence: { point: 0, comma: 0, ambiguous: 0 },
  });
  const cell = fc.string({
    unit: fc.constantFrom(
      'a',
      'Z',
      '!',
      '~',
      ' ',
      '\t',
      '\n',
      '\u00a0',
      '\u200b',
      '\ufeff',
      '\u00ad',
      '\u200f',
      'é',
      'e\u0301',
      '😀',
    ),
  });
  fc.assert(
    fc.property(cell, (given) => {
      const edges = /^[\s\u00ad\u200b-\u200f\u2060\ufeff]+|[\s\u00ad\u200b-\u200f\u2060\ufeff]+$/gu;
      const value = given.normalize('NFC').replace(edges, '');
      expect(read(given)).toEqual(value === '' ? null : value);
    }),
    { numRuns: 2_000 },
  );
});
