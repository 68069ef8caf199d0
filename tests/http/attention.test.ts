import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type AttentionCount,
  attentionCountSchema,
  type WaitingJson,
  waitingSchema,
} from '../../contracts/http/attention.ts';
import { pageOf } from '../../contracts/http/common.ts';
import type { Role } from '../../contracts/words.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { insertJob } from './job-fixture.ts';
import { createOrderRunner, removeOrders, stockUp } from './orders-under-test.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(() => api.stop());
beforeEach(async () => {
  await removeOrders(api.database);
  await api.database.prisma.job.deleteMany();
  await api.database.pool.query('TRUNCATE webhook_endpoints, webhook_deliveries, webhook_attempts');
});

const send = (method: string, path: string, body?: object, role: Role = 'admin'): Promise<Response> =>
  api.as(role)(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function parkJob(since: string): Promise<string> {
  const id = await insertJob(api.database, {
    status: 'needs_attention',
    chunks: [[{ key: 'a' }]],
    data: { stage: 'applying' },
  });
  await api.database.pool.query(
    `INSERT INTO parked_parts (job_number, stage, chunk, code, message, attempts, parked_at)
     SELECT number, 'applying', 1, 'database_error', 'refused', 4, $2 FROM jobs WHERE id = $1`,
    [id, since],
  );
  return id;
}

async function parkOrder(since: string): Promise<string> {
  await stockUp(api.database, { CUP: 10 });
  const made = await send('POST', '/api/orders', {
    items: [{ sku: 'CUP', qty: 1 }],
    payment: { token: 'sim_unavailable' },
  });
  const { id } = (await made.json()) as { id: string };
  await createOrderRunner(api.database, api.orders.orderNotifier).run(id);
  await api.database.pool.query('UPDATE orders SET attention_since = $2 WHERE id = $1', [id, since]);
  return id;
}

async function parkDeliveries(since: string, count: number): Promise<string> {
  const made = await send('POST', '/api/webhooks', { url: 'https://127.0.0.1/secret', events: ['*'] });
  const { id } = (await made.json()) as { id: string };
  await api.database.pool.query(
    `WITH happened AS (
       INSERT INTO events (id, type, correlation_id, data, announced_at)
       SELECT $1 || n, 'import.completed', 'x', '{}', now() FROM generate_series(1, $3::int) n
       RETURNING id),
     parked AS (
       INSERT INTO webhook_deliveries (endpoint_id, event_id, status, parked_for, attempts, ended_at)
       SELECT $1::uuid, id, 'failed', 'exhausted', 1, $2 FROM happened RETURNING id)
     INSERT INTO webhook_attempts (delivery_id, number, at, latency_ms, status, error)
     SELECT id, 1, $2, 5, 503, 'refused' FROM parked`,
    [id, since, count],
  );
  return id;
}

async function list(query = '', role: Role = 'viewer') {
  const response = await api.as(role)(`/api/attention${query}`);
  expect(response.status).toBe(200);
  return pageOf(waitingSchema).parse(await response.json());
}

function idOf(item: WaitingJson): string {
  return 'job' in item ? item.job.id : 'order' in item ? item.order.id : item.webhook.id;
}

describe('what waits for an operator', () => {
  test('is listed with jobs, orders and deliveries as one, what has waited longest first, page by page', async () => {
    const late = await parkJob('2026-03-01T00:00:00Z');
    const order = await parkOrder('2026-02-01T00:00:00Z');
    const webhook = await parkDeliveries('2026-01-15T00:00:00Z', 2);
    const early = await parkJob('2026-01-01T00:00:00Z');
    const sameTime = [await parkOrder('2026-02-01T00:00:00Z'), order].sort();
    const expected = [early, webhook, ...sameTime, late];
    expect((await list()).items.map(idOf)).toEqual(expected);

    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(
        `?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.items.map(idOf));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(expected);
    expect((await api.as('viewer')('/api/attention?cursor=YXR0ZW50aW9uOjc')).status).toBe(400);
  });

  test('says of an endpoint how many deliveries gave up and why the last did; its address only to admins', async () => {
    await parkDeliveries('2026-01-01T00:00:00Z', 3);
    const [item] = (await list()).items;
    expect(item).toMatchObject({
      webhook: { url: null, active: true },
      deliveries: {
        parked: 3,
        last: {
          eventType: 'import.completed',
          parkedFor: 'exhausted',
          attempts: 1,
          error: 'refused',
          status: 503,
        },
      },
      since: '2026-01-01T00:00:00.000Z',
    });
    expect((await list('', 'admin')).items).toMatchObject([{ webhook: { url: 'https://127.0.0.1/secret' } }]);
  });

  test('leaves out the deliveries of an endpoint that somebody switched off, not of one that Longshore did', async () => {
    const id = await parkDeliveries('2026-01-01T00:00:00Z', 1);
    await api.database.pool.query(
      `UPDATE webhook_endpoints SET active = false, disabled_reason = 'failing', disabled_at = now() WHERE id = $1`,
      [id],
    );
    expect((await list()).items.map(idOf)).toEqual([id]);
    expect((await send('PATCH', `/api/webhooks/${id}`, { active: false })).status).toBe(200);
    expect((await list()).items).toEqual([]);
  });

  test('is counted live, all of it: an order that is parked, deliveries that give up and are sent again', async () => {
    const counts = await followCounts();
    await until(() => counts.at(-1)?.count === 0);
    await parkOrder('2026-01-01T00:00:00Z');
    await until(() => counts.at(-1)?.orders === 1);
    const webhook = await parkDeliveries('2026-01-01T00:00:00Z', 2);
    await parkJob('2026-01-01T00:00:00Z');
    await api.database.pool.query(`SELECT pg_notify('longshore_attention', '')`);
    await until(() => counts.at(-1)?.count === 3);
    expect(counts.at(-1)).toEqual({ count: 3, jobs: 1, orders: 1, webhooks: 1 });
    const since = '2025-01-01T00:00:00.000Z';
    expect((await send('POST', `/api/webhooks/${webhook}/redeliver`, { since })).status).toBe(202);
    await until(() => counts.at(-1)?.webhooks === 0);
    leave.abort();
  });
});

let leave = new AbortController();

async function followCounts(): Promise<AttentionCount[]> {
  leave = new AbortController();
  const response = await api.as('viewer')('/api/stream?topics=attention', { signal: leave.signal });
  const counts: AttentionCount[] = [];
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === 'attention') counts.push(attentionCountSchema.parse(JSON.parse(data)));
    },
  });
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? [])
      parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
  };
  read().catch(() => undefined);
  return counts;
}
