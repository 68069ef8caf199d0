import {
  jobExample,
  jobParamsSchema,
  jobSchema,
  requestedJobSchema,
  resetBodySchema,
} from '../../contracts/http/job.ts';
import { inTransaction, type Queryable } from '../../prisma/client.ts';
import { isRecorded } from '../../prisma/repositories/audit.ts';
import { needsFile } from '../../prisma/repositories/chunks.ts';
import { readJobControl } from '../../prisma/repositories/job-control.ts';
import { checkReset, resetJob } from '../../prisma/repositories/job-reset.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewJob } from '../views/job-view.ts';
import { NEEDED_TO_REOPEN, refuseExpired } from './expired.ts';
import { actorOf, found, waitForJob, wrongState } from './shared.ts';

const resetRoute = declareRoute({
  method: 'post',
  path: '/api/jobs/:id/reset',
  operationId: 'resetJob',
  summary: 'Run a job again from the beginning of a stage',
  description:
    'Whether it is running, parked or has ended: its workflow is started anew. What is done is noted and not done again, so no ' +
    'row is applied twice; what was left undone, as by cancel or abandon, is done.',
  tag: 'jobs',
  access: 'admin',
  params: jobParamsSchema,
  body: resetBodySchema,
  responses: {
    200: { description: 'The job is at work again.', schema: jobSchema, example: jobExample },
    202: {
      description: 'Reset, but not yet begun after 5 s: no worker is there.',
      schema: requestedJobSchema,
      example: { ...jobExample, status: 'pending', requested: true },
    },
  },
  problems: ['wrong-state', 'expired'],
});

/** The last resort of an operator. */
export function mountJobReset(
  router: ApiRouter,
  { config, database: { pool }, watch, workflows }: AppDeps,
): void {
  mountRoute(
    router,
    resetRoute,
  )(async ({ params, body, principal, request }) => {
    const job = found(await readJobSnapshot(pool, params.id));
    const actor = actorOf(principal, request, body);
    const asked = { ...actor, stage: body?.stage };
    // Looked at first: a job that can't be reset must not lose its workflow.
    const objection = await checkReset(pool, job.id, asked);
    if (objection !== null) throw wrongState(objection, job.status);
    if (!(await isRecorded(pool, actor.id))) await refuseUnlessKept(pool, job.id);
    await workflows.terminate(job, `reset by ${actor.by}`);
    const from = await inTransaction(pool, async (client) => {
      // Under the lock nothing is given up any more, and nobody undoes it.
      await readJobControl(client, job.id, true);
      const late = await checkReset(client, job.id, asked);
      if (late !== null) throw wrongState(late, job.status);
      if (!(await isRecorded(client, actor.id))) await refuseUnlessKept(client, job.id);
      return await resetJob(client, job.id, asked);
    });
    if (from !== null) {
      await workflows.startJob({ ...job, from });
    }
    const begun = await waitForJob(watch, job.id, ({ status }) => status !== 'pending');
    const shown = begun ?? found(await readJobSnapshot(pool, job.id));
    return begun === null
      ? { status: 202, body: { ...viewJob(shown, config), requested: true } }
      : { status: 200, body: viewJob(shown, config) };
  });
}

/** The file is needed where it was not read to its end, or not staged. */
async function refuseUnlessKept(db: Queryable, jobId: string): Promise<void> {
  await refuseExpired(db, jobId, ...NEEDED_TO_REOPEN);
  if (await needsFile(db, jobId)) await refuseExpired(db, jobId, 'files');
}
