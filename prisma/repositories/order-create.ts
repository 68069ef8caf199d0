import type pg from 'pg';
import { v7 as uuidv7 } from 'uuid';
import type { NewOrder } from '../../domain/orders/new-order.ts';
import { bringsAllPrices } from '../../domain/orders/price-order.ts';
import { formatMoney } from '../../domain/values/decimal.ts';
import { type Database, inTransaction, type Queryable } from '../client.ts';
import { findRepeated, takeKey } from './idempotency-keys.ts';
import { applyPrices, digestOfOrder, findPrices, insertOrders, type OrderToInsert } from './order-insert.ts';

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
  const request = digestOfOrder(order);
  const orderId = order.orderId ?? uuidv7();
  const toInsert = { order, orderId, request, createdBy, origin: null };
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
  const priced = applyPrices(given, await findPrices(db, [order]));
  if ('problem' in priced) {
    const { problem } = priced;
    if (problem.code !== 'total_mismatch') return await refuse(problem);
    return await refuse({ ...problem, expected: formatMoney(problem.expected) });
  }
  const made = await insertOrders(db, [priced], 'create-order');
  if (made.has(orderId)) return { result: 'created', orderId };
  return (await findSame(db, orderId, request)) ?? { result: 'id-taken', orderId };
}

/** @returns null when there is no order with this id */
async function findSame(db: Queryable, orderId: string, request: string): Promise<OrderAcceptance | null> {
  const { rows } = await db.query<{ request: string }>('SELECT request FROM orders WHERE id = $1', [orderId]);
  if (rows[0] === undefined) return null;
  return { result: rows[0].request === request ? 'repeated' : 'id-taken', orderId };
}
