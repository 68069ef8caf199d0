import { expect, test } from 'vitest';
import { STANDARD_DIALECT } from '../../../domain/csv/dialect.ts';
import { completeReading, type StoredReading } from '../../../domain/csv/reading.ts';

test('a reading that was kept before blanks could be skipped skips none', () => {
  const { delimiter, quote, escape, lineEnd } = STANDARD_DIALECT;
  const dialect = { delimiter, quote, escape, lineEnd };
  const stored = { header: ['sku'], dialect } as StoredReading;
  expect(completeReading(stored)).toEqual({ header: ['sku'], dialect: STANDARD_DIALECT });
  const skipping = { ...stored, dialect: { ...dialect, skipBlanks: true } };
  expect(completeReading(skipping).dialect.skipBlanks).toBe(true);
});
