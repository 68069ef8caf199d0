import { describe, expect, test } from 'vitest';
import { orders } from '../../../domain/kinds/orders.ts';
import { assembleOrder, type ImportedLine } from '../../../domain/orders/imported-order.ts';
import { guessKind } from '../../../domain/mapping/header-score.ts';
import { matchHeader } from '../../../domain/mapping/match-header.ts';
import { createRowValidator } from '../../../domain/validate-row.ts';

const RULES = { duplicates: 'last', currency: 'EUR' } as const;

/** Lines by their columns; rows are numbered from 1. */
function linesOf(...given: Partial<Record<string, string>>[]): ImportedLine[] {
  return given.map((values, index) => ({
    row: index + 1,
    cells: orders.columns.map(({ name }) => ({ sku: 'A', quantity: '1', ...values })[name] ?? null),
  }));
}

describe('the lines of an order', () => {
  test('make one, with what only one of them says, in the order of the file', () => {
    const lines = linesOf(
      { sku: 'A', quantity: '2', unit_price: '1.5' },
      { sku: 'B', email: 'ada@example.com' },
      { sku: 'A', currency: 'EUR' },
    );
    expect(assembleOrder('x', lines, RULES)).toEqual({
      order: {
        orderId: 'x',
        lines: [
          { sku: 'A', quantity: 2, unitPrice: '1.5' },
          { sku: 'B', quantity: 1, unitPrice: null },
          { sku: 'A', quantity: 1, unitPrice: null },
        ],
        total: null,
        currency: 'EUR',
        email: 'ada@example.com',
        paymentToken: null,
        shippingService: null,
      },
    });
  });

  test('may say the same twice, in any spelling that leads to one address, and must not say different things', () => {
    const same = linesOf({ email: 'Ada@Example.com' }, { email: 'ada@example.com' });
    expect(assembleOrder('x', same, RULES)).toMatchObject({ order: { email: 'Ada@Example.com' } });
    const others = linesOf({ email: 'ada@example.com' }, {}, { email: 'bob@example.com' });
    expect(assembleOrder('x', others, RULES)).toEqual({
      fault: {
        column: 'email',
        value: null,
        code: 'order_lines_differ',
        message: 'the lines of the order differ in email: row 1 and row 3 do not say the same',
      },
    });
  });

  test('need a price each in another currency than that of the products', () => {
    const priced = linesOf({ currency: 'USD', unit_price: '1' }, { unit_price: '2' });
    expect(assembleOrder('x', priced, RULES)).toMatchObject({ order: { currency: 'USD' } });
    const unpriced = linesOf({ currency: 'USD', unit_price: '1' }, {});
    expect(assembleOrder('x', unpriced, RULES)).toMatchObject({ fault: { code: 'order_foreign_currency' } });
  });

  test('can not come to more than can be kept, nor be more than an order can have', () => {
    const line = { quantity: '1000000', unit_price: '999999999999999' };
    expect(assembleOrder('x', linesOf(line), RULES)).toMatchObject({ fault: { code: 'order_out_of_range' } });
    const many = linesOf(...Array.from({ length: 501 }, () => ({})));
    expect(assembleOrder('x', many, RULES)).toMatchObject({ fault: { code: 'order_too_long' } });
    expect(assembleOrder('x', many.slice(1), RULES)).toHaveProperty('order');
  });

  test('may have one sku twice, unless that is to be taken for a mistake', () => {
    const twice = linesOf({ sku: 'A' }, { sku: ' a' });
    expect(assembleOrder('x', twice, RULES)).toHaveProperty('order');
    expect(assembleOrder('x', twice, { ...RULES, duplicates: 'reject' })).toMatchObject({
      fault: { code: 'duplicate_key', column: 'sku' },
    });
  });
});

describe('a row of a file of orders', () => {
  const { validate } = createRowValidator({
    kind: orders,
    mode: 'create',
    blanks: 'keep',
    numberFormats: { quantity: 'point', unit_price: 'point' },
  });
  const codesOf = (...values: (string | null)[]): string[] => validate(values).errors.map(({ code }) => code);

  test('has a number that can be the id of an order; a # in front is no part of it', () => {
    expect(validate(['#1001', null, 'A', '1', null, null])).toMatchObject({ key: '1001', errors: [] });
    // Letter by letter: another case is another order.
    expect(validate(['aB', null, 'A', '1', null, null]).key).toBe('aB');
    expect(codesOf('10 01', null, 'A', '1', null, null)).toEqual(['invalid_order_number']);
    expect(codesOf('1.2E+11', null, 'A', '1', null, null)).toEqual(['rounded_by_spreadsheet']);
    expect(codesOf('', null, 'A', '1', null, null)).toEqual(['required']);
  });

  test('has a whole quantity from 1 to a million, and a currency by its code', () => {
    expect(codesOf('a', null, 'A', '0', null, null)).toEqual(['too_small']);
    expect(codesOf('a', null, 'A', '-1', null, null)).toEqual(['negative']);
    expect(codesOf('a', null, 'A', '1.5', null, null)).toEqual(['invalid_integer']);
    expect(codesOf('a', null, 'A', '1000001', null, null)).toEqual(['out_of_range']);
    expect(validate(['a', '', 'A', '2.0', '', 'eur']).cells).toEqual(['a', null, 'A', '2', null, 'EUR']);
    expect(codesOf('a', null, 'A', '1', null, 'Euro')).toEqual(['invalid_currency']);
  });
});

describe('a header of orders', () => {
  const SHOPIFY =
    'Name,Email,Financial Status,Currency,Total,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Lineitem fulfillment status';

  test('of a shop is recognised, and tells which columns are which', () => {
    const header = SHOPIFY.split(',');
    expect(guessKind(header)).toEqual({ kind: 'orders', confidence: 1 });
    const { mapping, problems, notes } = matchHeader({
      header,
      kind: orders,
      mode: 'create',
      currency: 'EUR',
    });
    expect(problems).toEqual([]);
    expect(mapping.source).toEqual({ type: 'export', name: 'shopify-orders', export: 'shopify-orders' });
    expect(
      Object.fromEntries(mapping.columns.map(({ column, from }) => [column, header[from[0] ?? -1]])),
    ).toEqual({
      order_number: 'Name',
      email: 'Email',
      sku: 'Lineitem sku',
      quantity: 'Lineitem quantity',
      unit_price: 'Lineitem price',
      currency: 'Currency',
    });
    expect(notes.join(' ')).toContain('fulfilled or cancelled in the shop');
  });

  test('of its own is told from those of customers and products', () => {
    const header = orders.columns.map(({ name }) => name);
    expect(guessKind(header)).toEqual({ kind: 'orders', confidence: 1 });
    expect(guessKind(['name', 'email', 'company', 'phone'])?.kind).toBe('customers');
    expect(guessKind(['sku', 'name', 'price', 'description', 'active', 'stock'])?.kind).toBe('products');
    expect(guessKind(['sku', 'price'])?.kind).toBe('products');
  });

  test('has later rows with a blank number follow the one above', () => {
    const { mapping } = matchHeader({ header: ['sku', 'order no', 'qty'], kind: orders, mode: 'create' });
    expect(mapping.group).toEqual({ by: 1, begins: 'filled', fillDown: [1] });
  });
});
