import Box from '@mui/material/Box';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { ParkedParts } from '../jobs/parked-parts.tsx';
import { StatusChip } from '../jobs/status-chip.tsx';
import { useRecovery } from '../jobs/use-job.ts';
import { VerbButtons } from '../jobs/verb-buttons.tsx';
import { KIND_WORDS, nameOf, TYPE_WORDS } from '../jobs/words.ts';
import { OrderChip } from '../orders/status-chip.tsx';
import { OrderVerbs } from '../orders/verb-buttons.tsx';
import { type Order, STEP_WORDS } from '../orders/words.ts';
import { Page } from '../ui/page.tsx';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useList } from '../ui/use-list.ts';
import Button from '@mui/material/Button';

type Item = Schemas['Attention'] | Schemas['OrderAttention'];

/** Everything that waits for an operator, oldest first: why, and what can be done. */
export default function AttentionPage() {
  useLiveTopic('attention');
  useLiveTopic('orders');
  const list = useList<Item>({
    queryKey: ['attention'],
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/attention', {
          params: { query: { limit: 20, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
  });
  return (
    <Page title="Attention" about="What waits for somebody, oldest first">
      {list.error !== null && <ErrorNote error={list.error} onRetry={list.onRetry} />}
      {list.rows.map((item) =>
        'order' in item ? (
          <WaitingOrder key={item.order.id} order={item.order} />
        ) : (
          <Waiting key={item.job.id} item={item} />
        ),
      )}
      {list.isLoading && <Loading />}
      {list.rows.length === 0 && !list.isLoading && list.error === null && (
        <Empty title="Nothing needs attention">What can not go on by itself is shown here, at once.</Empty>
      )}
      {list.hasMore && !list.isLoading && <Button onClick={list.loadMore}>Show more</Button>}
    </Page>
  );
}

function Waiting({ item: { job, parked } }: { item: Schemas['Attention'] }) {
  const { data: recovery } = useRecovery(job.id);
  const verbs = recovery?.verbs ?? [];
  return (
    <Paper component="article" aria-label={nameOf(job)} sx={{ p: 2, display: 'grid', gap: 1.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1.5 }}>
        <StatusChip status={job.status} />
        <Box sx={{ flex: '1 1 200px', minWidth: 0 }}>
          <TextLink to={`/jobs/${job.id}`} sx={{ fontWeight: 600 }}>
            {nameOf(job)}
          </TextLink>
          <Typography variant="body2" color="textSecondary">
            {TYPE_WORDS[job.type]} of {KIND_WORDS[job.kind].toLowerCase()}, by {job.createdBy},{' '}
            <Time at={job.createdAt} />
          </Typography>
        </Box>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
          <VerbButtons job={job} verbs={verbs} only={['retry', 'skip', 'abandon', 'cancel']} />
        </Box>
      </Box>
      {job.failure !== null && (
        <Typography variant="body2">
          {job.failure.message} <code>{job.failure.code}</code>
        </Typography>
      )}
      <ParkedParts job={job} parked={parked} verbs={verbs} />
    </Paper>
  );
}

function WaitingOrder({ order }: { order: Order }) {
  const { id, attention, createdBy, createdAt } = order;
  return (
    <Paper component="article" aria-label={`Order ${id}`} sx={{ p: 2, display: 'grid', gap: 1.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1.5 }}>
        <OrderChip order={order} />
        <Box sx={{ flex: '1 1 200px', minWidth: 0 }}>
          <TextLink to={`/orders/${id}`} sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
            Order {id}
          </TextLink>
          <Typography variant="body2" color="textSecondary">
            by {createdBy}, <Time at={createdAt} />
          </Typography>
        </Box>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
          <OrderVerbs order={order} />
        </Box>
      </Box>
      {attention !== null && (
        <Typography variant="body2">
          It waits at {STEP_WORDS[attention.step]}: {attention.error.message}{' '}
          <code>{attention.error.code}</code>
        </Typography>
      )}
    </Paper>
  );
}
