import { none } from './question.ts';

/** Longer than the attempts of a step take with the delays between them, and than a round of housekeeping. */
const LONG = `interval '10 minutes'`;

/** Products of which more is reserved than orders hold, or less; and less than nothing of anything. */
export const listWrongStock = none(`
  SELECT format('product %s: %s in stock, %s reserved', sku, stock, reserved) AS broken
    FROM products WHERE stock < 0 OR reserved < 0
  UNION ALL
  SELECT format('product %s: %s reserved, orders hold %s', p.sku, p.reserved, coalesce(r.held, 0))
    FROM products p
    LEFT JOIN (SELECT product_id, sum(quantity) AS held FROM reservations WHERE status = 'held' GROUP BY product_id) r
      ON r.product_id = p.id
   WHERE p.reserved <> coalesce(r.held, 0)
  UNION ALL
  SELECT format('order %s holds a product that is gone', r.order_id)
    FROM reservations r
    LEFT JOIN products p ON p.id = r.product_id
   WHERE r.status = 'held' AND p.id IS NULL`);

/**
 * Orders that have ended, and whose ledgers do not say the same: done means paid for and sent, exactly what was ordered; whatever
 * else means that nothing is held, nothing is paid and nothing is on its way. A shipped order may have been refunded since.
 */
export const listUnbalancedOrders = none(`
  WITH ledgers AS (
    SELECT o.id, o.status, o.goal,
           (SELECT coalesce(sum(quantity), 0) FROM order_lines WHERE order_id = o.id) AS ordered,
           (SELECT coalesce(sum(quantity) FILTER (WHERE status = 'shipped'), 0) FROM reservations WHERE order_id = o.id) AS sent,
           EXISTS (SELECT FROM reservations WHERE order_id = o.id AND status = 'held') AS is_held,
           EXISTS (SELECT FROM payments WHERE order_id = o.id AND status = 'requested') AS may_be_paid,
           coalesce((SELECT sum(amount) FROM payments WHERE order_id = o.id AND status = 'authorized'), 0) AS paid,
           (SELECT count(*) FROM payments WHERE order_id = o.id AND status = 'authorized') AS payments,
           EXISTS (SELECT FROM payments WHERE order_id = o.id AND auth_id IS NOT NULL) AS was_paid,
           EXISTS (SELECT FROM shipments WHERE order_id = o.id AND status = 'requested') AS may_be_sent,
           (SELECT count(*) FROM shipments WHERE order_id = o.id AND status = 'shipped') AS shipments,
           o.total
      FROM orders o
  )
  SELECT format('order %s has ended as %s and holds stock', id, status) AS broken
    FROM ledgers WHERE goal IS NULL AND is_held
  UNION ALL
  SELECT format('order %s has ended as %s, and it is not known whether it was paid or sent', id, status)
    FROM ledgers WHERE goal IS NULL AND (may_be_paid OR may_be_sent)
  UNION ALL
  SELECT format('order %s is SHIPPED: %s of %s paid, %s of %s sent', id, paid, total, sent, ordered)
    FROM ledgers WHERE goal IS NULL AND status = 'SHIPPED' AND (paid <> total OR sent <> ordered OR shipments <> 1)
  UNION ALL
  SELECT format('order %s has ended as %s and is paid', id, status)
    FROM ledgers WHERE goal IS NULL AND status <> 'SHIPPED' AND payments > 0
  UNION ALL
  SELECT format('order %s is %s, and goods of it were sent', id, status)
    FROM ledgers WHERE status NOT IN ('SHIPPED', 'REFUNDED') AND (shipments > 0 OR sent > 0)
  UNION ALL
  SELECT format('order %s was sent %s times', id, shipments) FROM ledgers WHERE shipments > 1
  UNION ALL
  SELECT format('order %s was sent and never paid', id) FROM ledgers WHERE shipments > 0 AND NOT was_paid
  UNION ALL
  SELECT format('order %s is paid %s times', id, payments) FROM ledgers WHERE payments > 1
  UNION ALL
  SELECT format('order %s has ended as %s, which is no end', id, status)
    FROM ledgers
   WHERE goal IS NULL AND status IN ('CREATED', 'INVENTORY_RESERVED', 'PAYMENT_AUTHORIZED', 'SHIPPING_FAILED')`);

/** Timelines that do not say what the order and its ledgers say. */
export const listWrongTimelines = none(`
  WITH told AS (
    SELECT order_id, max(seq) AS last_seq, count(*) AS entries,
           (array_agg(status ORDER BY seq DESC) FILTER (WHERE status IS NOT NULL))[1] AS status,
           count(*) FILTER (WHERE type = 'payment.PaymentAuthorized') AS authorized,
           count(*) FILTER (WHERE type = 'payment.PaymentRefunded') AS refunded,
           count(*) FILTER (WHERE type = 'shipping.OrderShipped') AS shipped
      FROM order_events
     GROUP BY order_id
  ), rounds AS (
    SELECT order_id, count(*) FILTER (WHERE auth_id IS NOT NULL) AS authorized,
           count(*) FILTER (WHERE status = 'refunded') AS refunded
      FROM payments
     GROUP BY order_id
  )
  SELECT format('order %s: its timeline has gaps', o.id) AS broken
    FROM orders o
    LEFT JOIN told t ON t.order_id = o.id
   WHERE (o.last_seq, o.last_seq) IS DISTINCT FROM (t.last_seq, t.entries)
  UNION ALL
  SELECT format('order %s is %s, its timeline says %s', o.id, o.status, t.status)
    FROM orders o
    JOIN told t ON t.order_id = o.id
   WHERE o.status <> t.status
  UNION ALL
  SELECT format('order %s: %s payments, and %s authorisations in its timeline', o.id, coalesce(r.authorized, 0), t.authorized)
    FROM orders o
    JOIN told t ON t.order_id = o.id
    LEFT JOIN rounds r ON r.order_id = o.id
   WHERE t.authorized <> coalesce(r.authorized, 0)
  UNION ALL
  SELECT format('order %s: %s refunds, and %s in its timeline', o.id, coalesce(r.refunded, 0), t.refunded)
    FROM orders o
    JOIN told t ON t.order_id = o.id
    LEFT JOIN rounds r ON r.order_id = o.id
   WHERE t.refunded <> coalesce(r.refunded, 0)`);

/** Orders that are to come to something, wait for nobody, and to which nothing happens. */
export const listForgottenOrders = none(`
  SELECT format('order %s is %s and was to %s: nothing has happened since %s', id, status, goal, updated_at) AS broken
    FROM orders
   WHERE goal IS NOT NULL AND attention_step IS NULL AND NOT queued AND updated_at < now() - ${LONG}
  UNION ALL
  SELECT format('order %s has ended as %s and waits for an operator', id, status)
    FROM orders
   WHERE goal IS NULL AND attention_step IS NOT NULL`);

/** Verbs on orders without the row in the audit log that must stand beside them, and the other way round. */
export const listUnauditedOrderVerbs = none(`
  WITH asked AS (
    SELECT order_id,
           CASE type WHEN 'ops.RetryRequested' THEN 'retry' WHEN 'ops.CompensationRequested' THEN 'compensate' ELSE 'cancel' END AS action
      FROM order_events
     WHERE type IN ('ops.RetryRequested', 'ops.CompensationRequested', 'ops.CancellationRequested')
  )
  SELECT format('order %s: %s was done %s times and recorded %s times', order_id, action, sum(done), sum(recorded)) AS broken
    FROM (SELECT order_id, action, 1 AS done, 0 AS recorded FROM asked
           UNION ALL
          SELECT order_id, action, 0, 1 FROM audit WHERE order_id IS NOT NULL) counted
   GROUP BY order_id, action
  HAVING sum(done) <> sum(recorded)
  UNION ALL
  SELECT format('order %s is cancelled, and nobody has cancelled it', id)
    FROM orders o
   WHERE status = 'CANCELLED'
     AND NOT EXISTS (SELECT FROM audit WHERE order_id = o.id AND action = 'cancel')`);
