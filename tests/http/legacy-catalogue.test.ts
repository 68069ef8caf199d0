import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { JobStatus, Stage } from '../../contracts/words.ts';
import { csv } from '../support/csv.ts';
import { emptyTables } from '../support/database.ts';
import { until } from '../support/until.ts';
import { webhookSteps } from '../support/webhook-bench.ts';
import { OK, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';
import { changeJob, insertJob } from './job-fixture.ts';
import { type LegacyEvent, type LegacyUnderTest, readEvents, startLegacy } from './legacy-under-test.ts';

let legacy: LegacyUnderTest;
let receiver: WebhookReceiver;

beforeAll(async () => {
  legacy = await startLegacy('/legacy/catalogue');
  receiver = await startWebhookReceiver(({ path }) =>
    path === '/broken' ? { kind: 'answer', status: 500, body: 'no' } : OK,
  );
});
afterAll(async () => {
  await legacy.api.stop();
  await receiver.stop();
});
beforeEach(async () => {
  await emptyTables(
    legacy.api.database.pool,
    `jobs, chunks, parked_parts, staged_rows, row_outcomes, job_targets, turns, products, products_search, record_changes,
     audit, events, webhook_endpoints, webhook_deliveries, webhook_attempts`,
  );
});

interface Product {
  id: string;
  sku: string;
  name: string;
}
interface Page {
  items: Product[];
  total: number;
  page: number;
  page_size: number;
}

const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
const UUID = expect.stringMatching(/^[\da-f-]{36}$/) as string;

function sent(method: string, body: unknown): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

async function create(product: Record<string, unknown>): Promise<Product> {
  return (await legacy.json('/api/products', sent('POST', product), 201)) as Product;
}

async function list(query = ''): Promise<Page> {
  return (await legacy.json(`/api/products${query}`)) as Page;
}

describe('POST /api/upload', () => {
  test('answers 202 with a stream that works as it is given, and imports products', async () => {
    const response = await legacy.upload(
      '/api/upload',
      csv('sku,name,price,description,active', 'A-1,Mug,19.90,Blue,true', 'A-2,Cup,free,,yes'),
      'products.csv',
    );
    expect(response.status).toBe(202);
    const body = (await response.json()) as { job_id: string; sse_url: string; message: string };
    expect(body).toEqual({
      job_id: UUID,
      sse_url: `/legacy/catalogue/api/progress/${body.job_id}`,
      message: expect.stringMatching(/\w/),
    });
    expect(legacy.workflows.started).toContain(body.job_id);
    const job = await legacy.api.database.prisma.job.findUniqueOrThrow({ where: { id: body.job_id } });
    expect(job).toMatchObject({ kind: 'products', options: { mode: 'upsert', duplicates: 'last' } });

    await legacy.run(body.job_id);
    // As its clients do: the path is put behind the host.
    const events = await readEvents(await fetch(legacy.api.url + body.sse_url));
    expect(events.map(({ data }) => data)).toEqual([
      {
        job_id: body.job_id,
        status: 'done',
        stage: 'completed',
        processed_rows: 2,
        total_rows: 2,
        percent: 100,
        progress_percent: 100,
        error_message: null,
      },
      { event: 'close', job_id: body.job_id },
    ]);
  });

  test('without a file is 422 with a list of what is missing, with a file too large 413', async () => {
    const missing = await legacy.send('/api/upload', { method: 'POST', body: new FormData() });
    expect(missing.status).toBe(422);
    expect(await missing.json()).toEqual({
      detail: [{ type: 'missing', loc: ['body', 'file'], msg: expect.stringMatching(/\w/) }],
    });
    const large = await legacy.upload('/api/upload', 'x'.repeat(1_000_001));
    expect(large.status).toBe(413);
    expect(await large.json()).toEqual({ detail: 'A file may have 1000000 bytes.' });
  });
});

describe('GET /api/progress/:job_id', () => {
  test('follows a job with unnamed events to its end, and closes after the event close', async () => {
    const { database } = legacy.api;
    const jobId = await insertJob(database, {
      chunks: [[{ key: 'a', outcome: 'created' }, { key: 'b' }, { key: 'c' }]],
      data: { stage: 'applying' },
    });
    const seen: LegacyEvent[] = [];
    const ended = readEvents(await legacy.send(`/api/progress/${jobId}`), (event) => seen.push(event));
    await until(() => seen.length === 1);
    expect(seen[0]?.data).toEqual({
      job_id: jobId,
      status: 'importing',
      stage: 'applying',
      processed_rows: 1,
      total_rows: 3,
      percent: 33.3,
      progress_percent: 33.3,
      error_message: null,
    });
    await changeJob(database, jobId, {
      status: 'failed',
      failureCode: 'abandoned',
      failureMessage: 'Given up.',
      finishedAt: new Date(),
    });
    const events = await ended;
    expect(events.every(({ name }) => name === undefined)).toBe(true);
    expect(events.at(-2)?.data).toMatchObject({
      status: 'failed',
      stage: 'failed',
      error_message: 'Given up.',
    });
    expect(events.at(-1)?.data).toEqual({ event: 'close', job_id: jobId });
    const headers = { 'Last-Event-ID': events.at(-1)?.id ?? '' };
    expect((await legacy.send(`/api/progress/${jobId}`, { headers })).status).toBe(204);
  });

  test.each<[JobStatus, Stage | null, string, string]>([
    ['processing', null, 'parsing', 'preparing'],
    ['processing', 'reading', 'parsing', 'reading'],
    ['processing', 'staging', 'parsing', 'staging'],
    ['processing', 'resolving', 'importing', 'resolving'],
    ['processing', 'finishing', 'importing', 'finishing'],
    ['pending', null, 'queued', 'queued'],
    ['paused', 'applying', 'importing', 'paused'],
    ['needs_attention', 'staging', 'parsing', 'needs_attention'],
    ['completed', null, 'done', 'completed'],
    ['cancelled', 'applying', 'failed', 'cancelled'],
  ])('shows a job that is %s in stage %s as %s, %s', async (status, stage, shown, shownStage) => {
    const id = await insertJob(legacy.api.database, { status, data: { stage }, header: null });
    const abort = new AbortController();
    const response = await legacy.send(`/api/progress/${id}`, { signal: abort.signal });
    let first: Record<string, unknown> | undefined;
    await readEvents(response, ({ data }) => {
      first ??= data;
      abort.abort();
    }).catch(() => undefined);
    expect(first).toMatchObject({ status: shown, stage: shownStage, processed_rows: 0, total_rows: 0 });
    expect(first?.error_message).toBe(status === 'cancelled' ? 'The job was cancelled.' : null);
  });

  test('of a job about anything but products, or none, is 404', async () => {
    const customers = await insertJob(legacy.api.database, { kind: 'customers' });
    for (const id of [customers, uuidv7(), '17']) {
      const response = await legacy.send(`/api/progress/${id}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ detail: `Import job not found: ${id}` });
    }
  });
});

describe('a product', () => {
  test('is created as clients of that system do it, without a price, and read again', async () => {
    const created = await create({ sku: 'PROD-001', name: 'Example', description: 'Text', active: true });
    expect(created).toEqual({
      id: UUID,
      sku: 'PROD-001',
      name: 'Example',
      price: '0.00',
      description: 'Text',
      active: true,
      created_at: TIME,
      updated_at: TIME,
    });
    expect(await legacy.json(`/api/products/${created.id}`)).toEqual(created);
    expect(await create({ sku: 'P-2', name: 'Least', extra: 'ignored' })).toMatchObject({
      description: null,
      active: true,
    });
    expect(await create({ sku: 'P-3', name: 'Priced', price: 19.9 })).toMatchObject({ price: '19.90' });
  });

  test('is changed by PUT with the fields that are given; null leaves all but the description as they are', async () => {
    const { id } = await create({ sku: 'A', name: 'Mug', price: '5.50', description: 'Blue', active: true });
    expect(
      await legacy.json(`/api/products/${id}`, sent('PUT', { name: 'Cup', active: false })),
    ).toMatchObject({
      sku: 'A',
      name: 'Cup',
      price: '5.50',
      description: 'Blue',
      active: false,
    });
    const nulls = { sku: null, name: null, price: null, description: null, active: null };
    expect(await legacy.json(`/api/products/${id}`, sent('PUT', nulls))).toMatchObject({
      sku: 'A',
      name: 'Cup',
      price: '5.50',
      description: null,
      active: false,
    });
    expect(await legacy.json(`/api/products/${id}`, sent('PUT', {}))).toMatchObject({ name: 'Cup' });
  });

  test('is deleted with 204, and then is 404', async () => {
    const { id } = await create({ sku: 'A', name: 'Mug' });
    expect((await legacy.send(`/api/products/${id}`, { method: 'DELETE' })).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      const response = await legacy.send(`/api/products/${id}`, { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toEqual({ detail: `Product with ID ${id} not found` });
    }
    const numbered = await legacy.send('/api/products/17', sent('PUT', { name: 'x' }));
    expect(await numbered.json()).toEqual({ detail: 'Product with ID 17 not found' });
  });

  test('with a SKU that is taken is 409', async () => {
    const { id } = await create({ sku: 'A', name: 'Mug' });
    await create({ sku: 'B', name: 'Cup' });
    expect(await legacy.json('/api/products', sent('POST', { sku: ' b ', name: 'x' }), 409)).toEqual({
      detail: "Product with SKU ' b ' already exists",
    });
    expect(await legacy.json(`/api/products/${id}`, sent('PUT', { sku: 'b' }), 409)).toEqual({
      detail: 'SKU already exists (case-insensitive)',
    });
  });

  test('that breaks a rule is 422 with where and why', async () => {
    expect(await legacy.json('/api/products', sent('POST', { sku: 'A' }), 422)).toEqual({
      detail: [{ type: 'missing', loc: ['body', 'name'], msg: 'This field is required.' }],
    });
    expect(await legacy.json('/api/products', sent('POST', { sku: 'A', name: 'x', price: -1 }), 422)).toEqual(
      {
        detail: [{ type: 'negative', loc: ['body', 'price'], msg: expect.stringContaining('price') }],
      },
    );
    const broken = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{' };
    expect(await legacy.json('/api/products', broken, 400)).toEqual({
      detail: expect.stringContaining('JSON'),
    });
  });
});

describe('GET /api/products', () => {
  beforeEach(async () => {
    for (let number = 1; number <= 25; number += 1) {
      await create({
        sku: `SKU-${String(number)}`,
        name: number % 5 === 0 ? `Größe ${String(number)}` : `Mug ${String(number)}`,
        description: number === 7 ? 'Not a mug, 100% _real_' : null,
        active: number % 2 === 0,
      });
    }
  });

  test('gives 20 products a page, newest first, and the total', async () => {
    const first = await list();
    expect(Object.keys(first)).toEqual(['items', 'total', 'page', 'page_size']);
    expect(first).toMatchObject({ total: 25, page: 1, page_size: 20 });
    expect(first.items.map(({ sku }) => sku)).toEqual(
      Array.from({ length: 20 }, (_, n) => `SKU-${String(25 - n)}`),
    );
    const second = await list('?page=2&page_size=20');
    expect(second).toMatchObject({ total: 25, page: 2, page_size: 20 });
    expect(second.items.map(({ sku }) => sku)).toEqual(['SKU-5', 'SKU-4', 'SKU-3', 'SKU-2', 'SKU-1']);
    expect(await list('?page=9')).toMatchObject({ items: [], total: 25, page: 9 });
  });

  test('finds by parts of texts, by active, and by all of them together', async () => {
    const found: Record<string, string[]> = {
      '?sku=ku-1&page_size=3': ['SKU-19', 'SKU-18', 'SKU-17'],
      '?sku=KU-1&page=4&page_size=3': ['SKU-10', 'SKU-1'],
      '?name=GRÖSSE': ['SKU-25', 'SKU-20', 'SKU-15', 'SKU-10', 'SKU-5'],
      '?name=mug&sku=sku-7': ['SKU-7'],
      '?name=not': [],
      '?description=A%20MUG': ['SKU-7'],
      '?description=mug%2025': [],
      '?description=100%25%20_': ['SKU-7'],
      // One or two letters are looked for where a word begins.
      '?name=gr&active=true': ['SKU-20', 'SKU-10'],
      '?name=ug': [],
      '?search=not%20a': ['SKU-7'],
      '?q=SKU-23': ['SKU-23'],
      // As the libraries of clients write it.
      '?active=True&page_size=2': ['SKU-24', 'SKU-22'],
      '?active=0&page=2&page_size=10': ['SKU-5', 'SKU-3', 'SKU-1'],
      '?sku=&name=&active=&unknown=1&page_size=1': ['SKU-25'],
    };
    for (const [query, skus] of Object.entries(found)) {
      expect(
        (await list(query)).items.map(({ sku }) => sku),
        query,
      ).toEqual(skus);
    }
  });

  test('counts what fits', async () => {
    const totals: Record<string, number> = {
      '?active=true': 12,
      '?sku=ku-1': 11,
      '?name=größe': 5,
      '?name=größe&active=true': 2,
      '?search=mug': 20,
      '?description=mug': 1,
      '?sku=nothing': 0,
    };
    for (const [query, total] of Object.entries(totals)) {
      expect((await list(query)).total, query).toBe(total);
    }
  });

  test('refuses what is no page and no filter', async () => {
    for (const query of [
      '?page=0',
      '?page_size=101',
      '?page=x',
      '?active=maybe',
      '?name=%00',
      '?page=5001&active=true',
    ]) {
      const body = await legacy.json(`/api/products${query}`, {}, 422);
      expect(body, query).toMatchObject({ detail: [{ loc: ['query', query.slice(1).split('=')[0]] }] });
    }
  });
});

describe('POST /api/products/bulk-delete', () => {
  test('makes a job about all products, with a stream that works as it is given; for admins only', async () => {
    const { id } = await create({ sku: 'A', name: 'Mug' });
    expect((await legacy.send('/api/products/bulk-delete', { method: 'POST' })).status).toBe(403);
    const asAdmin = legacy.api.as('admin', 'ada');
    const response = await asAdmin('/legacy/catalogue/api/products/bulk-delete', { method: 'POST' });
    expect(response.status).toBe(202);
    const body = (await response.json()) as { job_id: string; sse_url: string };
    expect(body).toEqual({
      job_id: UUID,
      sse_url: `/legacy/catalogue/api/progress/${body.job_id}`,
      message: expect.stringMatching(/\w/),
    });
    expect(legacy.workflows.started).toContain(body.job_id);
    const { rows } = await legacy.api.database.pool.query(
      'SELECT t.record_id FROM job_targets t JOIN jobs j ON j.number = t.job_number WHERE j.id = $1',
      [body.job_id],
    );
    expect(rows).toEqual([{ record_id: id }]);
    const { database } = legacy.api;
    await changeJob(database, body.job_id, { status: 'processing', stage: 'applying' });
    const stream = fetch(legacy.api.url + body.sse_url).then((opened) => readEvents(opened));
    await until(() => legacy.api.openStreams() > 0);
    await changeJob(database, body.job_id, { status: 'completed', finishedAt: new Date() });
    const events = await stream;
    expect(events[0]?.data).toMatchObject({ status: 'importing', stage: 'deleting', total_rows: 1 });
    expect(events.at(-1)?.data).toEqual({ event: 'close', job_id: body.job_id });
  });
});

describe('webhooks', () => {
  /** They need a token of an admin, also where clients without one are let in. */
  async function admin(path: string, init: RequestInit = {}, status = 200): Promise<unknown> {
    const response = await legacy.api.as('admin', 'ada')(`/legacy/catalogue${path}`, init);
    const text = await response.text();
    expect(response.status, text).toBe(status);
    return text === '' ? null : JSON.parse(text);
  }

  async function add(path: string, events = ['product.created', 'product.bulk_deleted']): Promise<string> {
    const body = await admin('/api/webhooks', sent('POST', { url: receiver.urlOf(path), events }), 201);
    return (body as { id: string }).id;
  }

  test('are created, listed as an array, read, changed by PUT and removed', async () => {
    const url = receiver.urlOf('/hook');
    const events = ['product.created', 'product.bulk_deleted', 'import.completed'];
    const created = await admin('/api/webhooks', sent('POST', { url, events, enabled: true }), 201);
    const shown = { id: UUID, url, events, enabled: true, created_at: TIME, updated_at: TIME };
    expect(created).toEqual({ ...shown, secret: expect.stringMatching(/^whsec_/) });
    const { id } = created as { id: string };
    expect(await admin(`/api/webhooks/${id}`)).toEqual(shown);
    const second = await add('/other');
    expect(await admin('/api/webhooks')).toMatchObject([{ id: second }, { id }]);

    const change = { url: null, events: ['import.failed'], enabled: false };
    expect(await admin(`/api/webhooks/${id}`, sent('PUT', change))).toEqual({
      ...shown,
      events: ['import.failed'],
      enabled: false,
    });
    expect(await admin(`/api/webhooks/${id}`, sent('PUT', {}))).toMatchObject({ enabled: false });
    expect(await admin(`/api/webhooks/${id}`, { method: 'DELETE' }, 204)).toBeNull();
    const missing = { detail: `Webhook with ID ${id} not found` };
    expect(await admin(`/api/webhooks/${id}`, {}, 404)).toEqual(missing);
    expect(await admin(`/api/webhooks/${id}/deliveries`, {}, 404)).toEqual(missing);
    expect(await admin(`/api/webhooks/${id}/test`, { method: 'POST' }, 404)).toEqual(missing);

    const { rows } = await legacy.api.database.pool.query<{ action: string; actor: string }>(
      'SELECT action, actor FROM audit ORDER BY number',
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'create-webhook',
      'create-webhook',
      'change-webhook',
      'delete-webhook',
    ]);
    expect(new Set(rows.map(({ actor }) => actor))).toEqual(new Set(['ada']));
  });

  test('need a known event and a URL that can be sent to', async () => {
    const none = { url: receiver.urlOf('/x'), events: [] };
    expect(await admin('/api/webhooks', sent('POST', none), 422)).toMatchObject({
      detail: [{ loc: ['body', 'events'] }],
    });
    const unknown = { url: receiver.urlOf('/x'), events: ['product.created', 'nonsense'] };
    expect(await admin('/api/webhooks', sent('POST', unknown), 422)).toMatchObject({
      detail: [{ loc: ['body', 'events', '1'] }],
    });
    const odd = { url: 'ftp://example.com/', events: ['import.failed'] };
    expect(await admin('/api/webhooks', sent('POST', odd), 422)).toMatchObject({
      detail: [{ loc: ['body', 'url'], msg: expect.stringMatching(/\w/) }],
    });
  });

  test('are tested at once', async () => {
    const good = await add('/good');
    expect(await admin(`/api/webhooks/${good}/test`, { method: 'POST' })).toEqual({
      success: true,
      response_code: 204,
      response_time_ms: expect.any(Number),
      response_body: '',
      error: null,
    });
    expect(receiver.takenAt('/good').at(-1)?.event.type).toBe('webhook.test');
    const broken = await add('/broken');
    expect(await admin(`/api/webhooks/${broken}/test`, { method: 'POST' })).toEqual({
      success: false,
      response_code: 500,
      response_time_ms: expect.any(Number),
      response_body: 'no',
      error: expect.stringContaining('2xx'),
    });
  });

  test('have a log of deliveries as an array, newest first, page by page', async () => {
    const id = await add('/hook');
    const broken = await add('/broken');
    await create({ sku: 'A', name: 'Mug' });
    await create({ sku: 'B', name: 'Cup' });
    const steps = webhookSteps({ db: legacy.api.database, storage: legacy.api.storage });
    await steps.announceEvents();
    await steps.deliverDue({ endpointId: id, maxDeliveries: null });
    await steps.deliverDue({ endpointId: broken, maxDeliveries: null });

    const deliveries = (await admin(`/api/webhooks/${id}/deliveries`)) as Record<string, unknown>[];
    expect(deliveries).toHaveLength(2);
    expect(deliveries.every(({ event_type }) => event_type === 'product.created')).toBe(true);
    const done = deliveries.filter(({ status }) => status === 'success');
    expect(done.length).toBeGreaterThan(0);
    expect(done[0]).toEqual({
      id: UUID,
      webhook_id: id,
      event_type: 'product.created',
      status: 'success',
      response_code: 204,
      response_time_ms: expect.any(Number),
      attempted_at: TIME,
      completed_at: TIME,
    });
    const page = await admin(`/api/webhooks/${id}/deliveries?page=2&page_size=1`);
    expect(page).toEqual([deliveries[1]]);
    const tried = (await admin(`/api/webhooks/${broken}/deliveries`)) as Record<string, unknown>[];
    expect(tried.find(({ response_code }) => response_code === 500)).toMatchObject({
      status: 'pending',
      completed_at: null,
    });
  });

  test('are closed to who is no admin', async () => {
    const response = await legacy.send('/api/webhooks');
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ detail: 'This needs the role admin; yours is operator.' });
  });
});
