import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction } from '../../prisma/client.ts';
import {
  type AttemptReport,
  claimDelivery,
  listDeliveries,
  recordAttempt,
  setGoingAgain,
} from '../../prisma/repositories/webhook-deliveries.ts';
import { findEndpoint } from '../../prisma/repositories/webhook-endpoints.ts';
import { type ImportBench, openImportBench } from '../support/import-bench.ts';
import { until } from '../support/until.ts';
import { addEndpoint, webhookSteps, writeProduct } from '../support/webhook-bench.ts';
import {
  type Fault,
  OK,
  type ReceivedMessage,
  startWebhookReceiver,
  verifyMessage,
  type WebhookReceiver,
} from '../support/webhook-receiver.ts';

let bench: ImportBench;
let receiver: WebhookReceiver;
let choose: (message: ReceivedMessage, before: number) => Fault;

beforeAll(async () => {
  bench = await openImportBench();
});
afterAll(() => bench.close());
beforeEach(async () => {
  await bench.empty();
  choose = () => OK;
  receiver = await startWebhookReceiver((message, before) => choose(message, before));
});
afterEach(() => receiver.stop());

const list = (endpointId: string) => listDeliveries(bench.db.pool, endpointId, { before: null, limit: 200 });

/** Events, and their deliveries to all endpoints. */
async function announce(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await writeProduct(bench.db, { sku: `S-${n}`, changeId: uuidv7() });
  await webhookSteps(bench).announceEvents();
}

/** Sends until nothing is on its way any more, as the workflow of an endpoint does. */
async function drain(endpointId: string, settings: Parameters<typeof webhookSteps>[1] = {}): Promise<void> {
  const steps = webhookSteps(bench, settings);
  await until(async () => {
    const { nextInMs } = await steps.deliverDue({ endpointId, maxDeliveries: null });
    return nextInMs === null;
  });
}

const failed: AttemptReport = {
  at: new Date(),
  latencyMs: 1,
  status: 500,
  error: 'refused',
  responseStart: '',
  nextDelayMs: 60_000,
  holdMs: null,
  isGone: false,
};
const taken: AttemptReport = { ...failed, status: 204, error: null, nextDelayMs: null };

describe('a delivery', () => {
  test('is signed, and its attempt is in the log', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await announce(1);
    await drain(endpoint.id);
    expect(receiver.messages).toHaveLength(1);
    verifyMessage(receiver.messages[0]!, endpoint.secret);
    expect(await list(endpoint.id)).toMatchObject([
      { status: 'delivered', attempts: 1, nextTryAt: null, tries: [{ number: 1, status: 204, error: null }] },
    ]);
  });

  test('is tried again by the schedule, with the same id and the same bytes, and parked at its end', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    choose = () => ({ kind: 'answer', status: 500, body: 'oh' });
    await announce(1);
    await drain(endpoint.id);
    expect(receiver.messages).toHaveLength(4);
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(1);
    expect(new Set(receiver.messages.map(({ body }) => body)).size).toBe(1);
    const [delivery] = await list(endpoint.id);
    expect(delivery).toMatchObject({
      status: 'failed',
      parkedFor: 'exhausted',
      attempts: 4,
      nextTryAt: null,
    });
    expect(delivery!.tries.map(({ number }) => number)).toEqual([4, 3, 2, 1]);

    choose = () => OK;
    const steps = webhookSteps(bench);
    expect(await steps.redeliver({ endpointId: endpoint.id })).toEqual({ redelivered: 1 });
    await drain(endpoint.id);
    expect(await list(endpoint.id)).toMatchObject([{ id: delivery!.id, status: 'delivered', attempts: 5 }]);
    expect(new Set(receiver.messages.map(({ id }) => id)).size).toBe(1);
  });

  test('of a worker that died is taken by another after a while, and late news of the dead one count for nothing', async () => {
    const { pool } = bench.db;
    const { id } = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await announce(1);
    const zombie = (await claimDelivery(pool, id, 1))!;
    await until(
      async () =>
        (await pool.query('SELECT FROM webhook_deliveries WHERE next_try_at <= now()')).rowCount === 1,
    );
    const successor = (await claimDelivery(pool, id, 60_000))!;
    expect(successor).toMatchObject({ id: zombie.id, claim: zombie.claim + 1 });
    expect(await claimDelivery(pool, id, 60_000)).toBeNull();

    expect(await recordAttempt(pool, id, zombie, failed, 60_000)).toBe(false);
    expect(await list(id)).toMatchObject([{ status: 'pending', attempts: 0, tries: [] }]);
    expect(await recordAttempt(pool, id, successor, taken, 60_000)).toBe(true);
    expect(await recordAttempt(pool, id, successor, taken, 60_000)).toBe(false);
    expect(await list(id)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  });

  test('is taken by one of many', async () => {
    const { id } = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await announce(40);
    const steps = webhookSteps(bench);
    await Promise.all(
      Array.from({ length: 4 }, () => steps.deliverDue({ endpointId: id, maxDeliveries: null })),
    );
    expect(receiver.messages).toHaveLength(40);
    expect(new Set(receiver.messages.map((message) => message.id)).size).toBe(40);
  });

  test('that is sent again while a worker has it in hand goes once more', async () => {
    const { pool } = bench.db;
    const { id } = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await announce(1);
    const inHand = (await claimDelivery(pool, id, 60_000))!;
    const again = (deliveryId: string) =>
      inTransaction(pool, (client) => setGoingAgain(client, id, { deliveryId }));
    expect(await again(inHand.id)).toBe(1);
    expect(await recordAttempt(pool, id, inHand, taken, 60_000)).toBe(false);
    await drain(id);
    expect(await list(id)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
  });
});

describe('a receiver', () => {
  test('that says when to come again is left alone until then, with all that is on its way', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    choose = (_message, before) =>
      before === 0 ? { kind: 'answer', status: 429, headers: { 'retry-after': '1' } } : OK;
    await announce(3);
    const steps = webhookSteps(bench);
    const outlook = await steps.deliverDue({ endpointId: endpoint.id, maxDeliveries: null });
    expect(receiver.messages).toHaveLength(1);
    expect(outlook).toMatchObject({ isActive: true, lanes: 0 });
    expect(outlook.nextInMs).toBeGreaterThan(500);
    expect(outlook.nextInMs).toBeLessThanOrEqual(1_000);
    expect((await findEndpoint(bench.db.pool, endpoint.id))?.heldUntil).not.toBeNull();
  });

  test('that is gone is switched off: what is on its way is parked, and the others are told', async () => {
    const gone = await addEndpoint(bench.db, receiver.urlOf('/gone'));
    const other = await addEndpoint(bench.db, receiver.urlOf('/other'), ['webhook.*']);
    choose = ({ path }) => (path === '/gone' ? { kind: 'answer', status: 410 } : OK);
    await announce(3);
    await drain(gone.id);
    expect(receiver.messages).toHaveLength(1);
    const parked = await list(gone.id);
    expect(parked.map(({ status, parkedFor }) => `${status} ${String(parkedFor)}`)).toEqual(
      Array(3).fill('failed gone'),
    );
    expect(await findEndpoint(bench.db.pool, gone.id)).toMatchObject({
      active: false,
      disabledReason: 'gone',
    });

    await announce(1);
    await drain(other.id);
    const [message] = receiver.takenAt('/other');
    verifyMessage(message!, other.secret);
    expect(message!.event).toMatchObject({
      type: 'webhook.disabled',
      data: { endpointId: gone.id, reason: 'gone' },
    });
    expect(await list(gone.id)).toHaveLength(3);
  });

  test('that keeps failing is switched off after a while, not before, and one success in between begins anew', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    const settings = { WEBHOOKS_SWITCH_OFF_AFTER_MS: 60_000, WEBHOOKS_RETRY_DELAYS_MS: [1, 1, 1, 1, 1, 1] };
    const earlier = `UPDATE webhook_endpoints SET failing_since = failing_since - interval '45 seconds'`;
    let answers: Fault[] = [];
    choose = () => answers.shift() ?? { kind: 'answer', status: 503 };
    const attempt = () =>
      webhookSteps(bench, settings).deliverDue({ endpointId: endpoint.id, maxDeliveries: 1 });
    const isActive = async () => (await findEndpoint(bench.db.pool, endpoint.id))?.active;

    await announce(2);
    await attempt();
    await bench.db.pool.query(earlier);
    answers = [OK];
    await until(async () => {
      await attempt();
      return receiver.takenAt('/a').length === 1;
    });
    expect((await findEndpoint(bench.db.pool, endpoint.id))?.failingSince).toBeNull();
    await until(async () => {
      await attempt();
      return (await findEndpoint(bench.db.pool, endpoint.id))?.failingSince !== null;
    });
    await bench.db.pool.query(earlier);
    await bench.db.pool.query(`UPDATE webhook_deliveries SET failures = 0 WHERE status = 'pending'`);
    const before = receiver.messages.length;
    await until(async () => {
      await attempt();
      return receiver.messages.length > before;
    });
    expect(await isActive()).toBe(true);
    await bench.db.pool.query(earlier);
    await until(async () => {
      await attempt();
      return (await isActive()) === false;
    });
    expect((await list(endpoint.id)).map(({ parkedFor }) => parkedFor).sort()).toEqual(['failing', null]);
  });

  test('that fails is sent one at a time', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a'));
    await announce(10);
    const steps = webhookSteps(bench);
    const next = () => steps.deliverDue({ endpointId: endpoint.id, maxDeliveries: 1 });
    expect((await next()).lanes).toBe(5);
    choose = () => ({ kind: 'answer', status: 500 });
    expect((await next()).lanes).toBe(1);
  });

  test('inside the own network is sent nothing where that is not allowed', async () => {
    const endpoint = await addEndpoint(bench.db, receiver.urlOf('/a').replace('http:', 'https:'));
    await announce(1);
    await drain(endpoint.id, { WEBHOOKS_ALLOW_PRIVATE_NETWORKS: false });
    expect(receiver.messages).toEqual([]);
    expect((await list(endpoint.id))[0]).toMatchObject({
      status: 'failed',
      tries: Array(4).fill({ status: null, error: 'private_address' }),
    });
  });
});

test('what a signal asks for that can not be understood is refused for good', async () => {
  const { id: endpointId } = await addEndpoint(bench.db, receiver.urlOf('/a'));
  const steps = webhookSteps(bench);
  await expect(steps.redeliver({ endpointId, since: 'yesterday' })).rejects.toMatchObject({
    nonRetryable: true,
  });
  await expect(steps.redeliver({ endpointId, deliveryId: '1' })).rejects.toMatchObject({
    nonRetryable: true,
  });
  expect(await steps.redeliver({ endpointId: uuidv7() })).toEqual({ redelivered: 0 });
});
