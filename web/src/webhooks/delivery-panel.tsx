import { mdiReplay } from '@mdi/js';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { api } from '../client/api.ts';
import { Facts } from '../ui/facts.tsx';
import { formatCount, formatTime } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { SidePanel } from '../ui/side-panel.tsx';
import { ErrorNote } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { AnswerView } from './answer-view.tsx';
import { readDeliveriesAnew } from './cache.ts';
import { DeliveryChip } from './chips.tsx';
import { type Delivery, PARKED_WORDS, type Webhook } from './words.ts';

interface DeliveryPanelProps {
  webhook: Webhook;
  delivery: Delivery;
  onClose: () => void;
}

/** One delivery with its attempts. */
export function DeliveryPanel({ webhook, delivery, onClose }: DeliveryPanelProps) {
  const { eventId, eventType, status, parkedFor, attempts, attemptCount, nextTryAt, createdAt, endedAt } =
    delivery;
  const toasts = useToasts();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      api.POST('/api/webhooks/{id}/deliveries/{deliveryId}/redeliver', {
        params: { path: { id: webhook.id, deliveryId: delivery.id } },
      }),
    onSuccess: () => {
      readDeliveriesAnew(webhook.id);
      toasts.done('The delivery is on its way.');
    },
  });
  return (
    <SidePanel
      title={eventType}
      onClose={onClose}
      actions={
        <Button
          variant="outlined"
          loading={isPending}
          disabled={!webhook.active}
          startIcon={<Icon path={mdiReplay} />}
          onClick={() => {
            mutate();
          }}
        >
          Send again
        </Button>
      }
    >
      {error !== null && <ErrorNote error={error} />}
      <Facts
        facts={{
          Status: <DeliveryChip status={status} />,
          'Event id': <code>{eventId}</code>,
          Since: <Time at={createdAt} />,
          'Next attempt': nextTryAt === null ? null : <Time at={nextTryAt} />,
          Ended: endedAt === null ? null : <Time at={endedAt} />,
        }}
      />
      {parkedFor !== null && <Typography variant="body2">{PARKED_WORDS[parkedFor]}</Typography>}
      <Box component="section" aria-label="Attempts" sx={{ display: 'grid', gap: 1 }}>
        <Typography variant="h2" component="h3">
          {attemptCount === 0 ? 'No attempts yet' : `Attempts (${formatCount(attemptCount)})`}
        </Typography>
        <Box component="ol" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 }}>
          {attempts.map((attempt) => (
            <Box
              component="li"
              key={attempt.number}
              sx={{
                borderLeft: 2,
                borderColor: attempt.error === null ? 'success.main' : 'error.main',
                pl: 1.5,
                fontSize: '0.8125rem',
              }}
            >
              <strong>{attempt.number}</strong> at {formatTime(attempt.at)}
              <AnswerView answer={attempt} />
            </Box>
          ))}
        </Box>
        {attemptCount > attempts.length && (
          <Typography variant="body2" color="textSecondary">
            The newest {formatCount(attempts.length)} are shown.
          </Typography>
        )}
      </Box>
    </SidePanel>
  );
}
