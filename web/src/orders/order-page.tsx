import { mdiOpenInNew } from '@mdi/js';
import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Table from '@mui/material/Table';
import TableBody from '@mui/material/TableBody';
import TableCell from '@mui/material/TableCell';
import TableHead from '@mui/material/TableHead';
import TableRow from '@mui/material/TableRow';
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { Facts } from '../ui/facts.tsx';
import { formatCount, formatDecimal } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { keys } from './cache.ts';
import { OrderAudit } from './order-audit.tsx';
import { OrderChip } from './status-chip.tsx';
import { Timeline } from './timeline.tsx';
import { OrderVerbs } from './verb-buttons.tsx';
import { formatMoney, type Order, PAYMENT_WORDS, SHIPMENT_WORDS, STEP_WORDS } from './words.ts';

/** One order: where it stands, what happened to it, live, and what can be done with it. */
export default function OrderPage() {
  const { id = '' } = useParams();
  useLiveTopic('orders');
  const { data, error, refetch } = useQuery({
    queryKey: keys.order(id),
    queryFn: ({ signal }) =>
      bodyOf<Schemas['OrderWithTimeline']>(api.GET('/api/orders/{id}', { params: { path: { id } }, signal })),
  });
  return (
    <Page title={`Order ${id}`} actions={data === undefined ? undefined : <OrderVerbs order={data} />}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Loading />}
      {data !== undefined && (
        <>
          <About order={data} />
          <Items order={data} />
          <Timeline entries={data.timeline} />
          <OrderAudit id={id} />
        </>
      )}
    </Page>
  );
}

function About({ order }: { order: Order }) {
  const { total, currency, email, payment, shipment, attention, reason, createdBy, createdAt, workflow } =
    order;
  const { isAtWork, isBeingUndone } = order;
  return (
    <>
      <Facts
        facts={{
          Status: <OrderChip order={order} />,
          Now:
            attention !== null
              ? null
              : isBeingUndone
                ? 'being undone'
                : isAtWork
                  ? 'at work'
                  : 'nothing is to be done',
          Total: total === null ? 'not known yet' : formatMoney(total, currency),
          'E-mail': email,
          Payment:
            payment === null
              ? null
              : `${PAYMENT_WORDS[payment.status]}, ${formatMoney(payment.amount, currency)}`,
          'Id of the payment': payment?.authId,
          Shipment: shipment === null ? null : SHIPMENT_WORDS[shipment.status],
          Carrier: shipment?.carrier,
          Parcel: shipment?.trackingId,
          Reason: reason,
          By: createdBy,
          Since: <Time at={createdAt} />,
          Workflow:
            workflow.url === null ? (
              <code>{workflow.id}</code>
            ) : (
              <Button
                href={workflow.url}
                target="_blank"
                rel="noreferrer"
                endIcon={<Icon path={mdiOpenInNew} />}
                sx={{ py: 0 }}
              >
                {workflow.id}
              </Button>
            ),
        }}
      />
      {attention !== null && (
        <Alert severity="warning">
          <AlertTitle>
            It waits for an operator: {STEP_WORDS[attention.step]} gave up <Time at={attention.since} />
          </AlertTitle>
          {attention.error.message} ({attention.error.code}, {formatCount(attention.attempts)}{' '}
          {attention.attempts === 1 ? 'attempt' : 'attempts'})
        </Alert>
      )}
    </>
  );
}

function Items({ order: { items } }: { order: Order }) {
  return (
    <Paper role="region" aria-label="Items" tabIndex={0} sx={{ overflowX: 'auto', maxWidth: 720 }}>
      <Table size="small" aria-label="Items">
        <TableHead>
          <TableRow>
            <TableCell>SKU</TableCell>
            <TableCell align="right">Pieces</TableCell>
            <TableCell align="right">Price</TableCell>
            <TableCell>Stock</TableCell>
          </TableRow>
        </TableHead>
        <TableBody>
          {items.map(({ line, sku, qty, unitPrice, reserved }) => (
            <TableRow key={line}>
              <TableCell>
                <Box component="span" sx={{ overflowWrap: 'anywhere' }}>
                  <TextLink to={`/products?sku=${encodeURIComponent(sku)}`}>{sku}</TextLink>
                </Box>
              </TableCell>
              <TableCell align="right">{formatCount(qty)}</TableCell>
              <TableCell align="right">{unitPrice === null ? '' : formatDecimal(unitPrice)}</TableCell>
              <TableCell>{reserved ? 'held' : ''}</TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Paper>
  );
}
