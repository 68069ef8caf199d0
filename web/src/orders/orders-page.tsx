import { mdiPlus } from '@mdi/js';
import Button from '@mui/material/Button';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, bodyOf } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { fieldErrorsOf } from '../client/problem.ts';
import { useAllowed } from '../client/session.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { FilterBar } from '../ui/filter-bar.tsx';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { SelectFilter } from '../ui/select-filter.tsx';
import { Empty } from '../ui/states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useFilter, useFilters } from '../ui/use-filter.ts';
import { useList } from '../ui/use-list.ts';
import { Board } from './board.tsx';
import { keys, readOrderAnew } from './cache.ts';
import { NewOrder } from './new-order.tsx';
import { OrderChip } from './status-chip.tsx';
import { formatMoney, type Order, type OrderStatus, STATUS_WORDS } from './words.ts';

const COLUMNS: readonly Column<Order>[] = [
  { id: 'status', title: 'Status', width: '190px', render: (order) => <OrderChip order={order} /> },
  {
    id: 'id',
    title: 'Order',
    width: 'minmax(120px, 2fr)',
    render: ({ id }) => (
      <TextLink to={`/orders/${id}`} noWrap title={id} sx={{ display: 'block' }}>
        {id}
      </TextLink>
    ),
  },
  {
    id: 'items',
    title: 'Items',
    width: 'minmax(120px, 2fr)',
    from: 'md',
    render: ({ items }) => {
      const words = items.map(({ sku, qty }) => `${String(qty)} × ${sku}`).join(', ');
      return (
        <Typography variant="body2" noWrap title={words}>
          {words}
        </Typography>
      );
    },
  },
  {
    id: 'email',
    title: 'E-mail',
    width: 'minmax(120px, 2fr)',
    from: 'lg',
    render: ({ email }) => email,
  },
  {
    id: 'total',
    title: 'Total',
    width: '130px',
    align: 'right',
    from: 'sm',
    render: ({ total, currency }) => formatMoney(total, currency),
  },
  {
    id: 'at',
    title: 'Since',
    width: '110px',
    from: 'sm',
    render: ({ createdAt }) => <Time at={createdAt} />,
  },
];

/** Orders, as a board by status or as a list with filters, live. */
export default function OrdersPage() {
  useLiveTopic('orders');
  const [view, setView] = useFilter('view');
  const [isNew, setNew] = useState(false);
  const navigate = useNavigate();
  const mayOrder = useAllowed('operator');
  const isList = view === 'list';
  return (
    <Page
      title="Orders"
      fills
      actions={
        <>
          <ToggleButtonGroup
            exclusive
            size="small"
            aria-label="Shown as"
            value={isList ? 'list' : 'board'}
            onChange={(_event, next: string | null) => {
              if (next !== null) setView(next === 'list' ? 'list' : '');
            }}
          >
            <ToggleButton value="board">Board</ToggleButton>
            <ToggleButton value="list">List</ToggleButton>
          </ToggleButtonGroup>
          {mayOrder && (
            <Button
              variant="contained"
              startIcon={<Icon path={mdiPlus} />}
              onClick={() => {
                setNew(true);
              }}
            >
              New order
            </Button>
          )}
        </>
      }
    >
      {isList ? <List /> : <Board />}
      {isNew && (
        <NewOrder
          onClose={() => {
            setNew(false);
          }}
          onCreated={(order) => {
            setNew(false);
            readOrderAnew(order);
            void navigate(`/orders/${order.id}`);
          }}
        />
      )}
    </Page>
  );
}

function List() {
  const { values, set, clear } = useFilters(['status', 'email', 'sku', 'createdFrom', 'createdTo']);
  const { status = '', email, sku, createdFrom, createdTo } = values;
  const filter = {
    ...(status in STATUS_WORDS ? { status: status as OrderStatus } : {}),
    ...(email === undefined ? {} : { email }),
    ...(sku === undefined ? {} : { sku }),
    ...(createdFrom === undefined ? {} : { createdFrom }),
    ...(createdTo === undefined ? {} : { createdTo }),
  };
  const isFiltered = Object.keys(values).length > 0;
  const list = useList<Order>({
    queryKey: keys.list(filter),
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/orders', {
          params: { query: { ...filter, limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    isLong: true,
  });
  const problems = fieldErrorsOf(list.error);
  const text = (name: string, label: string, width?: number, placeholder?: string) => (
    <TextFilter
      label={label}
      value={values[name] ?? ''}
      problem={problems[name]}
      {...(width === undefined ? {} : { width })}
      {...(placeholder === undefined ? {} : { placeholder })}
      onChange={(value) => {
        set(name, value);
      }}
    />
  );
  return (
    <>
      <FilterBar
        label="Filter orders"
        isFiltered={isFiltered}
        onClear={clear}
        moreSet={[createdFrom, createdTo].filter((value) => value !== undefined).length}
        more={
          <>
            {text('createdFrom', 'Ordered from', 150, '2026-11-21')}
            {text('createdTo', 'Ordered before', 150, '2026-11-22')}
          </>
        }
      >
        <SelectFilter
          label="Status"
          value={status}
          options={STATUS_WORDS}
          onChange={(value) => {
            set('status', value);
          }}
        />
        {text('email', 'E-mail is', 200)}
        {text('sku', 'Has the SKU', 160)}
      </FilterBar>
      <DataTable
        label="Orders"
        columns={COLUMNS}
        keyOf={({ id }) => id}
        {...list}
        empty={
          <Empty title={isFiltered ? 'No order fits the filter' : 'No orders yet'}>
            {isFiltered ? 'Choose other filters.' : 'Make one, or have a shop post them.'}
          </Empty>
        }
      />
    </>
  );
}
