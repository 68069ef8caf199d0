import { ROW_ERRORS, type RowErrorCode } from '../../contracts/errors.ts';
import type { Duplicates } from '../../contracts/words.ts';
import { toKey } from '../keys.ts';
import { orders } from '../kinds/orders.ts';
import type { RowError } from '../validate-row.ts';
import { fromUnits, isKeepable, toUnits } from './money.ts';
import { MAX_ORDER_LINES, type NewOrder } from './new-order.ts';
import { bringsAllPrices } from './price-order.ts';

/** A valid row of a file of orders, as it is staged. */
export interface ImportedLine {
  row: number;
  /** In the order of the kind's columns. */
  cells: readonly (string | null)[];
}

/** What the file and the system say of its orders. */
export interface OrderRules {
  /** `reject`: one sku on two lines of an order is taken for a mistake. Else each line counts. */
  duplicates: Duplicates;
  /** In which the prices of products are, and an order that names none. */
  currency: string;
}

/** An order, or why its lines make none. */
export type AssembledOrder = { order: NewOrder } | { fault: RowError };

const indexOf = (name: string): number => orders.columns.findIndex((column) => column.name === name);
const EMAIL = indexOf('email');
const SKU = indexOf('sku');
const QUANTITY = indexOf('quantity');
const UNIT_PRICE = indexOf('unit_price');
const CURRENCY = indexOf('currency');

/** Codes of faults that are those of an order as a whole: they are looked for anew once one of its lines was repaired. */
export const WHOLE_ORDER_CODES: readonly RowErrorCode[] = [
  'order_rejected',
  'order_lines_differ',
  'order_too_long',
  'order_foreign_currency',
  'order_out_of_range',
  'order_differs',
  'order_incomplete',
  'duplicate_key',
];

/** What stands in the errors of each line of an order that does not go in. */
export function wholeOrderFault(
  code: RowErrorCode,
  message: string = ROW_ERRORS[code],
  column: string | null = null,
): RowError {
  return { column, value: null, code, message };
}

/**
 * Makes an order of its lines, in the order of the file. Who ordered, and in which currency, may stand in any of them; where
 * several say it, they must say the same. Nothing is guessed: what does not fit is a fault of the whole order.
 *
 * @param lines at least one
 */
export function assembleOrder(
  orderId: string,
  lines: readonly ImportedLine[],
  { duplicates, currency }: OrderRules,
): AssembledOrder {
  if (lines.length > MAX_ORDER_LINES) {
    const message = `the order has ${String(lines.length)} lines; it can have ${String(MAX_ORDER_LINES)} at most`;
    return { fault: wholeOrderFault('order_too_long', message) };
  }
  const emails = sayingsOf(lines, EMAIL, toKey);
  if (emails.length > 1) return { fault: differing('email', emails) };
  const currencies = sayingsOf(lines, CURRENCY, (code) => code);
  if (currencies.length > 1) return { fault: differing('currency', currencies) };
  const order: NewOrder = {
    orderId,
    lines: lines.map(({ cells }) => ({
      sku: cells[SKU] ?? '',
      quantity: Number(cells[QUANTITY]),
      unitPrice: cells[UNIT_PRICE] ?? null,
    })),
    total: null,
    currency: currencies[0]?.value ?? currency,
    email: emails[0]?.value ?? null,
    paymentToken: null,
    shippingService: null,
  };
  const fault =
    (duplicates === 'reject' ? repeatedSku(order, lines) : null) ??
    foreignCurrency(order, currency) ??
    tooLarge(order);
  return fault === null ? { order } : { fault };
}

/** What some line says, and where first. */
interface Saying {
  row: number;
  value: string;
}

/** The different things that lines say in a column. */
function sayingsOf(lines: readonly ImportedLine[], index: number, form: (text: string) => string): Saying[] {
  const found = new Map<string, Saying>();
  for (const { row, cells } of lines) {
    const value = cells[index] ?? null;
    if (value !== null && !found.has(form(value))) found.set(form(value), { row, value });
  }
  return [...found.values()];
}

function differing(column: string, [first, second]: readonly Saying[]): RowError {
  const message = `the lines of the order differ in ${column}: row ${String(first?.row)} and row ${String(second?.row)} do not say the same`;
  return wholeOrderFault('order_lines_differ', message, column);
}

function repeatedSku({ lines }: NewOrder, given: readonly ImportedLine[]): RowError | null {
  const rows = new Map<string, number>();
  for (const [index, { sku }] of lines.entries()) {
    const row = given[index]?.row ?? 0;
    const earlier = rows.get(toKey(sku));
    if (earlier !== undefined) {
      const message = `the same sku stands in two lines of the order, row ${String(earlier)} and row ${String(row)}`;
      return wholeOrderFault('duplicate_key', message, 'sku');
    }
    rows.set(toKey(sku), row);
  }
  return null;
}

function foreignCurrency(order: NewOrder, currency: string): RowError | null {
  if (order.currency === currency || bringsAllPrices(order)) return null;
  const message = `the order is in ${order.currency} and prices are kept in ${currency} here, so each of its lines needs a unit_price`;
  return wholeOrderFault('order_foreign_currency', message, 'unit_price');
}

/** As far as prices are known from the file. */
function tooLarge({ lines }: NewOrder): RowError | null {
  const sum = lines.reduce(
    (units, { quantity, unitPrice }) => units + toUnits(unitPrice ?? '0') * BigInt(quantity),
    0n,
  );
  if (isKeepable(sum)) return null;
  return wholeOrderFault(
    'order_out_of_range',
    `the order comes to ${fromUnits(sum)}, which is more than can be kept`,
  );
}
