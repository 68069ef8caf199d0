import { createHash } from 'node:crypto';
import type { ImportOptions, ImportKind } from '../../contracts/words.ts';
import type { Logger } from '../../platform/log.ts';
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
import type { Upload } from '../uploads/receive-upload.ts';

/** What is to become of an upload. */
export interface ImportOrder {
  kind: ImportKind;
  options: ImportOptions;
  /** Who asks. */
  by: string;
  idempotencyKey?: string | undefined;
}

/**
 * Makes a job of an upload and starts its workflow. Once this returns, the job is durable, whether the workflow could be started
 * or not.
 *
 * @param log of the request
 * @throws {HttpProblem} `idempotency-mismatch`
 */
export async function acceptUpload(
  deps: Pick<AppDeps, 'database' | 'workflows' | 'log'>,
  { file, keep }: Upload,
  { kind, options, by, idempotencyKey: key }: ImportOrder,
  log: Pick<Logger, 'info'>,
): Promise<JobSnapshot> {
  const { database, workflows } = deps;
  const acceptance = await accept(deps, keep, {
    // The file's key is the job's id, so that either is found by the other.
    jobId: file.storageKey,
    ...file,
    kind,
    options,
    createdBy: by,
    idempotency: key === undefined ? null : { key, request: digestOf(kind, options) },
  });
  if (acceptance.result === 'mismatch') {
    throw new HttpProblem(
      'idempotency-mismatch',
      'This Idempotency-Key was used for another file, kind or options.',
    );
  }
  const jobId = acceptance.result === 'repeated' ? acceptance.jobId : file.storageKey;
  // Leads from the request, in whose lines this one stands, to the lines of the job.
  log.info({ event: `import_${acceptance.result}`, import_job_id: jobId }, 'the upload belongs to this job');
  const job = await readAccepted(database.pool, jobId);
  // Also for a repeated upload: its first one may have found the workflow engine away.
  if (job.status === 'pending') await workflows.startJob(job);
  return job;
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
  { database, log }: Pick<AppDeps, 'database' | 'log'>,
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
