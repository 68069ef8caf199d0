import { createHash } from 'node:crypto';
import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { toKey } from '../../domain/keys.ts';
import { type NewOrder, orderContent } from '../../domain/orders/new-order.ts';
import { bringsAllPrices, priceOrder } from '../../domain/orders/price-order.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import { ORDER_EVENT_VERSIONS, type OrderEventPayloads } from '../../contracts/order-timeline.ts';
import { type Database, inTransaction, type Queryable } from '../client.ts';
import { findRepeated, takeKey } from './idempotency-keys.ts';

/** What became of an order that somebody asked for. */
export type OrderAcceptance =
  | { result: 'created'; orderId: string }
  /** The same was ordered before, under the id or the key: that is the order. */
  | { result: 'repeated'; orderId: string }
  /** There is another order with the id. */
  | { result: 'id-taken'; orderId: string }
  /** The key was used for another order. */
  | { result: 'mismatch' }
  /** What it costs is not possible. */
  | { result: 'refused'; problem: PriceProblem };

export type PriceProblem =
  | { code: 'total_mismatch'; expected: string }
  | { code: 'out_of_range' }
  /** It is in another currency than the products, and a line brings no price. */
  | { code: 'foreign_currency' };

export interface OrderToAccept {
  order: NewOrder;
  createdBy: string;
  /** Null when the caller sent none. */
  idempotencyKey: string | null;
}

/** Ends a transaction in which nothing is to stay. */
class NotAccepted extends Error {
  readonly acceptance: OrderAcceptance;

  constructor(acceptance: OrderAcceptance) {
    super(acceptance.result);
    this.acceptance = acceptance;
  }
}

/**
 * Makes an order of what somebody asks for: the row, its lines at the prices of this moment, and the first entry of its
 * timeline. The commit is the acceptance; its workflow is started afterwards, by whoever can. Repeated under the same id or key
 * it makes nothing. Skus that there are not are no reason to refuse it: that is for its first step to find.
 *
 * @param currency in which the prices of products are
 */
export async function createOrder(
  { pool }: Database,
  { order, createdBy, idempotencyKey }: OrderToAccept,
  currency: string,
): Promise<OrderAcceptance> {
  const request = createHash('sha256').update(orderContent(order)).digest('base64url');
  const orderId = order.orderId ?? uuidv7();
  const toInsert = { order, orderId, request, createdBy };
  if (idempotencyKey === null) return await insertPriced(pool, toInsert, currency);
  // Under a key the id is part of what is asked for.
  const claim = {
    principal: createdBy,
    key: idempotencyKey,
    request: `order/${order.orderId ?? ''}/${request}`,
  };
  try {
    return await inTransaction(pool, async (client) => {
      if ((await takeKey(client, claim, orderId)) === null) {
        const madeId = await findRepeated(client, claim);
        return madeId === null ? { result: 'mismatch' } : { result: 'repeated', orderId: madeId };
      }
      const made = await insertPriced(client, toInsert, currency);
      // The key stands for nothing then.
      if (made.result !== 'created' && made.result !== 'repeated') throw new NotAccepted(made);
      return made;
    });
  } catch (error) {
    if (error instanceof NotAccepted) return error.acceptance;
    throw error;
  }
}

interface OrderToInsert {
  order: NewOrder;
  orderId: string;
  request: string;
  createdBy: string;
}

async function insertPriced(
  db: pg.Pool | pg.PoolClient,
  given: OrderToInsert,
  currency: string,
): Promise<OrderAcceptance> {
  const { order, orderId, request } = given;
  // What was made before stays so, whatever its products cost by now.
  const refuse = async (problem: PriceProblem): Promise<OrderAcceptance> =>
    (await findSame(db, orderId, request)) ?? { result: 'refused', problem };
  if (order.currency !== currency && !bringsAllPrices(order))
    return await refuse({ code: 'foreign_currency' });
  const prices = await findPrices(db, order);
  const lines = order.lines.map(({ sku, quantity, unitPrice }) => {
    const skuKey = toKey(sku);
    return {
      sku,
      skuKey,
      quantity,
      unitPrice: unitPrice ?? prices.get(skuKey) ?? null,
      isGiven: unitPrice !== null,
    };
  });
  const price = priceOrder(lines, order.total);
  if ('problem' in price) {
    const { problem } = price;
    if (problem.code !== 'total_mismatch') return await refuse(problem);
    return await refuse({ ...problem, expected: formatMoney(problem.expected) });
  }
  const { total } = price;
  const payload: OrderEventPayloads['order.OrderCreated'] = {
    orderId,
    items: lines.map(({ sku, quantity, unitPrice }) => ({
      sku,
      qty: quantity,
      unitPrice: unitPrice === null ? null : formatMoney(unitPrice),
    })),
    total: total === null ? null : formatMoney(total),
    currency: order.currency,
  };
  // One statement: the order, its lines and its event are there together or not at all. Two requests with one id meet at the
  // primary key: the second waits for the first, and makes nothing.
  const { rowCount } = await db.query({
    name: 'create-order',
    text: `
      WITH made AS (
        INSERT INTO orders (id, email, email_key, currency, total, given_total, payment_token, shipping_service, request,
                            created_by, last_seq)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
            ON CONFLICT (id) DO NOTHING
        RETURNING id, number
      ), lines AS (
        INSERT INTO order_lines (order_id, order_number, number, sku, sku_key, quantity, unit_price, price_given)
        SELECT m.id, m.number, l.number, l.sku, l.sku_key, l.quantity, l.unit_price, l.price_given
          FROM made m
         CROSS JOIN unnest($11::text[], $12::text[], $13::int[], $14::numeric[], $15::boolean[])
               WITH ORDINALITY AS l (sku, sku_key, quantity, unit_price, price_given, number)
      ), noted AS (
        INSERT INTO order_events (order_id, seq, id, type, version, status, payload)
        SELECT m.id, 1, $16, 'order.OrderCreated', $17, 'CREATED', $18 FROM made m
      )
      SELECT FROM made`,
    values: [
      orderId,
      order.email,
      order.email === null ? null : toKey(order.email),
      order.currency,
      total,
      order.total,
      order.paymentToken,
      order.shippingService,
      request,
      given.createdBy,
      lines.map(({ sku }) => sku),
      lines.map(({ skuKey }) => skuKey),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitPrice }) => unitPrice),
      lines.map(({ isGiven }) => isGiven),
      uuidv7(),
      ORDER_EVENT_VERSIONS['order.OrderCreated'],
      JSON.stringify(payload),
    ],
  });
  if (rowCount === 1) return { result: 'created', orderId };
  return (await findSame(db, orderId, request)) ?? { result: 'id-taken', orderId };
}

/** @returns null when there is no order with this id */
async function findSame(db: Queryable, orderId: string, request: string): Promise<OrderAcceptance | null> {
  const { rows } = await db.query<{ request: string }>('SELECT request FROM orders WHERE id = $1', [orderId]);
  if (rows[0] === undefined) return null;
  return { result: rows[0].request === request ? 'repeated' : 'id-taken', orderId };
}

/** What one piece of each product costs whose price the order does not bring. */
async function findPrices(db: Queryable, { lines }: NewOrder): Promise<Map<string, string>> {
  const keys = lines.filter(({ unitPrice }) => unitPrice === null).map(({ sku }) => toKey(sku));
  if (keys.length === 0) return new Map();
  const { rows } = await db.query<{ skuKey: string; price: string }>({
    name: 'prices',
    // By the unique index on sku_key.
    text: `SELECT sku_key AS "skuKey", price::text FROM products WHERE sku_key = ANY ($1::text[])`,
    values: [keys],
  });
  return new Map(rows.map(({ skuKey, price }) => [skuKey, price]));
}
