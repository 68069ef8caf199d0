import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';

/** An order as the load generators of the older system made them: 10 for each piece. */
export interface LoadOrder {
  items: { sku: string; qty: number }[];
  total: number;
}

const SKUS = 100;
const PRICE = 10;

/** One to three lines of SKU-1 to SKU-100, one to three pieces of each. @param random from 0 to below 1 */
export function makeLoadOrder(random: () => number = Math.random): LoadOrder {
  const upTo = (most: number): number => 1 + Math.floor(random() * most);
  const items = Array.from({ length: upTo(3) }, () => ({ sku: `SKU-${String(upTo(SKUS))}`, qty: upTo(3) }));
  return { items, total: items.reduce((sum, { qty }) => sum + qty * PRICE, 0) };
}

/** How an order has ended; `PARKED` where it waits for an operator. */
export interface EndedOrder {
  orderId: string;
  status: string;
  /** From its acceptance to its end, by the server's clock. */
  milliseconds: number;
}

/** Follows all orders, and tells of those that end. */
export interface OrderFollower {
  ended: ReadonlyMap<string, EndedOrder>;
  close: () => void;
}

/** After these nothing is done for an order, or only what was done is undone. */
const LAST_STATUSES = /^(?:SHIPPED|INVENTORY_FAILED|PAYMENT_FAILED|REFUNDED|CANCELLED)$/;
const COME_BACK_MS = 500;

interface Entry {
  orderId: string;
  type: string;
  status: string | null;
  at: string;
}

/** Begins to follow; resolves once nothing can be missed any more. @param url of the API */
export async function followOrders(url: string, token: string): Promise<OrderFollower> {
  const abort = new AbortController();
  const created = new Map<string, number>();
  const ended = new Map<string, EndedOrder>();
  let lastEventId: string | undefined;
  let begun = (): void => undefined;
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });

  const take = ({ orderId, type, status, at }: Entry): void => {
    const time = Date.parse(at);
    if (status === 'CREATED') created.set(orderId, time);
    const last = type === 'ops.DeadLetter' ? 'PARKED' : status;
    if (last === null || !(last === 'PARKED' || LAST_STATUSES.test(last))) return;
    ended.set(orderId, { orderId, status: last, milliseconds: time - (created.get(orderId) ?? time) });
  };
  const follow = async (): Promise<void> => {
    const response = await fetch(new URL('/api/orders/stream', url), {
      headers: {
        authorization: `Bearer ${token}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
      signal: abort.signal,
    });
    if (!response.ok || response.body === null) {
      throw new Error(`the stream of orders answered ${String(response.status)}`);
    }
    const parser = createParser({
      onEvent: ({ id, data }) => {
        lastEventId = id;
        take(JSON.parse(data) as Entry);
      },
    });
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      // An id without data says where the stream begins; the parser passes over it.
      lastEventId ??= /^id: (\S+)$/m.exec(text)?.[1];
      if (lastEventId !== undefined) begun();
      parser.feed(text);
    }
  };
  const followOn = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      await follow().catch(() => undefined);
      await delay(COME_BACK_MS);
    }
  };
  const failed = follow().then(
    () => followOn(),
    async (error: unknown) => {
      if (lastEventId === undefined) throw error;
      await followOn();
    },
  );
  failed.catch(() => undefined);
  await Promise.race([hasBegun, failed]);
  return {
    ended,
    close() {
      abort.abort();
    },
  };
}

/** Posts an order. @returns its id @throws when it was not accepted */
export async function postOrder(target: URL, token: string, order: LoadOrder): Promise<string> {
  const response = await fetch(target, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(order),
  });
  const answer = (await response.json()) as { orderId?: string };
  if (!response.ok || answer.orderId === undefined) {
    throw new Error(`${target.pathname} answered ${String(response.status)}: ${JSON.stringify(answer)}`);
  }
  return answer.orderId;
}

/** The value below which this share of the values is; by the nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
