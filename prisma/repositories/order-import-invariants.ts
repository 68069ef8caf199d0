import { none } from './question.ts';

/** Orders that an undo says it took back, and that are not cancelled. */
export const listNotCancelled = none(`
  SELECT format('job %s: the order %s is reversed, and is %s', j.id, t.key, coalesce(o.status::text, 'gone')) AS broken
    FROM jobs j
    JOIN job_targets t ON t.job_number = j.number
    JOIN row_outcomes done ON done.job_number = j.number AND done."row" = t."row" AND done.outcome = 'reversed'
    LEFT JOIN orders o ON o.id = t.key
   WHERE j.type = 'undo' AND j.kind = 'orders' AND t.key IS NOT NULL AND o.status IS DISTINCT FROM 'CANCELLED'`);

/** Imports of orders whose rows and orders do not say the same: each order that was made has all of its lines, and no others. */
export const listWrongImportedOrders = none(`
  WITH kept AS (
    SELECT id, number FROM jobs
     WHERE kind = 'orders' AND type = 'import' AND outcomes_removed_at IS NULL AND staging_removed_at IS NULL
       AND NOT coalesce((options ->> 'dryRun')::boolean, false)
  ), told AS (
    SELECT s.job_number, s.key, count(*) AS lines, min(s."row") AS first
      FROM kept j
      JOIN staged_rows s ON s.job_number = j.number
      JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row" AND o.outcome = 'created'
     WHERE s.key IS NOT NULL
     GROUP BY s.job_number, s.key
  )
  SELECT format('job %s: the order %s is created, and is not there as its rows say', j.id, t.key) AS broken
    FROM told t
    JOIN kept j ON j.number = t.job_number
    LEFT JOIN orders o ON o.id = t.key AND o.import_number = t.job_number AND o.import_row = t.first
   WHERE (SELECT count(*) FROM order_lines l WHERE l.order_id = o.id) <> t.lines
  UNION ALL
  SELECT format('job %s says that it made %s orders, and made %s', j.id, c.orders, o.orders)
    FROM kept j
   CROSS JOIN LATERAL (SELECT coalesce(sum(orders), 0) AS orders FROM chunks WHERE job_number = j.number) c
   CROSS JOIN LATERAL (SELECT count(*) AS orders FROM orders WHERE import_number = j.number) o
   WHERE c.orders <> o.orders
  UNION ALL
  -- Orders go in whole or not at all.
  SELECT format('job %s: the lines of %s have more than one outcome', j.id, s.key)
    FROM kept j
    JOIN staged_rows s ON s.job_number = j.number
    LEFT JOIN row_outcomes o ON o.job_number = s.job_number AND o."row" = s."row"
   WHERE s.key IS NOT NULL AND coalesce(o.outcome, s.outcome) IN ('created', 'unchanged', 'failed')
   GROUP BY j.id, s.key
  HAVING count(DISTINCT coalesce(o.outcome, s.outcome)) > 1`);

/** Orders of files that wait to be started, while nothing happens to any of those that were. */
export const listForgottenQueue = none(`
  SELECT format('order %s has waited for its start since %s', min(id), min(updated_at)) AS broken
    FROM orders
   WHERE queued AND goal IS NOT NULL AND updated_at < now() - interval '10 minutes'
     AND NOT EXISTS (SELECT FROM orders WHERE import_number IS NOT NULL AND NOT queued AND updated_at > now() - interval '10 minutes')
  HAVING count(*) > 0`);
