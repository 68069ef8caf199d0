import { mdiDeleteOutline, mdiDownload, mdiPlus, mdiRefresh } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { useLiveTopic } from '../client/live-cache.ts';
import { fieldErrorsOf } from '../client/problem.ts';
import { useAllowed } from '../client/session.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { OneLine } from '../ui/one-line.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useFilter, useFilters } from '../ui/use-filter.ts';
import { useList } from '../ui/use-list.ts';
import { BulkDeleteDialog } from './bulk-delete-dialog.tsx';
import { keys, readListsAnew, useIsStale } from './cache.ts';
import { listRecords, type Selection } from './client.ts';
import { type AnyRecord, countOf, KINDS, type KindView, nameOf, type RecordKind, valueOf } from './kinds.ts';
import { RecordFilters } from './record-filters.tsx';
import { RecordForm } from './record-form.tsx';
import { RecordPanel } from './record-panel.tsx';
import { RecordValue } from './record-value.tsx';
import { useSelected } from './use-selected.ts';

/** All records of a kind, found by filters that stand in the address; so does the one that is looked at. */
export default function RecordsPage({ kind }: { kind: RecordKind }) {
  useLiveTopic(`records:${kind}`);
  const isStale = useIsStale(kind);
  const view = KINDS[kind];
  const filters = useFilters(['q', ...view.filters.map(({ name }) => name)]);
  const [sort, setSort] = useFilter('sort');
  const [recordId, setRecordId] = useFilter('record');
  const [isNew, setNew] = useState(false);
  const [deleting, setDeleting] = useState<Selection | null>(null);
  const mayWrite = useAllowed('operator');
  const mayDeleteMany = useAllowed('admin');
  const isFiltered = Object.keys(filters.values).length > 0;
  const query = { ...filters.values, ...(sort === '' ? {} : { sort }) };
  const list = useList<AnyRecord>({
    queryKey: keys.list(kind, query),
    read: (cursor, signal) => listRecords(kind, query, cursor, signal),
    isLong: true,
  });
  const selected = useSelected(JSON.stringify(query), list.rows);
  const columns = useColumns(view, mayDeleteMany ? selected : null);
  return (
    <Page
      title={view.title}
      fills
      actions={
        <>
          <Button
            color="inherit"
            href={`/api/${kind}/export.csv`}
            download
            startIcon={<Icon path={mdiDownload} />}
          >
            Export all
          </Button>
          {mayWrite && (
            <Button
              variant="contained"
              startIcon={<Icon path={mdiPlus} />}
              onClick={() => {
                setNew(true);
              }}
            >
              New {view.singular}
            </Button>
          )}
        </>
      }
    >
      <RecordFilters
        view={view}
        values={filters.values}
        problems={fieldErrorsOf(list.error)}
        onSet={filters.set}
        onClear={filters.clear}
      />
      <Box
        sx={{
          display: 'flex',
          flexWrap: 'wrap',
          alignItems: 'center',
          gap: 1,
          minHeight: 32,
          fontSize: '0.8125rem',
        }}
      >
        <Box role="status" sx={{ color: 'text.secondary', mr: 1 }}>
          {selected.ids.size > 0
            ? `${countOf(view, selected.ids.size)} selected`
            : list.rows.length === 0
              ? ''
              : list.hasMore
                ? `The first ${formatCount(list.rows.length)}`
                : countOf(view, list.rows.length)}
        </Box>
        {isStale && list.rows.length > 0 && (
          <Button
            startIcon={<Icon path={mdiRefresh} />}
            onClick={() => {
              readListsAnew(kind);
            }}
          >
            Some have changed: read again
          </Button>
        )}
        {mayDeleteMany && (
          <DeleteButtons
            view={view}
            selectedCount={selected.ids.size}
            isFiltered={isFiltered}
            isEmpty={list.rows.length === 0}
            onClear={selected.clear}
            onDeleteSelected={() => {
              setDeleting({ ids: [...selected.ids] });
            }}
            onDeleteListed={() => {
              setDeleting(isFiltered ? { filter: filters.values } : { all: true });
            }}
          />
        )}
      </Box>
      <DataTable
        label={view.title}
        columns={columns}
        keyOf={({ id }) => id}
        isSelected={({ id }) => selected.ids.has(id)}
        sort={sort}
        onSort={setSort}
        {...list}
        empty={
          <Empty title={isFiltered ? `No ${view.singular} fits the filter` : `No ${view.plural} yet`}>
            {isFiltered
              ? 'Choose other filters. What an import wrote comes in by itself, a short time after its end.'
              : 'Create one, or import a file.'}
          </Empty>
        }
      />
      {recordId !== '' && (
        <RecordPanel
          key={recordId}
          view={view}
          id={recordId}
          onClose={() => {
            setRecordId('');
          }}
        />
      )}
      {isNew && (
        <RecordForm
          view={view}
          record={null}
          onClose={() => {
            setNew(false);
          }}
          onSaved={({ id }) => {
            setNew(false);
            setRecordId(id);
          }}
        />
      )}
      {deleting !== null && (
        <BulkDeleteDialog
          view={view}
          selection={deleting}
          about={inWords(view, filters.values)}
          onClose={() => {
            setDeleting(null);
          }}
        />
      )}
    </Page>
  );
}

function useColumns(view: KindView, selected: ReturnType<typeof useSelected> | null): Column<AnyRecord>[] {
  const [search] = useSearchParams();
  const linkTo = (id: string): string => {
    const next = new URLSearchParams(search);
    next.set('record', id);
    return `?${next.toString()}`;
  };
  const values = view.columns.map(({ name, width, from, isSortable }, index): Column<AnyRecord> => {
    const field = view.fields.find((one) => one.name === name);
    const type = field?.type ?? 'text';
    return {
      id: name,
      title: field?.title ?? name,
      width,
      ...(from === undefined ? {} : { from }),
      ...(isSortable ? { sortBy: name } : {}),
      ...(type === 'decimal' || type === 'integer' ? { align: 'right' as const } : {}),
      render: (record) => {
        const value = <RecordValue type={type} value={valueOf(record, name)} />;
        if (index > 0) return <OneLine>{value}</OneLine>;
        return (
          <TextLink to={linkTo(record.id)} noWrap sx={{ display: 'block' }}>
            {value}
          </TextLink>
        );
      },
    };
  });
  const at: Column<AnyRecord> = {
    id: 'updatedAt',
    title: 'Last written',
    width: '120px',
    from: 'md',
    sortBy: 'updatedAt',
    render: ({ updatedAt }) => <Time at={updatedAt} />,
  };
  if (selected === null) return [...values, at];
  const box: Column<AnyRecord> = {
    id: 'select',
    title: 'Select',
    width: '44px',
    heading: (
      <Checkbox
        size="small"
        sx={{ p: 0.25 }}
        checked={selected.isAll}
        indeterminate={!selected.isAll && selected.ids.size > 0}
        onChange={selected.toggleAll}
        slotProps={{ input: { 'aria-label': 'Select all that have been read' } }}
      />
    ),
    render: (record) => (
      <Checkbox
        size="small"
        sx={{ p: 0.25 }}
        checked={selected.ids.has(record.id)}
        onChange={() => {
          selected.toggle(record.id);
        }}
        slotProps={{ input: { 'aria-label': `Select ${nameOf(record)}` } }}
      />
    ),
  };
  return [box, ...values, at];
}

interface DeleteButtonsProps {
  view: KindView;
  selectedCount: number;
  isFiltered: boolean;
  isEmpty: boolean;
  onClear: () => void;
  onDeleteSelected: () => void;
  onDeleteListed: () => void;
}

function DeleteButtons(props: DeleteButtonsProps) {
  const { view, selectedCount, isFiltered, isEmpty, onClear, onDeleteSelected, onDeleteListed } = props;
  if (selectedCount > 0) {
    return (
      <>
        <Button
          variant="outlined"
          color="error"
          startIcon={<Icon path={mdiDeleteOutline} />}
          onClick={onDeleteSelected}
        >
          Delete selected
        </Button>
        <Button onClick={onClear}>Select none</Button>
      </>
    );
  }
  if (isEmpty) return null;
  return (
    <Button color="error" startIcon={<Icon path={mdiDeleteOutline} />} onClick={onDeleteListed}>
      {isFiltered ? 'Delete all that fit the filter' : `Delete all ${view.plural}`}
    </Button>
  );
}

function inWords(view: KindView, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => {
    const filter = view.filters.find((one) => one.name === name);
    const shown = filter?.type === 'boolean' ? (value === 'true' ? 'yes' : 'no') : value;
    return `${filter?.title ?? 'Search'}: ${shown}`;
  });
}
