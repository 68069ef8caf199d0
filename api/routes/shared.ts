import type { Request } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type {
  AuditWay,
  CallerMapping,
  ChosenMapping,
  JobStatus,
  ImportKind,
  Mode,
  Notify,
  OrderStatus,
} from '../../contracts/words.ts';
import { IMPORTABLE } from '../../domain/kinds/index.ts';
import type { Principal } from '../../platform/tokens.ts';
import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import type { JobWatch } from '../streams/job-watch.ts';
import type { Queryable } from '../../prisma/client.ts';
import { findMappingByName } from '../../prisma/repositories/mappings.ts';
import { HttpProblem, invalidField } from '../http/http-problem.ts';

/** Header of the answers that make or name a job. */
export const jobLocation = z.object({
  Location: z.string().meta({
    description: 'Where the job is.',
    example: '/api/jobs/0195d3c5-7a6e-7c3e-9d53-6b0f0a4c2b11',
  }),
});

/** @throws {HttpProblem} `not-found` for null */
export function found<T>(thing: T | null): T {
  if (thing === null) throw notFound();
  return thing;
}

export function notFound(): HttpProblem {
  return new HttpProblem('not-found', 'There is nothing at this address.');
}

/** What the status of a job or an order does not allow now. @param detail a sentence for the caller: why, and what would help */
export function wrongState(detail: string, currentStatus: JobStatus | OrderStatus): HttpProblem {
  return new HttpProblem('wrong-state', detail, { currentStatus });
}

/**
 * The mapping of a request: as it was sent, or as it is saved under the name that was sent.
 *
 * @throws {HttpProblem} `invalid` when there is none of that name for the kind
 */
export async function chosenMapping(
  db: Queryable,
  kind: ImportKind,
  given: CallerMapping | string | undefined,
): Promise<ChosenMapping | null> {
  if (given === undefined) return null;
  if (typeof given !== 'string') return { name: null, columns: given };
  const saved = await findMappingByName(db, given);
  if (saved?.kind !== kind) {
    throw invalidField('#/mapping', 'unknown_mapping', `There is no saved mapping "${given}" for ${kind}.`);
  }
  return { name: saved.name, columns: saved.columns };
}

/**
 * How a kind is to be imported: as the request says, else as is usual for it.
 *
 * @throws {HttpProblem} `invalid` for a way that the kind does not have
 */
export function chosenMode(kind: ImportKind, given: Mode | undefined): Mode {
  const { modes } = IMPORTABLE[kind];
  const [usual] = modes;
  if (given === undefined || modes.includes(given)) return given ?? usual;
  const detail = `An import of ${kind} can only have the mode ${modes.join(' or ')}, not ${given}.`;
  throw invalidField('#/mode', 'mode_not_possible', detail);
}

/**
 * What an import of a kind is to send.
 *
 * @throws {HttpProblem} `invalid` for what the kind does not send
 */
export function chosenNotify(kind: ImportKind, given: Notify): Notify {
  const { notify } = IMPORTABLE[kind];
  if (notify.includes(given)) return given;
  const detail = `An import of ${kind} can send ${notify.join(' or ')}, not ${given}.`;
  throw invalidField('#/notify', 'notify_not_possible', detail);
}

/** How long an answer waits for a verb to take effect. */
const EFFECT_TIMEOUT_MS = 5_000;

/** @returns the job once it is as wanted, or null when that takes too long */
export async function waitForJob(
  watch: JobWatch,
  jobId: string,
  wanted: (job: JobSnapshot) => boolean | Promise<boolean>,
): Promise<JobSnapshot | null> {
  return await new Promise((resolve, reject) => {
    const finish = (job: JobSnapshot | null): void => {
      clearTimeout(timer);
      unsubscribe();
      resolve(job);
    };
    const look = async (job: JobSnapshot): Promise<void> => {
      if (await wanted(job)) finish(job);
    };
    const timer = setTimeout(finish, EFFECT_TIMEOUT_MS, null);
    const unsubscribe = watch.subscribe(jobId, (job) => {
      look(job).catch((error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
        finish(null);
      });
    });
  });
}

/** What the scripts of this repository call themselves; see scripts/lib/api-client.ts. */
const SCRIPTS_AGENT = /^longshore-scripts\b/;

/** Who acts, why, and by which way, for the audit log. */
export interface Actor {
  id: string;
  by: string;
  via: AuditWay;
  reason?: string;
}

/** @param body of a verb: the action gets an id unless it brings one */
export function actorOf(
  { subject }: Principal,
  request: Request,
  body: { id?: string | undefined; reason?: string | undefined } = {},
): Actor {
  const { id = uuidv7(), reason } = body;
  const via = SCRIPTS_AGENT.test(request.get('user-agent') ?? '') ? 'script' : 'api';
  return { id: id.toLowerCase(), by: subject, via, ...(reason === undefined ? {} : { reason }) };
}
