import { v7 as uuidv7 } from 'uuid';
import { jobParamsSchema, jobSchema, undoExample, verbBodySchema } from '../../contracts/http/job.ts';
import { isEnded } from '../../contracts/words.ts';
import { inTransaction } from '../../prisma/client.ts';
import { isRecorded, recordAction } from '../../prisma/repositories/audit.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import { insertUndo, type JobToUndo, lockJobToUndo } from '../../prisma/repositories/undo-jobs.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewJob } from '../views/job-view.ts';
import { refuseExpired } from './expired.ts';
import { actorOf, found, jobLocation } from './shared.ts';

const undoJob = declareRoute({
  method: 'post',
  path: '/api/jobs/:id/undo',
  operationId: 'undoJob',
  summary: 'Take back what an ended job did',
  description:
    'Records that it created are removed, those that it updated get their earlier values back, those that it deleted come back. What was changed since, by a ' +
    'person or by a later job, is kept as it is and listed with the reason: undo the later job first, and it is taken back too. ' +
    'The undo is a job of its own, with the same progress, stream and verbs.',
  tag: 'jobs',
  access: 'operator',
  params: jobParamsSchema,
  body: verbBodySchema,
  responses: {
    202: {
      description: 'Accepted: the undo.',
      schema: jobSchema,
      example: undoExample,
      headers: jobLocation,
    },
  },
  problems: ['wrong-state', 'expired'],
});

/** Undoing a job. */
export function mountJobUndo(router: ApiRouter, { config, database: { pool }, workflows }: AppDeps): void {
  mountRoute(
    router,
    undoJob,
  )(async ({ params, body, principal, request }) => {
    const { by, ...actor } = actorOf(principal, request, body);
    const undoId = await inTransaction(pool, async (client) => {
      const target = found(await lockJobToUndo(client, params.id));
      // The same request again, after its answer got lost.
      if (target.undoneBy !== null && (await isRecorded(client, actor.id))) return target.undoneBy;
      const objection = objectionTo(target);
      if (objection !== null)
        throw new HttpProblem('wrong-state', objection, { currentStatus: target.status });
      // What was created is known by the outcomes, what was updated or deleted by the changes.
      await refuseExpired(client, params.id, 'outcomes', 'changes');
      const jobId = uuidv7();
      await insertUndo(client, { jobId, targetId: params.id, by });
      await recordAction(client, {
        ...actor,
        actor: by,
        action: 'undo',
        jobId: params.id,
        before: { status: target.status, undoneBy: null },
        after: { status: target.status, undoneBy: jobId },
      });
      return jobId;
    });
    const undo = found(await readJobSnapshot(pool, undoId));
    if (undo.status === 'pending') await workflows.startJob(undo);
    return { status: 202, body: viewJob(undo, config), headers: { Location: `/api/jobs/${undoId}` } };
  });
}

/** @returns why a job can not be undone; null when it can */
function objectionTo({ type, status, isDryRun, undoneBy }: JobToUndo): string | null {
  if (undoneBy !== null) return `This job has an undo already: ${undoneBy}.`;
  if (type === 'undo') return 'An undo can not be undone. Do again what it took back.';
  if (isDryRun) return 'A dry run has changed nothing.';
  if (!isEnded(status))
    return `Only a job that has ended can be undone; this one is ${status}. Cancel it with ?undo=true.`;
  return null;
}
