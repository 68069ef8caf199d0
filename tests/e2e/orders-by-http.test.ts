import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SimulatorServer, startSimulatorServer } from '../../adapters/simulator/server.ts';
import type { OrderJson, orderWithTimelineSchema } from '../../contracts/http/order.ts';
import type { z } from 'zod';
import { readEvents } from '../http/legacy-under-test.ts';
import { stockUp } from '../http/orders-under-test.ts';
import { simulatorSettings } from '../support/providers.ts';
import { type StackUnderTest, startStackUnderTest } from '../support/stack-under-test.ts';
import { until } from '../support/until.ts';
import { OK, startWebhookReceiver, verifyMessage } from '../support/webhook-receiver.ts';

/** Whole orders through all processes, with the provider and the carrier in a process of their own that keeps a ledger. */
let simulator: SimulatorServer;
let underTest: StackUnderTest;

beforeAll(async () => {
  simulator = await startSimulatorServer();
  underTest = await startStackUnderTest({
    env: {
      ...simulatorSettings(simulator.url, 1_000),
      ORDER_RETRY_DELAYS_MS: '50,50',
      WEBHOOKS_ALLOW_PRIVATE_NETWORKS: 'true',
    },
  });
  await stockUp(underTest.db, { 'SKU-1': 1_000 });
}, 300_000);
afterAll(async () => {
  await underTest.stop();
  await simulator.close();
});

type OrderWithTimeline = z.infer<typeof orderWithTimelineSchema>;

async function place(more: object = {}): Promise<string> {
  const response = await underTest.send('/api/orders', {
    items: [{ sku: 'SKU-1', qty: 2 }],
    total: 20,
    ...more,
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as OrderJson).id;
}

async function waitFor(
  id: string,
  wanted: (order: OrderWithTimeline) => boolean,
): Promise<OrderWithTimeline> {
  let order: OrderWithTimeline | undefined;
  await until(async () => {
    order = (await (await underTest.get(`/api/orders/${id}`)).json()) as OrderWithTimeline;
    return wanted(order);
  });
  return order!;
}

const hasEnded = ({ isAtWork }: OrderJson): boolean => !isAtWork;
const isParked = ({ attention }: OrderJson): boolean => attention !== null;

/** Money that was taken for an order and not given back. */
function moneyOf(orderId: string): number {
  const payments = simulator.payments.ledger().filter((payment) => payment.orderId === orderId);
  return payments.reduce((sum, { charged, refunded }) => sum + Number(charged) - Number(refunded), 0);
}

function parcelsOf(orderId: string): number {
  return simulator.carrier.ledger().filter((parcel) => parcel.orderId === orderId && parcel.isShipped).length;
}

async function stockOf(sku: string): Promise<[stock: number, reserved: number]> {
  const product = await underTest.db.prisma.product.findUniqueOrThrow({
    where: { skuKey: sku.toLowerCase() },
  });
  return [product.stock, product.reserved];
}

describe('an order', () => {
  test('is shipped, and its stream tells each step as it happens', async () => {
    const [stock] = await stockOf('SKU-1');
    const id = await place();
    const events = await readEvents(await underTest.get(`/api/orders/${id}/stream`));
    expect(events.map(({ name, data }) => [name, data.status])).toEqual([
      [undefined, 'CREATED'],
      [undefined, 'INVENTORY_RESERVED'],
      [undefined, 'PAYMENT_AUTHORIZED'],
      [undefined, 'SHIPPED'],
      ['end', 'SHIPPED'],
    ]);
    expect([moneyOf(id), parcelsOf(id)]).toEqual([20, 1]);
    expect(await stockOf('SKU-1')).toEqual([stock - 2, 0]);
  });

  test('whose payment is declined gives its stock back', async () => {
    const before = await stockOf('SKU-1');
    const order = await waitFor(await place({ payment: { token: 'sim_insufficient_funds' } }), hasEnded);
    expect(order).toMatchObject({ status: 'PAYMENT_FAILED', reason: 'insufficient_funds' });
    expect([moneyOf(order.id), parcelsOf(order.id)]).toEqual([0, 0]);
    expect(await stockOf('SKU-1')).toEqual(before);
  });

  test('that the carrier refuses is refunded', async () => {
    const before = await stockOf('SKU-1');
    const order = await waitFor(await place({ shipping: { service: 'sim_refuse' } }), hasEnded);
    expect(order.status).toBe('REFUNDED');
    expect(order.timeline.map(({ status }) => status)).toContain('SHIPPING_FAILED');
    expect([moneyOf(order.id), parcelsOf(order.id)]).toEqual([0, 0]);
    expect(await stockOf('SKU-1')).toEqual(before);
  });

  test('is paid once when the answer about its payment gets lost', async () => {
    const order = await waitFor(await place({ payment: { token: 'sim_unknown_then_authorized' } }), hasEnded);
    expect(order.status).toBe('SHIPPED');
    expect(moneyOf(order.id)).toBe(20);
    const requests = simulator.payments.ledger().filter(({ orderId }) => orderId === order.id);
    expect(requests).toMatchObject([{ requests: 2, charged: '20.00' }]);
  });

  test('is parked by an outage, and a retry by the API brings it to its end, paid once', async () => {
    const id = await place({ payment: { token: 'sim_fail_4_times' } });
    const parked = await waitFor(id, isParked);
    expect(parked.attention).toMatchObject({ step: 'payment', error: { code: 'provider_unavailable' } });
    expect(parked.timeline.at(-1)).toMatchObject({
      type: 'ops.DeadLetter',
      details: { originalType: 'payment.Authorize', orderId: id },
    });
    const attention = (await (await underTest.get('/api/attention')).json()) as {
      items: { order?: OrderJson }[];
    };
    expect(attention.items.map(({ order }) => order?.id)).toContain(id);
    const wrong = await underTest.send(`/api/orders/${id}/retry`, { step: 'shipping' });
    expect(wrong.status).toBe(409);
    expect((await underTest.send(`/api/orders/${id}/retry`, { step: 'payment' })).status).toBe(200);
    expect((await waitFor(id, hasEnded)).status).toBe('SHIPPED');
    expect([moneyOf(id), parcelsOf(id)]).toEqual([20, 1]);
  });

  test('that waits is cancelled, and what may have been paid is given back', async () => {
    const before = await stockOf('SKU-1');
    const id = await place({ shipping: { service: 'sim_timeout' } });
    await waitFor(id, isParked);
    expect(moneyOf(id)).toBe(20);
    expect((await underTest.send(`/api/orders/${id}/cancel`, { reason: 'changed their mind' })).status).toBe(
      200,
    );
    expect(await waitFor(id, hasEnded)).toMatchObject({ status: 'CANCELLED', reason: 'changed their mind' });
    expect([moneyOf(id), parcelsOf(id)]).toEqual([0, 0]);
    expect(await stockOf('SKU-1')).toEqual(before);
    expect((await underTest.send(`/api/orders/${id}/retry`)).status).toBe(409);
  });

  test('that was declined is paid with another try, in a round of its own', async () => {
    await stockUp(underTest.db, { 'SKU-RARE': 1 });
    const rare = { items: [{ sku: 'SKU-RARE', qty: 2 }], total: 20 };
    const failed = await waitFor(await place(rare), hasEnded);
    expect(failed.status).toBe('INVENTORY_FAILED');
    await stockUp(underTest.db, { 'SKU-RARE': 2 });
    expect((await underTest.send(`/api/orders/${failed.id}/retry`, { step: 'inventory' })).status).toBe(200);
    expect((await waitFor(failed.id, hasEnded)).status).toBe('SHIPPED');
    expect(moneyOf(failed.id)).toBe(20);
  });

  test('is told to the addresses that have subscribed, each status once, and everything adds up', async () => {
    const receiver = await startWebhookReceiver(() => OK);
    try {
      const created = await underTest.send('/api/webhooks', {
        url: receiver.urlOf('/orders'),
        events: ['order.*'],
      });
      expect(created.status).toBe(201);
      const { secret } = (await created.json()) as { secret: string };
      const id = await place();
      await waitFor(id, hasEnded);
      await until(() => receiver.takenAt('/orders').length >= 4);
      const messages = receiver.takenAt('/orders');
      for (const message of messages) verifyMessage(message, secret);
      expect(messages.map(({ event }) => event.type).sort()).toEqual([
        'order.created',
        'order.inventory_reserved',
        'order.payment_authorized',
        'order.shipped',
      ]);
      expect(messages.find(({ event }) => event.type === 'order.shipped')?.event).toMatchObject({
        correlationId: id,
        data: {
          orderId: id,
          status: 'SHIPPED',
          seq: 4,
          event: { type: 'shipping.OrderShipped', version: 1 },
          details: { carrier: 'simulated' },
        },
      });
    } finally {
      await receiver.stop();
    }
    await underTest.expectInvariants();
  });
});
