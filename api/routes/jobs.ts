import { chunkExample, chunkSchema, listChunksQuerySchema } from '../../contracts/http/chunk.ts';
import { pageOf } from '../../contracts/http/common.ts';
import { jobExample, jobParamsSchema, jobSchema, listJobsQuerySchema } from '../../contracts/http/job.ts';
import { listJobChunks } from '../../prisma/repositories/job-chunks.ts';
import { findJobFile, listJobSnapshots, readJobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewChunk } from '../views/chunk-view.ts';
import { decodeCursor, toPage } from '../views/cursor.ts';
import { viewJob } from '../views/job-view.ts';
import { found } from './shared.ts';

const listJobs = declareRoute({
  method: 'get',
  path: '/api/jobs',
  operationId: 'listJobs',
  summary: 'List jobs, newest first',
  tag: 'jobs',
  access: 'viewer',
  query: listJobsQuerySchema,
  responses: {
    200: {
      description: 'A page of jobs.',
      schema: pageOf(jobSchema),
      example: { items: [jobExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

const getJob = declareRoute({
  method: 'get',
  path: '/api/jobs/:id',
  operationId: 'getJob',
  summary: 'Read a job',
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  responses: { 200: { description: 'The job as it is now.', schema: jobSchema, example: jobExample } },
  problems: [],
});

const listChunks = declareRoute({
  method: 'get',
  path: '/api/jobs/:id/chunks',
  operationId: 'listJobChunks',
  summary: 'List the chunks of a job',
  description: 'In the order of the file. Empty until the file has been read.',
  tag: 'jobs',
  access: 'viewer',
  params: jobParamsSchema,
  query: listChunksQuerySchema,
  responses: {
    200: {
      description: 'A page of chunks.',
      schema: pageOf(chunkSchema),
      example: { items: [chunkExample], nextCursor: null },
    },
  },
  problems: ['bad-cursor'],
});

/** Jobs and their chunks. */
export function mountJobs(router: ApiRouter, { config, database }: AppDeps): void {
  mountRoute(
    router,
    listJobs,
  )(async ({ query }) => {
    const { limit, cursor, ...filter } = query;
    const jobs = await listJobSnapshots(database.pool, filter, decodeCursor('jobs', cursor), limit + 1);
    const page = toPage(
      'jobs',
      jobs,
      limit,
      ({ number }) => number,
      (job) => viewJob(job, config),
    );
    return { status: 200, body: page };
  });

  mountRoute(
    router,
    getJob,
  )(async ({ params }) => {
    const job = found(await readJobSnapshot(database.pool, params.id));
    return { status: 200, body: viewJob(job, config) };
  });

  mountRoute(
    router,
    listChunks,
  )(async ({ params, query }) => {
    const after = decodeCursor('chunks', query.cursor) ?? 0;
    const job = found(await findJobFile(database.pool, params.id));
    const chunks = await listJobChunks(database.prisma, job.number, after, query.limit + 1);
    return {
      status: 200,
      body: toPage(
        'chunks',
        chunks,
        query.limit,
        ({ number }) => number,
        (chunk) => viewChunk(chunk, job.type),
      ),
    };
  });
}
