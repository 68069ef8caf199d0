import type pg from 'pg';
import type { JobAddress } from '../../contracts/temporal/ids.ts';
import type { ImportKind } from '../../contracts/words.ts';
import type { Queryable } from '../client.ts';
import { announceJob } from './import-jobs.ts';

/**
 * Jobs that change records of a kind do so one after the other, in the order in which they were accepted. Whose turn it is
 * stands in one row for each kind. A job takes it when no job before it wants it, and gives it up when it has ended or waits
 * for an operator; what it does later counts as later. Every transaction that changes records of a job shares a lock on that
 * row and looks whether it is still the job's turn: so nobody else can take it while one is under way.
 */

/** Where a job stands in the order. */
const PLACE = (job: string): string => `coalesce(${job}.turn_place, ${job}.number)`;

/** A dry run changes nothing: it neither waits nor is waited for. */
const CHANGES_RECORDS = (job: string): string =>
  `NOT coalesce((${job}.options ->> 'dryRun')::boolean, false)`;

/** Part of it is parked, and the rest is to go on in its turn. */
const WAITS = (job: string): string => `(${job}.status = 'needs_attention' AND ${job}.wants_turn)`;

/** The job `other` is before the job `job` and will change records. By the index on (status, number). */
const comesBefore = (other: string, job: string): string => `
  (${other}.status IN ('pending', 'processing') OR ${WAITS(other)}) AND ${other}.stage IS DISTINCT FROM 'finishing'
  AND ${other}.ending_as IS NULL AND ${other}.workflow_failing_at IS NULL AND ${other}.kind = ${job}.kind AND ${CHANGES_RECORDS(other)}
  AND ${PLACE(other)} < ${PLACE(job)}`;

/**
 * Whoever has the turn has ended, its workflow no longer runs or can not go on, or it was put back to an earlier stage. Who does that does not take
 * the turn from it: that would wait for the chunks that are still under way. Who takes it next waits for them.
 */
const isLeft = (holder: string): string => `
  (${holder}.number IS NULL OR ${holder}.status IN ('pending', 'completed', 'failed', 'cancelled')
   OR ${holder}.stage IN ('reading', 'staging', 'resolving') OR ${holder}.workflow_closed_at IS NOT NULL
   OR ${holder}.workflow_failing_at IS NOT NULL)`;

/** Whether it is a job's turn; always so for a job that changes nothing. In a statement that has the job as `job`. */
export const hasTurn = (job: string): string =>
  `(NOT (${CHANGES_RECORDS(job)}) OR EXISTS (SELECT FROM turns WHERE turns.kind = ${job}.kind AND turns.job_number = ${job}.number))`;

/**
 * The job that another one waits for, as a subquery: the one whose turn it is, else the first of those before it. Null when it
 * waits for none.
 */
export const waitsFor = (job: string): string => `
  CASE WHEN (${job}.status = 'processing' OR ${WAITS(job)}) AND ${job}.stage = 'applying' AND NOT ${hasTurn(job)} THEN coalesce(
    (SELECT holder.id FROM turns JOIN jobs holder ON holder.number = turns.job_number
      WHERE turns.kind = ${job}.kind AND NOT ${isLeft('holder')}),
    (SELECT other.id FROM jobs other WHERE ${comesBefore('other', job)} ORDER BY ${PLACE('other')} LIMIT 1)) END`;

const MAY_TAKE = `
  SELECT FROM jobs mine
    LEFT JOIN turns ON turns.kind = mine.kind
    LEFT JOIN jobs holder ON holder.number = turns.job_number
   WHERE mine.id = $1 AND ${isLeft('holder')}
     -- An attempt that comes late must not take it for a job that waits for an operator by now.
     AND mine.status IN ('processing', 'needs_attention') AND mine.stage = 'applying' AND mine.ending_as IS NULL
     AND NOT EXISTS (SELECT FROM jobs other WHERE ${comesBefore('other', 'mine')})`;

/** Takes a job's turn when it is free, or was left, and no job before it wants it. A job that has it keeps it. */
export async function takeTurn(client: pg.PoolClient, jobId: string): Promise<void> {
  const { rows } = await client.query<TurnTaker>(
    `SELECT kind, number, wants_turn AS "wantsTurn", ${hasTurn('jobs')} AS "hasTurn" FROM jobs WHERE id = $1`,
    [jobId],
  );
  const [job] = rows;
  if (job === undefined || job.hasTurn) return;
  const isTaken = await tryToTake(client, jobId, job);
  if (isTaken || !job.wantsTurn) await noteTurn(client, jobId, !isTaken);
}

interface TurnTaker {
  kind: ImportKind;
  number: number;
  wantsTurn: boolean;
  hasTurn: boolean;
}

async function tryToTake(
  client: pg.PoolClient,
  jobId: string,
  { kind, number }: TurnTaker,
): Promise<boolean> {
  // Looked at without the lock first: who can't have it must not stand in the way of the one who has it.
  if ((await client.query(MAY_TAKE, [jobId])).rowCount === 0) return false;
  await client.query('INSERT INTO turns (kind) VALUES ($1) ON CONFLICT DO NOTHING', [kind]);
  await client.query('SELECT FROM turns WHERE kind = $1 FOR UPDATE', [kind]);
  if ((await client.query(MAY_TAKE, [jobId])).rowCount === 0) return false;
  await client.query('UPDATE turns SET job_number = $2 WHERE kind = $1', [kind, number]);
  return true;
}

/** Gives a job's turn up, or its waiting for it. */
export async function releaseTurn(client: pg.PoolClient, jobId: string): Promise<void> {
  await client.query(
    'UPDATE turns SET job_number = NULL FROM jobs WHERE jobs.id = $1 AND turns.job_number = jobs.number',
    [jobId],
  );
  await noteTurn(client, jobId, false);
}

/** Whoever watches the job sees that it waits no more, or again. */
async function noteTurn(client: pg.PoolClient, jobId: string, wantsTurn: boolean): Promise<void> {
  await client.query('UPDATE jobs SET wants_turn = $2, revision = revision + 1 WHERE id = $1', [
    jobId,
    wantsTurn,
  ]);
  await announceJob(client, jobId);
}

/**
 * Keeps a job's turn until the transaction ends.
 *
 * @returns false when it is not its turn: nothing may be changed
 */
export async function keepTurn(client: pg.PoolClient, jobNumber: number): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM turns WHERE job_number = $1 FOR SHARE', [jobNumber]);
  return rowCount === 1;
}

/** An assignment for a job that goes on after it was paused or parked: what it does from now on counts as later. */
export const NEW_PLACE = `turn_place = nextval(pg_get_serial_sequence('jobs', 'number'))`;

/** @returns the first job that waits for its turn with the kind of the given one; null when there is none */
export async function findNextInTurn(db: Queryable, jobId: string): Promise<JobAddress | null> {
  const { rows } = await db.query<JobAddress>(
    `SELECT other.id, other.type
       FROM jobs mine
       JOIN jobs other ON other.kind = mine.kind AND other.number <> mine.number
      WHERE mine.id = $1 AND (other.status = 'processing' OR ${WAITS('other')}) AND other.stage = 'applying'
        AND NOT ${hasTurn('other')}
      ORDER BY ${PLACE('other')}
      LIMIT 1`,
    [jobId],
  );
  return rows[0] ?? null;
}
