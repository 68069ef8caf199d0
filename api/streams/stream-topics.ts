import type { Response } from 'express';
import type { LiveTopic, OrderChange } from '../../contracts/http/live.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AttentionWatch } from './attention-watch.ts';
import type { OpenStreams } from './event-stream.ts';
import type { JobWatch } from './job-watch.ts';
import type { OrderFeed } from './order-feed.ts';
import type { RecordWatch } from './record-watch.ts';

/** However fast things change, a client hears of them at most so often. */
const SEND_INTERVAL_MS = 300;

export interface TopicStreamDeps {
  watch: JobWatch;
  attention: AttentionWatch;
  orderFeed: OrderFeed;
  recordWatch: RecordWatch;
  streams: OpenStreams;
  /** The data of an event `job`. */
  render: (snapshot: JobSnapshot) => string;
}

/**
 * Sends what happens under several topics to one client, until it goes away. What waits to be sent is kept by what it is
 * about, so a slow client misses steps and never the last state.
 */
export function streamTopics(response: Response, topics: readonly LiveTopic[], deps: TopicStreamDeps): void {
  /** The newest of each, by the job's id or the event's name, in the order in which they are to be sent. */
  const waiting = new Map<string, { name: string; data: () => string }>();
  /** What waits to be told of an order, by its id. */
  const orderChanges = new Map<string, OrderChange>();
  /** Of each job that was sent, so that nothing is sent twice. */
  const sentRevisions = new Map<string, number>();
  const ends: (() => void)[] = [];
  let sentAt = -Infinity;
  let timer: NodeJS.Timeout | undefined;

  const stream = deps.streams.open(response, () => {
    clearTimeout(timer);
    for (const end of ends) end();
  });

  const send = (): void => {
    timer = undefined;
    if (response.writableEnded) return;
    for (const [key, { name, data }] of waiting) {
      if (!stream.ready()) return;
      waiting.delete(key);
      sentAt = performance.now();
      stream.send({ name, data: data() });
    }
  };
  const sendSoon = (): void => {
    timer ??= setTimeout(send, Math.max(0, sentAt + SEND_INTERVAL_MS - performance.now()));
  };
  stream.onReady = sendSoon;

  const put = (key: string, name: string, data: () => string): void => {
    waiting.set(key, { name, data });
    sendSoon();
  };
  const putJob = (job: JobSnapshot): void => {
    if ((sentRevisions.get(job.id) ?? -1) >= job.revision) return;
    sentRevisions.set(job.id, job.revision);
    put(job.id, 'job', () => deps.render(job));
  };

  const putOrder = (orderId: string, status: OrderChange['status']): void => {
    const before = orderChanges.get(orderId)?.status ?? null;
    orderChanges.set(orderId, { orderId, status: status ?? before });
    put(`order ${orderId}`, 'order', () => {
      const change = orderChanges.get(orderId);
      orderChanges.delete(orderId);
      return JSON.stringify(change);
    });
  };

  // Says that the line stands, and that what was read before may be out of date by now.
  put('open', 'reset', () => '{}');
  for (const topic of topics) {
    switch (topic.name) {
      case 'jobs':
        ends.push(
          deps.watch.subscribeAll({
            onChange: putJob,
            onGap: () => {
              put('gap', 'reset', () => '{}');
            },
          }),
        );
        break;
      case 'job':
        ends.push(deps.watch.subscribe(topic.jobId, putJob));
        break;
      case 'orders': {
        const { end } = deps.orderFeed.subscribe(null, {
          begin: () => undefined,
          take: (entries) => {
            for (const { orderId, status } of entries) putOrder(orderId, status);
            // Of each order only the newest waits, so nothing has to be held back.
            return true;
          },
        });
        ends.push(end);
        break;
      }
      case 'records': {
        const { kind } = topic;
        ends.push(
          deps.recordWatch.subscribe(kind, () => {
            put(`records ${kind}`, 'records', () => JSON.stringify({ kind }));
          }),
        );
        break;
      }
      case 'attention':
        ends.push(
          deps.attention.subscribe((count) => {
            put('attention', 'attention', () => JSON.stringify(count));
          }),
        );
        break;
    }
  }
}
