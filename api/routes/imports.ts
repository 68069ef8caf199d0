import { createHash } from 'node:crypto';
import type { FileStorage } from '../../adapters/storage/storage.ts';
import { importFieldsSchema, type ImportFields, importHeadersSchema } from '../../contracts/http/import.ts';
import { jobExample, jobSchema } from '../../contracts/http/job.ts';
import type { ImportOptions } from '../../contracts/words.ts';
import {
  type Acceptance,
  acceptImport,
  type ImportToAccept,
  jobExists,
  type JobSnapshot,
  readJobSnapshot,
} from '../../prisma/repositories/jobs.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { viewJob } from '../views/job-view.ts';
import { chosenMapping, jobLocation } from './shared.ts';

const createImport = declareRoute({
  method: 'post',
  path: '/api/imports',
  operationId: 'createImport',
  summary: 'Import a file',
  description:
    'Stores the file and makes a job of it. The answer comes once both are durable; reading and applying go on behind it. ' +
    'A client that does not get the answer sends the same request again under the same Idempotency-Key.',
  tag: 'imports',
  access: 'operator',
  headers: importHeadersSchema,
  upload: { fields: importFieldsSchema, description: 'The CSV file.' },
  responses: {
    202: { description: 'Accepted.', schema: jobSchema, example: jobExample, headers: jobLocation },
  },
  problems: ['malformed-request', 'too-large', 'unsupported-media-type', 'idempotency-mismatch'],
});

/** POST /api/imports. */
export function mountImports(router: ApiRouter, deps: AppDeps): void {
  const { config, database, workflows } = deps;

  mountRoute(
    router,
    createImport,
  )(async ({ headers, upload, principal, request }) => {
    const { file, fields } = upload;
    const key = headers['idempotency-key'];
    const options = await toOptions(fields, database);
    const acceptance = await accept(deps, upload.keep, {
      // The file's key is the job's id, so that either is found by the other.
      jobId: file.storageKey,
      ...file,
      kind: fields.kind,
      options,
      createdBy: principal.subject,
      idempotency: key === undefined ? null : { key, request: digestOf(fields.kind, options) },
    });
    if (acceptance.result === 'mismatch') {
      throw new HttpProblem(
        'idempotency-mismatch',
        'This Idempotency-Key was used for another file, kind or options.',
      );
    }
    const jobId = acceptance.result === 'repeated' ? acceptance.jobId : file.storageKey;
    // Leads from the request, in whose lines this one stands, to the lines of the job.
    request.log.info(
      { event: `import_${acceptance.result}`, import_job_id: jobId },
      'the upload belongs to this job',
    );
    const job = await readAccepted(database.pool, jobId);
    // Also for a repeated upload: its first one may have found the workflow engine away.
    if (job.status === 'pending') {
      await workflows.startJob(job);
    }
    return { status: 202, body: viewJob(job, config), headers: { Location: `/api/jobs/${jobId}` } };
  });
}

async function toOptions(fields: ImportFields, { pool }: AppDeps['database']): Promise<ImportOptions> {
  const { kind, mapping, dialect = null, ...policies } = fields;
  return { ...policies, dialect, mapping: await chosenMapping(pool, kind, mapping) };
}

function digestOf(kind: string, options: ImportOptions): string {
  return createHash('sha256').update(JSON.stringify({ kind, options })).digest('hex');
}

/**
 * Commits the job, and with that hands the file over to it. When the answer to the commit gets lost, the database is asked
 * what became of it; when it can't say, the file stays: better one that nobody owns, and that is removed by its age, than a
 * job without its file.
 */
async function accept(
  { database, log }: Pick<AppDeps, 'database' | 'log'> & { storage: FileStorage },
  keepFile: () => void,
  upload: ImportToAccept,
): Promise<Acceptance> {
  try {
    const acceptance = await acceptImport(database.pool, upload);
    if (acceptance.result === 'accepted') keepFile();
    return acceptance;
  } catch (error) {
    const exists = await jobExists(database.pool, upload.jobId).catch(() => null);
    if (exists !== false) keepFile();
    if (exists !== true) throw error;
    log.warn(
      { event: 'commit_answer_lost', err: error, jobId: upload.jobId },
      'the answer to the commit of a job was lost; it is there',
    );
    return { result: 'accepted' };
  }
}

async function readAccepted(pool: AppDeps['database']['pool'], jobId: string): Promise<JobSnapshot> {
  const job = await readJobSnapshot(pool, jobId);
  if (job === null)
    throw new HttpProblem('not-found', 'The job of this Idempotency-Key has been removed since.');
  return job;
}
