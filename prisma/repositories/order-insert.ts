import { createHash } from 'node:crypto';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { ORDER_EVENT_VERSIONS, type OrderEventPayloads } from '../../contracts/order-timeline.ts';
import { toKey } from '../../domain/keys.ts';
import { type NewOrder, orderContent } from '../../domain/orders/new-order.ts';
import { type OrderPrice, priceOrder } from '../../domain/orders/price-order.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import type { Queryable } from '../client.ts';

/** The file that an order comes from. */
export interface OrderOrigin {
  importNumber: number;
  /** Of its first line. */
  row: number;
}

/** An order that is to be there. */
export interface OrderToInsert {
  order: NewOrder;
  orderId: string;
  /** Digest of what is ordered ({@link digestOfOrder}). */
  request: string;
  createdBy: string;
  /** Null for one that comes by a request. */
  origin: OrderOrigin | null;
}

/** An order with what its lines cost at this moment. */
export interface PricedOrder extends OrderToInsert {
  lines: { sku: string; skuKey: string; quantity: number; unitPrice: string | null; isGiven: boolean }[];
  /** Null while the price of a line is not known. */
  total: string | null;
}

/** What tells a repeated order from another one with the same id. */
export function digestOfOrder(order: NewOrder): string {
  return createHash('sha256').update(orderContent(order)).digest('base64url');
}

/** What one piece of each product costs whose price orders do not bring, by its key. */
export async function findPrices(db: Queryable, orders: readonly NewOrder[]): Promise<Map<string, string>> {
  const keys = orders.flatMap(({ lines }) =>
    lines.filter(({ unitPrice }) => unitPrice === null).map(({ sku }) => toKey(sku)),
  );
  if (keys.length === 0) return new Map();
  const { rows } = await db.query<{ skuKey: string; price: string }>({
    name: 'prices',
    // By the unique index on sku_key.
    text: `SELECT sku_key AS "skuKey", price::text FROM products WHERE sku_key = ANY ($1::text[])`,
    values: [[...new Set(keys)]],
  });
  return new Map(rows.map(({ skuKey, price }) => [skuKey, price]));
}

/** @returns the order with its prices, or why what it costs is not possible */
export function applyPrices(
  given: OrderToInsert,
  prices: ReadonlyMap<string, string>,
): PricedOrder | Extract<OrderPrice, { problem: object }> {
  const lines = given.order.lines.map(({ sku, quantity, unitPrice }) => {
    const skuKey = toKey(sku);
    return {
      sku,
      skuKey,
      quantity,
      unitPrice: unitPrice ?? prices.get(skuKey) ?? null,
      isGiven: unitPrice !== null,
    };
  });
  const price = priceOrder(lines, given.order.total);
  return 'problem' in price ? price : { ...given, lines, total: price.total };
}

/**
 * Makes orders: the rows, their lines, and the first entries of their timelines. One statement: an order is there with all of
 * it or not at all. Two who make one with the same id meet at the primary key: the second waits for the first, and makes nothing.
 * Those of a file wait for their start in its order; the others are started by whoever asked.
 *
 * @param name under which the statement is prepared; a statement for many orders is planned anew, by how many there are
 * @returns the ids of those that were made
 */
export async function insertOrders(
  db: Queryable,
  orders: readonly PricedOrder[],
  name?: string,
): Promise<Set<string>> {
  if (orders.length === 0) return new Set();
  const lines = orders.flatMap(({ orderId, lines: own }) =>
    own.map((line, index) => ({ ...line, orderId, number: index + 1 })),
  );
  const query: pg.QueryConfig = {
    ...(name === undefined ? {} : { name }),
    text: INSERT,
    values: [
      orders.map(({ orderId }) => orderId),
      orders.map(({ order }) => order.email),
      orders.map(({ order }) => (order.email === null ? null : toKey(order.email))),
      orders.map(({ order }) => order.currency),
      orders.map(({ total }) => total),
      orders.map(({ order }) => order.total),
      orders.map(({ order }) => order.paymentToken),
      orders.map(({ order }) => order.shippingService),
      orders.map(({ request }) => request),
      orders.map(({ createdBy }) => createdBy),
      orders.map(({ origin }) => origin?.importNumber ?? null),
      orders.map(({ origin }) => origin?.row ?? null),
      orders.map(() => uuidv7()),
      orders.map((order) => JSON.stringify(payloadOf(order))),
      lines.map(({ orderId }) => orderId),
      lines.map(({ number }) => number),
      lines.map(({ sku }) => sku),
      lines.map(({ skuKey }) => skuKey),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitPrice }) => unitPrice),
      lines.map(({ isGiven }) => isGiven),
      ORDER_EVENT_VERSIONS['order.OrderCreated'],
    ],
  };
  const { rows } = await db.query<{ id: string }>(query);
  return new Set(rows.map(({ id }) => id));
}

const INSERT = `
  WITH given AS (
    SELECT *
      FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::numeric[], $6::numeric[], $7::text[], $8::text[],
                  $9::text[], $10::text[], $11::int[], $12::int[], $13::uuid[], $14::jsonb[])
           WITH ORDINALITY AS g (id, email, email_key, currency, total, given_total, payment_token, shipping_service, request,
                                 created_by, import_number, import_row, event_id, payload, place)
  ), made AS (
    INSERT INTO orders (id, email, email_key, currency, total, given_total, payment_token, shipping_service, request, created_by,
                        last_seq, import_number, import_row, queued)
    SELECT id, email, email_key, currency, total, given_total, payment_token, shipping_service, request, created_by,
           1, import_number, import_row, import_number IS NOT NULL
      FROM given
     ORDER BY place
        ON CONFLICT (id) DO NOTHING
    RETURNING id, number
  ), lines AS (
    INSERT INTO order_lines (order_id, order_number, number, sku, sku_key, quantity, unit_price, price_given)
    SELECT m.id, m.number, l.number, l.sku, l.sku_key, l.quantity, l.unit_price, l.price_given
      FROM made m
      JOIN unnest($15::text[], $16::int[], $17::text[], $18::text[], $19::int[], $20::numeric[], $21::boolean[])
           AS l (order_id, number, sku, sku_key, quantity, unit_price, price_given) ON l.order_id = m.id
  ), noted AS (
    INSERT INTO order_events (order_id, seq, id, type, version, status, payload)
    SELECT m.id, 1, g.event_id, 'order.OrderCreated', $22, 'CREATED', g.payload
      FROM made m
      JOIN given g ON g.id = m.id
     ORDER BY m.number
  )
  SELECT id FROM made`;

function payloadOf({ orderId, order, lines, total }: PricedOrder): OrderEventPayloads['order.OrderCreated'] {
  return {
    orderId,
    items: lines.map(({ sku, quantity, unitPrice }) => ({
      sku,
      qty: quantity,
      unitPrice: unitPrice === null ? null : formatMoney(unitPrice),
    })),
    total: total === null ? null : formatMoney(total),
    currency: order.currency,
  };
}
