import { none } from './question.ts';

/** What has happened lately without the event that must stand beside it; older ones may have been removed. */
export const listMissingEvents = none(`
  SELECT format('job %s is %s and has no event', j.id, j.status) AS broken
    FROM jobs j
   WHERE (j.type = 'import' AND j.status IN ('completed', 'failed') OR j.type = 'bulk_delete' AND j.status = 'completed')
     AND j.finished_at > now() - interval '1 day'
     AND coalesce(j.options ->> 'notify', 'summary') <> 'none'
     AND NOT EXISTS (SELECT FROM events e WHERE e.id = j.id || '.' || j.status)
  UNION ALL
  SELECT format('change %s has no event', c.change_id)
    FROM record_changes c
   WHERE c.change_row = 0 AND c.changed_at > now() - interval '1 day'
     AND NOT EXISTS (SELECT FROM events e WHERE e.id = c.change_id::text)`);

/** Events that nobody has announced. */
export const listUnannouncedEvents = none(`
  SELECT format('event %s was not announced', id) AS broken FROM events WHERE announced_at IS NULL`);

/** Events without a delivery to an endpoint that had subscribed to them, and has not been changed since. */
export const listMissingDeliveries = none(`
  SELECT format('event %s has no delivery to %s', e.id, w.id) AS broken
    FROM events e
    JOIN webhook_endpoints w ON w.active AND w.updated_at < e.created_at
                            AND (e.type = ANY (w.events) OR '*' = ANY (w.events) OR split_part(e.type, '.', 1) || '.*' = ANY (w.events))
   WHERE e.announced_at IS NOT NULL
     AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.endpoint_id = w.id AND d.event_id = e.id)`);

/** Deliveries that are due and that nobody has taken in hand for a minute, though their endpoint is on and takes others. */
export const listOverdueDeliveries = none(`
  SELECT format('delivery %s has been due since %s', d.id, d.next_try_at) AS broken
    FROM webhook_deliveries d
    JOIN webhook_endpoints w ON w.id = d.endpoint_id
   WHERE d.status = 'pending' AND d.next_try_at < now() - interval '1 minute' AND w.failing_since IS NULL
     AND (w.held_until IS NULL OR w.held_until < now() - interval '1 minute')
  UNION ALL
  SELECT format('delivery %s is on its way to an endpoint that is switched off', d.id)
    FROM webhook_deliveries d
    JOIN webhook_endpoints w ON w.id = d.endpoint_id
   WHERE d.status = 'pending' AND NOT w.active`);

/** Imports and bulk deletes with notify=rows whose events do not tell of each row that was written, once. */
export const listWrongRowEvents = none(`
  SELECT format('job %s wrote %s rows and told of %s', j.id, written.rows, told.rows) AS broken
    FROM jobs j
   CROSS JOIN LATERAL (
         SELECT count(*) AS rows FROM row_outcomes o
          WHERE o.job_number = j.number AND o.outcome IN ('created', 'updated', 'deleted')) written
   CROSS JOIN LATERAL (
         SELECT count(*) AS rows, count(DISTINCT change ->> 'row') AS different
           FROM events e, jsonb_array_elements(e.data -> 'changes') change
          WHERE e.id > j.id || '.rows.' AND e.id < j.id || '.rows/' AND e.data IS NOT NULL) told
   WHERE j.type IN ('import', 'bulk_delete') AND j.options ->> 'notify' = 'rows' AND NOT coalesce((j.options ->> 'dryRun')::boolean, false)
     AND j.status IN ('completed', 'failed', 'cancelled') AND j.finished_at > now() - interval '1 day'
     AND (written.rows <> told.rows OR told.rows <> told.different)`);
