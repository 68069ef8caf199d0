import type { Request, Response } from 'express';
import type { OrderProgress } from '../../prisma/repositories/order-timelines.ts';
import type { OrderEventRow } from '../../prisma/repositories/orders.ts';
import { SENT } from '../http/route.ts';
import type { OpenStreams } from './event-stream.ts';
import type { OrderPlace, OrderWatch } from './order-watch.ts';

/** How a stream tells of an order. */
export interface OrderEvents {
  /** The data of an entry's event. */
  render: (entry: OrderEventRow) => string;
  /** The data of the event `end`; none such when missing. */
  renderEnd?: (progress: OrderProgress) => string;
}

/**
 * Answers with the timeline of an order from a place on: each entry once, in its order, until nothing is to be done for the order
 * any more. A client that has seen all of that gets 204, and stays away; HEAD opens nothing.
 *
 * @param afterSeq the last entry that the client has
 * @param now where the order stands now
 */
export function answerWithOrderStream(
  { request, response }: { request: Request; response: Response },
  afterSeq: number,
  now: OrderProgress,
  { orderWatch, streams }: { orderWatch: OrderWatch; streams: OpenStreams },
  { render, renderEnd }: OrderEvents,
): { status: 204 } | typeof SENT {
  // Not "or more": a client with a number from elsewhere is shown what there is.
  if (now.goal === null && afterSeq === now.lastSeq) return { status: 204 };
  if (request.method === 'HEAD') {
    response.type('text/event-stream').end();
    return SENT;
  }
  const { orderId } = now;
  const place: OrderPlace = { seq: Math.min(afterSeq, now.lastSeq) };
  let unsubscribe = (): void => undefined;
  const stream = streams.open(response, () => {
    unsubscribe();
  });
  const take = (progress: OrderProgress): void => {
    if (response.writableEnded || !stream.ready()) return;
    for (const entry of progress.entries) {
      if (entry.seq <= place.seq) continue;
      place.seq = entry.seq;
      stream.send({ id: String(entry.seq), data: render(entry) });
    }
    if (progress.goal !== null || place.seq < progress.lastSeq) return;
    if (renderEnd !== undefined)
      stream.send({ id: String(place.seq), name: 'end', data: renderEnd(progress) });
    stream.end();
  };
  stream.onReady = () => {
    orderWatch.changed(orderId);
  };
  take(now);
  if (!response.writableEnded) unsubscribe = orderWatch.subscribe(orderId, place, take);
  return SENT;
}
