import { api, bodyOf, type Job, type Schemas } from '../client/api.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useList } from '../ui/use-list.ts';

type Entry = Schemas['AuditEntry'];

const COLUMNS: readonly Column<Entry>[] = [
  { id: 'at', title: 'When', width: '120px', render: ({ at }) => <Time at={at} /> },
  { id: 'actor', title: 'Who', width: '150px', render: ({ actor }) => actor },
  {
    id: 'action',
    title: 'What',
    width: '180px',
    render: ({ action, part }) => (part === null ? action : `${action}, ${part}`),
  },
  { id: 'reason', title: 'Why', width: 'minmax(160px, 1fr)', render: ({ reason }) => reason ?? '' },
  { id: 'via', title: 'By way of', width: '100px', from: 'md', render: ({ via }) => via },
];

/** What operators did to a job. */
export function AuditTab({ job }: { job: Job }) {
  const list = useList<Entry>({
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
  return (
    <DataTable
      label="Audit trail"
      columns={COLUMNS}
      keyOf={({ id }) => id}
      {...list}
      empty={<Empty title="Nobody has done anything to this job" />}
    />
  );
}
