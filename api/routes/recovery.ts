import { jobParamsSchema } from '../../contracts/http/job.ts';
import { recoveryExample, recoverySchema } from '../../contracts/http/recovery.ts';
import { JOB_VERBS, type JobVerb } from '../../contracts/words.ts';
import { judgeVerb, type VerbSituation } from '../../domain/job-verbs.ts';
import { readJobControl, toSituation } from '../../prisma/repositories/job-control.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import type { PendingStep } from '../temporal-client.ts';
import { viewJob } from '../views/job-view.ts';
import { viewParkedPart } from '../views/operator-views.ts';
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

/** For whoever is to get jobs going again. */
export function mountRecovery(router: ApiRouter, { config, database, workflows }: AppDeps): void {
  const { pool } = database;

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
