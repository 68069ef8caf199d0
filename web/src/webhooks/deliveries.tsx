import { mdiRefresh, mdiReplay } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { api, bodyOf } from '../client/api.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { formatCount } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { SelectFilter } from '../ui/select-filter.tsx';
import { Empty } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useFilter } from '../ui/use-filter.ts';
import { useList } from '../ui/use-list.ts';
import { keys, readDeliveriesAnew } from './cache.ts';
import { DeliveryChip } from './chips.tsx';
import { DeliveryPanel } from './delivery-panel.tsx';
import { RedeliverDialog } from './redeliver-dialog.tsx';
import { type Delivery, DELIVERY_WORDS, ERROR_WORDS, type Webhook } from './words.ts';

/** No topic of the stream tells of deliveries. */
const READ_EVERY_MS = 5_000;

/** What was sent to an endpoint, with every attempt. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const { id } = webhook;
  const [given, setStatus] = useFilter('status');
  const [openId, setOpenId] = useFilter('delivery');
  const [isAsked, setAsked] = useState(false);
  const status = given in DELIVERY_WORDS ? (given as Delivery['status']) : undefined;
  const filter = status === undefined ? {} : { status };
  const list = useList<Delivery>({
    queryKey: keys.deliveries(id, filter),
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/webhooks/{id}/deliveries', {
          params: {
            path: { id },
            query: { ...filter, limit: 50, ...(cursor === undefined ? {} : { cursor }) },
          },
          signal,
        }),
      ),
    everyMs: READ_EVERY_MS,
  });
  const open = list.rows.find((delivery) => delivery.id === openId);
  return (
    <>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center' }}>
        <Typography variant="h2" sx={{ mr: 1 }}>
          Deliveries
        </Typography>
        <SelectFilter label="Status" value={given} options={DELIVERY_WORDS} onChange={setStatus} />
        <Button
          color="inherit"
          startIcon={<Icon path={mdiRefresh} />}
          onClick={() => {
            readDeliveriesAnew(id);
          }}
        >
          Read again
        </Button>
        <Button
          disabled={!webhook.active}
          startIcon={<Icon path={mdiReplay} />}
          onClick={() => {
            setAsked(true);
          }}
        >
          Send failed ones again
        </Button>
      </Box>
      <DataTable
        label="Deliveries"
        columns={COLUMNS}
        keyOf={(delivery) => delivery.id}
        isSelected={(delivery) => delivery.id === openId}
        {...list}
        empty={
          <Empty title={status === undefined ? 'Nothing was sent yet' : 'No delivery fits the filter'}>
            {status === undefined
              ? 'Deliveries are listed here once something happens that it has subscribed to. Tests are not listed.'
              : 'Choose another status.'}
          </Empty>
        }
      />
      {open !== undefined && (
        <DeliveryPanel
          webhook={webhook}
          delivery={open}
          onClose={() => {
            setOpenId('');
          }}
        />
      )}
      {isAsked && (
        <RedeliverDialog
          webhook={webhook}
          onClose={() => {
            setAsked(false);
          }}
        />
      )}
    </>
  );
}

const COLUMNS: readonly Column<Delivery>[] = [
  { id: 'status', title: 'Status', width: '130px', render: ({ status }) => <DeliveryChip status={status} /> },
  {
    id: 'event',
    title: 'Event',
    width: 'minmax(130px, 2fr)',
    render: (delivery) => <EventLink delivery={delivery} />,
  },
  {
    id: 'attempts',
    title: 'Attempts',
    width: '96px',
    align: 'right',
    from: 'sm',
    render: ({ attemptCount }) => formatCount(attemptCount),
  },
  {
    id: 'answer',
    title: 'Last answer',
    width: 'minmax(120px, 2fr)',
    from: 'md',
    render: ({ attempts: [last] }) => {
      if (last === undefined) return '';
      if (last.status !== null) return `${String(last.status)} in ${formatCount(last.latencyMs)} ms`;
      return last.error === null ? '' : ERROR_WORDS[last.error];
    },
  },
  {
    id: 'next',
    title: 'Next attempt',
    width: '130px',
    from: 'md',
    render: ({ nextTryAt }) => (nextTryAt === null ? '' : <Time at={nextTryAt} />),
  },
  { id: 'at', title: 'Since', width: '110px', render: ({ createdAt }) => <Time at={createdAt} /> },
];

function EventLink({ delivery }: { delivery: Delivery }) {
  const [search] = useSearchParams();
  const next = new URLSearchParams(search);
  next.set('delivery', delivery.id);
  return (
    <TextLink to={`?${next.toString()}`} noWrap sx={{ display: 'block' }} title={delivery.eventId}>
      {delivery.eventType}
    </TextLink>
  );
}
