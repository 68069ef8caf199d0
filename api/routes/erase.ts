import { type Erasure, erasureExample, erasureSchema } from '../../contracts/http/erase.ts';
import { verbBodySchema } from '../../contracts/http/job.ts';
import { recordParamsSchema } from '../../contracts/http/record.ts';
import { isEnded } from '../../contracts/words.ts';
import { type Kind, KINDS } from '../../domain/kinds/index.ts';
import { inTransaction } from '../../prisma/client.ts';
import { findAction, isRecorded, recordAction } from '../../prisma/repositories/audit.ts';
import { findPerson, removeRecord } from '../../prisma/repositories/erase-record.ts';
import {
  eraseRows,
  findHolders,
  listJobsToSearch,
  type Person,
  type SearchedJob,
} from '../../prisma/repositories/erase-rows.ts';
import type { AppDeps } from '../deps.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { type ApiRouter, mountRoute } from '../http/mount-route.ts';
import { declareRoute } from '../http/route.ts';
import { actorOf, found } from './shared.ts';

const DAY_MS = 24 * 60 * 60_000;

const declareErase = ({ name, singular }: Kind) =>
  declareRoute({
    method: 'post',
    path: `/api/${name}/:id/erase`,
    operationId: `erase${singular.charAt(0).toUpperCase() + singular.slice(1)}`,
    summary: `Erase a ${singular} and every trace of the person`,
    description:
      'Removes the record, its earlier values, and what rows of jobs say of the person; also of a record that was deleted before. ' +
      'Uploaded files stay for their time and are named in the answer. The search reads all rows of the kind that are kept, which ' +
      'takes a second or so for each million. Where it was cut off, ask again. The audit log keeps the id of the record and the ' +
      'reason, so do not name the person there. A file with the person that is imported later brings the person in again.',
    tag: 'records',
    access: 'admin',
    params: recordParamsSchema,
    body: verbBodySchema,
    responses: {
      200: {
        description: 'Nothing but the named files holds the person any more.',
        schema: erasureSchema,
        example: erasureExample,
      },
    },
    problems: ['wrong-state'],
  });

/** Made once, for the API document. */
const ERASE_ROUTES = Object.values(KINDS)
  .filter(({ isPerson }) => isPerson)
  .map((kind) => ({ kind, route: declareErase(kind) }));

/** Forgetting people. */
export function mountErase(router: ApiRouter, { config, database: { pool } }: AppDeps): void {
  for (const { kind, route } of ERASE_ROUTES) {
    mountRoute(
      router,
      route,
    )(async ({ params: { id }, body, principal, request }) => {
      const { by, ...actor } = actorOf(principal, request, body);
      const before = await recordedErasure(actor.id, id);
      if (before !== null) return { status: 200, body: before };

      const person = found(await findPerson(pool, kind, id));
      const { jobs, ...rows } = await searchAll(kind, person);
      // The record goes last: as long as it is there, its keys are known, and what was cut off can be asked for again.
      const erasure = await inTransaction(pool, async (client) => {
        const { record, changes } = await removeRecord(client, kind, id);
        const done: Erasure = {
          id,
          erased: {
            record,
            changes: rows.changes + changes,
            stagedRows: rows.stagedRows,
            outcomes: rows.outcomes,
          },
          files: jobs.flatMap((job) => fileOf(job, rows.jobNumbers)),
        };
        // Somebody else who erases the same one was quicker: that is where this leads to.
        if (!(person.hasRecord && !record) && !(await isRecorded(client, actor.id))) {
          await recordAction(client, {
            ...actor,
            actor: by,
            action: 'erase',
            jobId: null,
            before: { kind: kind.name, id },
            after: { erased: done.erased, files: done.files },
          });
        }
        return done;
      });
      return { status: 200, body: erasure };
    });
  }

  /** What the action with this id erased, when it did. */
  async function recordedErasure(actionId: string, id: string): Promise<Erasure | null> {
    const action = await findAction(pool, actionId);
    if (action?.action !== 'erase') return null;
    const erasure = erasureSchema.safeParse({ id, ...(action.after as object) });
    return erasure.success && (action.before as { id?: unknown }).id === id ? erasure.data : null;
  }

  /**
   * Erases the person in all jobs that have ended, those included that end meanwhile.
   *
   * @throws {HttpProblem} `wrong-state` when a job that has not ended holds the person, or the job that one works on does
   */
  async function searchAll(kind: Kind, person: Person) {
    const done = new Set<number>();
    const erased = { stagedRows: 0, outcomes: 0, changes: 0, jobNumbers: new Set<number>() };
    for (;;) {
      const jobs = await listJobsToSearch(pool, kind);
      await refuseWhileHeld(kind, jobs, person);
      const todo = jobs.filter(({ number, status }) => isEnded(status) && !done.has(number));
      if (todo.length === 0) return { ...erased, jobs };
      const more = await eraseRows(pool, todo, person);
      for (const { number } of todo) done.add(number);
      erased.stagedRows += more.stagedRows;
      erased.outcomes += more.outcomes;
      erased.changes += more.changes;
      for (const number of more.jobNumbers) erased.jobNumbers.add(number);
    }
  }

  async function refuseWhileHeld(kind: Kind, jobs: readonly SearchedJob[], person: Person): Promise<void> {
    const atWork = jobs.filter(({ status }) => !isEnded(status));
    const targets = new Set(atWork.map(({ targetJobId }) => targetJobId));
    const holders = await findHolders(
      pool,
      jobs.filter((job) => atWork.includes(job) || targets.has(job.id)),
      person,
    );
    const ids = holders.map(({ id }) => id);
    const inTheWay = atWork.find(
      ({ id, targetJobId }) => ids.includes(id) || ids.includes(targetJobId ?? ''),
    );
    if (inTheWay === undefined) return;
    const detail =
      `Job ${inTheWay.id} is ${inTheWay.status} and holds this ${kind.singular}. ` +
      'Let it end, or cancel it, and ask again.';
    throw new HttpProblem('wrong-state', detail, { currentStatus: inTheWay.status });
  }

  function fileOf(
    { id, number, expired, hasFile, isStaged, finishedAt }: SearchedJob,
    holding: ReadonlySet<number>,
  ): Erasure['files'] {
    if (!hasFile || expired.includes('files')) return [];
    const isKnown = isStaged && !expired.includes('staging');
    if (isKnown && !holding.has(number)) return [];
    const until =
      finishedAt === null
        ? null
        : new Date(finishedAt.getTime() + config.RETENTION_FILES_DAYS * DAY_MS).toISOString();
    return [{ jobId: id, holds: holding.has(number) ? 'yes' : 'unknown', until }];
  }
}
