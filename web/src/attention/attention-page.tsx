import Button from '@mui/material/Button';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { useLiveTopic } from '../client/live-cache.ts';
import { ParkedParts } from '../jobs/parked-parts.tsx';
import { StatusChip } from '../jobs/status-chip.tsx';
import { useRecovery } from '../jobs/use-job.ts';
import { VerbButtons } from '../jobs/verb-buttons.tsx';
import { KIND_WORDS, nameOf, TYPE_WORDS } from '../jobs/words.ts';
import { OrderChip } from '../orders/status-chip.tsx';
import { OrderVerbs } from '../orders/verb-buttons.tsx';
import { STEP_WORDS } from '../orders/words.ts';
import { formatCount } from '../ui/format.ts';
import { Page } from '../ui/page.tsx';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useList } from '../ui/use-list.ts';
import { WaitingCard } from './waiting-card.tsx';
import { WaitingEndpoint } from './waiting-endpoint.tsx';
import { keyOf, type WaitingItem } from './words.ts';

/** Everything that waits for an operator, oldest first: why, and what can be done. */
export default function AttentionPage() {
  useLiveTopic('attention');
  useLiveTopic('orders');
  const list = useList<WaitingItem>({
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
    <Page title="Attention" about="What can not go on by itself, what has waited longest first">
      {list.error !== null && <ErrorNote error={list.error} onRetry={list.onRetry} />}
      {list.rows.map((item) => {
        const key = keyOf(item);
        if ('order' in item) return <WaitingOrder key={key} item={item} />;
        return 'job' in item ? (
          <WaitingJob key={key} item={item} />
        ) : (
          <WaitingEndpoint key={key} item={item} />
        );
      })}
      {list.isLoading && <Loading />}
      {list.rows.length === 0 && !list.isLoading && list.error === null && (
        <Empty title="Nothing needs attention">
          Imports, orders and webhooks that can not go on by themselves are shown here, at once.
        </Empty>
      )}
      {list.hasMore && !list.isLoading && (
        <Button onClick={list.loadMore} sx={{ justifySelf: 'start', alignSelf: 'flex-start' }}>
          Show more
        </Button>
      )}
    </Page>
  );
}

function WaitingJob({ item: { job, parked, since } }: { item: Schemas['Attention'] }) {
  const { data: recovery } = useRecovery(job.id);
  const verbs = recovery?.verbs;
  return (
    <WaitingCard
      chip={<StatusChip status={job.status} />}
      name={nameOf(job)}
      to={`/jobs/${job.id}`}
      about={
        <>
          {TYPE_WORDS[job.type]} of {KIND_WORDS[job.kind].toLowerCase()} by {job.createdBy},{' '}
          <Time at={job.createdAt} />
        </>
      }
      since={since}
      actions={<VerbButtons job={job} verbs={verbs} only={['retry', 'skip', 'abandon', 'cancel']} />}
    >
      {parked.length === 0 && job.failure !== null && (
        <div>
          {job.failure.message} <code>{job.failure.code}</code>
        </div>
      )}
      {parked.length > 0 && <ParkedParts job={job} parked={parked} verbs={verbs} />}
    </WaitingCard>
  );
}

function WaitingOrder({ item: { order, since } }: { item: Schemas['OrderAttention'] }) {
  const { id, attention, createdBy, createdAt } = order;
  return (
    <WaitingCard
      chip={<OrderChip order={order} />}
      name={`Order ${id}`}
      to={`/orders/${id}`}
      about={
        <>
          order by {createdBy}, <Time at={createdAt} />
        </>
      }
      since={since}
      actions={<OrderVerbs order={order} />}
    >
      {attention !== null && (
        <div>
          <strong>It waits at {STEP_WORDS[attention.step]}:</strong> {attention.error.message} (
          {formatCount(attention.attempts)} {attention.attempts === 1 ? 'attempt' : 'attempts'},{' '}
          <code>{attention.error.code}</code>)
        </div>
      )}
    </WaitingCard>
  );
}
