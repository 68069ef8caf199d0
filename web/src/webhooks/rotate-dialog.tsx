import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { putWebhook } from './cache.ts';

const DAY_SECONDS = 86_400;
const OVERLAPS: readonly (readonly [seconds: number, words: string])[] = [
  [0, 'not at all: it is void at once'],
  [3_600, 'for an hour'],
  [DAY_SECONDS, 'for a day'],
  [7 * DAY_SECONDS, 'for a week'],
];

interface RotateDialogProps {
  id: string;
  onClose: () => void;
  onRotated: (secret: string) => void;
}

/** Gives an endpoint a new secret. */
export function RotateDialog({ id, onClose, onRotated }: RotateDialogProps) {
  const [overlapSeconds, setOverlap] = useState(DAY_SECONDS);
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      bodyOf<Schemas['WebhookWithSecret']>(
        api.POST('/api/webhooks/{id}/rotate', { params: { path: { id } }, body: { overlapSeconds } }),
      ),
    onSuccess: (webhook) => {
      putWebhook(webhook);
      onRotated(webhook.secret);
    },
  });
  return (
    <ConfirmDialog
      title="Make a new secret?"
      confirm="Make a new secret"
      isDestructive={overlapSeconds === 0}
      isBusy={isPending}
      error={error}
      onConfirm={() => {
        mutate();
      }}
      onClose={onClose}
    >
      <Box sx={{ display: 'grid', gap: 2 }}>
        As long as both are good both sign, so that the receiver can change over without missing anything.
        <TextField
          select
          label="The earlier secret signs too"
          value={overlapSeconds}
          onChange={(event) => {
            setOverlap(Number(event.target.value));
          }}
        >
          {OVERLAPS.map(([seconds, words]) => (
            <MenuItem key={seconds} value={seconds}>
              {words}
            </MenuItem>
          ))}
        </TextField>
      </Box>
    </ConfirmDialog>
  );
}
