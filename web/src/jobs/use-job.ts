import { useQuery } from '@tanstack/react-query';
import { api, bodyOf, type Job } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';

/** A job, live for as long as the view is there. */
export function useJob(id: string) {
  useLiveTopic(`job:${id}`);
  return useQuery<Job>({
    queryKey: ['job', id],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/jobs/{id}', { params: { path: { id } }, signal })),
  });
}

/** What keeps a job from going on, and what each verb would do now. */
export function useRecovery(id: string) {
  return useQuery({
    queryKey: ['job-parts', id, 'recovery'],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/jobs/{id}/recovery', { params: { path: { id } }, signal })),
  });
}
