import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../domain/kinds/index.ts';
import { createRowValidator, type ValidatedRow } from '../../../domain/validate-row.ts';
import {
  chunksToRestage,
  decideNumberFormat,
  decideNumberFormats,
  mergeNumberEvidence,
  type NumberEvidences,
  type NumberFormats,
} from '../../../domain/values/number-format.ts';

type Row = readonly [sku: string, name: string, price: string, stock: string];

function stage(
  rows: readonly Row[],
  numberFormats: NumberFormats,
): { rows: ValidatedRow[]; evidence: NumberEvidences } {
  const { validate, evidence } = createRowValidator({
    kind: KINDS.products,
    mode: 'upsert',
    blanks: 'keep',
    numberFormats,
  });
  return {
    rows: rows.map(([sku, name, price, stock]) => validate([sku, name, price, null, null, stock])),
    evidence: evidence(),
  };
}

test.each([
  [{ point: 0, comma: 0, ambiguous: 0 }, 'unknown'],
  [{ point: 0, comma: 0, ambiguous: 9 }, 'unknown'],
  [{ point: 1, comma: 0, ambiguous: 9 }, 'point'],
  [{ point: 0, comma: 1, ambiguous: 9 }, 'comma'],
  [{ point: 999_999, comma: 1, ambiguous: 0 }, 'mixed'],
] as const)('evidence %j decides for %s', (evidence, format) => {
  expect(decideNumberFormat(evidence)).toBe(format);
});

describe('the rows of a chunk', () => {
  const rows: Row[] = [
    ['a', 'x', '1,234.50', '5'],
    ['b', 'x', '1,234', '1.000'],
    ['c', 'x', '-3.50', '0,5'],
    ['', 'x', '1.23456', 'many'],
  ];

  test('show the formats of their numeric columns, be they good or bad', () => {
    expect(stage(rows, {}).evidence).toEqual({
      price: { point: 3, comma: 0, ambiguous: 1 },
      stock: { point: 0, comma: 1, ambiguous: 1 },
    });
  });

  test('show nothing where no column is numeric', () => {
    const { evidence } = createRowValidator({
      kind: KINDS.customers,
      mode: 'upsert',
      blanks: 'keep',
      numberFormats: {},
    });
    expect(evidence()).toEqual({});
  });

  test('are read by the formats of the file', () => {
    const [, second] = stage(rows, { price: 'point', stock: 'comma' }).rows;
    expect(second).toMatchObject({ key: 'b', cells: ['b', 'x', '1234', null, null, '1000'], errors: [] });
  });
});

describe('chunks to stage once more', () => {
  const ambiguous = { price: { point: 0, comma: 0, ambiguous: 1 } };
  const clear = { price: { point: 5, comma: 0, ambiguous: 0 } };

  test.each<
    [what: string, staged: NumberFormats, evidence: NumberEvidences, final: NumberFormats, again: boolean]
  >([
    ['the format is another one', { price: 'point' }, ambiguous, { price: 'comma' }, true],
    ['the sample told nothing, the file does', {}, ambiguous, { price: 'comma' }, true],
    ['the file has both', { price: 'point' }, ambiguous, { price: 'mixed' }, true],
    ['the format is the same', { price: 'point' }, ambiguous, { price: 'point' }, false],
    ['the file tells nothing either', {}, ambiguous, { price: 'unknown' }, false],
    ['no cell depends on it', { price: 'comma' }, clear, { price: 'mixed' }, false],
    ['another column is meant', { price: 'point' }, ambiguous, { price: 'point', stock: 'comma' }, false],
  ])('%s', (_what, formats, evidence, final, again) => {
    expect(chunksToRestage([{ formats, evidence }], final)).toHaveLength(again ? 1 : 0);
  });

  test('give the rows that the formats of the whole file give, however it is cut and whatever the sample says', () => {
    const price = fc.constantFrom(
      '1',
      '19.90',
      '19,90',
      '1.234',
      '1,234',
      '1.234,50',
      '1,234.50',
      '1 234',
      'cheap',
    );
    const stock = fc.constantFrom('', '3', '1.000', '1,234', '2,000', '0,500', '1.234.567');
    const row: fc.Arbitrary<Row> = fc.tuple(fc.constantFrom('a', 'b'), fc.constant('x'), price, stock);
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 4 }), { minLength: 1, maxLength: 5 }), (chunks) => {
        const sample = decideNumberFormats(stage(chunks[0] ?? [], {}).evidence);
        const staged = chunks.map((rows, chunk) => ({ chunk, formats: sample, ...stage(rows, sample) }));
        const final = decideNumberFormats(mergeNumberEvidence(staged.map(({ evidence }) => evidence)));
        const again = new Set(chunksToRestage(staged, final).map(({ chunk }) => chunk));
        for (const [chunk, rows] of chunks.entries()) {
          const direct = stage(rows, final);
          expect(direct.evidence).toEqual(staged[chunk]?.evidence);
          if (!again.has(chunk)) expect(staged[chunk]?.rows).toEqual(direct.rows);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

test('a column that does not tell is written as the others are, where they all agree', () => {
  const silent = { point: 0, comma: 0, ambiguous: 3 };
  const point = { point: 2, comma: 0, ambiguous: 0 };
  const comma = { point: 0, comma: 1, ambiguous: 0 };
  expect(decideNumberFormats({ stock: silent, price: point })).toEqual({ stock: 'point', price: 'point' });
  expect(decideNumberFormats({ stock: silent, price: comma })).toEqual({ stock: 'comma', price: 'comma' });
  expect(decideNumberFormats({ stock: silent, price: point, weight: comma }).stock).toBe('unknown');
  expect(decideNumberFormats({ stock: silent }).stock).toBe('unknown');
});
