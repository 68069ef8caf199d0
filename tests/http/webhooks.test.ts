import { emptyTables } from '../support/database.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { EVENTS } from '../../contracts/events/index.ts';
import type { EventType } from '../../contracts/events/types.ts';
import { webhookTestV1 } from '../../contracts/events/webhook-events.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { type Problem, problemSchema } from '../../contracts/http/problem.ts';
import {
  deliverySchema,
  webhookSchema,
  webhookTestSchema,
  webhookWithSecretSchema,
} from '../../contracts/http/webhook.ts';
import type { Role } from '../../contracts/words.ts';
import { webhookSteps } from '../support/webhook-bench.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';

let api: ApiUnderTest;
/** As in production: public addresses only. */
let strict: ApiUnderTest;
const workflows = createFakeWorkflows();

let receiver: Server;
let receiverUrl: string;
const received: { headers: Record<string, string>; body: string }[] = [];
let answer: { status: number; headers?: Record<string, string>; body?: string };

beforeAll(async () => {
  api = await startApi({ workflows });
  strict = await startApi({
    workflows: createFakeWorkflows(),
    config: { WEBHOOKS_ALLOW_PRIVATE_NETWORKS: false },
  });
  receiver = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push({ headers: request.headers as Record<string, string>, body });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  receiverUrl = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/hooks`;
});
afterAll(async () => {
  await api.stop();
  await strict.stop();
  await new Promise((resolve) => receiver.close(resolve));
});
beforeEach(async () => {
  received.length = 0;
  workflows.woken.length = 0;
  answer = { status: 204 };
  await emptyTables(
    api.database.pool,
    'events, webhook_endpoints, webhook_deliveries, webhook_attempts, audit',
  );
});

async function send(
  method: string,
  path: string,
  body?: unknown,
  { role = 'admin', ifMatch, at = api }: { role?: Role; ifMatch?: string; at?: ApiUnderTest } = {},
): Promise<Response> {
  return await at.as(role)(path, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(ifMatch === undefined ? {} : { 'If-Match': ifMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function add(fields: Record<string, unknown> = {}) {
  const response = await send('POST', '/api/webhooks', { url: receiverUrl, events: ['*'], ...fields });
  expect(response.status).toBe(201);
  return webhookWithSecretSchema.parse(await response.json());
}

async function problemOf(response: Response, status: number): Promise<Problem> {
  expect(response.status).toBe(status);
  return problemSchema.parse(await response.json());
}

describe('an endpoint', () => {
  test('shows its secret when it is made, and never again', async () => {
    const response = await send('POST', '/api/webhooks', {
      url: receiverUrl,
      events: ['import.*', 'product.updated', 'order.*'],
      description: 'The shop',
    });
    expect(response.status).toBe(201);
    const { secret, ...created } = webhookWithSecretSchema.parse(await response.json());
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64').length).toBeGreaterThanOrEqual(24);
    expect(created).toMatchObject({ active: true, description: 'The shop', createdBy: 'tester', version: 1 });
    expect(response.headers.get('location')).toBe(`/api/webhooks/${created.id}`);

    const read = await send('GET', `/api/webhooks/${created.id}`);
    expect(webhookSchema.parse(await read.json())).toEqual(created);
    const list = pageOf(webhookSchema).parse(await (await send('GET', '/api/webhooks')).json());
    expect(list.items).toEqual([created]);
    const audit = await (await send('GET', '/api/audit')).text();
    expect(audit).toContain('create-webhook');
    for (const text of [audit, JSON.stringify(api.logged)]) expect(text).not.toContain(secret);
  });

  test('is changed, in the version that was read where that is said, and removed', async () => {
    const { id } = await add();
    const path = `/api/webhooks/${id}`;
    const changed = await send('PATCH', path, { events: ['product.*'], description: null });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('etag')).toBe('"2"');
    expect(await changed.json()).toMatchObject({ events: ['product.*'], description: null, version: 2 });
    expect((await send('PATCH', path, { active: false }, { ifMatch: '"1"' })).status).toBe(412);
    const off = await send('PATCH', path, { active: false }, { ifMatch: '"2"' });
    expect(await off.json()).toMatchObject({ active: false, disabledReason: null });
    expect((await send('DELETE', path, undefined, { ifMatch: '"2"' })).status).toBe(412);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('GET', path)).status).toBe(404);
    expect((await send('DELETE', path)).status).toBe(404);
    expect(workflows.woken).toEqual([id, id, id]);
    const { items } = (await (await send('GET', '/api/audit')).json()) as { items: { action: string }[] };
    expect(items.map(({ action }) => action)).toEqual([
      'delete-webhook',
      'change-webhook',
      'change-webhook',
      'create-webhook',
    ]);
  });

  test.each([
    ['no URL', { events: ['*'] }, '#/url'],
    ['no URL at all', { url: 'nonsense', events: ['*'] }, '#/url'],
    ['another protocol', { url: 'ftp://example.com/', events: ['*'] }, '#/url'],
    ['a password in the URL', { url: 'https://a:b@example.com/', events: ['*'] }, '#/url'],
    ['a fragment', { url: 'https://example.com/#x', events: ['*'] }, '#/url'],
    ['no events', { url: 'https://example.com/', events: [] }, '#/events'],
    ['an unknown event', { url: 'https://example.com/', events: ['product.exploded'] }, '#/events/0'],
    ['an event twice', { url: 'https://example.com/', events: ['*', '*'] }, '#/events'],
    ['a field that there is not', { url: 'https://example.com/', events: ['*'], secret: 'x' }, '#/secret'],
  ])('with %s is refused', async (_what, body, pointer) => {
    const problem = await problemOf(await send('POST', '/api/webhooks', body), 422);
    expect(problem.errors?.map((error) => error.pointer)).toEqual([pointer]);
  });

  test.each([
    ['http://example.com/', 'https_required'],
    ['https://127.0.0.1/', 'private_address'],
    ['https://0x7f.1/', 'private_address'],
    ['https://2130706433/', 'private_address'],
    ['https://169.254.169.254/latest/meta-data/', 'private_address'],
    ['https://[::1]/', 'private_address'],
    ['https://[::ffff:10.0.0.1]/', 'private_address'],
    ['https://localhost./', 'private_address'],
    ['https://metadata.google.internal/', 'private_address'],
  ])('at %s is refused: %s', async (url, code) => {
    const body = { url, events: ['*'] };
    const problem = await problemOf(await send('POST', '/api/webhooks', body, { at: strict }), 422);
    expect(problem.errors?.map((error) => error.code)).toEqual([code]);
  });

  test('is for admins only, the log of its deliveries too', async () => {
    const { id } = await add();
    for (const role of ['viewer', 'operator'] as const) {
      expect((await send('GET', '/api/webhooks', undefined, { role })).status).toBe(403);
      expect((await send('GET', `/api/webhooks/${id}/deliveries`, undefined, { role })).status).toBe(403);
      expect((await send('POST', `/api/webhooks/${id}/test`, undefined, { role })).status).toBe(403);
    }
  });
});

describe('a test', () => {
  test('is sent at once, signed, and tells status, latency and how the answer begins', async () => {
    const { id, secret } = await add({ active: false });
    answer = { status: 200, body: `thank you${'!'.repeat(100_000)}` };
    const response = await send('POST', `/api/webhooks/${id}/test`);
    expect(response.status).toBe(200);
    const result = webhookTestSchema.parse(await response.json());
    expect(result).toMatchObject({ delivered: true, status: 200, error: null });
    expect(result.responseStart).toMatch(/^thank you!+$/);
    expect(result.responseStart?.length).toBeLessThanOrEqual(1_024);
    const [request] = received;
    expect(request?.headers['webhook-id']).toBe(result.webhookId);
    const verified = new Webhook(secret).verify(request!.body, request!.headers);
    expect(webhookTestV1.parse(verified)).toMatchObject({ id: result.webhookId, data: { endpointId: id } });
  });

  test('follows no redirect', async () => {
    const { id } = await add();
    answer = { status: 302, headers: { location: `${receiverUrl}/inward` }, body: 'elsewhere' };
    const result = webhookTestSchema.parse(await (await send('POST', `/api/webhooks/${id}/test`)).json());
    expect(result).toMatchObject({
      delivered: false,
      status: 302,
      error: 'refused',
      responseStart: 'elsewhere',
    });
    expect(received).toHaveLength(1);
  });
});

describe('a rotation', () => {
  const verifies = (secret: string): boolean => {
    const { body, headers } = received.at(-1)!;
    try {
      new Webhook(secret).verify(body, headers);
      return true;
    } catch {
      return false;
    }
  };

  test('lets both secrets sign for a while, and the third one voids the first', async () => {
    const { id, secret: first } = await add();
    const rotate = async (body?: unknown) =>
      webhookWithSecretSchema.parse(await (await send('POST', `/api/webhooks/${id}/rotate`, body)).json());
    const { secret: second, previousSecretUntil } = await rotate();
    expect(Date.parse(previousSecretUntil!) - Date.now()).toBeGreaterThan(23 * 60 * 60 * 1_000);
    await send('POST', `/api/webhooks/${id}/test`);
    expect([first, second].map(verifies)).toEqual([true, true]);

    const { secret: third } = await rotate({ overlapSeconds: 60 });
    await send('POST', `/api/webhooks/${id}/test`);
    expect([first, second, third].map(verifies)).toEqual([false, true, true]);

    const last = await rotate({ overlapSeconds: 0 });
    expect(last.previousSecretUntil).toBeNull();
    await send('POST', `/api/webhooks/${id}/test`);
    expect([third, last.secret].map(verifies)).toEqual([false, true]);
  });
});

describe('deliveries', () => {
  async function addDelivery(endpointId: string, event: string, columns: string): Promise<string> {
    await api.database.pool.query(
      `INSERT INTO events (id, type, correlation_id, data, announced_at) VALUES ($1, 'import.completed', 'x', '{}', now())`,
      [event],
    );
    const { rows } = await api.database.pool.query<{ id: string }>(
      `INSERT INTO webhook_deliveries (endpoint_id, event_id, status, parked_for, next_try_at, ended_at)
       SELECT $1, $2, ${columns} RETURNING id`,
      [endpointId, event],
    );
    return rows[0]!.id;
  }
  const parked = (ended: string): string => `'failed', 'exhausted', NULL, '${ended}'`;

  const list = async (endpointId: string, query = '') =>
    pageOf(deliverySchema).parse(
      await (await send('GET', `/api/webhooks/${endpointId}/deliveries${query}`)).json(),
    );

  test('are listed with their attempts, newest first, page by page', async () => {
    const { id } = await add();
    const older = await addDelivery(id, 'a', parked('2026-01-01'));
    const newer = await addDelivery(id, 'b', `'delivered', NULL, NULL, now()`);
    await api.database.pool.query(
      `INSERT INTO webhook_attempts (delivery_id, number, at, latency_ms, status, error, response_start)
       VALUES ($1, 1, '2026-01-01T00:00:00Z', 12, 500, 'refused', 'oh'), ($1, 2, '2026-01-01T00:00:05Z', 1000, NULL, 'no_answer', NULL)`,
      [older],
    );
    const first = await list(id, '?limit=1');
    expect(first.items.map((item) => item.id)).toEqual([newer]);
    const second = await list(id, `?limit=1&cursor=${first.nextCursor}`);
    expect(second.nextCursor).toBeNull();
    expect(second.items[0]).toMatchObject({
      id: older,
      status: 'failed',
      parkedFor: 'exhausted',
      attempts: [
        { number: 2, status: null, error: 'no_answer', latencyMs: 1_000 },
        { number: 1, at: '2026-01-01T00:00:00.000Z', status: 500, responseStart: 'oh' },
      ],
    });
    expect((await list(id, '?status=delivered')).items.map((item) => item.id)).toEqual([newer]);
    expect((await send('GET', `/api/webhooks/${newer}/deliveries`)).status).toBe(404);
  });

  test('are sent again one by one, or all that were parked since a time', async () => {
    const { id } = await add();
    const other = await add();
    const done = await addDelivery(id, 'a', `'delivered', NULL, NULL, now()`);
    await addDelivery(id, 'b', parked('2026-01-01T00:00:00Z'));
    const late = await addDelivery(id, 'c', parked('2026-03-01T00:00:00Z'));
    await addDelivery(other.id, 'd', parked('2026-03-01T00:00:00Z'));

    const one = await send('POST', `/api/webhooks/${id}/deliveries/${done}/redeliver`);
    expect(one.status).toBe(202);
    expect(deliverySchema.parse(await one.json())).toMatchObject({ status: 'pending', eventId: 'a' });
    expect((await send('POST', `/api/webhooks/${other.id}/deliveries/${done}/redeliver`)).status).toBe(404);

    const since = { since: '2026-02-01T00:00:00.000Z' };
    const all = await send('POST', `/api/webhooks/${id}/redeliver`, since);
    expect(all.status).toBe(202);
    expect(await all.json()).toEqual({ redelivered: 1 });
    const pending = (await list(id, '?status=pending')).items;
    expect(pending.map((item) => item.id)).toEqual([late, done]);
    expect(workflows.woken).toEqual([id, id]);
    expect(await (await send('POST', `/api/webhooks/${id}/redeliver`, since)).json()).toEqual({
      redelivered: 0,
    });
    const { rows } = await api.database.pool.query('SELECT action FROM audit ORDER BY number OFFSET 2');
    expect(rows).toEqual([{ action: 'redeliver-webhook' }, { action: 'redeliver-webhook' }]);
  });

  test('are parked when their endpoint is switched off, and not sent again before it is on', async () => {
    const { id } = await add();
    const delivery = await addDelivery(id, 'a', `'pending', NULL, now(), NULL`);
    await send('PATCH', `/api/webhooks/${id}`, { active: false });
    expect((await list(id)).items).toMatchObject([
      { id: delivery, status: 'failed', parkedFor: 'switched_off', nextTryAt: null },
    ]);
    const path = `/api/webhooks/${id}/deliveries/${delivery}/redeliver`;
    expect((await problemOf(await send('POST', path), 409)).type).toBe('/problems/wrong-state');
    await send('PATCH', `/api/webhooks/${id}`, { active: true });
    expect((await send('POST', path)).status).toBe(202);
  });
});

test('writes of records over the API are events, as they were written', async () => {
  const write = async (method: string, path: string, body?: unknown, ifMatch?: string) => {
    const response = await send(method, path, body, ifMatch === undefined ? {} : { ifMatch });
    expect(response.ok).toBe(true);
    return response;
  };
  const product = { sku: 'H-1', name: 'Mug', price: '19.90', description: null };
  const created = (await (await write('POST', '/api/products', product)).json()) as { id: string };
  const path = `/api/products/${created.id}`;
  await write('PATCH', path, { price: '20', description: 'blue' }, '"1"');
  // Nothing changes, so nothing is told.
  await write('PATCH', path, { price: '20.00' }, '"2"');
  await write('DELETE', path, undefined, '"2"');
  const customer = { email: 'ada@example.com', name: 'Ada', company: 'Engines' };
  await write('POST', '/api/customers', customer);

  const data = { db: api.database, storage: api.storage };
  while ((await webhookSteps(data).announceEvents()).more);
  const { rows } = await api.database.pool.query<{ type: EventType; event: unknown }>(
    `SELECT type, jsonb_build_object('id', id, 'type', type, 'version', version, 'timestamp', '2026-11-21T07:00:00.000Z',
                                     'correlationId', correlation_id, 'data', data) AS event
       FROM events ORDER BY number`,
  );
  const events = rows.map(({ type, event }) => EVENTS[type].schema.parse(event));
  const values = { ...product, active: true, stock: 0 };
  const changed = { ...values, price: '20.00', description: 'blue' };
  const id = created.id;
  expect(events).toMatchObject([
    { type: 'product.created', data: { id, version: 1, by: 'tester', values } },
    {
      type: 'product.updated',
      data: { id, version: 2, values: changed, before: { price: '19.90', description: null } },
    },
    { type: 'product.deleted', data: { id, values: changed } },
    { type: 'customer.created', data: { values: { ...customer, phone: null } } },
  ]);
});

test('the API document describes every event, with its schema and the headers that sign it', async () => {
  const document = z
    .object({ webhooks: z.record(z.string(), z.object({ post: z.record(z.string(), z.unknown()) })) })
    .parse(await (await fetch(`${api.url}/openapi.json`)).json());
  expect(Object.keys(document.webhooks)).toEqual(
    expect.arrayContaining(['product.created', 'import.completed', 'records.changed', 'webhook.disabled']),
  );
  expect(JSON.stringify(document.webhooks['import.completed'])).toContain('ImportCompletedV2');
  expect(JSON.stringify(document.webhooks['import.completed'])).toContain('webhook-signature');
});
