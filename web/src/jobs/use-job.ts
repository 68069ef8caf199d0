import { replaceEqualDeep, useQuery } from '@tanstack/react-query';
import { api, bodyOf, type Job } from '../client/api.ts';
import { isEnded } from './words.ts';
import { useLiveTopic } from '../client/live-cache.ts';

/** How often it is looked how far the orders of a file are. */
const ORDERS_EVERY_MS = 2_000;

function isStillOrdering(job: Job | undefined): boolean {
  const orders = job?.orders ?? null;
  return orders !== null && job !== undefined && isEnded(job.status) && orders.finished < orders.total;
}

/** A job, live for as long as the view is there. */
export function useJob(id: string) {
  useLiveTopic(`job:${id}`);
  return useQuery<Job>({
    queryKey: ['job', id],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/jobs/{id}', { params: { path: { id } }, signal })),
    // Its stream ends with the job; the orders of a file are worked on after that.
    refetchInterval: ({ state: { data } }) => (isStillOrdering(data) ? ORDERS_EVERY_MS : false),
    // The stream may have told of a change while this answer, or that of a verb, was on its way.
    structuralSharing: (before, after) => (isNewer(before, after) ? before : replaceEqualDeep(before, after)),
  });
}

/** What keeps a job from going on, and what each verb would do now. */
export function useRecovery(id: string) {
  return useQuery({
    queryKey: ['job-parts', id, 'recovery'],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/jobs/{id}/recovery', { params: { path: { id } }, signal })),
  });
}

function isNewer(before: unknown, after: unknown): boolean {
  return revisionOf(before) > revisionOf(after);
}

function revisionOf(job: unknown): number {
  return typeof job === 'object' && job !== null && 'revision' in job ? Number(job.revision) : -1;
}
