import type { NewOrder } from './new-order.ts';
import { fromUnits, isKeepable, toUnits } from './money.ts';

/** A line with what one piece costs; null while that is not known. */
export interface PricedLine {
  quantity: number;
  unitPrice: string | null;
  /** The price is the caller's own. */
  isGiven: boolean;
}

export type OrderPrice =
  /** Null while the price of a line is not known. */
  | { total: string | null }
  | {
      problem:
        /** The caller's total is not what the lines come to. */
        | { code: 'total_mismatch'; expected: string }
        /** More than can be kept. */
        | { code: 'out_of_range' };
    };

/**
 * What an order costs. The sum of its lines, against which the caller's total is held: unless every line brings a price of the
 * caller's own. Then the total stands as given, because it may include shipping or tax.
 */
export function priceOrder(lines: readonly PricedLine[], givenTotal: string | null): OrderPrice {
  let sum = 0n;
  for (const { quantity, unitPrice } of lines) {
    if (unitPrice === null) return { total: null };
    sum += toUnits(unitPrice) * BigInt(quantity);
  }
  if (!isKeepable(sum)) return { problem: { code: 'out_of_range' } };
  if (givenTotal === null) return { total: fromUnits(sum) };
  const isOwn = lines.every(({ isGiven }) => isGiven);
  if (!isOwn && toUnits(givenTotal) !== sum) {
    return { problem: { code: 'total_mismatch', expected: fromUnits(sum) } };
  }
  return { total: fromUnits(toUnits(givenTotal)) };
}

/** Whether all prices come with the order: only then it may be in another currency than the products. */
export function bringsAllPrices({ lines }: NewOrder): boolean {
  return lines.every(({ unitPrice }) => unitPrice !== null);
}
