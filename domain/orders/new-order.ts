import { toKey } from '../keys.ts';

/** How many lines an order can have, and how many pieces one of them. */
export const MAX_ORDER_LINES = 500;
export const MAX_ORDER_QUANTITY = 1_000_000;

/** What an order can be known by. */
export const ORDER_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** An order as somebody asks for it, valid: whole quantities from 1, decimals with at most four decimals. */
export interface NewOrder {
  /** The caller's own id of it; null has one made. */
  orderId: string | null;
  lines: NewOrderLine[];
  total: string | null;
  /** ISO 4217. */
  currency: string;
  email: string | null;
  paymentToken: string | null;
  shippingService: string | null;
}

export interface NewOrderLine {
  sku: string;
  quantity: number;
  /** Of one piece; null has it looked up. */
  unitPrice: string | null;
}

/**
 * What an order asks for, in one form: two requests with the same are one request that was repeated. Its id is no part of it.
 * Amounts must be in one form (domain/values/decimal.ts).
 */
export function orderContent(order: NewOrder): string {
  return JSON.stringify([
    order.lines.map(({ sku, quantity, unitPrice }) => [toKey(sku), quantity, unitPrice]),
    order.total,
    order.currency,
    order.email === null ? null : toKey(order.email),
    order.paymentToken,
    order.shippingService,
  ]);
}
