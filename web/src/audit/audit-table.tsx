import type { Schemas } from '../client/api.ts';
import { type Column, DataTable, type DataTableProps } from '../ui/data-table.tsx';
import { Empty } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';

export type AuditEntry = Schemas['AuditEntry'];

const COLUMNS: readonly Column<AuditEntry>[] = [
  { id: 'at', title: 'When', width: '120px', render: ({ at }) => <Time at={at} /> },
  { id: 'actor', title: 'Who', width: 'minmax(90px, 150px)', render: ({ actor }) => actor },
  {
    id: 'action',
    title: 'What',
    width: 'minmax(100px, 200px)',
    render: ({ action, part }) => (part === null ? action : `${action}, ${part}`),
  },
  { id: 'reason', title: 'Why', width: 'minmax(120px, 1fr)', render: ({ reason }) => reason ?? '' },
  { id: 'via', title: 'By way of', width: '100px', from: 'md', render: ({ via }) => via },
];

interface AuditTableProps extends Pick<
  DataTableProps<AuditEntry>,
  'rows' | 'hasMore' | 'loadMore' | 'isLoading' | 'onRetry' | 'error'
> {
  /** Where nobody has done anything. */
  empty: string;
}

/** What operators did. */
export function AuditTable({ empty, ...list }: AuditTableProps) {
  return (
    <DataTable
      label="Audit trail"
      columns={COLUMNS}
      keyOf={({ id }) => id}
      {...list}
      empty={<Empty title={empty} />}
    />
  );
}
