import {
  attentionExample,
  listAttentionQuerySchema,
  type WaitingJson,
  waitingSchema,
} from '../../contracts/http/attention.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { listWaiting, readWaitingEndpoints, type WaitingType } from '../../prisma/repositories/attention.ts';
import { readJobSnapshots } from '../../prisma/repositories/jobs.ts';
import { readOrderSnapshots } from '../../prisma/repositories/orders.ts';
import { listParkedParts } from '../../prisma/repositories/parked-parts.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import {
  decodeAttentionCursor,
  encodeAttentionCursor,
  viewWaitingEndpoint,
} from '../views/attention-view.ts';
import { viewJob } from '../views/job-view.ts';
import { viewParkedPart } from '../views/operator-views.ts';
import { viewOrder } from '../views/order-view.ts';

const listAttention = declareRoute({
  method: 'get',
  path: '/api/attention',
  operationId: 'listAttention',
  summary: 'List what waits for an operator',
  description:
    'Jobs with their parked parts, orders of which a step gave up, and endpoints with deliveries that gave up: what has waited ' +
    'longest first. An endpoint that somebody switched off is not among them.',
  tag: 'jobs',
  access: 'viewer',
  query: listAttentionQuerySchema,
  responses: {
    200: {
      description: 'A page of it.',
      schema: pageOf(waitingSchema),
      example: { items: [attentionExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

/** For whoever is to get things going again. */
export function mountAttention(router: ApiRouter, { config, database }: AppDeps): void {
  const { pool, prisma } = database;

  mountRoute(
    router,
    listAttention,
  )(async ({ query: { cursor, limit }, principal }) => {
    const found = await listWaiting(pool, decodeAttentionCursor(cursor), limit + 1);
    const shown = found.slice(0, limit);
    const idsOf = (wanted: WaitingType): string[] =>
      shown.filter(({ type }) => type === wanted).map(({ id }) => id);
    const [jobs, orders, endpoints] = await Promise.all([
      readJobSnapshots(pool, idsOf('job')),
      readOrderSnapshots(pool, idsOf('order')),
      readWaitingEndpoints(pool, idsOf('webhook')),
    ]);
    const parked = await listParkedParts(
      prisma,
      [...jobs.values()].map(({ number }) => number),
    );
    // What was set going between these reads is left out.
    const items = shown.flatMap(({ type, id, since: at }): WaitingJson[] => {
      const since = at.toISOString();
      switch (type) {
        case 'job': {
          const job = jobs.get(id);
          if (job === undefined) return [];
          const parts = (parked.get(job.number) ?? []).map(viewParkedPart);
          return [{ job: viewJob(job, config), parked: parts, since }];
        }
        case 'order': {
          const order = orders.get(id);
          return order === undefined ? [] : [{ order: viewOrder(order, config), since }];
        }
        case 'webhook': {
          const endpoint = endpoints.get(id);
          if (endpoint === undefined) return [];
          return [{ ...viewWaitingEndpoint(endpoint, principal.role === 'admin'), since }];
        }
      }
    });
    const last = shown.at(-1);
    const nextCursor = found.length > limit && last !== undefined ? encodeAttentionCursor(last) : null;
    return { status: 200, body: { items, nextCursor } };
  });
}
