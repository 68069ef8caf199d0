import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Job, jobSchema } from '../../contracts/http/job.ts';
import { until } from '../support/until.ts';
import { type ApiUnderTest, createFakeWorkflows, startApi } from './api-under-test.ts';
import { changeJob, insertJob } from './job-fixture.ts';

let api: ApiUnderTest;

beforeAll(async () => {
  api = await startApi({ workflows: createFakeWorkflows() });
});
afterAll(() => api.stop());
afterEach(() => api.database.prisma.job.deleteMany());

interface Received {
  name: string | undefined;
  id: string | undefined;
  job: Job;
  at: number;
}

/** A client of a job's stream. */
class StreamClient {
  readonly events: Received[] = [];
  readonly response: Response;
  retryMs: number | undefined;
  /** Settles when the server ends the stream, or the client has left. */
  readonly ended: Promise<void>;
  readonly #abort: AbortController;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#read().catch(() => undefined);
  }

  static async open(id: string, headers: Record<string, string> = {}): Promise<StreamClient> {
    const abort = new AbortController();
    const response = await api.as('viewer')(`/api/jobs/${id}/stream`, { headers, signal: abort.signal });
    return new StreamClient(response, abort);
  }

  async #read(): Promise<void> {
    const parser = createParser({
      onEvent: (event: EventSourceMessage) => {
        const job = jobSchema.parse(JSON.parse(event.data));
        this.events.push({ name: event.event, id: event.id, job, at: performance.now() });
      },
      onRetry: (retryMs) => {
        this.retryMs = retryMs;
      },
    });
    const decoder = new TextDecoder();
    for await (const bytes of this.response.body ?? [])
      parser.feed(decoder.decode(bytes as Uint8Array, { stream: true }));
  }

  async received(count: number): Promise<void> {
    await until(() => this.events.length >= count);
  }

  leave(): void {
    this.#abort.abort();
  }
}

describe('the stream of a job', () => {
  test('begins with the job as it is, and a hint when to come back', async () => {
    const id = await insertJob(api.database, { data: { revision: 7 } });
    const client = await StreamClient.open(id);
    await client.received(1);
    expect(client.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(client.response.headers.get('cache-control')).toContain('no-transform');
    expect(client.retryMs).toBeGreaterThan(0);
    expect(client.events[0]).toMatchObject({ name: undefined, id: '7', job: { id, status: 'processing' } });
    client.leave();
  });

  test('tells of each change, at most every 300 ms, and of the last one always', async () => {
    const id = await insertJob(api.database);
    const client = await StreamClient.open(id);
    await client.received(1);
    const from = performance.now();
    let changes = 0;
    while (performance.now() - from < 1_500) {
      await changeJob(api.database, id, {});
      changes += 1;
    }
    await changeJob(api.database, id, { status: 'completed', finishedAt: new Date() });
    await client.ended;

    expect(changes).toBeGreaterThan(20);
    // The first snapshot and the end come besides; how long it all took decides how many there may be between them.
    const mostEvents = (performance.now() - from) / 300 + 2;
    expect(client.events.length).toBeLessThanOrEqual(mostEvents);
    expect(client.events.length).toBeGreaterThan(3);
    const revisions = client.events.map(({ id: revision }) => Number(revision));
    expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
    const last = client.events.at(-1);
    expect(last).toMatchObject({ name: 'end', id: String(changes + 1), job: { status: 'completed' } });
    expect(client.events.slice(0, -1).every(({ name }) => name === undefined)).toBe(true);
  });

  test('tells of changes of chunks', async () => {
    const id = await insertJob(api.database, { chunks: [[{ key: 'a' }, { key: 'b' }]] });
    const client = await StreamClient.open(id);
    await client.received(1);
    expect(client.events[0]?.job.counts.pending).toBe(2);
    await api.database.pool.query(
      `WITH changed AS (UPDATE chunks SET created = 2, revision = revision + 1 RETURNING 1)
       SELECT pg_notify('longshore_jobs', $1) FROM changed`,
      [id],
    );
    await client.received(2);
    expect(client.events[1]?.job.counts).toMatchObject({ created: 2, pending: 0 });
    expect(client.events[1]?.id).not.toBe(client.events[0]?.id);
    client.leave();
  });

  test('that is opened on an ended job sends the end at once, and ends', async () => {
    const id = await insertJob(api.database, { status: 'failed', data: { revision: 3 } });
    const client = await StreamClient.open(id);
    await client.ended;
    expect(client.events).toHaveLength(1);
    expect(client.events[0]).toMatchObject({ name: 'end', id: '3', job: { status: 'failed' } });
  });

  test('keeps a client away that has seen the end', async () => {
    const id = await insertJob(api.database, { status: 'completed', data: { revision: 3 } });
    expect((await StreamClient.open(id, { 'Last-Event-ID': '3' })).response.status).toBe(204);
    const behind = await StreamClient.open(id, { 'Last-Event-ID': '2' });
    await behind.ended;
    expect(behind.events[0]?.name).toBe('end');
  });

  test('goes on for a client that comes back to a job that has not ended', async () => {
    const id = await insertJob(api.database, { data: { revision: 3 } });
    const client = await StreamClient.open(id, { 'Last-Event-ID': '3' });
    await client.received(1);
    expect(client.response.status).toBe(200);
    client.leave();
  });

  test('is forgotten when its client goes away', async () => {
    const id = await insertJob(api.database);
    const clients = await Promise.all(Array.from({ length: 5 }, () => StreamClient.open(id)));
    await Promise.all(clients.map((client) => client.received(1)));
    expect(api.openStreams()).toBe(5);
    expect(api.watched()).toBe(1);
    const metrics = await (await fetch(`${api.url}/metrics`)).text();
    expect(metrics).toContain('longshore_open_streams 5');
    for (const client of clients) client.leave();
    await until(() => api.openStreams() === 0);
    expect(api.watched()).toBe(0);
  });

  test('shares one read with the other streams of its job', async () => {
    const id = await insertJob(api.database);
    const clients = await Promise.all(Array.from({ length: 20 }, () => StreamClient.open(id)));
    await Promise.all(clients.map((client) => client.received(1)));
    let statements = 0;
    const counting = (): void => {
      statements += 1;
    };
    api.database.pool.on('acquire', counting);
    await changeJob(api.database, id, { status: 'completed' });
    await Promise.all(clients.map((client) => client.ended));
    api.database.pool.off('acquire', counting);
    expect(clients.every(({ events }) => events.at(-1)?.name === 'end')).toBe(true);
    // The change itself, the read that it causes, and at most the one that opening the streams left behind.
    expect(statements).toBeLessThanOrEqual(4);
  });

  test('hears again after the database has cut its connections', async () => {
    const id = await insertJob(api.database);
    const client = await StreamClient.open(id);
    await client.received(1);
    await api.database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test-listen' AND datname = current_database()`,
    );
    // Nobody is told of this change: what was missed is read after listening has begun again.
    await api.database.prisma.job.update({
      where: { id },
      data: { status: 'completed', revision: { increment: 1 } },
    });
    await client.ended;
    expect(client.events.at(-1)).toMatchObject({ name: 'end', job: { status: 'completed' } });
  });

  test('answers HEAD without opening anything', async () => {
    const id = await insertJob(api.database);
    const response = await api.as('viewer')(`/api/jobs/${id}/stream`, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(api.openStreams()).toBe(0);
  });
});
