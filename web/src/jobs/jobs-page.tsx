import Box from '@mui/material/Box';
import { api, bodyOf, type Job } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount, formatDuration, formatPercent, formatRate } from '../ui/format.ts';
import { ImportButton } from '../import/import-button.tsx';
import { Page } from '../ui/page.tsx';
import { SelectFilter } from '../ui/select-filter.tsx';
import { Empty } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useFilter } from '../ui/use-filter.ts';
import { useList } from '../ui/use-list.ts';
import { JobProgress } from './job-progress.tsx';
import { StatusChip } from './status-chip.tsx';
import { isEnded, KIND_WORDS, nameOf, STATUS_WORDS, TYPE_WORDS } from './words.ts';

const COLUMNS: readonly Column<Job>[] = [
  {
    id: 'status',
    title: 'Status',
    width: '150px',
    render: ({ status, percent }) => (
      <>
        <StatusChip status={status} />
        {percent !== null && !isEnded(status) && (
          // Where there is no room for the column.
          <Box component="span" sx={{ ml: 0.75, fontSize: '0.8125rem', display: { sm: 'none' } }}>
            {formatPercent(percent)}
          </Box>
        )}
      </>
    ),
  },
  {
    id: 'name',
    title: 'File',
    width: 'minmax(150px, 3fr)',
    render: (job) => (
      <TextLink to={`/jobs/${job.id}`} noWrap sx={{ display: 'block' }} title={nameOf(job)}>
        {nameOf(job)}
      </TextLink>
    ),
  },
  {
    id: 'what',
    title: 'What',
    width: '150px',
    from: 'md',
    render: ({ type, kind, options }) => {
      const words = KIND_WORDS[kind];
      if (type !== 'import') return `${TYPE_WORDS[type]}, ${words.toLowerCase()}`;
      return options?.dryRun === true ? `${words}, dry run` : words;
    },
  },
  {
    id: 'progress',
    title: 'Progress',
    width: 'minmax(150px, 2fr)',
    from: 'sm',
    render: (job) => <JobProgress job={job} />,
  },
  {
    id: 'rows',
    title: 'Rows',
    width: '90px',
    align: 'right',
    from: 'md',
    render: ({ counts }) => (counts.total === null ? '' : formatCount(counts.total)),
  },
  {
    id: 'rejected',
    title: 'Not in',
    width: '76px',
    align: 'right',
    from: 'md',
    render: ({ counts }) => {
      const left = ('rejected' in counts ? counts.rejected : 0) + counts.failed;
      return left === 0 ? '' : <Box sx={{ color: 'error.main', fontWeight: 600 }}>{formatCount(left)}</Box>;
    },
  },
  {
    id: 'rate',
    title: 'Rate',
    width: '84px',
    align: 'right',
    from: 'lg',
    // Of one that has ended it stands in the job itself; of one that waits it says nothing.
    render: ({ rowsPerSecond, status }) =>
      rowsPerSecond === null || status !== 'processing' ? '' : formatRate(rowsPerSecond),
  },
  {
    id: 'left',
    title: 'Time left',
    width: '96px',
    align: 'right',
    from: 'lg',
    render: ({ etaSeconds }) => (etaSeconds === null ? '' : formatDuration(etaSeconds)),
  },
  { id: 'by', title: 'By', width: 'minmax(60px, 110px)', from: 'lg', render: ({ createdBy }) => createdBy },
  {
    id: 'at',
    title: 'Since',
    width: '104px',
    from: 'sm',
    render: ({ createdAt }) => <Time at={createdAt} />,
  },
];

/** All jobs, newest first, live. */
export default function JobsPage() {
  useLiveTopic('jobs');
  const [status, setStatus] = useFilter('status');
  const [kind, setKind] = useFilter('kind');
  const [type, setType] = useFilter('type');
  const filter = {
    ...(status in STATUS_WORDS ? { status: status as Job['status'] } : {}),
    ...(kind in KIND_WORDS ? { kind: kind as Job['kind'] } : {}),
    ...(type in TYPE_WORDS ? { type: type as Job['type'] } : {}),
  };
  const isFiltered = Object.keys(filter).length > 0;
  const list = useList<Job>({
    queryKey: ['jobs', filter],
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/jobs', {
          params: { query: { ...filter, limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
  });
  return (
    <Page title="Jobs" fills actions={<ImportButton />}>
      <Box role="search" aria-label="Filter jobs" sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5 }}>
        <SelectFilter label="Status" value={status} options={STATUS_WORDS} onChange={setStatus} />
        <SelectFilter label="Kind" value={kind} options={KIND_WORDS} onChange={setKind} />
        <SelectFilter label="Type" value={type} options={TYPE_WORDS} onChange={setType} />
      </Box>
      <DataTable
        label="Jobs"
        columns={COLUMNS}
        keyOf={({ id }) => id}
        {...list}
        empty={
          <Empty title={isFiltered ? 'No job fits the filter' : 'No jobs yet'}>
            {isFiltered ? 'Choose other filters.' : 'Import a file, and follow it here.'}
          </Empty>
        }
      />
    </Page>
  );
}
