import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  listForgottenOrders,
  listUnauditedOrderVerbs,
  listUnbalancedOrders,
  listWrongStock,
  listWrongTimelines,
} from '../../prisma/repositories/order-invariants.ts';
import { openOrderBench, type OrderBench } from '../support/order-bench.ts';

/** A checker that finds nothing proves nothing: each rule is broken here once, and must be named. */
const QUESTIONS = {
  listForgottenOrders,
  listUnauditedOrderVerbs,
  listUnbalancedOrders,
  listWrongStock,
  listWrongTimelines,
};

let bench: OrderBench;

beforeAll(async () => {
  bench = await openOrderBench();
});
afterAll(() => bench.close());

/** One order of each kind of end, one that is held, and one that is parked. */
beforeEach(async () => {
  await bench.empty();
  await bench.stock({ ONE: 100 });
  const place = (orderId: string) => bench.place({ ONE: 2 }, { orderId });
  await bench.run(await place('shipped'));
  bench.providers.plan.authorise.push('no');
  await bench.run(await place('declined'));
  bench.providers.plan.ship.push('no');
  await bench.run(await place('refunded'));
  await place('cancelled');
  await bench.ask('cancelled', { verb: 'cancel' });
  await bench.step(await place('held'), 'inventory');
  bench.providers.plan.authorise.push('unavailable');
  await bench.run(await place('parked'));
});

async function found(): Promise<Record<string, string[]>> {
  const all = await Promise.all(
    Object.entries(QUESTIONS).map(async ([name, ask]) => [name, await ask(bench.db.pool)] as const),
  );
  return Object.fromEntries(all.filter(([, broken]) => broken.length > 0));
}

test('orders that add up break no rule', async () => {
  expect(await found()).toEqual({});
});

describe('is named:', () => {
  test.each<[what: string, sql: string, name: keyof typeof QUESTIONS, says: string]>([
    [
      'more reserved than is held',
      `UPDATE products SET reserved = reserved + 1`,
      'listWrongStock',
      'product ONE: 5 reserved, orders hold 4',
    ],
    [
      'stock held of nothing',
      `UPDATE reservations SET product_id = uuidv7() WHERE order_id = 'held'`,
      'listWrongStock',
      'order held holds a product that is gone',
    ],
    [
      'stock below zero',
      `ALTER TABLE products DROP CONSTRAINT products_stock_not_negative; UPDATE products SET stock = -1`,
      'listWrongStock',
      'product ONE: -1 in stock, 4 reserved',
    ],
    [
      'an end that holds stock',
      `UPDATE orders SET goal = NULL, status = 'PAYMENT_FAILED' WHERE id = 'held'`,
      'listUnbalancedOrders',
      'order held has ended as PAYMENT_FAILED and holds stock',
    ],
    [
      'an end with an open payment',
      `UPDATE payments SET status = 'requested' WHERE order_id = 'declined'`,
      'listUnbalancedOrders',
      'order declined has ended as PAYMENT_FAILED, and it is not known whether it was paid or sent',
    ],
    [
      'shipped and not paid',
      `UPDATE payments SET status = 'void', auth_id = NULL WHERE order_id = 'shipped'`,
      'listUnbalancedOrders',
      'order shipped was sent and never paid',
    ],
    [
      'shipped and paid too little',
      `UPDATE payments SET amount = 1 WHERE order_id = 'shipped'`,
      'listUnbalancedOrders',
      'order shipped is SHIPPED: 1.0000 of 20.0000 paid, 2 of 2 sent',
    ],
    [
      'shipped less than ordered',
      `UPDATE reservations SET quantity = 1 WHERE order_id = 'shipped'`,
      'listUnbalancedOrders',
      'order shipped is SHIPPED: 20.0000 of 20.0000 paid, 1 of 2 sent',
    ],
    [
      'shipped twice',
      `INSERT INTO shipments (order_id, round, status) VALUES ('shipped', 2, 'shipped')`,
      'listUnbalancedOrders',
      'order shipped was sent 2 times',
    ],
    [
      'paid twice',
      `DROP INDEX payments_one_open;
       INSERT INTO payments (order_id, round, status, amount, currency, auth_id) VALUES ('shipped', 2, 'authorized', 20, 'EUR', 'a')`,
      'listUnbalancedOrders',
      'order shipped is paid 2 times',
    ],
    [
      'an end that keeps the money',
      `UPDATE payments SET status = 'authorized' WHERE order_id = 'refunded'`,
      'listUnbalancedOrders',
      'order refunded has ended as REFUNDED and is paid',
    ],
    [
      'goods that were sent of a cancelled order',
      `UPDATE orders SET status = 'CANCELLED' WHERE id = 'shipped'`,
      'listUnbalancedOrders',
      'order shipped is CANCELLED, and goods of it were sent',
    ],
    [
      'an end in the middle',
      `UPDATE orders SET goal = NULL, status = 'CREATED' WHERE id = 'cancelled'`,
      'listUnbalancedOrders',
      'order cancelled has ended as CREATED, which is no end',
    ],
    [
      'a gap in a timeline',
      `DELETE FROM order_events WHERE order_id = 'shipped' AND seq = 2`,
      'listWrongTimelines',
      'order shipped: its timeline has gaps',
    ],
    [
      'a timeline that says otherwise',
      `UPDATE orders SET status = 'CREATED' WHERE id = 'held'`,
      'listWrongTimelines',
      'order held is CREATED, its timeline says INVENTORY_RESERVED',
    ],
    [
      'a payment that nobody was told of',
      `UPDATE payments SET auth_id = 'a' WHERE order_id = 'declined'`,
      'listWrongTimelines',
      'order declined: 1 payments, and 0 authorisations in its timeline',
    ],
    [
      'a refund that nobody was told of',
      `UPDATE payments SET status = 'refunded' WHERE order_id = 'declined'`,
      'listWrongTimelines',
      'order declined: 1 refunds, and 0 in its timeline',
    ],
    [
      'an order that nobody works on',
      `UPDATE orders SET updated_at = now() - interval '11 minutes' WHERE id = 'held'`,
      'listForgottenOrders',
      'order held is INVENTORY_RESERVED and was to fulfil: nothing has happened since',
    ],
    [
      'an end that waits',
      `UPDATE orders SET goal = NULL WHERE id = 'parked'`,
      'listForgottenOrders',
      'order parked has ended as INVENTORY_RESERVED and waits for an operator',
    ],
    [
      'a verb that is not in the audit log',
      `ALTER TABLE audit DISABLE TRIGGER ALL; DELETE FROM audit; ALTER TABLE audit ENABLE TRIGGER ALL`,
      'listUnauditedOrderVerbs',
      'order cancelled: cancel was done 1 times and recorded 0 times',
    ],
    [
      'a cancelled order that nobody has cancelled',
      `UPDATE orders SET status = 'CANCELLED', goal = NULL WHERE id = 'declined'`,
      'listUnauditedOrderVerbs',
      'order declined is cancelled, and nobody has cancelled it',
    ],
  ])('%s', async (_, sql, name, says) => {
    const client = await bench.db.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(sql);
      const broken = await QUESTIONS[name](client);
      expect(broken).toContainEqual(expect.stringContaining(says));
    } finally {
      // Some break the schema too.
      await client.query('ROLLBACK');
      client.release();
    }
  });
});
