import type { Job } from '../contracts/http/job.ts';
import { isEnded, type RecordKind } from '../contracts/words.ts';
import type { SteeredJob } from './actions.ts';
import { askUnderOneKey } from './api.ts';
import { type Chooser, createChooser } from './choose.ts';
import { type ImportFile, makeImportFile } from './import-file.ts';
import type { Asked } from './model.ts';
import { type Steering, steerToEnd } from './steer.ts';

/** An import or a bulk delete that was accepted, or the undo of one. */
export interface LaneJob extends SteeredJob {
  /** Of a bulk delete: the file after which it came. */
  file: ImportFile;
  /** Of a bulk delete: the keys of the records that it is about. */
  deletes: readonly string[] | null;
  /** Of an undo: the job that it takes back. */
  target: LaneJob | null;
}

/** A space of keys in which imports follow one another, so that it is known what each of them finds. */
export interface Lane {
  name: string;
  kind: RecordKind;
  /** In the order in which they ran. */
  jobs: LaneJob[];
  actions: number;
}

interface LaneOptions extends Omit<Steering, 'acted'> {
  seed: number;
  /** Ids by key, of those of the keys that a record has. */
  findIds: (kind: RecordKind, keys: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

const NOTHING_ASKED: Asked = { cancel: false, skip: false, abandon: false };

/** Imports one file after the other, and steers each of them by whim, until it is over. The last one may not have ended. */
export async function runLane(lane: Lane, { seed, findIds, ...given }: LaneOptions): Promise<void> {
  const steering: Steering = { ...given, acted: () => void (lane.actions += 1) };
  const { api, isOver, note } = steering;
  for (let number = 1; !isOver(); number += 1) {
    const choose = createChooser(seed, `file ${lane.name} ${String(number)}`);
    const file = makeImportFile(choose, lane.kind, lane.name);
    if (choose.chance(0.1)) await api.breakOff(file);
    const key = `${String(seed)}-${lane.name}-${String(number)}`;
    const id = await askUnderOneKey(choose.chance(0.15), () => api.upload(file, key));
    const steer = createChooser(seed, `steer ${lane.name} ${String(number)}`);
    const job = accept(lane, id, file, note);
    await steerToEnd(job, steer, steering);
    await undoByWhim(job, steer);
    if (steer.chance(0.3)) await bulkDelete(key, file, steer);
    if (job.status !== 'completed' || !file.policies.dryRun || isOver() || !steer.chance(0.5)) continue;
    const confirmed = (await api.sendUntil(`/api/jobs/${id}/confirm`, {}, 200, 202)) as Job;
    const real = { ...file, policies: { ...file.policies, dryRun: false } };
    const confirmation = accept(lane, confirmed.id, real, note);
    await steerToEnd(confirmation, steer, steering);
    await undoByWhim(confirmation, steer);
  }

  /** Some of the records that the file names are deleted, whoever wrote them. */
  async function bulkDelete(key: string, file: ImportFile, choose: Chooser): Promise<void> {
    const keys = [...new Set(file.rows.map((row) => row.key))].filter(() => choose.chance(0.6));
    const ids = await findIds(lane.kind, keys);
    if (isOver() || ids.size === 0) return;
    const ask = (): Promise<string> => api.bulkDelete(lane.kind, [...ids.values()], `${key}-delete`);
    const id = await askUnderOneKey(choose.chance(0.2), ask);
    const job = accept(lane, id, file, note, { deletes: [...ids.keys()] });
    await steerToEnd(job, choose, steering);
    await undoByWhim(job, choose);
  }

  /** The undo of a job is over before the next import comes, also where it came with the import's end. */
  async function undoByWhim(job: LaneJob, choose: Chooser): Promise<void> {
    if (isOver() || !isEnded(job.status)) return;
    if ((job.deletes !== null || !job.file.policies.dryRun) && choose.chance(0.25)) {
      await api.sendUntil(`/api/jobs/${job.id}/undo`, { reason: 'chaos' }, 202, 409);
    }
    const undo = followUndo(lane, job, (await api.readJob(job.id)).undoneBy, note);
    if (undo !== null) await steerToEnd(undo, choose, steering);
  }
}

/** @returns the undo of a job, when there is one that was not known yet */
export function followUndo(
  lane: Lane,
  target: LaneJob,
  id: string | null,
  note: (text: string) => void,
): LaneJob | null {
  if (id === null || lane.jobs.some((known) => known.id === id)) return null;
  return accept(lane, id, target.file, note, { target });
}

function accept(
  lane: Lane,
  id: string,
  file: ImportFile,
  note: (text: string) => void,
  { target = null, deletes = null }: Partial<Pick<LaneJob, 'target' | 'deletes'>> = {},
): LaneJob {
  const made = deletes === null ? 'import' : 'bulk_delete';
  const job: LaneJob = {
    id,
    type: target === null ? made : 'undo',
    target,
    deletes,
    file,
    status: 'pending',
    chunks: 0,
    asked: { ...NOTHING_ASKED },
  };
  lane.jobs.push(job);
  note(`${job.type}: ${file.summary} (${id})`);
  return job;
}
