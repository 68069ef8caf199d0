import { createParser } from 'eventsource-parser';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { jobSchema } from '../../contracts/http/job.ts';
import { attentionCountSchema } from '../../contracts/http/attention.ts';
import { orderChangeSchema, recordsChangeSchema } from '../../contracts/http/live.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { changeJob, insertJob } from './job-fixture.ts';

let api: ApiUnderTest;
const leaving: (() => void)[] = [];

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(() => api.stop());
afterEach(async () => {
  for (const leave of leaving.splice(0)) leave();
  await until(() => api.openStreams() === 0);
  await api.database.prisma.job.deleteMany();
});

interface Received {
  name: string | undefined;
  data: unknown;
}

/** A client of the stream over several topics. */
async function open(topics: string): Promise<{ events: Received[]; response: Response }> {
  const abort = new AbortController();
  leaving.push(() => {
    abort.abort();
  });
  const response = await api.as('viewer')(`/api/stream?topics=${topics}`, { signal: abort.signal });
  const events: Received[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => events.push({ name: event, data: JSON.parse(data) as unknown }),
  });
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? [])
      parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
  };
  if (response.ok) read().catch(() => undefined);
  return { events, response };
}

const statusesOf = (events: Received[], id: string): string[] =>
  events.flatMap(({ name, data }) => {
    if (name !== 'job') return [];
    const job = jobSchema.parse(data);
    return job.id === id ? [job.status] : [];
  });
const countsOf = (events: Received[]): number[] =>
  events.flatMap(({ name, data }) => (name === 'attention' ? [attentionCountSchema.parse(data).count] : []));

describe('the stream over several topics', () => {
  test('begins with a reset, so that a client that was away reads again what it may have missed', async () => {
    const { events, response } = await open('jobs');
    await until(() => events.length > 0);
    expect(events[0]).toEqual({ name: 'reset', data: {} });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  });

  test('tells of every job that changes, also of new ones, and of the last state of each', async () => {
    const { events } = await open('jobs');
    await until(() => events.length > 0);
    const ids = [await insertJob(api.database), await insertJob(api.database)];
    for (const id of ids) await changeJob(api.database, id, {});
    for (const id of ids) await changeJob(api.database, id, { status: 'completed', finishedAt: new Date() });
    await until(() => ids.every((id) => statusesOf(events, id).at(-1) === 'completed'));
    // A job that nobody watches by itself is not kept in mind.
    await until(() => api.watched() === 0);
  });

  test('sends a job that is named at once, goes on after it has ended, and tells of no other', async () => {
    const id = await insertJob(api.database);
    const other = await insertJob(api.database);
    const { events, response } = await open(`job:${id}`);
    await until(() => statusesOf(events, id).length > 0);
    await changeJob(api.database, other, {});
    await changeJob(api.database, id, { status: 'completed', finishedAt: new Date() });
    await until(() => statusesOf(events, id).at(-1) === 'completed');
    // An ended job may be opened again, to send repaired rows.
    await changeJob(api.database, id, { status: 'processing', finishedAt: null });
    await until(() => statusesOf(events, id).at(-1) === 'processing');
    expect(statusesOf(events, other)).toEqual([]);
    expect(response.bodyUsed).toBe(true);
  });

  test('sends a job once for each of its states, also when two topics name it', async () => {
    const id = await insertJob(api.database);
    const { events } = await open(`jobs,job:${id}`);
    await until(() => statusesOf(events, id).length > 0);
    await changeJob(api.database, id, { status: 'paused' });
    await until(() => statusesOf(events, id).at(-1) === 'paused');
    expect(statusesOf(events, id)).toEqual(['processing', 'paused']);
  });

  test('tells how many jobs need attention, at once and whenever that changes', async () => {
    const id = await insertJob(api.database, { status: 'needs_attention' });
    const { events } = await open('attention');
    await until(() => countsOf(events).at(-1) === 1);
    await changeJob(api.database, id, { status: 'processing' });
    await until(() => countsOf(events).at(-1) === 0);
    expect(countsOf(events)).toEqual([1, 0]);
  });

  test('tells which orders something happened to, and the status that each came to', async () => {
    const { events } = await open('orders');
    await until(() => api.orders.orderFeed.size() === 1 && events.length > 0);
    const made = await api.as('operator')('/api/orders', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ orderId: 'live-1', items: [{ sku: 'CUP', qty: 1, unitPrice: '1' }] }),
    });
    expect(made.status).toBe(201);
    const changes = () =>
      events.flatMap(({ name, data }) => (name === 'order' ? [orderChangeSchema.parse(data)] : []));
    await until(() => changes().length > 0);
    expect(changes()).toEqual([{ orderId: 'live-1', status: 'CREATED' }]);
    for (const leave of leaving.splice(0)) leave();
    await until(() => api.orders.orderFeed.size() === 0);
  });

  test('tells that records of a kind were written, and of no other kind', async () => {
    const { events } = await open('records:products');
    await until(() => events.length > 0);
    const make = (path: string, body: object): Promise<Response> =>
      api.as('operator')(path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      });
    const person = { email: 'a@live.example', name: 'Ann', company: 'Acme' };
    expect((await make('/api/customers', person)).status).toBe(201);
    expect((await make('/api/products', { sku: 'LIVE-1', name: 'Cup', price: '1' })).status).toBe(201);
    await until(() => events.some(({ name }) => name === 'records'));
    const changes = events.flatMap(({ name, data }) =>
      name === 'records' ? [recordsChangeSchema.parse(data)] : [],
    );
    expect(changes).toEqual([{ kind: 'products' }]);
  });

  test('is forgotten when its client goes away', async () => {
    const id = await insertJob(api.database);
    const { events } = await open(`jobs,attention,job:${id}`);
    await until(() => countsOf(events).length > 0);
    for (const leave of leaving.splice(0)) leave();
    await until(() => api.openStreams() === 0 && api.watched() === 0);
  });

  test.each(['', 'order', 'job:', 'job:7', `jobs,job:${uuidv7()}x`, Array(21).fill('jobs').join(',')])(
    'knows no topics "%s"',
    async (topics) => {
      expect((await open(topics)).response.status).toBe(422);
    },
  );

  test('is for those who are signed in', async () => {
    expect((await fetch(`${api.url}/api/stream?topics=jobs`)).status).toBe(401);
    const { ticket } = (await (
      await api.as('viewer')('/api/tickets', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ path: '/api/stream' }),
      })
    ).json()) as { ticket: string };
    const abort = new AbortController();
    const withTicket = await fetch(`${api.url}/api/stream?topics=jobs&ticket=${ticket}`, {
      signal: abort.signal,
    });
    expect(withTicket.status).toBe(200);
    abort.abort();
  });
});
