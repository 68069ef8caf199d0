import Box from '@mui/material/Box';
import { useQuery } from '@tanstack/react-query';
import { api, bodyOf } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { formatCount } from '../ui/format.ts';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { STATUS_WORDS, STATUSES } from './words.ts';

/** More are not counted. */
const MOST = 1_000;

/** How many orders have each status; live where `orders` are. */
export function useOrderCounts() {
  return useQuery({
    queryKey: ['order-counts'],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/order-counts', { signal }))).counts,
  });
}

/** @returns such as "12", "1,000+" */
export function formatOrderCount(count: number): string {
  return count >= MOST ? `${formatCount(MOST)}+` : formatCount(count);
}

/** Orders by their status, each leading to them. */
export function OrderCounts() {
  useLiveTopic('orders');
  const { data, error, refetch } = useOrderCounts();
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return (
    <Box component="ul" sx={{ m: 0, p: 0, listStyle: 'none', display: 'grid', gap: 0.5 }}>
      {STATUSES.map((status) => {
        const count = data[status] ?? 0;
        return (
          <Box
            component="li"
            key={status}
            sx={{
              display: 'flex',
              justifyContent: 'space-between',
              gap: 1,
              fontSize: '0.8125rem',
              fontVariantNumeric: 'tabular-nums',
              color: count === 0 ? 'text.secondary' : 'text.primary',
            }}
          >
            <TextLink to={`/orders?view=list&status=${status}`} color="inherit">
              {STATUS_WORDS[status]}
            </TextLink>
            <span>{formatOrderCount(count)}</span>
          </Box>
        );
      })}
    </Box>
  );
}
