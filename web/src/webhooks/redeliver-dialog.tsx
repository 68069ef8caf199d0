import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { formatCount } from '../ui/format.ts';
import { useToasts } from '../ui/toasts.tsx';
import { readDeliveriesAnew } from './cache.ts';
import type { Webhook } from './words.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

interface RedeliverDialogProps {
  webhook: Webhook;
  onClose: () => void;
}

/** Sends everything again that has failed since a time. */
export function RedeliverDialog({ webhook: { id, failingSince }, onClose }: RedeliverDialogProps) {
  const toasts = useToasts();
  const [since, setSince] = useState(() => toLocal(failingSince));
  const at = new Date(since);
  const isTime = !Number.isNaN(at.getTime());
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      bodyOf<Schemas['Redelivered']>(
        api.POST('/api/webhooks/{id}/redeliver', {
          params: { path: { id } },
          body: { since: at.toISOString() },
        }),
      ),
    onSuccess: ({ redelivered }) => {
      readDeliveriesAnew(id);
      toasts.done(
        redelivered === 0
          ? 'Nothing has failed since then.'
          : `${formatCount(redelivered)} ${redelivered === 1 ? 'delivery is' : 'deliveries are'} on the way.`,
      );
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title="Send failed deliveries again?"
      confirm="Send them again"
      isReady={isTime}
      isBusy={isPending}
      error={error}
      onConfirm={() => {
        mutate();
      }}
      onClose={onClose}
    >
      <Box sx={{ display: 'grid', gap: 2 }}>
        All that were given up since this time are sent again, each under its id: a receiver that has seen one
        passes over it.
        <TextField
          type="datetime-local"
          label="Since"
          value={since}
          onChange={(event) => {
            setSince(event.target.value);
          }}
          slotProps={{ inputLabel: { shrink: true } }}
        />
      </Box>
    </ConfirmDialog>
  );
}

/** @returns as the field takes it, in the reader's zone: the first failure, or a day ago */
function toLocal(failingSince: string | null): string {
  const at = failingSince === null ? Date.now() - DAY_MS : Date.parse(failingSince) - MINUTE_MS;
  const shifted = at - new Date(at).getTimezoneOffset() * MINUTE_MS;
  return new Date(shifted).toISOString().slice(0, 16);
}
