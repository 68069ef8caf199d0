import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import isEmailModule from 'validator/lib/isEmail.js';
import { toKey } from '../../../domain/keys.ts';
import { isEmail } from '../../../domain/values/email.ts';
import { readOnce } from './cell-reader.ts';

const outcome = (column: string, cell: string): string | null => readOnce(column, cell).outcome;

describe('a boolean', () => {
  test.each([
    'true',
    'TRUE',
    ' Yes ',
    'y',
    'T',
    '1',
    '1.0',
    '1,0',
    'on',
    'Active',
    'enabled',
    'published',
    'ja',
    'J',
    'oui',
    'VRAI',
    'sí',
    'Si',
    'SI\u0301',
    'sì',
    'wahr',
    'verdadero',
    'sim',
    'tak',
    'да',
    'ДА',
    '\ufeffyes',
    '="1"',
  ])('%j says yes', (cell) => {
    expect(outcome('active', cell)).toBe('true');
  });

  test.each([
    'false',
    'FALSE',
    ' no ',
    'N',
    'f',
    '0',
    '0.0',
    '0,00',
    'off',
    'inactive',
    'disabled',
    'unpublished',
    'Draft',
    'nein',
    'non',
    'FAUX',
    'falsch',
    'falso',
    'não',
    'NÃO',
    'nie',
    'нет',
    'ne',
    'hayır',
    'HAYIR',
  ])('%j says no', (cell) => {
    expect(outcome('active', cell)).toBe('false');
  });

  test.each(['maybe', 'x', 'X', '✓', '-1', '2', '00', 'o', 'null', '-', 'yes/no', 'not', 'constructor'])(
    '%j says neither for sure',
    (cell) => {
      expect(outcome('active', cell)).toBe('!invalid_boolean');
    },
  );
});

describe('a spreadsheet', () => {
  test.each(['4.00639E+12', '3,65E+11', '4E+12', '4.0063813E+12', '1e+05', '4.006381e+12', '1.5E+100'])(
    'has lost digits of the article number %s, which is refused',
    (cell) => {
      expect(outcome('sku', cell)).toBe('!rounded_by_spreadsheet');
    },
  );

  test('has lost digits of a telephone number too', () => {
    expect(outcome('phone', '4.42079E+11')).toBe('!rounded_by_spreadsheet');
  });

  test.each([
    '1E5',
    '1E05',
    '12E3',
    '3E10',
    '1E-05',
    '4.5E',
    'E+12',
    '1.2E5',
    'A4.0E+12',
    '10E+12',
    '4E+1',
    '0012',
    '4006381333931',
  ])('has not made the article number %s, which is kept', (cell) => {
    expect(outcome('sku', cell)).toBe(cell);
  });

  test.each(['####', '#REF!', '#VALUE!', '#NAME?', '#DIV/0!', '#WERT!', '#¡REF!', 'Err:504'])(
    'has put %s in place of a value, in texts too',
    (cell) => {
      for (const column of ['sku', 'name', 'description', 'email', 'active', 'stock'])
        expect(outcome(column, cell)).toBe('!spreadsheet_error');
    },
  );

  test.each(['#', '##', '#1', '#blue', '#SALE!', '# REF!', 'see #REF!', 'Err:1'])(
    'has not made %j',
    (cell) => {
      expect(outcome('name', cell)).toBe(cell);
    },
  );

  test('writes #N/A for "no value", and a text formula for a text', () => {
    expect(outcome('description', ' #N/A ')).toBe('clear');
    expect(outcome('sku', '="00123"')).toBe('00123');
    expect(outcome('sku', '=""')).toBe(null);
    expect(outcome('name', '="a"&"b"')).toBe('="a"&"b"');
  });
});

describe('a text', () => {
  test('keeps its lines and its odd blanks inside', () => {
    for (const text of [
      'two\nlines',
      'two\r\nlines',
      'a\tb',
      'a\u000bb',
      'a\u00a0b',
      '👩‍🚀 zero\u200dwidth',
      '\u2764\ufe0f',
    ])
      expect(outcome('description', text)).toBe(text);
  });

  test.each(['\u0007', '\u0000', '\u001f', '\u0093', '\u007f', '\ud800'])(
    'with the character %j is refused, wherever it stands',
    (odd) => {
      for (const cell of [odd, `a${odd}b`, `${odd}a`, `a${odd}`, `ä${odd}`]) {
        for (const column of ['sku', 'name', 'email'])
          expect(outcome(column, cell)).toBe('!invalid_characters');
      }
    },
  );

  test('in a key or an address must not have lost a letter; in others it is kept as it is', () => {
    expect(outcome('sku', 'M\ufffdLL')).toBe('!invalid_characters');
    expect(outcome('email', 'ada@m\ufffdll.example')).toBe('!invalid_characters');
    expect(outcome('name', 'M\ufffdller')).toBe('M\ufffdller');
  });

  test('is as long as people count', () => {
    expect(outcome('phone', '😀'.repeat(64))).toBe('😀'.repeat(64));
    expect(readOnce('phone', '😀'.repeat(65))).toMatchObject({
      outcome: '!too_long',
      message: 'phone can have 64 characters, not 65',
    });
    expect(outcome('phone', 'e\u0301'.repeat(64))).toBe('é'.repeat(64));
  });

  test('is trimmed at once, however many blanks are in it', () => {
    const start = performance.now();
    const text = `ä${' '.repeat(200_000)}b`;
    expect(outcome('description', text)).toBe('!too_long');
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});

describe('a key', () => {
  test.each([
    ['AB\u200bC', 'ABC'],
    ['A\u00adB', 'AB'],
    ['\u202aAB\u202c', 'AB'],
    ['A\u00a0B', 'A B'],
    ['A\u3000B', 'A B'],
    ['A\tB', 'A B'],
    ['\ufeffAB\u2060', 'AB'],
    ['E\u0301', '\u00c9'],
    ['e\u034f\u0301', '\u00c9'],
    ['J\u030c', '\u01f0'],
  ])('%j looks like %j and is the same', (one, other) => {
    expect(toKey(one)).toBe(toKey(other));
  });

  test('is shown without what nobody sees, and a blank is a blank', () => {
    expect(outcome('sku', 'A\u200bB\u00a0C')).toBe('AB C');
    expect(outcome('sku', '\u200b\u00ad')).toBe(null);
  });

  test('of a key is the key, and that of the shown text the same', () => {
    const text = fc.string({ unit: 'grapheme' });
    fc.assert(
      fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (given) => {
        const key = toKey(given);
        expect(toKey(key)).toBe(key);
        const shown = outcome('sku', given);
        if (shown !== null && !/^[!]|^clear$/.test(shown) && !given.includes('='))
          expect(toKey(shown)).toBe(key);
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('an email address', () => {
  const LOCAL = 'a'.repeat(64);
  test.each([
    'ada@example.com',
    'a.b+tag@sub.example.co.uk',
    "o'brien@example.ie",
    'a&b@example.com',
    'user/dep@example.com',
    '1@example.com',
    'a_b-c@x-y.example',
    'ada@xn--bcher-kva.example',
    'ada@example.xn--p1ai',
    'ada@bücher.example',
    'почта@пример.рф',
    '用户@例子.公司',
    'josé@example.es',
    `${LOCAL}@example.com`,
    'ADA@EXAMPLE.COM',
  ])('%s goes in', (address) => {
    expect(outcome('email', address)).toBe(address);
  });

  test.each([
    'ada',
    'ada@',
    '@x.com',
    'a@b',
    'a@localhost',
    'a..b@x.com',
    '.a@x.com',
    'a.@x.com',
    'a@x..com',
    'a@.x.com',
    'a@x.com.',
    'a@x.com,',
    'a@-x.com',
    'a@x-.com',
    'a@x_y.com',
    'a b@x.com',
    'a@@x.com',
    'a@x@y.com',
    `${LOCAL}a@x.com`,
    `a@${'b'.repeat(64)}.com`,
    'a@192.0.2.1',
    'a@x.1',
    'a@x.c',
    'a@xn--.com',
    'n/a',
    '-',
    'mailto:',
    '<>',
    'Ada <ada>',
    'ada@x.com <eve@x.com>',
    'Ada <ada@x.com> x',
    'mailto:a@x.com?subject=x',
  ])('%s does not', (address) => {
    expect(outcome('email', address)).toBe('!invalid_email');
  });

  test.each([
    ['mailto:ada@example.com', 'ada@example.com'],
    ['MAILTO:ada@example.com', 'ada@example.com'],
    ['Ada Lovelace <ada@example.com>', 'ada@example.com'],
    ['"Lovelace, Ada" <ada@example.com>', 'ada@example.com'],
    ['<ada@example.com>', 'ada@example.com'],
    ["'Ada@example.com' <ada@example.com>", 'ada@example.com'],
    ['Ada <mailto:ada@example.com>', 'ada@example.com'],
    ['ada\u200b@example.com\u00ad', 'ada@example.com'],
  ])('%j is taken out of its wrapping', (cell, address) => {
    expect(outcome('email', cell)).toBe(address);
  });

  test.each(['a@x.com; b@x.com', 'a@x.com,b@x.com', 'a@x.com b@x.com', 'A <a@x.com>, B <b@x.com>'])(
    '%s is several, and refused as that',
    (cell) => {
      expect(readOnce('email', cell)).toMatchObject({
        outcome: '!invalid_email',
        message: 'email must be one address, not several',
      });
    },
  );

  test('that is too long is told as that', () => {
    expect(outcome('email', `a@${'b'.repeat(60)}.${'c'.repeat(240)}.com`)).toBe('!too_long');
  });

  test('is told by the short way as the validator tells it', () => {
    const part = fc.string({ unit: fc.constantFrom('a', 'Z', '1', '.', '-', '_', '+', "'"), maxLength: 8 });
    const address = fc
      .tuple(part, part, fc.constantFrom('com', 'x', 'xn--p1ai', 'c0m', ''))
      .map(([local, domain, top]) => `${local}@${domain}.${top}`);
    fc.assert(
      fc.property(address, (text) => {
        expect(isEmail(text)).toBe(isEmailModule.default(text));
      }),
      { numRuns: 10_000 },
    );
  });
});
