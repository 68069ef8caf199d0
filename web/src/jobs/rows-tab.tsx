import { mdiDownload, mdiPencilOutline, mdiSendCheckOutline } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { api, bodyOf, type Job, type Schemas } from '../client/api.ts';
import type { Pages } from '../client/live-cache.ts';
import { queryClient } from '../client/query-client.ts';
import { useAllowed } from '../client/session.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { OneLine } from '../ui/one-line.tsx';
import { Empty } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { useFilter } from '../ui/use-filter.ts';
import { useList } from '../ui/use-list.ts';
import { RepairRow } from './repair-row.tsx';
import { useVerb } from './use-verbs.ts';
import { isEnded, OUTCOME_WORDS, type Outcome } from './words.ts';

type Row = Schemas['Row'];

/** The rows of a job by outcome, to be searched; rejected ones are repaired in place and sent again. */
export function RowsTab({ job }: { job: Job }) {
  const isOperator = useAllowed('operator');
  const [outcome] = useFilter('outcome');
  const [search, setSearch] = useFilter('q');
  const [open, setOpen] = useState<number | null>(null);
  const toasts = useToasts();
  const q = search.trim();
  const filter = {
    ...(outcome in OUTCOME_WORDS ? { outcome: outcome as Outcome } : {}),
    ...(q === '' ? {} : { q }),
  };
  const queryKey = ['job-parts', job.id, 'rows', filter];
  const { searchedTo, ...list } = useList<Row>({
    queryKey,
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/jobs/{id}/rows', {
          params: {
            path: { id: job.id },
            query: { ...filter, limit: 100, ...(cursor === undefined ? {} : { cursor }) },
          },
          signal,
        }),
      ),
  });
  const mayRepair =
    isOperator &&
    job.type === 'import' &&
    isEnded(job.status) &&
    job.options?.dryRun === false &&
    job.undoneBy === null;
  const repaired = list.rows.filter(isRepaired).length;
  const put = (row: Row) => {
    queryClient.setQueryData<Pages<Row>>(queryKey, (before) =>
      before === undefined
        ? undefined
        : {
            ...before,
            pages: before.pages.map((page) => ({
              ...page,
              items: page.items.map((item) => (item.row === row.row ? row : item)),
            })),
          },
    );
    setOpen(null);
    toasts.done(`Row ${formatCount(row.row)} is good now; send it when you are ready`);
  };
  const columns = columnsOf({
    names: [...new Set(list.rows.flatMap(({ values }) => Object.keys(values ?? {})))],
    hasErrors: list.rows.some(({ errors }) => errors.length > 0),
    mayRepair,
    open,
    onOpen: setOpen,
  });
  const opened = list.rows.find(({ row }) => row === open);
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', gap: 1.5, flex: 1, minHeight: 0 }}>
      <Box role="search" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <TextFilter
          label="Search rows"
          placeholder="key, value or line"
          value={search}
          onChange={setSearch}
          width={240}
        />
        <Box role="status" sx={{ flex: 1, fontSize: '0.8125rem', color: 'text.secondary' }}>
          {q !== '' && list.hasMore && searchedTo !== undefined && job.counts.total !== null
            ? `${formatCount(list.rows.length)} found in ${formatCount(searchedTo)} of ${formatCount(job.counts.total)} rows`
            : ''}
        </Box>
        {mayRepair && repaired > 0 && <SendRepaired job={job} count={repaired} />}
        {job.links.errors !== undefined && countOf(job, 'rejected') + job.counts.failed > 0 && (
          <Button href={job.links.errors} download variant="outlined" startIcon={<Icon path={mdiDownload} />}>
            errors.csv
          </Button>
        )}
        {job.links.unprocessed !== undefined && isEnded(job.status) && job.counts.pending > 0 && (
          <Button
            href={job.links.unprocessed}
            download
            variant="outlined"
            startIcon={<Icon path={mdiDownload} />}
          >
            unprocessed.csv
          </Button>
        )}
      </Box>
      {opened !== undefined && (
        <Box
          sx={{
            px: 1.5,
            border: 1,
            borderColor: 'primary.main',
            borderRadius: 1,
            bgcolor: 'background.paper',
          }}
        >
          <RepairRow
            key={opened.row}
            jobId={job.id}
            row={opened}
            onRepaired={put}
            onClose={() => {
              setOpen(null);
            }}
          />
        </Box>
      )}
      <DataTable
        label="Rows of the job"
        columns={columns}
        keyOf={({ row }) => row}
        isSelected={({ row }) => row === open}
        {...list}
        empty={
          <Empty
            title={
              q === '' && outcome === '' ? (isEnded(job.status) ? 'No rows' : 'No rows yet') : 'No row fits'
            }
          />
        }
      />
    </Box>
  );
}

/** Nothing is wrong with it any more, but it has not gone in. */
function isRepaired({ outcome, errors }: Row): boolean {
  return outcome === 'rejected' && errors.length === 0;
}

function countOf(job: Job, outcome: 'rejected'): number {
  return outcome in job.counts ? job.counts[outcome] : 0;
}

interface ColumnOptions {
  /** Columns of the record. */
  names: readonly string[];
  /** Some of the rows have something wrong. */
  hasErrors: boolean;
  mayRepair: boolean;
  open: number | null;
  onOpen: (row: number) => void;
}

const ERRORS: Column<Row> = {
  id: 'errors',
  title: 'What is wrong',
  width: 'minmax(200px, 2fr)',
  render: ({ errors }) =>
    errors.map(({ column, code, message }) => (
      <Typography
        key={`${column ?? ''} ${code}`}
        variant="body2"
        color="error"
        sx={{ overflowWrap: 'anywhere' }}
      >
        {message}
      </Typography>
    )),
};

function columnsOf({ names, hasErrors, mayRepair, onOpen }: ColumnOptions): Column<Row>[] {
  return [
    {
      id: 'line',
      title: 'Line',
      width: '80px',
      align: 'right',
      render: ({ line, row }) => formatCount(line ?? row),
    },
    {
      id: 'outcome',
      title: 'Outcome',
      width: '150px',
      render: (row) => (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5 }}>
          {isRepaired(row) ? 'Repaired' : OUTCOME_WORDS[row.outcome]}
          {mayRepair && row.outcome === 'rejected' && (
            <Button
              startIcon={<Icon path={mdiPencilOutline} />}
              aria-label={`Repair row ${String(row.row)}`}
              onClick={() => {
                onOpen(row.row);
              }}
              sx={{ py: 0, minWidth: 0 }}
            >
              Repair
            </Button>
          )}
        </Box>
      ),
    },
    ...(hasErrors ? [ERRORS] : []),
    ...names.map((name): Column<Row> => ({
      id: `value ${name}`,
      title: name,
      width: 'minmax(130px, 1fr)',
      render: (row) => <ValueCell row={row} column={name} />,
    })),
  ];
}

function ValueCell({ row, column }: { row: Row; column: string }) {
  const wrong = row.errors.find((error) => error.column === column);
  const value = row.values?.[column] ?? wrong?.value ?? '';
  return (
    <OneLine title={value} isWrong={wrong !== undefined}>
      {value}
    </OneLine>
  );
}

/** Opens the job again for the rows that were repaired. */
function SendRepaired({ job, count }: { job: Job; count: number }) {
  const [isOpen, setOpen] = useState(false);
  const toasts = useToasts();
  const send = useVerb(() => {
    setOpen(false);
    toasts.done('The repaired rows are on their way');
  });
  return (
    <>
      <Button
        variant="contained"
        startIcon={<Icon path={mdiSendCheckOutline} />}
        onClick={() => {
          setOpen(true);
        }}
      >
        Send repaired rows
      </Button>
      {isOpen && (
        <ConfirmDialog
          title="Send repaired rows"
          confirm="Send"
          isBusy={send.isPending}
          error={send.error}
          onConfirm={() => {
            send.mutate({ id: job.id, verb: 'retry-rejected' });
          }}
          onClose={() => {
            setOpen(false);
          }}
        >
          The import opens again for all rows that were repaired ({formatCount(count)} of those in sight).
          They go in as the import’s policies say; what has gone in already stays.
        </ConfirmDialog>
      )}
    </>
  );
}
