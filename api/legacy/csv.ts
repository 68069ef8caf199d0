import type { Request } from 'express';
import { z } from 'zod';
import { jobParamsSchema } from '../../contracts/http/job.ts';
import { DEFAULT_IMPORT_OPTIONS, type ImportOptions } from '../../contracts/words.ts';
import type { Queryable } from '../../prisma/client.ts';
import { listJobRows, readJobRows } from '../../prisma/repositories/job-rows.ts';
import {
  findJobFile,
  type JobSnapshot,
  listJobSnapshots,
  readJobSnapshot,
} from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import type { HttpProblem } from '../http/http-problem.ts';
import { mountRoute } from '../http/mount-route.ts';
import { sendCsv } from '../http/send-csv.ts';
import { refuseExpired, whileKept } from '../routes/expired.ts';
import { found } from '../routes/shared.ts';
import { acceptUpload } from '../services/accept-import.ts';
import { answerWithJobStream } from '../streams/stream-job.ts';
import {
  createErrorView,
  type CsvError,
  type CsvJob,
  errorOfFile,
  FAILED_OUTCOMES,
  progressOf,
  shortened,
  viewCsvJob,
  writeErrorLine,
  writeErrorsHeader,
} from './csv-view.ts';
import { ANY_QUERY, json, legacyRoute, type LegacyRouter, type LegacySystem } from './legacy-system.ts';

/**
 * The system that processed CSV files of customers in real time: its uploads, jobs, streams and error reports. A row went in
 * there, or it failed; so whatever did not go in counts as failed here.
 */
export const csvSystem: LegacySystem = { base: '/legacy/csv', mount: mountCsv, renderProblem };

const JOBS = `${csvSystem.base}/api/jobs`;

/** How an upload was treated there: rows with a new email go in, the first of those that share one. */
const OPTIONS: ImportOptions = { ...DEFAULT_IMPORT_OPTIONS, mode: 'create', duplicates: 'first' };

/** Jobs in the list, the newest. */
const LISTED_JOBS = 100;
/** Errors that a job shows; errors.csv has all of them. */
const LISTED_ERRORS = 100;

/** What the errors of rows are made of. */
const ROW_PARTS = ['staging', 'outcomes'] as const;

const upload = legacyRoute({
  method: 'post',
  path: `${JOBS}/upload`,
  access: 'operator',
  query: ANY_QUERY,
  upload: { fields: z.object({}) },
  responses: { 200: json<{ jobId: string }>() },
});

const listJobs = legacyRoute({
  method: 'get',
  path: JOBS,
  access: 'viewer',
  query: ANY_QUERY,
  responses: { 200: json<CsvJob[]>() },
});

const getJob = legacyRoute({
  method: 'get',
  path: `${JOBS}/:id`,
  access: 'viewer',
  params: jobParamsSchema,
  query: ANY_QUERY,
  responses: { 200: json<CsvJob>() },
});

const streamJob = legacyRoute({
  method: 'get',
  path: `${JOBS}/:id/stream`,
  access: 'viewer',
  stream: true,
  params: jobParamsSchema,
  query: ANY_QUERY,
  responses: { 200: {}, 204: {} },
});

const getErrorsCsv = legacyRoute({
  method: 'get',
  path: `${JOBS}/:id/errors.csv`,
  access: 'viewer',
  params: jobParamsSchema,
  query: ANY_QUERY,
  responses: { 200: {} },
});

function mountCsv(router: LegacyRouter, deps: AppDeps): void {
  const { watch, streams } = deps;
  const { pool } = deps.database;

  mountRoute(
    router,
    upload,
  )(async ({ upload: uploaded, principal, request }) => {
    const order = { kind: 'customers', options: OPTIONS, by: principal.subject } as const;
    const { id } = await acceptUpload(deps, uploaded, order, request.log);
    return { status: 200, body: { jobId: id } };
  });

  mountRoute(
    router,
    listJobs,
  )(async () => {
    const filter = { type: 'import', kind: 'customers', isDryRun: false } as const;
    const jobs: CsvJob[] = [];
    // One after the other: a list takes one connection, however many jobs have errors.
    for (const job of await listJobSnapshots(pool, filter, null, LISTED_JOBS)) {
      jobs.push(viewCsvJob(job, await listErrors(pool, job)));
    }
    return { status: 200, body: jobs };
  });

  mountRoute(
    router,
    getJob,
  )(async ({ params }) => {
    const job = await findJob(pool, params.id);
    return { status: 200, body: viewCsvJob(job, await listErrors(pool, job)) };
  });

  mountRoute(
    router,
    streamJob,
  )(async ({ params, request, response }) => {
    const job = await findJob(pool, params.id);
    return answerWithJobStream(
      { request, response },
      job,
      { watch, streams },
      {
        render: (snapshot) => JSON.stringify({ jobId: snapshot.id, ...progressOf(snapshot) }),
      },
    );
  });

  mountRoute(
    router,
    getErrorsCsv,
  )(async ({ params, request, response }) => {
    const job = await findJob(pool, params.id);
    const check = (): Promise<void> => refuseExpired(pool, job.id, ...ROW_PARTS);
    await check();
    const lines = whileKept(writeErrors(pool, job), check);
    return await sendCsv(request, response, `job-${job.id}-errors.csv`, lines);
  });
}

/** @throws {HttpProblem} `not-found` for what is no import of customers */
async function findJob(db: Queryable, id: string): Promise<JobSnapshot> {
  const job = found(await readJobSnapshot(db, id));
  const isTheirs = job.type === 'import' && job.kind === 'customers' && !job.options.dryRun;
  return found(isTheirs ? job : null);
}

/** The first errors of a job. Of one whose rows are no longer kept only that of the file is known. */
async function listErrors(db: Queryable, job: JobSnapshot): Promise<CsvError[]> {
  const ofFile = errorOfFile(job);
  const isGone = ROW_PARTS.some((part) => job.expired.includes(part));
  if (isGone || progressOf(job).failedCount === 0) return ofFile;
  const limit = LISTED_ERRORS - ofFile.length;
  const rows = await listJobRows(db, job.number, { after: 0, limit }, FAILED_OUTCOMES);
  const view = createErrorView((await findJobFile(db, job.id))?.reading ?? null);
  return [...ofFile, ...rows.flatMap(view).map(shortened)];
}

/** All that failed, a batch at a time. */
async function* writeErrors(db: Queryable, job: JobSnapshot): AsyncGenerator<string, void, undefined> {
  yield writeErrorsHeader() + errorOfFile(job).map(writeErrorLine).join('');
  const view = createErrorView((await findJobFile(db, job.id))?.reading ?? null);
  for await (const { rows } of readJobRows(db, job.number, FAILED_OUTCOMES)) {
    yield rows.flatMap(view).map(writeErrorLine).join('');
  }
}

/** `{ error }`, as that system answered. */
function renderProblem(
  problem: HttpProblem,
  { path }: Request,
): { status: number; contentType: string; body: object } {
  const { code, status, detail, options } = problem;
  const answer = (as: number, error: string) => ({
    status: as,
    contentType: 'application/json',
    body: { error },
  });
  if (code === 'invalid' && path === upload.path) {
    const isMissing = options.errors?.some(({ pointer }) => pointer === '#/file') ?? false;
    return answer(400, isMissing ? 'file is required' : detail);
  }
  if (code === 'not-found')
    return answer(status, path.startsWith(`${JOBS}/`) ? 'Job not found' : 'Not found');
  return answer(status, detail);
}
