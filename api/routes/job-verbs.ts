import { v7 as uuidv7 } from 'uuid';
import {
  jobExample,
  jobParamsSchema,
  jobSchema,
  requestedJobSchema,
  verbBodySchema,
} from '../../contracts/http/job.ts';
import { confirmDryRun, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewJob } from '../views/job-view.ts';
import { found, jobLocation, waitForJob } from './shared.ts';

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

const confirmJob = declareRoute({
  method: 'post',
  path: '/api/jobs/:id/confirm',
  operationId: 'confirmJob',
  summary: 'Do what a dry run said',
  description: 'Imports the file of a dry run for real, with the same options, without a second upload.',
  tag: 'jobs',
  access: 'operator',
  params: jobParamsSchema,
  body: verbBodySchema,
  responses: {
    200: {
      description: 'It was confirmed before: this is the import.',
      schema: jobSchema,
      example: jobExample,
      headers: jobLocation,
    },
    202: { description: 'Accepted.', schema: jobSchema, example: jobExample, headers: jobLocation },
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
    const changed = await waitForJob(watch, job.id, ({ status }) => status !== 'needs_attention');
    return changed === null
      ? { status: 202, body: { ...viewJob(job, config), requested: true } }
      : { status: 200, body: viewJob(changed, config) };
  });

  mountRoute(
    router,
    confirmJob,
  )(async ({ params, principal }) => {
    const dryRun = found(await readJobSnapshot(database.pool, params.id));
    if (dryRun.type !== 'import' || !dryRun.options.dryRun || dryRun.status !== 'completed') {
      const detail = dryRun.options.dryRun
        ? `Only a completed dry run can be confirmed; this one is ${dryRun.status}.`
        : 'Only a dry run can be confirmed; this job was none.';
      throw new HttpProblem('wrong-state', detail, { currentStatus: dryRun.status });
    }
    const { jobId, isNew } = await confirmDryRun(database.pool, {
      dryRunId: dryRun.id,
      jobId: uuidv7(),
      by: principal.subject,
    });
    const job = found(await readJobSnapshot(database.pool, jobId));
    if (job.status === 'pending') {
      await workflows.startImport({ jobId, kind: job.kind, sizeBytes: job.sizeBytes ?? 0 });
    }
    const answer = { body: viewJob(job, config), headers: { Location: `/api/jobs/${jobId}` } };
    return isNew ? { status: 202, ...answer } : { status: 200, ...answer };
  });
}
