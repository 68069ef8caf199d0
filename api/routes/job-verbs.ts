import { v7 as uuidv7 } from 'uuid';
import {
  jobExample,
  jobParamsSchema,
  jobSchema,
  requestedJobSchema,
  verbBodySchema,
} from '../../contracts/http/job.ts';
import { type JobSnapshot, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import type { JobWatch } from '../streams/job-watch.ts';
import { viewJob } from '../views/job-view.ts';
import { found } from './shared.ts';

/** How long an answer waits for a verb to take effect. */
const EFFECT_TIMEOUT_MS = 5_000;

const retryJob = declareRoute({
  method: 'post',
  path: '/api/jobs/:id/retry',
  operationId: 'retryJob',
  summary: 'Run the parked parts of a job again',
  tag: 'jobs',
  access: 'operator',
  params: jobParamsSchema,
  body: verbBodySchema,
  responses: {
    200: { description: 'The parked parts are at work again.', schema: jobSchema, example: jobExample },
    202: {
      description: 'Asked for, but not yet done after 5 s: no worker is there.',
      schema: requestedJobSchema,
      example: { ...jobExample, status: 'needs_attention', requested: true },
    },
  },
  problems: ['wrong-state'],
});

/** What an operator can do to a job. */
export function mountJobVerbs(router: ApiRouter, { config, database, watch, workflows }: AppDeps): void {
  mountRoute(
    router,
    retryJob,
  )(async ({ params, body, principal }) => {
    const job = found(await readJobSnapshot(database.pool, params.id));
    // What is already at work is where this verb leads to.
    if (job.status === 'processing') return { status: 200, body: viewJob(job, config) };
    if (job.status !== 'needs_attention') {
      const detail = `Only a job that needs attention can be retried; this one is ${job.status}.`;
      throw new HttpProblem('wrong-state', detail, { currentStatus: job.status });
    }
    const { reason, id = uuidv7() } = body ?? {};
    await workflows.retry(job.id, { by: principal.subject, id, ...(reason === undefined ? {} : { reason }) });
    const changed = await waitFor(watch, job.id, ({ status }) => status !== 'needs_attention');
    return changed === null
      ? { status: 202, body: { ...viewJob(job, config), requested: true } }
      : { status: 200, body: viewJob(changed, config) };
  });
}

/** @returns the job once it is as wanted, or null when that takes too long */
async function waitFor(
  watch: JobWatch,
  jobId: string,
  wanted: (job: JobSnapshot) => boolean,
): Promise<JobSnapshot | null> {
  return await new Promise((resolve) => {
    const finish = (job: JobSnapshot | null): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(job);
    };
    const timer = setTimeout(finish, EFFECT_TIMEOUT_MS, null);
    const unsubscribe = watch.subscribe(jobId, (job) => {
      if (wanted(job)) finish(job);
    });
  });
}
