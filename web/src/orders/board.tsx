import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { api, bodyOf } from '../client/api.ts';
import { formatCount } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { TWO_LINES } from '../ui/lines.ts';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { keys } from './cache.ts';
import { formatOrderCount, useOrderCounts } from './order-counts.tsx';
import { formatMoney, type Order, type OrderStatus, STATUS_WORDS, STATUSES } from './words.ts';

/** So many of each status are shown, the newest. */
const CARDS = 30;

/** Orders by their status, live. */
export function Board() {
  return (
    <Box
      role="region"
      aria-label="Orders by status"
      // What scrolls must be reachable by keys.
      tabIndex={0}
      sx={{ flex: 1, minHeight: 0, display: 'flex', gap: 1, overflowX: 'auto', pb: 1 }}
    >
      {STATUSES.map((status) => (
        <Lane key={status} status={status} />
      ))}
    </Box>
  );
}

function Lane({ status }: { status: OrderStatus }) {
  const { data, error, refetch } = useQuery({
    queryKey: keys.column(status),
    queryFn: ({ signal }) =>
      bodyOf(api.GET('/api/orders', { params: { query: { status, limit: CARDS } }, signal })),
  });
  const { data: counts } = useOrderCounts();
  const count = counts?.[status];
  return (
    <Paper
      component="section"
      aria-label={STATUS_WORDS[status]}
      // A lane with nothing in it leaves its room to the others.
      sx={{
        // On a narrow window one scrolls sideways, and reads what is there.
        flex: data?.items.length === 0 ? '0 0 112px' : { xs: '1 0 208px', md: '1 0 136px' },
        maxWidth: 300,
        display: 'flex',
        flexDirection: 'column',
        minHeight: 0,
      }}
    >
      <Box sx={{ display: 'flex', gap: 1, px: 1.25, py: 1, borderBottom: 1, borderColor: 'divider' }}>
        <Typography variant="h2" sx={{ flex: 1, fontSize: '0.8125rem' }}>
          {STATUS_WORDS[status]}
        </Typography>
        <Typography variant="body2" color="textSecondary">
          {count === undefined ? '' : formatOrderCount(count)}
        </Typography>
      </Box>
      <Box
        role="region"
        aria-label={`Orders: ${STATUS_WORDS[status]}`}
        tabIndex={0}
        sx={{ overflowY: 'auto', flex: 1, minHeight: 80 }}
      >
        {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
        {data === undefined && error === null && <Loading />}
        <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {data?.items.map((order) => (
            <Card key={order.id} order={order} />
          ))}
        </Box>
        {data?.nextCursor != null && (
          <Box sx={{ px: 1.25, py: 1, fontSize: '0.8125rem' }}>
            <TextLink to={`?view=list&status=${status}`}>All of them</TextLink>
          </Box>
        )}
      </Box>
    </Paper>
  );
}

function Card({ order }: { order: Order }) {
  const { id, total, currency, items, attention, updatedAt } = order;
  const pieces = items.reduce((sum, { qty }) => sum + qty, 0);
  return (
    <Box
      component="li"
      sx={{
        px: 1.25,
        py: 0.75,
        borderBottom: 1,
        borderColor: 'divider',
        borderLeft: attention === null ? 0 : 3,
        borderLeftColor: 'warning.main',
        fontSize: '0.8125rem',
      }}
    >
      <TextLink to={`/orders/${id}`} noWrap title={id} sx={{ display: 'block' }}>
        {id}
      </TextLink>
      <Box sx={{ fontVariantNumeric: 'tabular-nums' }}>{formatMoney(total, currency)}</Box>
      <Box sx={{ color: 'text.secondary' }}>
        {formatCount(pieces)} {pieces === 1 ? 'piece' : 'pieces'} · <Time at={updatedAt} />
      </Box>
      {attention !== null && (
        <Box title={attention.error.message} sx={{ color: 'warning.main', ...TWO_LINES }}>
          Stuck: {attention.error.message}
        </Box>
      )}
    </Box>
  );
}
