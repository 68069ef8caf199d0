import { useMutation } from '@tanstack/react-query';
import { api, bodyOf, type Job } from '../client/api.ts';
import { queryClient } from '../client/query-client.ts';

/** What can be asked of a job. `undo` and `confirm` make another job. */
export type Verb =
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'retry'
  | 'skip'
  | 'abandon'
  | 'undo'
  | 'reset'
  | 'confirm'
  | 'retry-rejected';

export interface VerbRequest {
  id: string;
  verb: Verb;
  /** A parked part, such as `applying 17`; all of them when missing. */
  part?: string | undefined;
  reason?: string | undefined;
  /** With `cancel`: takes back what was applied. */
  isUndone?: boolean | undefined;
}

/** @returns the job, or the one that was made */
async function ask({ id, verb, part, reason, isUndone }: VerbRequest): Promise<Job> {
  const path = { id };
  const why = reason === undefined ? {} : { reason };
  const body = { ...why };
  const partBody = { ...why, ...(part === undefined ? {} : { part }) };
  switch (verb) {
    case 'pause':
      return bodyOf(api.POST('/api/jobs/{id}/pause', { params: { path }, body }));
    case 'resume':
      return bodyOf(api.POST('/api/jobs/{id}/resume', { params: { path }, body }));
    case 'cancel': {
      const query = isUndone === true ? { undo: 'true' as const } : {};
      return bodyOf(api.POST('/api/jobs/{id}/cancel', { params: { path, query }, body }));
    }
    case 'retry':
      return bodyOf(api.POST('/api/jobs/{id}/retry', { params: { path }, body: partBody }));
    case 'skip':
      return bodyOf(api.POST('/api/jobs/{id}/skip', { params: { path }, body: partBody }));
    case 'abandon':
      return bodyOf(api.POST('/api/jobs/{id}/abandon', { params: { path }, body: partBody }));
    case 'undo':
      return bodyOf(api.POST('/api/jobs/{id}/undo', { params: { path }, body }));
    case 'reset':
      return bodyOf<Job>(api.POST('/api/jobs/{id}/reset', { params: { path }, body }));
    case 'confirm':
      return bodyOf(api.POST('/api/jobs/{id}/confirm', { params: { path }, body }));
    case 'retry-rejected':
      return bodyOf(api.POST('/api/jobs/{id}/retry-rejected', { params: { path }, body }));
  }
}

/** Does something to a job, and shows the job as it is afterwards. */
export function useVerb(onDone: (job: Job, request: VerbRequest) => void) {
  return useMutation({
    mutationFn: ask,
    onSuccess: (job, request) => {
      queryClient.setQueryData(['job', job.id], job);
      void queryClient.invalidateQueries({ queryKey: ['job-parts', request.id] });
      void queryClient.invalidateQueries({ queryKey: ['attention'] });
      onDone(job, request);
    },
  });
}
