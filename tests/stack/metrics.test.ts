import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OrderJson } from '../../contracts/http/order.ts';
import { csv } from '../support/csv.ts';
import { asked, type Exposed, missingIn, readExposition, readExpressions } from '../support/promql.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';
import { OK, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** What the SDK serves from the first time on that it happens, which here it must not. */
const NOT_HERE = ['temporal_workflow_task_execution_failed_total'];

const PRIVATE = ['M-1001', 'Very private mug', 'secret.csv', 'orderer@example.com', 'private-order'];

let under: StackUnderTest;
let receiver: WebhookReceiver;
let texts: Map<string, string>;
let exposed: Exposed;

async function scrape(): Promise<Map<string, string>> {
  const services = [...under.stack.services];
  const found = await Promise.all(
    services.map(async ([id, { url }]) => {
      const response = await fetch(`${url}/metrics`);
      expect(response.status, id).toBe(200);
      return [id, await response.text()] as const;
    }),
  );
  return new Map(found);
}

beforeAll(async () => {
  receiver = await startWebhookReceiver(() => OK);
  under = await startStackUnderTest({
    postgresSettings: { fsync: 'off' },
    env: { WEBHOOKS_ALLOW_PRIVATE_NETWORKS: 'true' },
  });
  const endpoint = await under.send('/api/webhooks', { url: receiver.urlOf('/hook'), events: ['*'] });
  expect(endpoint.status).toBe(201);

  const { id } = await under.post(
    csv('sku,name,price,stock', 'M-1001,Very private mug,19.90,5', 'M-1002,Mug,free,5', 'M-1003,Mug,1.00,0'),
  );
  await under.waitFor(id, 'completed');
  const items = [{ sku: 'M-1001', qty: 1 }];
  for (const order of [
    { orderId: 'private-order-1', email: 'orderer@example.com', items },
    { orderId: 'private-order-2', items: [{ sku: 'M-1003', qty: 1 }] },
  ]) {
    const accepted = await under.send('/api/orders', order);
    expect(accepted.status).toBe(201);
    await until(async () => {
      const { status } = (await (await under.get(`/api/orders/${order.orderId}`)).json()) as OrderJson;
      return ['SHIPPED', 'INVENTORY_FAILED'].includes(status);
    });
  }
  await until(() => receiver.takenAt('/hook').some(({ event }) => event.type === 'order.shipped'));
  await until(async () => {
    texts = await scrape();
    return texts.get('webhooks')?.includes('result="delivered"') === true;
  });
  exposed = new Map();
  for (const text of texts.values()) readExposition(text, exposed);
}, 240_000);

afterAll(async () => {
  await under.stop();
  await receiver.stop();
});

/** The value of a series of a process; 0 where it is not there. */
function value(service: string, series: string): number {
  const line = texts
    .get(service)
    ?.split('\n')
    .find((one) => one.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1) ?? 0);
}

const expressions = await readExpressions();

describe('the metrics of a running stack', () => {
  test.each(expressions)('have what is asked for by %s', (_, expression) => {
    const isHere = asked(expression).series.some(({ name }) => !NOT_HERE.includes(name));
    if (isHere) expect(missingIn(expression, exposed)).toEqual([]);
  });

  test('that only failures bring are known to the SDK by these names', async () => {
    const bridge = path.join(import.meta.dirname, '..', '..', 'node_modules', '@temporalio', 'core-bridge');
    const platform =
      { linux: 'unknown-linux-gnu', darwin: 'apple-darwin', win32: 'pc-windows-msvc' }[
        process.platform as string
      ] ?? '';
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const binary = await readFile(path.join(bridge, 'releases', `${machine}-${platform}`, 'index.node'));
    for (const name of NOT_HERE) {
      expect(binary.includes(name.replace(/^temporal_/, '').replace(/_total$/, '')), name).toBe(true);
    }
  });

  test('count rows, steps of orders, deliveries and events', () => {
    expect(value('parse', 'longshore_rows_staged_total{kind="products",outcome="rejected"}')).toBe(1);
    expect(value('parse', 'longshore_rows_staged_total{kind="products",outcome="pending"}')).toBe(2);
    expect(
      value('apply', 'longshore_rows_applied_total{type="import",kind="products",outcome="created"}'),
    ).toBe(2);
    const step = (labels: string): number =>
      value('orders', `longshore_order_step_duration_seconds_count{${labels}}`);
    expect(step('step="inventory",result="done"')).toBe(1);
    expect(step('step="inventory",result="refused"')).toBe(1);
    expect(step('step="shipping",result="done"')).toBe(1);
    expect(
      value('webhooks', 'longshore_webhook_attempt_duration_seconds_count{result="delivered"}'),
    ).toBeGreaterThan(0);
    expect(value('api', 'longshore_jobs{type="import",status="completed"}')).toBe(1);
    expect(value('api', 'longshore_figures_readable{source="temporal"}')).toBe(1);
    expect(value('api', 'longshore_task_queue_pollers{queue="parse",type="activity"}')).toBeGreaterThan(0);
  });

  test('have the names and labels of the older order system', () => {
    const event = (service: string, labels: string): number =>
      value(service, `events_processed_total{${labels},status="success"}`);
    expect(event('api', 'service="order",eventType="order.OrderCreated.v1"')).toBe(2);
    expect(event('orders', 'service="inventory",eventType="inventory.InventoryReserved.v1"')).toBe(1);
    expect(event('orders', 'service="inventory",eventType="inventory.InventoryFailed.v1"')).toBe(1);
    expect(event('orders', 'service="payment",eventType="payment.PaymentAuthorized.v1"')).toBe(1);
    expect(event('orders', 'service="shipping",eventType="shipping.OrderShipped.v1"')).toBe(1);
    expect(exposed.get('event_processing_duration_seconds_bucket')).toEqual(
      new Set(['service', 'eventType', 'le']),
    );
  });

  test('say nothing of persons, records or files', () => {
    for (const [service, text] of texts) {
      for (const secret of PRIVATE) expect(text.includes(secret), `${service}: ${secret}`).toBe(false);
      expect(text, service).not.toMatch(/"[0-9a-f]{8}-[0-9a-f]{4}-7/);
    }
  });
});
