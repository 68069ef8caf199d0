import type { JobSnapshot } from '../../prisma/repositories/jobs.ts';
import { createWatch, type Watch, type WatchOptions } from './watch.ts';

/** Tells whoever is interested in a job of its changes. */
export type JobWatch = Watch<JobSnapshot>;

export function createJobWatch(options: Pick<WatchOptions<JobSnapshot>, 'read' | 'onError'>): JobWatch {
  return createWatch({ ...options, readIntervalMs: 300, safetyReadMs: 5_000 });
}
