import { expect } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { createOrderActivities, type Pace } from '../../activities/orders/order-activities.ts';
import {
  type OrderActivities,
  type OrderState,
  type OrderVerbRequest,
  STEP_ACTIVITIES,
} from '../../contracts/temporal/order-activities.ts';
import type { OrderStep } from '../../contracts/words.ts';
import type { NewOrder } from '../../domain/orders/new-order.ts';
import { toKey } from '../../domain/keys.ts';
import type { Database } from '../../prisma/client.ts';
import { createOrder, type OrderAcceptance } from '../../prisma/repositories/order-create.ts';
import { readOrderState } from '../../prisma/repositories/order-control.ts';
import {
  listUnauditedOrderVerbs,
  listUnbalancedOrders,
  listWrongStock,
  listWrongTimelines,
} from '../../prisma/repositories/order-invariants.ts';
import { applyOrderVerb, type OrderVerbOutcome } from '../../prisma/repositories/order-verbs.ts';
import { createActivityEnvironment } from './activity-environment.ts';
import { createTestDatabase, openTestDatabase, emptyTables } from './database.ts';
import { createFakeProviders, type FakeProviders } from './fake-providers.ts';

/** What the tests' products cost in. */
export const CURRENCY = 'EUR';

/** An order for some pieces, by sku. */
export function newOrder(items: Record<string, number>, more: Partial<NewOrder> = {}): NewOrder {
  return {
    orderId: null,
    lines: Object.entries(items).map(([sku, quantity]) => ({ sku, quantity, unitPrice: null })),
    total: null,
    currency: CURRENCY,
    email: null,
    paymentToken: null,
    shippingService: null,
    ...more,
  };
}

/** The machine may be slow. */
export const UNHURRIED: Pace = { quickMs: Infinity, waitedMs: 60_000 };

/** The steps of orders on a database of a test file's own, with providers that keep books. */
export interface OrderBench {
  db: Database;
  url: string;
  providers: FakeProviders;
  pace: Pace;
  /** The activities, for a worker. */
  activities: (db?: Database) => OrderActivities;
  /** The same, each to be called as a worker calls it. */
  steps: (db?: Database) => OrderActivities;
  stock: (products: Record<string, number>, price?: string) => Promise<void>;
  accept: (order: NewOrder, idempotencyKey?: string | null) => Promise<OrderAcceptance>;
  /** @returns its id */
  place: (items: Record<string, number>, more?: Partial<NewOrder>) => Promise<string>;
  step: (orderId: string, step: OrderStep, db?: Database) => Promise<OrderState>;
  /** Does steps as the workflow does, until nothing is left to do; a step that throws parks the order. */
  run: (orderId: string) => Promise<OrderState>;
  ask: (orderId: string, verb: Omit<OrderVerbRequest, 'key'>) => Promise<OrderVerbOutcome>;
  stockOf: (sku: string) => Promise<{ stock: number; reserved: number }>;
  timeline: (orderId: string) => Promise<string[]>;
  /** Whether what was reserved, paid and sent adds up, here and in the books of the providers. */
  expectSound: () => Promise<void>;
  empty: () => Promise<void>;
  close: () => Promise<void>;
}

export async function openOrderBench(): Promise<OrderBench> {
  const database = await createTestDatabase();
  const db = openTestDatabase(database.url);
  const providers = createFakeProviders();
  type Activity = (...args: unknown[]) => Promise<unknown>;

  const bench: OrderBench = {
    db,
    url: database.url,
    providers,
    pace: { ...UNHURRIED },
    activities(chosen = db) {
      const orderNotifier = { changed: () => undefined, flush: () => Promise.resolve() };
      return createOrderActivities({ ...providers, db: chosen, orderNotifier, pace: bench.pace });
    },
    steps(chosen) {
      const asInWorker = Object.entries(bench.activities(chosen)).map(([name, activity]) => [
        name,
        (...args: unknown[]) => createActivityEnvironment().run(activity as Activity, ...args),
      ]);
      return Object.fromEntries(asInWorker) as OrderActivities;
    },
    async stock(products, price = '10.00') {
      for (const [sku, stock] of Object.entries(products)) {
        await db.pool.query(
          `INSERT INTO products (sku, sku_key, name, price, stock, last_change) VALUES ($1, $2, $1, $3, $4, uuidv7())
           ON CONFLICT (sku_key) DO UPDATE SET stock = excluded.stock, price = excluded.price`,
          [sku, toKey(sku), price, stock],
        );
      }
    },
    accept: (order, idempotencyKey = null) =>
      createOrder(db, { order, createdBy: 'tester', idempotencyKey }, CURRENCY),
    async place(items, more) {
      const accepted = await bench.accept(newOrder(items, more));
      if (accepted.result !== 'created') throw new Error(`not created: ${JSON.stringify(accepted)}`);
      return accepted.orderId;
    },
    step: async (orderId, step, chosen) => {
      const activity = bench.steps(chosen)[STEP_ACTIVITIES[step]] as (ref: object) => Promise<OrderState>;
      return await activity({ orderId, retryDelaysMs: [] });
    },
    async run(orderId) {
      let state = await readOrderState(db.pool, orderId);
      while (state.next !== null && state.parked === null) {
        const { next } = state;
        try {
          state = await bench.step(orderId, next);
        } catch (error) {
          const failure = { code: 'provider_unavailable', message: String(error), attempts: 1 };
          state = await bench.steps().parkOrder({ orderId, retryDelaysMs: [], step: next, failure });
        }
      }
      return state;
    },
    ask: (orderId, verb) =>
      applyOrderVerb(db.pool, orderId, { by: 'operator', key: uuidv7(), ...verb }, false),
    async stockOf(sku) {
      const { stock, reserved } = await db.prisma.product.findUniqueOrThrow({
        where: { skuKey: toKey(sku) },
      });
      return { stock, reserved };
    },
    async timeline(orderId) {
      const events = await db.prisma.orderEvent.findMany({ where: { orderId }, orderBy: { seq: 'asc' } });
      return events.map(({ type, status }) => (status === null ? type : `${type} ${status}`));
    },
    async expectSound() {
      const broken = [listWrongStock, listUnbalancedOrders, listWrongTimelines, listUnauditedOrderVerbs];
      for (const list of broken) expect(await list(db.pool)).toEqual([]);
      const paid = await db.prisma.payment.findMany({ where: { status: 'authorized', amount: { gt: 0 } } });
      const kept = [...providers.charges].filter(([, { isRefunded }]) => !isRefunded).map(([key]) => key);
      const open = await db.prisma.payment.findMany({ where: { status: 'requested' } });
      const keyOf = ({ orderId, round }: { orderId: string; round: number }): string =>
        `${orderId}:payment:${String(round)}`;
      const unknown = new Set(open.map(keyOf));
      expect(kept.filter((key) => !unknown.has(key)).sort()).toEqual(paid.map(keyOf).sort());
    },
    async empty() {
      await emptyTables(
        db.pool,
        'orders, order_lines, reservations, payments, shipments, order_events, moved_stock, products, audit, idempotency_keys, events',
      );
      providers.forget();
      Object.assign(bench.pace, UNHURRIED);
    },
    async close() {
      await db.close();
      await database.drop();
    },
  };
  return bench;
}
