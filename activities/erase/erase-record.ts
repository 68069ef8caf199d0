import { cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import { EVENTS } from '../../contracts/events/index.ts';
import { isEnded } from '../../contracts/words.ts';
import type {
  EraseActivities,
  ErasedTraces,
  EraseRequest,
  EraseResult,
} from '../../contracts/temporal/erase-activities.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import type { RetentionSettings } from '../../platform/config.ts';
import { type Database, inTransaction, type Queryable } from '../../prisma/client.ts';
import { findAction, recordAction } from '../../prisma/repositories/audit.ts';
import {
  findPerson,
  forgetInOrders,
  type PersonToErase,
  removeRecord,
} from '../../prisma/repositories/erase-record.ts';
import {
  type ErasedRows,
  eraseRows,
  findHolders,
  findKeysInJobs,
  listJobsToSearch,
  type Person,
  type SearchedJob,
} from '../../prisma/repositories/erase-rows.ts';
import { addEvent } from '../../prisma/repositories/events.ts';
import { isEventType } from '../webhooks/shape-event.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

const DAY_MS = 24 * 60 * 60_000;

/** Files that are named: the answer, which also stands in the audit log and in the workflow's history, stays small. */
const MAX_FILES = 500;

/** The answer when a job that has not ended is in the way; nothing more is erased then. */
type Held = Extract<EraseResult, { outcome: 'held' }>;

/**
 * Takes a person out of the database: first out of the rows of jobs, then the record goes, with its last changes and the row in
 * the audit log, in one transaction. As long as the record is there, its keys are known, so an attempt that was cut off is
 * finished by the next one; its counts are of what it found.
 */
export function createEraseRecord({
  db: { pool },
  retention,
}: {
  db: Database;
  retention: RetentionSettings;
}): EraseActivities['eraseRecord'] {
  return async (request) => withHeartbeat(() => eraseRecord(request));

  async function eraseRecord({ kind: name, recordId, action }: EraseRequest): Promise<EraseResult> {
    const kind = KINDS[name];
    const done = await recordedErasure(pool, action.id, recordId);
    if (done !== null) return done;
    const person = await findEverywhere(kind, recordId);
    if (person === null) {
      // Or an attempt at the same time has ended since.
      return (await recordedErasure(pool, action.id, recordId)) ?? { outcome: 'not_found' };
    }
    const rows = await searchAll(kind, person);
    if ('outcome' in rows) return rows;
    return await inTransaction(pool, async (client) => {
      const { record, changes } = await removeRecord(client, kind, recordId);
      if (person.hasRecord && !record) {
        // Another attempt, or somebody else, was quicker.
        return (await recordedErasure(client, action.id, recordId)) ?? { outcome: 'not_found' };
      }
      if (record) await tellOfErasure(client, kind, recordId, action);
      const files = rows.jobs.flatMap((job) => fileOf(job, rows.jobNumbers));
      const traces: ErasedTraces = {
        erased: {
          record,
          changes: rows.changes + changes,
          stagedRows: rows.stagedRows,
          outcomes: rows.outcomes,
          orders: await forgetInOrders(client, person.keys),
        },
        files: files.slice(0, MAX_FILES),
        filesTotal: files.length,
      };
      const { by, ...recorded } = action;
      const before = { kind: kind.name, id: recordId };
      // Nothing but ids and counts: this is kept for ever.
      await recordAction(client, {
        ...recorded,
        actor: by,
        action: 'erase',
        jobId: null,
        before,
        after: traces,
      });
      return { outcome: 'erased', ...traces };
    });
  }

  /** By the record or its deletion; of one that went without a trace of its own, by what jobs did to it. */
  async function findEverywhere(kind: Kind, recordId: string): Promise<PersonToErase | null> {
    const person = await findPerson(pool, kind, recordId);
    if (person !== null) return person;
    const keys = await findKeysInJobs(pool, await listJobsToSearch(pool, kind), recordId, goOn);
    return keys === null ? null : { recordId, keys, hasRecord: false };
  }

  /** Erases the person in all jobs that have ended, those included that end meanwhile. */
  async function searchAll(
    kind: Kind,
    person: Person,
  ): Promise<(ErasedRows & { jobs: SearchedJob[] }) | Held> {
    const done = new Set<number>();
    const erased: ErasedRows = { stagedRows: 0, outcomes: 0, changes: 0, jobNumbers: new Set() };
    for (;;) {
      const jobs = await listJobsToSearch(pool, kind);
      const held = await findJobInTheWay(jobs, person);
      if (held !== null) return held;
      const todo = jobs.filter(({ number, status }) => isEnded(status) && !done.has(number));
      if (todo.length === 0) return { ...erased, jobs };
      await eraseRows(pool, todo, person, erased, goOn);
      for (const { number } of todo) done.add(number);
    }
  }

  /** A job that has not ended and holds the person, or works on one that does, would bring the person back. */
  async function findJobInTheWay(jobs: readonly SearchedJob[], person: Person): Promise<Held | null> {
    const atWork = jobs.filter(({ status }) => !isEnded(status));
    const targets = new Set(atWork.map(({ targetJobId }) => targetJobId));
    const suspects = jobs.filter((job) => !isEnded(job.status) || targets.has(job.id));
    const holders = new Set((await findHolders(pool, suspects, person, goOn)).map(({ id }) => id));
    const held = atWork.find(({ id, targetJobId }) => holders.has(id) || holders.has(targetJobId ?? ''));
    return held === undefined ? null : { outcome: 'held', jobId: held.id, status: held.status };
  }

  function fileOf(
    { id, number, expired, hasFile, isStaged, finishedAt }: SearchedJob,
    holding: ReadonlySet<number>,
  ): ErasedTraces['files'] {
    if (!hasFile || expired.includes('files')) return [];
    const isKnown = isStaged && !expired.includes('staging');
    if (isKnown && !holding.has(number)) return [];
    const until =
      finishedAt === null
        ? null
        : new Date(finishedAt.getTime() + retention.RETENTION_FILES_DAYS * DAY_MS).toISOString();
    return [{ jobId: id, holds: holding.has(number) ? 'yes' : 'unknown', until }];
  }
}

/**
 * Whoever is told of deletions hears of it too, so that it can forget the person as well: by the id alone. The event's own id is not
 * that of the action, by which another erasure would take it for a trace.
 */
async function tellOfErasure(
  client: pg.PoolClient,
  { singular }: Kind,
  recordId: string,
  { id, by }: EraseRequest['action'],
): Promise<void> {
  const type = `${singular}.deleted`;
  if (!isEventType(type)) throw new Error(`there is no event ${type}`);
  await addEvent(client, {
    id: `${id}.erased`,
    type,
    version: EVENTS[type].version,
    correlationId: id,
    data: { id: recordId, by, values: null },
  });
}

/** @throws when the attempt was cancelled */
function goOn(): void {
  cancellationSignal().throwIfAborted();
}

/** What the action with this id erased, when it was this record. */
async function recordedErasure(
  db: Queryable,
  actionId: string,
  recordId: string,
): Promise<EraseResult | null> {
  const action = await findAction(db, actionId);
  const isThis = action?.action === 'erase' && (action.before as { id?: unknown } | null)?.id === recordId;
  // Written by this file, and the log can not be changed.
  return isThis ? { outcome: 'erased', ...(action.after as ErasedTraces) } : null;
}
