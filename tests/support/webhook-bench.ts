import { MockActivityEnvironment } from '@temporalio/testing';
import { createWebhookActivities } from '../../activities/index.ts';
import type { WebhookActivities } from '../../contracts/temporal/webhook-activities.ts';
import { createSecret } from '../../domain/webhooks/signature.ts';
import type { WebhookSettings } from '../../platform/config.ts';
import { type Database, inTransaction } from '../../prisma/client.ts';
import { createEndpoint } from '../../prisma/repositories/webhook-endpoints.ts';
import { createFakeClient } from './fake-client.ts';
import type { ActivityData } from './import-bench.ts';
import { TEST_LIMITS, TEST_RETENTION, TEST_WEBHOOKS } from './limits.ts';

/** The activities of the webhooks worker, each to be called as a worker calls it. */
export function webhookSteps(
  { db, storage }: ActivityData,
  settings: Partial<WebhookSettings> = {},
): WebhookActivities & { woken: string[] } {
  const { client, woken } = createFakeClient();
  const environment = new MockActivityEnvironment({}, { client });
  const activities = createWebhookActivities({
    db,
    storage,
    limits: TEST_LIMITS,
    jobStart: { IMPORT_RETRY_DELAYS_MS: [], IMPORT_MAX_HISTORY_EVENTS: 3_500 },
    orderStart: { ORDER_RETRY_DELAYS_MS: [], ORDER_IMPORT_AT_WORK: 10 },
    retention: TEST_RETENTION,
    webhooks: { ...TEST_WEBHOOKS, ...settings },
  });
  return {
    announceEvents: () => environment.run(activities.announceEvents),
    deliverDue: (ref) => environment.run(activities.deliverDue, ref),
    redeliver: (ref) => environment.run(activities.redeliver, ref),
    woken,
  };
}

/** Adds an endpoint as the API does. */
export async function addEndpoint(
  db: Database,
  url: string,
  events: readonly string[] = ['*'],
): Promise<{ id: string; secret: string }> {
  const secret = createSecret();
  const given = { url, events, description: null, active: true, secret, createdBy: 'tester' };
  return { id: (await createEndpoint(db.pool, given)).id, secret };
}

/**
 * Writes a product as a request does: the record and its row in record_changes, in one transaction.
 *
 * @param fail throws at its end, so that nothing of it commits
 */
export async function writeProduct(
  db: Database,
  {
    sku,
    price = '19.9',
    changeId,
    fail = false,
  }: { sku: string; price?: string; changeId: string; fail?: boolean },
): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await client.query(
      `WITH written AS (
         MERGE INTO products p
         USING (SELECT $1::text AS sku, $2::numeric AS price, $3::uuid AS change) given ON p.sku_key = lower(given.sku)
          WHEN MATCHED THEN UPDATE SET price = given.price, version = p.version + 1, last_change = given.change
          WHEN NOT MATCHED THEN INSERT (sku, sku_key, name, price, last_change)
               VALUES (given.sku, lower(given.sku), 'Mug', given.price, given.change)
         RETURNING new.id, old.id IS NULL AS is_new,
                   jsonb_build_object('sku', old.sku, 'name', old.name, 'price', old.price) AS before
       )
       INSERT INTO record_changes (change_id, change_row, kind, record_id, operation, before, changed_by)
       SELECT $3, 0, 'products', id, CASE WHEN is_new THEN 'created' ELSE 'updated' END::change_operation,
              CASE WHEN NOT is_new THEN before END, 'ada'
         FROM written`,
      [sku, price, changeId],
    );
    if (fail) throw new Error('not this time');
  });
}
