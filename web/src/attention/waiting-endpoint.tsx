import { mdiPower, mdiReplay } from '@mdi/js';
import Button from '@mui/material/Button';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, type Schemas } from '../client/api.ts';
import { queryClient } from '../client/query-client.ts';
import { useAllowed } from '../client/session.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { formatCount, formatTime } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { readDeliveriesAnew } from '../webhooks/cache.ts';
import { WebhookChip } from '../webhooks/chips.tsx';
import { DISABLED_WORDS, ERROR_WORDS, PARKED_WORDS } from '../webhooks/words.ts';
import { WaitingCard } from './waiting-card.tsx';

/** More deliveries are not counted. */
const MOST = 1_000;

type Item = Schemas['WebhookAttention'];

/** An endpoint with deliveries that gave up. */
export function WaitingEndpoint({ item }: { item: Item }) {
  const { webhook, deliveries, since } = item;
  const { parked, last } = deliveries;
  const isAdmin = useAllowed('admin');
  const count = `${formatCount(parked)}${parked >= MOST ? ' or more' : ''} ${parked === 1 ? 'delivery' : 'deliveries'}`;
  const answer = last.status === null ? '' : ` (status ${String(last.status)})`;
  return (
    <WaitingCard
      chip={<WebhookChip webhook={webhook} />}
      name={webhook.description ?? webhook.url ?? 'Webhook endpoint'}
      to={isAdmin ? `/webhooks/${webhook.id}?status=failed` : null}
      about={webhook.description === null || webhook.url === null ? 'webhook' : webhook.url}
      since={since}
      actions={isAdmin ? <Verbs item={item} count={count} /> : null}
    >
      <div>
        <strong>{count} gave up.</strong>{' '}
        {webhook.disabledReason !== null &&
          `Longshore switched the endpoint off: ${DISABLED_WORDS[webhook.disabledReason]}. `}
        The last one, {last.eventType}, after {formatCount(last.attempts)}{' '}
        {last.attempts === 1 ? 'attempt' : 'attempts'}:{' '}
        {last.error !== null
          ? `${ERROR_WORDS[last.error].replace(/\.$/, '')}${answer}.`
          : last.parkedFor !== null && PARKED_WORDS[last.parkedFor]}
        {!isAdmin && ' An admin can send them again.'}
      </div>
    </WaitingCard>
  );
}

type Asked = 'redeliver' | 'leave';

/** An endpoint that is off is switched on first; one that is to be left alone is switched off for good. */
function Verbs({ item: { webhook, since }, count }: { item: Item; count: string }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const toasts = useToasts();
  const path = { id: webhook.id };
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: async (what: Asked) => {
      if (what === 'leave' || !webhook.active)
        await api.PATCH('/api/webhooks/{id}', { params: { path }, body: { active: what !== 'leave' } });
      if (what === 'redeliver')
        await api.POST('/api/webhooks/{id}/redeliver', { params: { path }, body: { since } });
    },
    onSuccess: (_done, what) => {
      readDeliveriesAnew(webhook.id);
      void queryClient.invalidateQueries({ queryKey: ['webhook', webhook.id] });
      void queryClient.invalidateQueries({ queryKey: ['attention'] });
      toasts.done(what === 'redeliver' ? 'They are on their way.' : 'The endpoint is switched off.');
      setAsked(null);
    },
  });
  const ask = (what: Asked) => {
    reset();
    setAsked(what);
  };
  const again = webhook.active ? 'Send again' : 'Switch on and send again';
  const leave = webhook.active ? 'Switch off' : 'Leave it off';
  return (
    <>
      <Button
        variant="outlined"
        startIcon={<Icon path={mdiReplay} />}
        onClick={() => {
          ask('redeliver');
        }}
      >
        {again}
      </Button>
      <Button
        variant="outlined"
        color="error"
        startIcon={<Icon path={mdiPower} />}
        onClick={() => {
          ask('leave');
        }}
      >
        {leave}
      </Button>
      {asked !== null && (
        <ConfirmDialog
          title={`${asked === 'redeliver' ? again : leave}: ${webhook.description ?? webhook.url ?? ''}`}
          confirm={asked === 'redeliver' ? again : leave}
          isDestructive={asked === 'leave'}
          isBusy={isPending}
          error={error}
          onConfirm={() => {
            mutate(asked);
          }}
          onClose={() => {
            setAsked(null);
          }}
        >
          {asked === 'redeliver'
            ? `${count} that gave up since ${formatTime(since)} go out again, each from the beginning of its schedule and with its own id, by which the receiver knows what it has already.`
            : 'The endpoint is sent nothing any more, and does not count as something that waits. Its deliveries are kept, and can be sent once it is switched on again.'}
        </ConfirmDialog>
      )}
    </>
  );
}
