import type { LedgerWrite } from './order-changes.ts';
import type { OrderControl } from './order-control.ts';

/** What is written when an order gets its stock: on the products, as reservation, on its lines, and the payment to be asked for. */
export function reserveRows(
  { reservationRound, payment, currency }: OrderControl,
  lines: readonly { number: number; skuKey: string; unitPrice: string | null }[],
  held: readonly { productId: string; skuKey: string; sku: string; quantity: number }[],
  total: string,
): LedgerWrite {
  const idOf = new Map(held.map(({ skuKey, productId }) => [skuKey, productId]));
  // It grows only once the one before has a final answer.
  const isOpen = payment?.status === 'requested' || payment?.status === 'authorized';
  return {
    name: 'reserved',
    text: (next) => {
      const ids = next(held.map(({ productId }) => productId));
      const quantities = next(held.map(({ quantity }) => quantity));
      return `given AS (
        SELECT * FROM unnest(${ids}::uuid[], ${quantities}::int[], ${next(held.map(({ sku }) => sku))}::text[])
            AS g (product_id, quantity, sku)
      ), stocked AS (
        UPDATE products p SET reserved = p.reserved + g.quantity
          FROM changed c CROSS JOIN given g
         WHERE p.id = g.product_id
      ), kept AS (
        INSERT INTO reservations (order_id, round, product_id, sku, quantity)
        SELECT c.id, ${next(reservationRound + 1)}::int, g.product_id, g.sku, g.quantity
          FROM changed c CROSS JOIN given g
      ), lines AS (
        UPDATE order_lines l SET product_id = n.product_id, unit_price = n.unit_price
          FROM changed c
         CROSS JOIN unnest(${next(lines.map(({ number }) => number))}::int[],
                           ${next(lines.map(({ skuKey }) => idOf.get(skuKey)))}::uuid[],
                           ${next(lines.map(({ unitPrice }) => unitPrice))}::numeric[]) AS n (number, product_id, unit_price)
         WHERE l.order_id = c.id AND l.number = n.number
      ), asked AS (
        INSERT INTO payments (order_id, round, amount, currency)
        SELECT c.id, ${next((payment?.round ?? 0) + 1)}::int, ${next(total)}::numeric, ${next(currency)}
          FROM changed c
         WHERE NOT ${next(isOpen)}::boolean)`;
    },
  };
}

/** The products of which the order $1 holds pieces, locked in the order of their keys. */
const HELD_PRODUCTS = `locked AS MATERIALIZED (
  SELECT p.id, r.quantity
    FROM reservations r
    JOIN products p ON p.id = r.product_id
   WHERE r.order_id = $1 AND r.status = 'held'
   ORDER BY p.sku_key
     FOR NO KEY UPDATE OF p)`;

/** What an order held is free again: exactly its amount. */
export const RELEASE: LedgerWrite = {
  name: 'released',
  locks: HELD_PRODUCTS,
  text: () => `stocked AS (
    UPDATE products p SET reserved = p.reserved - l.quantity
      FROM changed c CROSS JOIN locked l
     WHERE p.id = l.id
  ), kept AS (
    UPDATE reservations r SET status = 'released', moved_at = now()
      FROM changed c
     WHERE r.order_id = c.id AND r.status = 'held')`,
};

/**
 * What an order held has left the house. Where somebody has counted less stock than orders held, the stock ends at 0. The time
 * is taken with the lock in hand, so that it comes after all who had the product before. Lists by stock follow a little later.
 */
export function ship(round: number, carrier: string, trackingId: string): LedgerWrite {
  return {
    name: 'shipped',
    locks: HELD_PRODUCTS,
    text: (next) => `stocked AS (
    UPDATE products p
       SET stock = greatest(p.stock - l.quantity, 0), reserved = p.reserved - l.quantity, stock_moved_at = clock_timestamp()
      FROM changed c CROSS JOIN locked l
     WHERE p.id = l.id
  ), kept AS (
    UPDATE reservations r SET status = 'shipped', moved_at = now()
      FROM changed c
     WHERE r.order_id = c.id AND r.status = 'held'
  ), marked AS (
    INSERT INTO moved_stock (product_id)
    SELECT l.id FROM changed c CROSS JOIN locked l
        ON CONFLICT (product_id) DO UPDATE SET moved_at = excluded.moved_at
  ), sent AS (
    UPDATE shipments s
       SET status = 'shipped', carrier = ${next(carrier)}, tracking_id = ${next(trackingId)}, settled_at = now()
      FROM changed c
     WHERE s.order_id = c.id AND s.round = ${next(round)}::int)`,
  };
}
