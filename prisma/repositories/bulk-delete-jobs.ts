import type pg from 'pg';
import type { AuditWay, JobStatus, Notify, RecordKind } from '../../contracts/words.ts';
import { isEnded } from '../../contracts/words.ts';
import type { Kind } from '../../domain/kinds/index.ts';
import { inTransaction, type Queryable } from '../client.ts';
import { recordAction } from './audit.ts';
import { countOf } from './count-of.ts';
import { findRepeated, type IdempotencyClaim, takeKey } from './idempotency-keys.ts';
import { announceJob, JobMissingError } from './import-jobs.ts';
import { jobExists } from './jobs.ts';
import type { Statement } from './record-conditions.ts';
import { type RecordSelection, selectionStatement } from './record-selection.ts';
import { cutTargets } from './target-chunks.ts';

/** Noting millions of records takes some seconds for each of them, in milliseconds; a person waits for the answer. */
const STATEMENT_TIMEOUT_MS = 5 * 60_000;

/** A bulk delete as it is asked for. */
export interface BulkDeleteToAccept {
  jobId: string;
  kind: Kind;
  selection: RecordSelection;
  /** How many records are meant; null where whoever asks does not say. */
  confirm: number | null;
  notify: Notify;
  /** How many records a chunk has. */
  chunkRows: number;
  action: { id: string; by: string; via: AuditWay; reason?: string };
  /** What stands of the selection in the audit log beside its way. */
  noted: object;
  claim: IdempotencyClaim | null;
}

/** What became of it. */
export type BulkDeleteAcceptance =
  | { result: 'accepted'; jobId: string }
  /** The Idempotency-Key was used for the same request before: that is the job. */
  | { result: 'repeated'; jobId: string }
  /** The key was used for another request. */
  | { result: 'mismatch' }
  /** There are not as many records as was said. */
  | { result: 'other-count'; count: number };

/** Ends the transaction without a trace of it. */
class OtherCountError extends Error {
  readonly count: number;

  constructor(count: number) {
    super(`the selection has ${String(count)} records`);
    this.name = 'OtherCountError';
    this.count = count;
  }
}

/**
 * Makes a job of it: its row, the records that it is about with the versions that they have now, its chunks, its entry in the
 * audit log and its Idempotency-Key, in one transaction. The commit is the acceptance. What is done to the records afterwards is
 * not locked out: those that have another version by then are kept.
 */
export async function acceptBulkDelete(
  pool: pg.Pool,
  request: BulkDeleteToAccept,
): Promise<BulkDeleteAcceptance> {
  try {
    return await inTransaction(pool, (client) => accept(client, request));
  } catch (error) {
    if (error instanceof OtherCountError) return { result: 'other-count', count: error.count };
    // The answer to the commit may have been lost: then the job is there.
    if (await jobExists(pool, request.jobId).catch(() => false)) {
      return { result: 'accepted', jobId: request.jobId };
    }
    throw error;
  }
}

async function accept(client: pg.PoolClient, request: BulkDeleteToAccept): Promise<BulkDeleteAcceptance> {
  const { jobId, kind, selection, confirm, notify, action, claim } = request;
  await client.query(
    `SET LOCAL statement_timeout = ${String(STATEMENT_TIMEOUT_MS)}; SET LOCAL work_mem = '64MB'`,
  );
  if (claim !== null && (await takeKey(client, claim, jobId)) === null) {
    const repeatedId = await findRepeated(client, claim);
    return repeatedId === null ? { result: 'mismatch' } : { result: 'repeated', jobId: repeatedId };
  }
  const chosen = selectionStatement(kind, selection);
  // Before all of them are written down: a wrong number is more likely than a change between the two statements.
  if (confirm !== null) checkCount(confirm, await countChosen(client, chosen));
  const { rows } = await client.query<{ number: number }>(
    `INSERT INTO jobs (id, type, kind, status, options, created_by, read_at, resolved_at)
     VALUES ($1, 'bulk_delete', $2, 'pending', $3, $4, now(), now())
     RETURNING number`,
    [jobId, kind.name, JSON.stringify({ notify }), action.by],
  );
  const [job] = rows;
  if (job === undefined) throw new JobMissingError(jobId);
  const total = await noteTargets(client, job.number, chosen);
  if (confirm !== null) checkCount(confirm, total);
  await cutTargets(client, job.number, request.chunkRows);
  await recordAction(client, {
    id: action.id,
    actor: action.by,
    action: 'bulk-delete',
    jobId,
    ...(action.reason === undefined ? {} : { reason: action.reason }),
    before: null,
    after: { kind: kind.name, by: selection.by, ...request.noted, notify, total },
    via: action.via,
  });
  await announceJob(client, jobId);
  return { result: 'accepted', jobId };
}

/** @throws {OtherCountError} */
function checkCount(confirmed: number, count: number): void {
  if (confirmed !== count) throw new OtherCountError(count);
}

async function countChosen(client: pg.PoolClient, { text, values }: Statement): Promise<number> {
  return await countOf(client, `SELECT count(*)::int AS count FROM (${text}) chosen`, values);
}

/** In the order in which the records were created: those of a chunk lie next to one another. @returns how many there are */
async function noteTargets(
  client: pg.PoolClient,
  jobNumber: number,
  { text, values }: Statement,
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO job_targets (job_number, "row", record_id, key, operation, version)
     SELECT $${String(values.length + 1)}::int, row_number() OVER (ORDER BY id), id, key, 'deleted', version
       FROM (${text}) chosen`,
    [...values, jobNumber],
  );
  return rowCount ?? 0;
}

/** What the chunks of a bulk delete need to know of its job. */
export interface BulkDeleteJob {
  number: number;
  kind: RecordKind;
  createdBy: string;
  hasEnded: boolean;
}

/** @throws {JobMissingError} */
export async function getBulkDeleteJob(db: Queryable, jobId: string): Promise<BulkDeleteJob> {
  const { rows } = await db.query<Omit<BulkDeleteJob, 'hasEnded'> & { status: JobStatus }>(
    `SELECT number, kind, created_by AS "createdBy", status FROM jobs WHERE id = $1 AND type = 'bulk_delete'`,
    [jobId],
  );
  const [job] = rows;
  if (job === undefined) throw new JobMissingError(jobId);
  const { status, ...rest } = job;
  return { ...rest, hasEnded: isEnded(status) };
}
