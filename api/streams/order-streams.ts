import type pg from 'pg';
import { latestStreamPosition } from '../../prisma/repositories/order-events.ts';
import { createOrderNotifier, type OrderNotifier } from '../../prisma/repositories/order-notifications.ts';
import { readOrderProgress, readStreamPage } from '../../prisma/repositories/order-timelines.ts';
import { createOrderFeed, type OrderFeed } from './order-feed.ts';
import { createOrderWatch, type OrderWatch, PROGRESS_LIMIT } from './order-watch.ts';

/** Everything by which a process follows orders and tells of their changes. */
export interface OrderStreams {
  orderWatch: OrderWatch;
  orderFeed: OrderFeed;
  orderNotifier: OrderNotifier;
  /** Orders have changed; null when any may have. */
  changed: (orderIds: readonly string[] | null) => void;
  close: () => void;
}

/** @param onError told of reads that failed; they are repeated */
export function createOrderStreams(pool: pg.Pool, onError: (error: unknown) => void): OrderStreams {
  const orderWatch = createOrderWatch({
    read: (orderId, afterSeq) => readOrderProgress(pool, orderId, afterSeq, PROGRESS_LIMIT),
    onError,
  });
  const orderFeed = createOrderFeed({
    read: (after, limit) => readStreamPage(pool, after, limit),
    end: () => latestStreamPosition(pool),
    onError,
  });
  return {
    orderWatch,
    orderFeed,
    orderNotifier: createOrderNotifier(pool, onError),
    changed(orderIds) {
      if (orderIds === null) orderWatch.anyChanged();
      else for (const orderId of orderIds) orderWatch.changed(orderId);
      orderFeed.wake();
    },
    close() {
      orderWatch.close();
      orderFeed.close();
    },
  };
}
