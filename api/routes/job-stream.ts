import { z } from 'zod';
import { jobExample, jobParamsSchema, jobSchema } from '../../contracts/http/job.ts';
import { readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { answerWithJobStream } from '../streams/stream-job.ts';
import { viewJob } from '../views/job-view.ts';
import { found } from './shared.ts';

const streamJobRoute = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/stream',
  operationId: 'streamJob',
  summary: 'Follow a job live',
  description:
    'Server-sent events: the job at once, then again when it has changed, at most every 300 ms; steps may be left out. ' +
    "The data of an event is the job; its id is the job's revision. The last state always comes, as the event `end`, and " +
    'the stream ends with it. A client that comes back with the final revision as Last-Event-ID gets 204, and stays away.',
  tag: 'jobs',
  access: 'viewer',
  stream: true,
  params: jobParamsSchema,
  headers: z.object({
    'last-event-id': z
      .string()
      .max(100)
      .optional()
      .meta({ description: 'Sent by clients that come back.', example: '42' }),
  }),
  responses: {
    200: {
      description: 'The events.',
      contentType: 'text/event-stream',
      events: { data: { message: jobSchema, end: jobSchema }, ids: true },
      example: `retry: 2000\n\nid: 42\ndata: ${JSON.stringify(jobExample)}\n\n`,
    },
    204: { description: 'The job has ended, and its last state is the one that the client has.' },
  },
  problems: [],
});

/** GET /api/jobs/:id/stream. */
export function mountJobStream(router: ApiRouter, { config, database, watch, streams }: AppDeps): void {
  mountRoute(
    router,
    streamJobRoute,
  )(async ({ params, request, response }) => {
    const job = found(await readJobSnapshot(database.pool, params.id));
    return answerWithJobStream(
      { request, response },
      job,
      { watch, streams },
      {
        render: (snapshot) => JSON.stringify(viewJob(snapshot, config)),
        endName: 'end',
      },
    );
  });
}
