import type { Request } from 'express';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import {
  cancelQuerySchema,
  jobExample,
  jobParamsSchema,
  jobSchema,
  partVerbBodySchema,
  requestedJobSchema,
  verbBodySchema,
} from '../../contracts/http/job.ts';
import { isEnded, type JobStatus, type JobVerb } from '../../contracts/words.ts';
import { judgeVerb } from '../../domain/job-verbs.ts';
import type { Principal } from '../../platform/tokens.ts';
import { inTransaction } from '../../prisma/client.ts';
import { isRecorded, recordAction } from '../../prisma/repositories/audit.ts';
import { readJobControl, toSituation } from '../../prisma/repositories/job-control.ts';
import { actWithoutWorkflow } from '../../prisma/repositories/job-verbs.ts';
import { confirmDryRun, type JobSnapshot, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewJob } from '../views/job-view.ts';
import { refuseExpired } from './expired.ts';
import { type Actor, actorOf, found, jobLocation, waitForJob, wrongState } from './shared.ts';

interface VerbTexts {
  verb: JobVerb;
  summary: string;
  description: string;
  /** What 200 means. */
  done: string;
  /** What a job looks like for which the verb was asked and has not taken effect. */
  before: JobStatus;
}

function declareVerb<const Body extends z.ZodType>(
  body: Body,
  { verb, summary, description, done, before }: VerbTexts,
) {
  return declareRoute({
    method: 'post',
    path: `/api/jobs/:id/${verb}`,
    operationId: `${verb}Job`,
    summary,
    description,
    tag: 'jobs',
    access: 'operator',
    params: jobParamsSchema,
    body,
    responses: {
      200: { description: done, schema: jobSchema, example: jobExample },
      202: {
        description:
          'Asked for, but not yet done after 5 s: a chunk is still at work, or no worker is there.',
        schema: requestedJobSchema,
        example: { ...jobExample, status: before, requested: true },
      },
    },
    problems: ['wrong-state'],
  });
}

const ROUTES_ON_JOB = [
  declareVerb(verbBodySchema, {
    verb: 'pause',
    summary: 'Pause a job',
    description: 'No new chunk is started; one that is under way ends.',
    done: 'The job is paused.',
    before: 'processing',
  }),
  declareVerb(verbBodySchema, {
    verb: 'resume',
    summary: 'Let a paused job go on',
    description: 'It goes on where it was.',
    done: 'The job is not paused.',
    before: 'paused',
  }),
  declareRoute({
    ...declareVerb(verbBodySchema, {
      verb: 'cancel',
      summary: 'Cancel a job',
      description:
        'Chunks under way end, then the job ends as `cancelled`. What was applied stays, unless it is to be undone; what was not ' +
        'is in unprocessed.csv.',
      done: 'The job is cancelled.',
      before: 'processing',
    }),
    query: cancelQuerySchema,
  }),
] as const;

const ROUTES_ON_PARTS = [
  declareVerb(partVerbBodySchema, {
    verb: 'retry',
    summary: 'Run parked parts of a job again',
    description:
      'All of them, or the named one. A job whose workflow was terminated from outside is started again.',
    done: 'The parts are at work again.',
    before: 'needs_attention',
  }),
  declareVerb(partVerbBodySchema, {
    verb: 'skip',
    summary: 'Pass over parked chunks of a job',
    description:
      "Their rows become `failed`, with the part's error, and the job goes on. Not possible for a part that is a whole stage.",
    done: 'The rows of the chunks are failed.',
    before: 'needs_attention',
  }),
  declareVerb(partVerbBodySchema, {
    verb: 'abandon',
    summary: 'Give a job up',
    description:
      'The job ends as `failed`, code `abandoned`. What was applied stays; what was not is in unprocessed.csv. With `part` only ' +
      'that one is given up: the others go on, and then the job ends as `failed`.',
    done: 'The job has ended, or goes on without the named part.',
    before: 'needs_attention',
  }),
] as const;

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
  problems: ['wrong-state', 'expired'],
});

interface VerbRequestOfHttp {
  params: { id: string };
  body: { part?: string | undefined; reason?: string | undefined; id?: string | undefined } | undefined;
  principal: Principal;
  request: Request;
}

/** What an operator can do to a job. */
export function mountJobVerbs(router: ApiRouter, deps: AppDeps): void {
  const { config, database, watch, workflows } = deps;
  const { pool } = database;

  const [pause, resume, cancel] = ROUTES_ON_JOB;
  mountRoute(router, pause)((request) => act('pause', request));
  mountRoute(router, resume)((request) => act('resume', request));
  mountRoute(router, cancel)((request) => act('cancel', request, request.query.undo === 'true'));
  const [retry, skip, abandon] = ROUTES_ON_PARTS;
  mountRoute(router, retry)((request) => act('retry', request));
  mountRoute(router, skip)((request) => act('skip', request));
  mountRoute(router, abandon)((request) => act('abandon', request));

  /** Hands the verb to the workflow, which does it, and waits for the effect. */
  async function act(verb: JobVerb, { params, body, principal, request }: VerbRequestOfHttp, undo = false) {
    const job = found(await readJobSnapshot(pool, params.id));
    const part = body?.part;
    const actor = actorOf(principal, request, body);
    const isDone = async (now: JobSnapshot): Promise<boolean> => {
      if (verb === 'cancel' || (verb === 'abandon' && part === undefined)) return isEnded(now.status);
      // Started again, and not yet begun.
      if (verb === 'retry' && now.status === 'pending') return false;
      return (await isRecorded(pool, actor.id)) || !(await isToDo(verb, part, now, undo));
    };
    if (!(await isRecorded(pool, actor.id)) && (await isToDo(verb, part, job, undo))) {
      const asked = { ...actor, ...(part === undefined ? {} : { part }), ...(undo ? { undo } : {}) };
      if (!(await workflows.sendVerb(job, verb, asked))) await actAlone(verb, job, asked);
    }
    const changed = await waitForJob(watch, job.id, isDone);
    if (changed === null) {
      const now = found(await readJobSnapshot(pool, job.id));
      return { status: 202 as const, body: { ...viewJob(now, config), requested: true as const } };
    }
    return { status: 200 as const, body: viewJob(changed, config) };
  }

  /**
   * @returns whether there is something to do; false when the job is where the verb leads to
   * @throws {HttpProblem} `wrong-state`
   */
  async function isToDo(
    verb: JobVerb,
    part: string | undefined,
    { id, status }: JobSnapshot,
    undo: boolean,
  ): Promise<boolean> {
    const situation = toSituation(await readJobControl(pool, id));
    const verdict = judgeVerb(verb, part, situation, undo);
    if (verdict.effect === 'refused') throw wrongState(verdict.detail, situation.status);
    if (verdict.effect === 'early') {
      // Everything is at work already: that is where a retry leads to.
      if (verb === 'retry' && part === undefined && status !== 'pending') return false;
      const what = part === undefined ? 'Nothing of this job is parked' : `The part "${part}" is not parked`;
      throw wrongState(`${what}; the job is ${situation.status}.`, situation.status);
    }
    return verdict.effect === 'done';
  }

  /** The workflow does not run: what can be done without it is done on the database. */
  async function actAlone(
    verb: JobVerb,
    job: JobSnapshot,
    actor: Actor & { part?: string; undo?: boolean },
  ): Promise<void> {
    const { effect, detail, from } = await actWithoutWorkflow(pool, job.id, {
      ...actor,
      action: verb,
      key: actor.id,
    });
    if (effect === 'refused' || effect === 'early') {
      const now = found(await readJobSnapshot(pool, job.id));
      throw wrongState(detail ?? 'The workflow of this job does not run.', now.status);
    }
    if (from === null) return;
    await workflows.startJob({ ...job, from });
  }

  mountRoute(
    router,
    confirmJob,
  )(async ({ params, body, principal, request }) => {
    const dryRun = found(await readJobSnapshot(pool, params.id));
    if (dryRun.type !== 'import' || !dryRun.options.dryRun || dryRun.status !== 'completed') {
      const detail = dryRun.options.dryRun
        ? `Only a completed dry run can be confirmed; this one is ${dryRun.status}.`
        : 'Only a dry run can be confirmed; this job was none.';
      throw wrongState(detail, dryRun.status);
    }
    const { jobId, isNew } = await inTransaction(pool, async (client) => {
      const confirmed = await confirmDryRun(client, {
        dryRunId: dryRun.id,
        jobId: uuidv7(),
        by: principal.subject,
      });
      if (confirmed === null) {
        await refuseExpired(client, dryRun.id, 'files');
        return found<never>(null);
      }
      if (confirmed.isNew) {
        const { by, ...actor } = actorOf(principal, request, body);
        await recordAction(client, {
          ...actor,
          actor: by,
          action: 'confirm',
          jobId: dryRun.id,
          before: { confirmedAs: null },
          after: { confirmedAs: confirmed.jobId },
        });
      }
      return confirmed;
    });
    const job = found(await readJobSnapshot(pool, jobId));
    if (job.status === 'pending') {
      await workflows.startJob(job);
    }
    const answer = { body: viewJob(job, config), headers: { Location: `/api/jobs/${jobId}` } };
    return isNew ? { status: 202, ...answer } : { status: 200, ...answer };
  });
}
