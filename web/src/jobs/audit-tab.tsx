import { type AuditEntry, AuditTable } from '../audit/audit-table.tsx';
import { api, bodyOf, type Job } from '../client/api.ts';
import { useList } from '../ui/use-list.ts';

/** What operators did to a job. */
export function AuditTab({ job }: { job: Job }) {
  const list = useList<AuditEntry>({
    queryKey: ['job-parts', job.id, 'audit'],
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/jobs/{id}/audit', {
          params: {
            path: { id: job.id },
            query: { limit: 100, ...(cursor === undefined ? {} : { cursor }) },
          },
          signal,
        }),
      ),
  });
  return <AuditTable {...list} empty="Nobody has done anything to this job" />;
}
