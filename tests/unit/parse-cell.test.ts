import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCell } from '../../domain/values/parse-cell.ts';

const TEXT = { name: 'name', type: 'text', required: false, aliases: [], example: 'Blue mug' } as const;

test('a text is composed and loses blanks and invisible characters at its edges only, however plain it is', () => {
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
      'é',
      'e\u0301',
      '😀',
    ),
  });
  fc.assert(
    fc.property(cell, (given) => {
      const edges = /^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$/gu;
      const value = given.normalize('NFC').replace(edges, '');
      expect(parseCell(TEXT, given)).toEqual(value === '' ? { blank: true } : { value });
    }),
    { numRuns: 2_000 },
  );
});
