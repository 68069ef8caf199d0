import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordsChangedV2 } from '../../contracts/events/record-events.ts';
import { webhookWithSecretSchema } from '../../contracts/http/webhook.ts';
import { seededRandom } from '../support/random.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { workflowBundle } from '../support/temporal.ts';
import { until } from '../support/until.ts';
import { writeProduct } from '../support/webhook-bench.ts';
import {
  type Fault,
  OK,
  type ReceivedMessage,
  startWebhookReceiver,
  verifyMessage,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

/**
 * Whatever is killed, and whatever the receivers do, each event reaches each endpoint that has subscribed to it, or its delivery is
 * parked where it is seen, and always under the same `webhook-id`. The instants are random; a failing run is made again with its
 * seed.
 */
const SEED = Number(process.env.FAULT_SEED ?? Date.now() % 1_000_000);
const random = seededRandom(SEED);

let folder: string;
let under: StackUnderTest;
let receiver: WebhookReceiver;
let choose: (message: ReceivedMessage, before: number) => Fault;
/** Secrets by path. */
const secrets = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-test-bundle-'));
  const bundleFile = join(folder, 'bundle.js');
  await writeFile(bundleFile, (await workflowBundle()).code);
  under = await startStackUnderTest({
    env: {
      IMPORT_CHUNK_ROWS: '300',
      HOUSEKEEPING_INTERVAL_MS: '1000',
      // Made once: a worker that is killed comes back the sooner.
      WORKFLOW_BUNDLE: bundleFile,
      WEBHOOKS_ALLOW_PRIVATE_NETWORKS: 'true',
      WEBHOOKS_TIMEOUT_MS: '1000',
      WEBHOOKS_RETRY_DELAYS_MS: '100,200,400,800,1600',
    },
  });
}, 240_000);
afterAll(async () => {
  await under.stop();
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  secrets.clear();
  choose = () => OK;
  receiver = await startWebhookReceiver((message, before) => choose(message, before));
  await under.db.pool.query('DELETE FROM webhook_endpoints');
});
afterEach(async () => {
  await under.expectInvariants();
  await receiver.stop();
}, 120_000);

/** Adds an endpoint over the API. @returns its id */
async function subscribe(path: string, events: string[]): Promise<string> {
  const response = await under.send('/api/webhooks', { url: receiver.urlOf(path), events });
  expect(response.status).toBe(201);
  const { id, secret } = webhookWithSecretSchema.parse(await response.json());
  secrets.set(path, secret);
  return id;
}

async function settled(count: number): Promise<void> {
  await until(async () => {
    const { rows } = await under.db.pool.query<{ all: number; pending: number }>(
      `SELECT count(*)::int AS all, (count(*) FILTER (WHERE status = 'pending'))::int AS pending FROM webhook_deliveries`,
    );
    return rows[0]!.all >= count && rows[0]!.pending === 0;
  });
}

/** What became of the deliveries to an endpoint, by event. */
async function outcomes(endpointId: string): Promise<Map<string, string>> {
  const { rows } = await under.db.pool.query<{ event_id: string; status: string }>(
    'SELECT event_id, status FROM webhook_deliveries WHERE endpoint_id = $1',
    [endpointId],
  );
  return new Map(rows.map(({ event_id, status }) => [event_id, status]));
}

describe(`events reach their receivers (seed ${SEED})`, () => {
  test('when the receivers fail in every way and the webhook worker is killed in between: 1,000 deliveries', async () => {
    const EVENTS = 250;
    const inward = { location: receiver.urlOf('/inward') };
    /** What goes wrong, the first time or more often, for a share of the messages. */
    const faults: Fault[] = [
      { kind: 'answer', status: 500, body: 'oh' },
      { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
      { kind: 'hang' },
      { kind: 'slow body' },
      { kind: 'huge body' },
      { kind: 'answer', status: 302, headers: inward },
    ];
    let gone = 0;
    choose = ({ path, event }, before) => {
      const n = Number((event.data as { values: { sku: string } }).values.sku.slice(2));
      if (path === '/gone') return ++gone > 20 ? { kind: 'answer', status: 410 } : OK;
      if (path === '/broken' && n % 40 === 0) return { kind: 'answer', status: 500 };
      if (path === '/flaky' && before === 0)
        return (n % 10 < 6 && n < 120 ? faults[n % 10] : undefined) ?? OK;
      return OK;
    };
    const staying = ['/good', '/busy', '/flaky', '/broken'];
    const paths = [...staying, '/gone'];
    const ids: Record<string, string> = {};
    for (const path of paths) ids[path] = await subscribe(path, ['product.*']);

    const written = Array.from({ length: EVENTS }, () => uuidv7());
    const writing = (async () => {
      for (const [n, changeId] of written.entries()) {
        await writeProduct(under.db, { sku: `S-${n}`, changeId });
        // Some writers change their minds.
        if (n % 20 === 0) {
          const fail = { sku: `X-${n}`, changeId: uuidv7(), fail: true };
          await expect(writeProduct(under.db, fail)).rejects.toThrow();
        }
      }
    })();
    for (let round = 0; round < 3; round += 1) {
      const target = receiver.messages.length + 20 + Math.floor(random() * 150);
      await until(() => receiver.messages.length >= target);
      await under.kill('webhooks');
    }
    await writing;
    await settled(EVENTS * staying.length);

    expect(receiver.messages.filter(({ path }) => path === '/inward')).toEqual([]);
    for (const message of receiver.messages) verifyMessage(message, secrets.get(message.path)!);
    const sent = new Set(receiver.messages.map(({ id }) => id));
    expect(sent).toEqual(new Set(written));
    for (const path of paths) {
      const became = await outcomes(ids[path]!);
      // It heard of nothing any more once it was switched off.
      if (path !== '/gone') expect(new Set(became.keys()), path).toEqual(new Set(written));
      const taken = new Set(receiver.takenAt(path).map(({ id }) => id));
      for (const [event, status] of became) {
        if (status === 'delivered') expect(taken.has(event), `${path} ${event}`).toBe(true);
        else expect(status, `${path} ${event}`).toBe('failed');
      }
      const parked = [...became.values()].filter((status) => status === 'failed').length;
      if (path === '/gone') expect(parked).toBeGreaterThan(0);
      else expect(parked, path).toBe(path === '/broken' ? Math.ceil(EVENTS / 40) : 0);
    }
    const { rows } = await under.db.pool.query(
      'SELECT disabled_reason FROM webhook_endpoints WHERE NOT active',
    );
    expect(rows).toEqual([{ disabled_reason: 'gone' }]);
  }, 480_000);

  test('when the apply worker is killed as an import ends, and the webhook worker as it tells of the rows', async () => {
    const ROWS = 3_000;
    const id = await subscribe('/rows', ['records.changed', 'import.*']);
    const file = ['sku,name,price', ...Array.from({ length: ROWS }, (_, row) => `R-${row},Mug,1`)].join('\n');
    const job = await under.post(file, 'products', {}, { notify: 'rows' });
    await until(async () => {
      const { rowCount } = await under.db.pool.query(`SELECT FROM events WHERE type = 'records.changed'`);
      return (rowCount ?? 0) > 0;
    });
    await under.kill('webhooks');
    await until(async () => {
      const { rowCount } = await under.db.pool.query('SELECT FROM chunks WHERE applied_at IS NULL');
      return rowCount === 0;
    });
    await under.kill('apply');
    await under.waitFor(job.id, 'completed');
    const summary = `${job.id}.completed`;
    await until(() => receiver.takenAt('/rows').some((message) => message.id === summary));
    await settled(1);
    await until(async () => {
      const { rowCount } = await under.db.pool.query('SELECT FROM events WHERE announced_at IS NULL');
      return rowCount === 0;
    });
    await settled(1);
    expect([...(await outcomes(id)).values()].every((status) => status === 'delivered')).toBe(true);
    const changes = new Map(
      receiver
        .takenAt('/rows')
        .filter(({ event }) => event.type === 'records.changed')
        .flatMap((message) => recordsChangedV2.parse(message.event).data.changes)
        .map((change) => [change.row, change]),
    );
    expect(changes.size).toBe(ROWS);
    for (const message of receiver.messages) verifyMessage(message, secrets.get('/rows')!);
  }, 240_000);

  test('when Temporal is away for a while', async () => {
    const id = await subscribe('/a', ['*']);
    await under.stack.temporal!.kill();
    const written = Array.from({ length: 20 }, () => uuidv7());
    for (const [n, changeId] of written.entries()) await writeProduct(under.db, { sku: `T-${n}`, changeId });
    await under.stack.temporal!.restart();
    await settled(20);
    expect(new Set((await outcomes(id)).keys())).toEqual(new Set(written));
    expect(new Set(receiver.takenAt('/a').map((message) => message.id))).toEqual(new Set(written));
  }, 240_000);
});
