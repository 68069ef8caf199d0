import { isEnded } from '../contracts/words.ts';
import type { SteeredJob } from './actions.ts';
import { askUnderOneKey } from './api.ts';
import { type Chooser, createChooser } from './choose.ts';
import { makeOrderFile, type OrderFile } from './order-file.ts';
import { type Steering, steerToEnd } from './steer.ts';

/** An import of orders that was accepted, or the undo of one. */
export interface OrderLaneJob extends SteeredJob {
  file: OrderFile;
  /** Of an undo: the import that it takes back. */
  target: OrderLaneJob | null;
}

/** A space of order numbers in which imports follow one another. */
export interface OrderLane {
  name: string;
  /** In the order in which they ran. */
  jobs: OrderLaneJob[];
  actions: number;
}

interface OrderLaneOptions extends Omit<Steering, 'acted'> {
  seed: number;
}

/** Imports one file of orders after the other, and steers each of them by whim, until it is over. */
export async function runOrderLane(lane: OrderLane, { seed, ...given }: OrderLaneOptions): Promise<void> {
  const steering: Steering = { ...given, acted: () => void (lane.actions += 1) };
  const { api, isOver, note } = steering;
  for (let number = 1; !isOver(); number += 1) {
    const choose = createChooser(seed, `file ${lane.name} ${String(number)}`);
    const file = makeOrderFile(choose, lane.name);
    const key = `${String(seed)}-${lane.name}-${String(number)}`;
    const id = await askUnderOneKey(choose.chance(0.15), () => api.upload(file, key));
    const steer = createChooser(seed, `steer ${lane.name} ${String(number)}`);
    const job = accept(lane, id, file, null, note);
    await steerToEnd(job, steer, steering);
    await undoByWhim(job, steer);
  }

  async function undoByWhim(job: OrderLaneJob, choose: Chooser): Promise<void> {
    if (isOver() || !isEnded(job.status)) return;
    if (!job.file.policies.dryRun && choose.chance(0.3)) {
      await api.sendUntil(`/api/jobs/${job.id}/undo`, { reason: 'chaos' }, 202, 409);
    }
    const undo = followOrderUndo(lane, job, (await api.readJob(job.id)).undoneBy, note);
    if (undo !== null) await steerToEnd(undo, choose, steering);
  }
}

/** @returns the undo of a job, when there is one that was not known yet */
export function followOrderUndo(
  lane: OrderLane,
  target: OrderLaneJob,
  id: string | null,
  note: (text: string) => void,
): OrderLaneJob | null {
  if (id === null || lane.jobs.some((known) => known.id === id)) return null;
  return accept(lane, id, target.file, target, note);
}

function accept(
  lane: OrderLane,
  id: string,
  file: OrderFile,
  target: OrderLaneJob | null,
  note: (text: string) => void,
): OrderLaneJob {
  const job: OrderLaneJob = {
    id,
    type: target === null ? 'import' : 'undo',
    target,
    file,
    status: 'pending',
    chunks: 0,
    asked: { cancel: false, skip: false, abandon: false },
  };
  lane.jobs.push(job);
  note(`${job.type}: ${file.summary} (${id})`);
  return job;
}
