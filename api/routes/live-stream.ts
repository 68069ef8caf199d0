import { attentionCountSchema } from '../../contracts/http/attention.ts';
import { jobExample, jobSchema } from '../../contracts/http/job.ts';
import {
  liveQuerySchema,
  orderChangeSchema,
  recordsChangeSchema,
  resetSchema,
} from '../../contracts/http/live.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute, SENT } from '../http/route.ts';
import { streamTopics } from '../streams/stream-topics.ts';
import { viewJob } from '../views/job-view.ts';

const streamLive = declareRoute({
  method: 'get',
  path: '/api/stream',
  operationId: 'streamLive',
  summary: 'Follow several things live, in one stream',
  description:
    'Server-sent events, until the client leaves. `jobs` tells of every job that changes and `job:ID` of one, by the event `job` ' +
    'with the job as its data, at most every 300 ms; steps may be left out, the last state never is. `attention` tells how much ' +
    'waits for an operator, by the event `attention`. `orders` tells which orders something happened to, by the event `order`, with ' +
    'the status that they came to. `records:KIND` tells that records of a kind were written, by the event `records`. The event `reset` comes first, and again when changes may have been ' +
    'missed: read the lists again that stand on the stream. What `job:ID` and `attention` name is sent at once.',
  tag: 'jobs',
  access: 'viewer',
  stream: true,
  query: liveQuerySchema,
  responses: {
    200: {
      description: 'The events.',
      contentType: 'text/event-stream',
      events: {
        data: {
          reset: resetSchema,
          job: jobSchema,
          attention: attentionCountSchema,
          records: recordsChangeSchema,
          order: orderChangeSchema,
        },
        ids: false,
      },
      example:
        'retry: 2000\n\nevent: reset\ndata: {}\n\nevent: attention\ndata: {"count":3,"jobs":1,"orders":2,"webhooks":0}\n\n' +
        `event: job\ndata: ${JSON.stringify(jobExample)}\n\n`,
    },
  },
  problems: [],
});

/** GET /api/stream. */
export function mountLiveStream(
  router: ApiRouter,
  {
    config,
    watch,
    attention,
    orderFeed,
    recordWatch,
    streams,
  }: Pick<AppDeps, 'config' | 'watch' | 'attention' | 'orderFeed' | 'recordWatch' | 'streams'>,
): void {
  mountRoute(
    router,
    streamLive,
  )(({ query, request, response }) => {
    if (request.method === 'HEAD') {
      response.type('text/event-stream').end();
      return SENT;
    }
    streamTopics(response, query.topics, {
      watch,
      attention,
      orderFeed,
      recordWatch,
      streams,
      render: (snapshot) => JSON.stringify(viewJob(snapshot, config)),
    });
    return SENT;
  });
}
