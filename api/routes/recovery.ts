import { z } from 'zod';
import { pageOf } from '../../contracts/http/common.ts';
import { jobParamsSchema } from '../../contracts/http/job.ts';
import {
  attentionExample,
  attentionSchema,
  listAttentionQuerySchema,
  orderAttentionSchema,
  recoveryExample,
  recoverySchema,
} from '../../contracts/http/recovery.ts';
import { JOB_VERBS, type JobVerb } from '../../contracts/words.ts';
import { judgeVerb, type VerbSituation } from '../../domain/job-verbs.ts';
import { readJobControl, toSituation } from '../../prisma/repositories/job-control.ts';
import { listAttentionSnapshots, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { listParkedOrders } from '../../prisma/repositories/orders.ts';
import { listParkedParts } from '../../prisma/repositories/parked-parts.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import type { PendingStep } from '../temporal-client.ts';
import { decodeCursor, encodeCursor, isCursorOf } from '../views/cursor.ts';
import { viewJob } from '../views/job-view.ts';
import { viewParkedPart } from '../views/operator-views.ts';
import { viewOrder } from '../views/order-view.ts';
import { found } from './shared.ts';

const getRecovery = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/recovery',
  operationId: 'getJobRecovery',
  summary: 'See what keeps a job from going on',
  description:
    'Parts that gave up, with their last errors; steps that failed and are being tried again at the moment; and what each verb ' +
    'would do now.',
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  responses: { 200: { description: 'As it is now.', schema: recoverySchema, example: recoveryExample } },
  problems: [],
});

const listAttention = declareRoute({
  method: 'get',
  path: '/api/attention',
  operationId: 'listAttention',
  summary: 'List the jobs and the orders that need attention',
  description: 'The jobs first, then the orders, the oldest of each first.',
  tag: 'jobs',
  access: 'viewer',
  query: listAttentionQuerySchema,
  responses: {
    200: {
      description: 'A page of jobs with their parked parts, and of orders.',
      schema: pageOf(z.union([attentionSchema, orderAttentionSchema])),
      example: { items: [attentionExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

/** For whoever is to get jobs going again. */
export function mountRecovery(router: ApiRouter, { config, database, workflows }: AppDeps): void {
  const { pool, prisma } = database;

  mountRoute(
    router,
    getRecovery,
  )(async ({ params }) => {
    const job = found(await readJobSnapshot(pool, params.id));
    const control = await readJobControl(pool, job.id);
    const situation = toSituation(control);
    const steps = await workflows.pendingSteps(job);
    return {
      status: 200,
      body: {
        job: viewJob(job, config),
        parked: control.parts
          .filter(({ isParked }) => isParked)
          .map((part) => viewParkedPart({ ...part, since: new Date(part.since) })),
        retrying: steps?.filter(({ attempt }) => attempt > 1).map(viewStep) ?? null,
        verbs: JOB_VERBS.map((verb) => ({ verb, ...forecast(verb, situation) })),
      },
    };
  });

  mountRoute(
    router,
    listAttention,
  )(async ({ query: { cursor, limit } }) => {
    const afterOrder = decodeAttentionCursor(cursor);
    const jobs =
      afterOrder === null
        ? await listAttentionSnapshots(pool, decodeCursor('attention', cursor) ?? 0, limit + 1)
        : [];
    const parked = await listParkedParts(
      prisma,
      jobs.map(({ number }) => number),
    );
    const isJobPage = jobs.length > limit;
    // One at least: whether there is any decides whether there is a next page.
    const orders = isJobPage ? [] : await listParkedOrders(pool, afterOrder ?? 0, limit - jobs.length + 1);
    const shown = [
      ...jobs.slice(0, limit).map((job) => ({
        job: viewJob(job, config),
        parked: (parked.get(job.number) ?? []).map(viewParkedPart),
      })),
      ...orders.slice(0, limit - jobs.length).map((order) => ({ order: viewOrder(order, config) })),
    ];
    const hasMoreOrders = orders.length > limit - jobs.length;
    const lastOrder = orders.slice(0, limit - jobs.length).at(-1)?.number ?? afterOrder ?? 0;
    const nextCursor = isJobPage
      ? encodeCursor('attention', jobs[limit - 1]?.number ?? 0)
      : hasMoreOrders
        ? encodeCursor('attention-orders', lastOrder)
        : null;
    return { status: 200, body: { items: shown, nextCursor } };
  });
}

/** The jobs come before the orders. @returns the last order of the page before; null where that ended with a job */
function decodeAttentionCursor(cursor: string | undefined): number | null {
  if (cursor === undefined) return null;
  return isCursorOf('attention-orders', cursor) ? decodeCursor('attention-orders', cursor) : null;
}

function viewStep({ id, nextAttemptAt, ...step }: PendingStep) {
  return { step: id, ...step, nextAttemptAt: nextAttemptAt?.toISOString() ?? null };
}

const PARKED_EFFECTS: Record<JobVerb, string> = {
  pause: 'Starts no new chunk until the job is resumed.',
  resume: 'Lets the job go on where it was.',
  cancel: 'Ends the job as cancelled once the chunks under way have ended; what was applied stays.',
  retry: 'Runs the parked parts again.',
  skip: 'Makes the rows of the parked chunks failed, and goes on.',
  abandon: 'Ends the job as failed; what was applied stays.',
};

function forecast(verb: JobVerb, situation: VerbSituation): { possible: boolean; effect: string } {
  const verdict = judgeVerb(verb, undefined, situation);
  switch (verdict.effect) {
    case 'done': {
      const isRestart = verb === 'retry' && situation.isWorkflowClosed;
      const effect = isRestart ? 'Starts the workflow of the job again where it was.' : PARKED_EFFECTS[verb];
      return { possible: true, effect };
    }
    case 'already':
      return { possible: false, effect: 'The job is where this leads to.' };
    case 'early':
      return { possible: false, effect: 'Nothing of this job is parked.' };
    case 'refused':
      return { possible: false, effect: verdict.detail };
  }
}
