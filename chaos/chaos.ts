import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isEnded, type RecordKind } from '../contracts/words.ts';
import { UPLOAD_TIMEOUT_MS } from '../platform/upload-timeout.ts';
import { createLocalFolderStorage } from '../adapters/storage/local-folder.ts';
import { checkInvariants } from '../scripts/invariants/index.ts';
import type { SteeredJob } from './actions.ts';
import { type ChaosApi, createChaosApi } from './api.ts';
import { type ChaosStack, startChaosStack } from './chaos-stack.ts';
import { type DoneFault, startKiller } from './faults.ts';
import { followUndo, type Lane, type LaneJob, runLane } from './lane.ts';
import {
  compareRecords,
  type Graves,
  judgeBulkDelete,
  judgeImport,
  judgeRestore,
  judgeUndo,
  type Records,
  type SeenJob,
} from './model.ts';
import { followOrderUndo, type OrderLane, type OrderLaneJob, runOrderLane } from './order-lane.ts';
import { compareOrders, judgeOrderImport, judgeOrderUndo, type Orders } from './order-model.ts';
import { countJobs, readIds, readOpenOrders, readOrders, readRecords, readSeenJob } from './seen.ts';

/** Once all is put right again, every import ends within this; a frozen worker and a backlog are part of it. */
const HEAL_MS = 240_000;
const LOOK_AGAIN_MS = 300;
/** Of one import or kind so many differences are told; there may be thousands. */
const MAX_TOLD = 5;

const KINDS: readonly RecordKind[] = ['products', 'customers'];
/** As many imports at a time. */
const LANES: readonly (readonly [name: string, kind: RecordKind])[] = [
  ['p1', 'products'],
  ['c1', 'customers'],
  ['p2', 'products'],
  ['c2', 'customers'],
  ['p3', 'products'],
  ['c3', 'customers'],
];

export interface ChaosOptions {
  /** The same seed brings the same files and the same faults in the same order; instants depend on the machine too. */
  seed: number;
  /** How long things go wrong. Starting and healing come on top of it. */
  durationMs: number;
  /** Told every import, fault and action, with its time. */
  note: (text: string) => void;
  /** Ends the chaos early; healing and judging follow all the same. */
  signal?: AbortSignal;
}

export interface ChaosVerdict {
  seed: number;
  faults: readonly DoneFault[];
  imports: number;
  actions: number;
  /** By how they ended. */
  ends: Record<string, number>;
  /** What does not hold; empty when all does. */
  broken: string[];
  /** The stack's folder, with logs and database, when something is broken. */
  folder: string | null;
}

/**
 * Runs imports on a stack of its own, steers them as operators would, and lets one process after the other die, until the time
 * is up. Then all is put right, what is parked is retried, and every rule of the system must hold: those of
 * verify:invariants, and a model that says what each import has left.
 */
export async function runChaos({ seed, durationMs, note, signal }: ChaosOptions): Promise<ChaosVerdict> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1_000;
  const tell = (text: string): void => note(`${seconds().toFixed(1).padStart(7)} s  ${text}`);
  const stack = await startChaosStack(tell);
  try {
    tell(`the stack is up (seed ${String(seed)})`);
    const over = Date.now() + durationMs;
    const isOver = (): boolean => Date.now() > over || signal?.aborted === true;
    const api = createChaosApi(stack);
    const lanes = LANES.map(([name, kind]): Lane => ({ name, kind, jobs: [], actions: 0 }));
    const orderLane: OrderLane = { name: 'o1', jobs: [], actions: 0 };
    const killer = startKiller(stack, seed, seconds, tell);
    const steering = { seed, api, temporal: stack.temporal, isOver, note: tell };
    const running = [
      ...lanes.map((lane) => runLane(lane, { ...steering, findIds: idsOf(stack) })),
      runOrderLane(orderLane, steering),
    ];
    const [results] = await Promise.all([Promise.allSettled(running), endOfTime(killer, isOver)]);
    tell('all is put right again');
    const broken = results.flatMap((result) => (result.status === 'rejected' ? [String(result.reason)] : []));
    broken.push(...(await heal(stack, api, lanes, orderLane, tell)), ...api.faults);
    tell('every import has ended or was given up');
    broken.push(...(await judge(stack, lanes, orderLane)));
    const jobs = jobsOf([...lanes, orderLane]);
    const verdict = {
      seed,
      faults: killer.done,
      imports: jobs.length,
      actions: [...lanes, orderLane].reduce((sum, { actions }) => sum + actions, 0),
      ends: countBy(jobs.map(({ status }) => status)),
      broken,
    };
    if (broken.length > 0) return { ...verdict, folder: await stack.leave() };
    await stack.remove();
    return { ...verdict, folder: null };
  } catch (error) {
    tell(`the chaos itself failed; its folder is ${await stack.leave()}`);
    throw error;
  }
}

/** Asks again where the database is away. */
function idsOf({
  db,
}: ChaosStack): (...asked: [RecordKind, readonly string[]]) => ReturnType<typeof readIds> {
  return async (kind, keys) => {
    for (;;) {
      try {
        return await readIds(db, kind, keys);
      } catch {
        await delay(LOOK_AGAIN_MS);
      }
    }
  };
}

/** The killer goes on while the lanes do, and puts all right while they wait for their answers. */
async function endOfTime(killer: { stop: () => Promise<void> }, isOver: () => boolean): Promise<void> {
  while (!isOver()) await delay(LOOK_AGAIN_MS);
  await killer.stop();
}

/** Does what an operator does after an outage: lets go on what is paused, retries what is parked. */
async function heal(
  stack: ChaosStack,
  api: ChaosApi,
  lanes: readonly Lane[],
  orderLane: OrderLane,
  note: (text: string) => void,
): Promise<string[]> {
  for (const kind of KINDS) {
    await stack.db.pool.query(`ALTER TABLE ${kind} DROP CONSTRAINT no_poison`);
  }
  const deadline = Date.now() + HEAL_MS;
  for (;;) {
    let open = 0;
    // The end of an import may have brought its undo with it.
    const jobs = [
      ...lanes.flatMap((lane) =>
        lane.jobs.map((job) => ({ job, follow: (id: string | null) => followUndo(lane, job, id, note) })),
      ),
      ...orderLane.jobs.map((job) => ({
        job,
        follow: (id: string | null) => followOrderUndo(orderLane, job, id, note),
      })),
    ];
    for (const { job, follow } of jobs) {
      const { status, undoneBy } = await api.readJob(job.id);
      job.status = status;
      if (follow(undoneBy) !== null) open += 1;
      if (isEnded(status)) continue;
      open += 1;
      if (status === 'paused') await api.send(`/api/jobs/${job.id}/resume`, { reason: 'healing' });
      if (status === 'needs_attention') await api.send(`/api/jobs/${job.id}/retry`, { reason: 'healing' });
    }
    const orders = await readOpenOrders(stack.db);
    for (const { id, isParked } of orders) {
      if (isParked) await api.send(`/api/orders/${id}/retry`, { reason: 'healing' });
    }
    if (open === 0 && orders.length === 0) return [];
    if (Date.now() > deadline) {
      const ids = orders.map(({ id }) => `the order ${id} is at work long after all was put right`);
      return [...jobs.flatMap(({ job }) => stillOpen(job)), ...shorten(ids)];
    }
    await delay(LOOK_AGAIN_MS);
  }
}

function jobsOf(lanes: readonly { jobs: readonly SteeredJob[] }[]): readonly SteeredJob[] {
  return lanes.flatMap(({ jobs }) => jobs);
}

function stillOpen({ id, status, file }: LaneJob | OrderLaneJob): string[] {
  return isEnded(status) ? [] : [`${id} (${file.summary}) is ${status} long after all was put right`];
}

async function judge(stack: ChaosStack, lanes: readonly Lane[], orderLane: OrderLane): Promise<string[]> {
  const { db, temporal, storageDir } = stack;
  await letTimePass(storageDir);
  const reports = await checkInvariants({ db, temporal, storage: createLocalFolderStorage(storageDir) });
  const broken = reports.flatMap((report) => report.broken.map((what) => `${report.id}: ${what}`));

  for (const asked of ['import', 'bulk_delete'] as const) {
    const accepted = await countJobs(db, asked);
    const known = jobsOf([...lanes, orderLane]).filter(({ type }) => type === asked).length;
    if (accepted === known) continue;
    broken.push(`${String(known)} jobs of type ${asked} were accepted, and there are ${String(accepted)}`);
  }
  for (const kind of KINDS) {
    const expected: Records = new Map();
    const graves: Graves = new Map();
    for (const lane of lanes) {
      if (lane.kind !== kind) continue;
      for (const job of lane.jobs) {
        const { id, file } = job;
        const wrong = judgeJob(job, await readSeenJob(db, id), expected, graves);
        broken.push(...shorten(wrong).map((what) => `model, ${id} (${file.summary}): ${what}`));
      }
    }
    const wrong = compareRecords(expected, await readRecords(db, kind));
    broken.push(...shorten(wrong).map((what) => `model, ${kind}: ${what}`));
  }
  const orders: Orders = new Map();
  for (const { id, file, asked, target } of orderLane.jobs) {
    const seen = await readSeenJob(db, id);
    const wrong =
      target === null
        ? judgeOrderImport(file, asked, seen, orders)
        : judgeOrderUndo(target.id, asked, seen, orders);
    broken.push(...shorten(wrong).map((what) => `model, ${id} (${file.summary}): ${what}`));
  }
  const wrong = compareOrders(orders, await readOrders(db));
  broken.push(...shorten(wrong).map((what) => `model: ${what}`));
  return broken;
}

function judgeJob(
  { file, asked, target, deletes }: LaneJob,
  seen: SeenJob,
  records: Records,
  graves: Graves,
): string[] {
  if (deletes !== null) return judgeBulkDelete(deletes, asked, seen, records, graves);
  if (target === null) return judgeImport(file, asked, seen, records);
  if (target.deletes !== null) return judgeRestore(target.id, asked, seen, records, graves);
  return judgeUndo(target.id, asked, seen, records);
}

/**
 * An upload whose API died between storing the file and committing its job leaves a file that is removed by its age. So that
 * nobody has to wait for that, all files become old enough; the housekeeping may remove only those that no job owns.
 */
async function letTimePass(storageDir: string): Promise<void> {
  const old = new Date(Date.now() - 2 * UPLOAD_TIMEOUT_MS);
  for (const entry of await readdir(storageDir, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) await utimes(path.join(entry.parentPath, entry.name), old, old);
  }
}

function shorten(texts: readonly string[]): string[] {
  const more = texts.length - MAX_TOLD;
  return more <= 0 ? [...texts] : [...texts.slice(0, MAX_TOLD), `and ${String(more)} more`];
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
