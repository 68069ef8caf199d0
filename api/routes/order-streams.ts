import { z } from 'zod';
import {
  orderEndSchema,
  orderParamsSchema,
  orderStreamEntrySchema,
  orderStreamHeadersSchema,
  timelineEntrySchema,
  timelineExample,
} from '../../contracts/http/order.ts';
import type { StreamPosition } from '../../prisma/repositories/order-events.ts';
import { readOrderProgress } from '../../prisma/repositories/order-timelines.ts';
import type { OrderEventRow } from '../../prisma/repositories/orders.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, SENT } from '../http/route.ts';
import type { FeedSubscription } from '../streams/order-feed.ts';
import { PROGRESS_LIMIT } from '../streams/order-watch.ts';
import { answerWithOrderStream } from '../streams/stream-order.ts';
import { viewTimelineEntry } from '../views/order-view.ts';
import { found } from './shared.ts';

const streamOrders = declareRoute({
  method: 'get',
  path: '/api/orders/stream',
  operationId: 'streamOrders',
  summary: 'Follow all orders live',
  description:
    'Server-sent events: what happens to any order, each entry once, in an order that never changes; those of one order in the order ' +
    "of its timeline. The data of an event is the entry with its `orderId`. An event's id stays good: a client that comes back with " +
    'it as Last-Event-ID gets all that came after it. Without one the stream begins now.',
  tag: 'orders',
  access: 'viewer',
  stream: true,
  headers: z.object({
    'last-event-id': z
      .string()
      .regex(/^\d{1,18}-\d{1,19}$/, 'must be the id of an event of this stream')
      .optional()
      .meta({ description: 'Sent by clients that come back.', example: '7412-9031' }),
  }),
  responses: {
    200: {
      description: 'The events.',
      contentType: 'text/event-stream',
      events: { data: { message: orderStreamEntrySchema }, ids: true },
      example: `retry: 2000\n\nid: 7412-9031\ndata: ${JSON.stringify({ orderId: 'shop-1001', ...timelineExample[0] })}\n\n`,
    },
  },
  problems: [],
});

const streamOrder = declareRoute({
  method: 'get',
  path: '/api/orders/:id/stream',
  operationId: 'streamOrder',
  summary: 'Follow an order live',
  description:
    'Server-sent events: the timeline of the order from its beginning, or from behind Last-Event-ID, each entry once; its id is the ' +
    "entry's `seq`. Once nothing is to be done for the order any more, the event `end` says its status, and the stream ends. A " +
    'client that comes back having seen all of that gets 204, and stays away.',
  tag: 'orders',
  access: 'viewer',
  stream: true,
  params: orderParamsSchema,
  headers: orderStreamHeadersSchema,
  responses: {
    200: {
      description: 'The events.',
      contentType: 'text/event-stream',
      events: { data: { message: timelineEntrySchema, end: orderEndSchema }, ids: true },
      example: `retry: 2000\n\nid: 1\ndata: ${JSON.stringify(timelineExample[0])}\n\n`,
    },
    204: { description: 'The client has the whole timeline, and nothing is to be done for the order.' },
  },
  problems: [],
});

/** Live timelines. */
export function mountOrderStreams(router: ApiRouter, deps: AppDeps): void {
  const { database, orderFeed, streams } = deps;

  // Before the route of one order: `stream` could be an order's id.
  mountRoute(
    router,
    streamOrders,
  )(({ headers, request, response }) => {
    if (request.method === 'HEAD') {
      response.type('text/event-stream').end();
      return SENT;
    }
    const stream = streams.open(response, () => {
      subscription.end();
    });
    stream.onReady = () => {
      subscription.resume();
    };
    const subscription: FeedSubscription = orderFeed.subscribe(toPlace(headers['last-event-id']), {
      begin: (place) => {
        stream.mark(idOf(place));
      },
      take: (entries) => {
        for (const entry of entries) stream.send({ id: idOf(entry), data: render(entry) });
        return stream.ready();
      },
    });
    return SENT;
  });

  mountRoute(
    router,
    streamOrder,
  )(async ({ params, headers, request, response }) => {
    const afterSeq = toSeq(headers['last-event-id']);
    const now = found(await readOrderProgress(database.pool, params.id, afterSeq, PROGRESS_LIMIT));
    return answerWithOrderStream({ request, response }, afterSeq, now, deps, {
      render: (entry) => JSON.stringify(viewTimelineEntry(entry)),
      renderEnd: ({ status }) => JSON.stringify({ status }),
    });
  });
}

function render(entry: OrderEventRow): string {
  return JSON.stringify({ orderId: entry.orderId, ...viewTimelineEntry(entry) });
}

function idOf({ tx, position }: StreamPosition): string {
  return `${tx}-${position}`;
}

function toPlace(id: string | undefined): StreamPosition | null {
  const [tx, position] = id?.split('-') ?? [];
  return tx === undefined || position === undefined ? null : { tx, position };
}

/** What is no id of ours stands for nothing that was seen: the timeline comes from its beginning. */
export function toSeq(id: string | undefined): number {
  return id !== undefined && /^\d{1,9}$/.test(id) ? Number(id) : 0;
}
