import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type SimulatorServer, startSimulatorServer } from '../../adapters/simulator/server.ts';
import type { Job } from '../../contracts/http/job.ts';
import { RECORD_KINDS } from '../../contracts/words.ts';
import { LEFT_ALONE_MS } from '../../platform/upload-timeout.ts';
import { ROOT } from '../../scripts/lib/local-stack.ts';
import { stockUp } from '../http/orders-under-test.ts';
import { type Cluster, CLUSTER_START_MS, startCluster } from '../support/cluster.ts';
import { csv } from '../support/csv.ts';
import { readJobEvents } from '../support/job-events.ts';
import { until } from '../support/until.ts';
import { OK, startWebhookReceiver, type WebhookReceiver } from '../support/webhook-receiver.ts';

/** How often one of each is killed. One round is what CI has time for. */
const ROUNDS = Number(process.env.CLUSTER_ROUNDS ?? 2);
const TEST_MS = 10 * 60_000;
const EACH = 2;

let cluster: Cluster | string;
let simulator: SimulatorServer | undefined;
let receiver: WebhookReceiver | undefined;

beforeAll(async () => {
  simulator = await startSimulatorServer();
  receiver = await startWebhookReceiver(() => OK);
  cluster = await startCluster(EACH, {
    IMPORT_CHUNK_ROWS: '100',
    IMPORT_RETRY_DELAYS_MS: '200,500,1000,2000,4000,8000,8000',
    ORDER_RETRY_DELAYS_MS: '200,500,1000,2000,4000,8000,8000',
    WEBHOOKS_RETRY_DELAYS_MS: '200,500,1000,2000,4000,8000',
    WEBHOOKS_ALLOW_PRIVATE_NETWORKS: 'true',
    HOUSEKEEPING_INTERVAL_MS: '1000',
    PAYMENTS_PROVIDER: 'simulator-http',
    PAYMENTS_URL: simulator.url,
    CARRIER_PROVIDER: 'simulator-http',
    CARRIER_URL: simulator.url,
  });
  if (typeof cluster === 'string') process.stderr.write(`NOT RUN: many machines, because ${cluster}\n`);
  else await stockUp(cluster.db, { 'SKU-1': 100_000 });
}, CLUSTER_START_MS);
afterAll(async () => {
  if (typeof cluster === 'object') await cluster.stop();
  await simulator?.close();
  await receiver?.stop();
}, 120_000);

/** The cluster; without it a test is skipped. */
function clusterOr(skip: (reason: string) => never): Cluster {
  return typeof cluster === 'string' ? skip(cluster) : cluster;
}

function formOf(content: string, kind: string): FormData {
  const form = new FormData();
  form.set('file', new Blob([content]), 'test.csv');
  form.set('kind', kind);
  return form;
}

const emailsOf = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, row) => `u${row}@${name}.example`);
const customersOf = (name: string, count: number): string =>
  csv('email,name,company', ...emailsOf(name, count).map((email) => `${email},Ann,Acme`));
const productsOf = (name: string, count: number): string =>
  csv('sku,name,price', ...Array.from({ length: count }, (_, row) => `${name}-${row},Lamp,19.90`));

test(
  'two uploads under one Idempotency-Key, one at each API at the same time, are one job and one file',
  async ({ skip }) => {
    const { apis, authorization, storage, waitFor } = clusterOr(skip);
    const key = randomUUID();
    const upload = (api: string, content: string): Promise<Response> =>
      fetch(`${api}/api/imports`, {
        method: 'POST',
        headers: { authorization, 'idempotency-key': key },
        body: formOf(content, 'customers'),
      });
    const content = customersOf('twice', 10);
    const answers = await Promise.all(apis.map((api) => upload(api, content)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    const [first, second] = (await Promise.all(answers.map((answer) => answer.json()))) as [Job, Job];
    expect(second.id).toBe(first.id);
    expect((await waitFor(first.id, 'completed', 'failed')).failure).toBeNull();
    expect((await upload(apis[1]!, customersOf('other', 10))).status).toBe(422);
    const keys: string[] = [];
    for await (const stored of storage.list(new Date(Date.now() + 60_000))) keys.push(stored);
    expect(keys).toEqual([first.id]);
  },
  TEST_MS,
);

test(
  'a stream opened at one API follows what another accepted, to its end',
  async ({ skip }) => {
    const { apis, authorization } = clusterOr(skip);
    const [a = '', b = ''] = apis;
    const abort = new AbortController();
    onTestFinished(() => {
      abort.abort();
    });
    const seen: { name: string | undefined; data: Record<string, unknown> }[] = [];
    const follow = async (url: string): Promise<void> => {
      const response = await fetch(url, { headers: { authorization }, signal: abort.signal });
      expect(response.status).toBe(200);
      const parser = createParser({
        onEvent: ({ event, data }) =>
          seen.push({ name: event, data: JSON.parse(data) as Record<string, unknown> }),
      });
      const read = async (): Promise<void> => {
        for await (const text of response.body!.pipeThrough(new TextDecoderStream())) parser.feed(text);
      };
      read().catch(() => undefined);
    };
    await follow(`${b}/api/stream?topics=jobs`);
    await follow(`${b}/api/orders/stream`);

    const accepted = await fetch(`${a}/api/imports`, {
      method: 'POST',
      headers: { authorization },
      body: formOf(productsOf('streamed', 500), 'products'),
    });
    const job = (await accepted.json()) as Job;
    const own = readJobEvents(await fetch(`${b}/api/jobs/${job.id}/stream`, { headers: { authorization } }));
    await own.ended;
    expect(own.jobs.at(-1)).toMatchObject({ id: job.id, status: 'completed', counts: { created: 500 } });
    await until(() => seen.some(({ data }) => data.id === job.id && data.status === 'completed'));

    const placed = await fetch(`${a}/api/orders`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: 'seen-at-the-other', items: [{ sku: 'SKU-1', qty: 1 }], total: 10 }),
    });
    expect(placed.status).toBe(201);
    await until(() =>
      seen.some(({ data }) => data.orderId === 'seen-at-the-other' && data.status === 'SHIPPED'),
    );
  },
  TEST_MS,
);

test(
  'who signed in at one API is known at the other, and a ticket opens its stream there',
  async ({ skip }) => {
    const { apis, authorization, waitFor, post } = clusterOr(skip);
    const [a = '', b = ''] = apis;
    const session = await fetch(`${a}/api/session`, { method: 'POST', headers: { authorization } });
    const cookie = session.headers.getSetCookie().map((one) => one.split(';', 1)[0]);
    const jobs = await fetch(`${b}/api/jobs`, { headers: { cookie: cookie.join('; ') } });
    expect(jobs.status).toBe(200);

    const job = await post(customersOf('ticket', 10), 'customers');
    expect((await waitFor(job.id, 'completed', 'failed')).failure).toBeNull();
    const streamPath = `/api/jobs/${job.id}/stream`;
    const asked = await fetch(`${a}/api/tickets`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ path: streamPath }),
    });
    const { ticket } = (await asked.json()) as { ticket: string };
    const events = readJobEvents(await fetch(`${b}${streamPath}?ticket=${ticket}`));
    await events.ended;
    expect(events.jobs.at(-1)).toMatchObject({ id: job.id, status: 'completed' });
  },
  TEST_MS,
);

test(
  `while each process, the S3 server and Temporal are killed ${ROUNDS} times, everything that was accepted comes to its end, once`,
  async ({ skip }) => {
    const it = clusterOr(skip);
    const { apis, authorization, stack, db, storage } = it;
    const hook = await it.send('/api/webhooks', {
      url: receiver!.urlOf('/cluster'),
      events: ['import.completed', 'order.shipped'],
    });
    expect(hook.status).toBe(201);

    let calls = 0;
    /** As a client behind a load balancer: again, at the other one, until there is an answer that is no outage. */
    const insist = async (path: string, init: () => RequestInit): Promise<unknown> => {
      let body: unknown;
      await until(async () => {
        calls += 1;
        const api = apis[calls % apis.length] ?? '';
        const { headers, ...rest } = init();
        const response = await fetch(`${api}${path}`, {
          ...rest,
          headers: { authorization, ...(headers as Record<string, string> | undefined) },
          signal: AbortSignal.timeout(20_000),
        }).catch(() => undefined);
        if (response === undefined || response.status >= 500) return false;
        body = await response.json().catch(() => undefined);
        expect(response.status, JSON.stringify(body)).toBeLessThan(300);
        return body !== undefined;
      });
      return body;
    };
    const upload = async (content: string, kind: string): Promise<Job> => {
      const key = randomUUID();
      const init = () => ({
        method: 'POST',
        headers: { 'idempotency-key': key },
        body: formOf(content, kind),
      });
      return (await insist('/api/imports', init)) as Job;
    };
    const json = (body: object) => () => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const jobHas = async (job: Job, ...statuses: Job['status'][]): Promise<Job> =>
      it.waitFor(job.id, ...statuses, 'failed', 'needs_attention');

    // Something to delete.
    const doomed = await upload(customersOf('doomed', 400), 'customers');
    expect((await jobHas(doomed, 'completed')).status).toBe('completed');
    const ids = (
      await db.prisma.customer.findMany({ where: { emailKey: { endsWith: '@doomed.example' } } })
    ).map(({ id }) => id);
    expect(ids).toHaveLength(400);

    let goingOn = true;
    const jobs: Job[] = [];
    const orders: string[] = [];
    const importing = (async () => {
      for (let round = 0; goingOn; round += 1) {
        for (const kind of RECORD_KINDS) {
          jobs.push(await upload(await readFile(path.join(ROOT, 'samples', `${kind}.csv`), 'utf8'), kind));
        }
        jobs.push(await upload(customersOf(`c${round}`, 1_500), 'customers'));
        jobs.push(await upload(productsOf(`p${round}`, 1_500), 'products'));
        await until(async () => !goingOn || (await jobHas(jobs.at(-1)!, 'completed')) !== undefined);
      }
    })();
    const ordering = (async () => {
      for (let number = 0; goingOn; number += 1) {
        const orderId = `cluster-${number}`;
        await insist('/api/orders', json({ orderId, items: [{ sku: 'SKU-1', qty: 1 }], total: 10 }));
        orders.push(orderId);
      }
    })();
    const deleting = insist('/api/customers/bulk-delete', json({ ids })) as Promise<Job>;

    // The second of each dies in the second round: then it was the first that carried the work.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const id of ['parse', 'apply', 'workflows', 'orders', 'webhooks', 'api']) {
        const before = jobs.length + orders.length;
        await it.kill(round % 2 === 0 ? id : `${id}-2`);
        // The other one of the pair, or this one that is back, takes more in.
        await until(() => jobs.length + orders.length > before);
      }
      await it.s3.kill();
      await it.s3.restart();
      const { pid } = stack.temporal!;
      it.killTemporal();
      await until(() => stack.temporal!.pid !== pid);
      const before = orders.length;
      await until(() => orders.length > before);
    }
    goingOn = false;
    await Promise.all([importing, ordering]);
    jobs.push(doomed, await deleting);

    for (const job of jobs) {
      const ended = await it.waitFor(job.id, 'completed', 'failed', 'needs_attention');
      expect([ended.id, ended.status, ended.failure]).toEqual([job.id, 'completed', null]);
    }
    await until(async () => {
      const { rows } = await db.pool.query<{ id: string }>('SELECT id FROM orders WHERE goal IS NOT NULL');
      return rows.length === 0;
    });
    const parcels = Map.groupBy(
      simulator!.carrier.ledger().filter(({ isShipped }) => isShipped),
      ({ orderId }) => orderId,
    );
    for (const id of orders) expect([id, parcels.get(id)?.length]).toEqual([id, 1]);
    const charged = simulator!.payments.ledger().filter(({ orderId }) => orders.includes(orderId));
    expect(charged.reduce((sum, { charged: taken }) => sum + Number(taken), 0)).toBe(10 * orders.length);
    expect(await db.prisma.customer.count({ where: { id: { in: ids } } })).toBe(0);

    // Every event has been taken, under one id however often it was sent.
    const wanted = new Set([...orders, ...jobs.filter(({ type }) => type === 'import').map(({ id }) => id)]);
    await until(() => {
      const taken = receiver!.takenAt('/cluster');
      const told = new Set(taken.map(({ event }) => event.correlationId));
      return [...wanted].every((one) => told.has(one) || one === doomed.id);
    });

    // What a killed API left in the storage is old enough now, and goes; what a job owns stays.
    await it.s3.setAge(new Date(Date.now() - 2 * LEFT_ALONE_MS));
    const owned = new Set((await db.prisma.job.findMany()).map(({ storageKey }) => storageKey));
    await until(async () => {
      for await (const key of storage.list(new Date())) if (!owned.has(key.split('_').at(-1)!)) return false;
      for await (const _key of storage.unfinished(new Date())) return false;
      return true;
    });
    await it.expectInvariants();
  },
  TEST_MS,
);
