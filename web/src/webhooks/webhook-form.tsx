import TextField from '@mui/material/TextField';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import Alert from '@mui/material/Alert';
import type { paths } from '../../generated/api.ts';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { ApiProblem, fieldErrorsOf } from '../client/problem.ts';
import { FormDialog } from '../ui/form-dialog.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { putWebhook } from './cache.ts';
import { EventChoice } from './event-choice.tsx';
import type { Webhook } from './words.ts';

type NewWebhook = paths['/api/webhooks']['post']['requestBody']['content']['application/json'];

interface WebhookFormProps {
  /** Null for a new one. */
  webhook: Webhook | null;
  onClose: () => void;
  /** The secret is there for a new one, and only now. */
  onSaved: (webhook: Webhook, secret: string | null) => void;
}

/** Adds an endpoint, or changes one. */
export function WebhookForm({ webhook, onClose, onSaved }: WebhookFormProps) {
  const toasts = useToasts();
  const [version, setVersion] = useState(webhook?.version);
  const [isChanged, setChanged] = useState(false);
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [description, setDescription] = useState(webhook?.description ?? '');
  const [events, setEvents] = useState<string[]>(webhook?.events ?? []);
  const { mutate, isPending, error } = useMutation({
    mutationFn: async (): Promise<{ saved: Webhook; secret: string | null } | null> => {
      const body = {
        url: url.trim(),
        description: description.trim() === '' ? null : description.trim(),
        // A server that is newer than this page may know others; one that is older says which it does not take.
        events: events as NewWebhook['events'],
      };
      if (webhook === null) {
        const created = await bodyOf<Schemas['WebhookWithSecret']>(api.POST('/api/webhooks', { body }));
        return { saved: created, secret: created.secret };
      }
      const path = { id: webhook.id };
      try {
        const header = { 'If-Match': `"${String(version)}"` };
        const saved = await bodyOf<Webhook>(
          api.PATCH('/api/webhooks/{id}', { params: { path, header }, body }),
        );
        return { saved, secret: null };
      } catch (problem) {
        if (!(problem instanceof ApiProblem) || problem.status !== 412) throw problem;
        const now = await bodyOf<Webhook>(api.GET('/api/webhooks/{id}', { params: { path } }));
        putWebhook(now);
        // What was not touched here takes what it has become.
        if (url.trim() === webhook.url) setUrl(now.url);
        if (description.trim() === (webhook.description ?? '')) setDescription(now.description ?? '');
        if (isSame(events, webhook.events)) setEvents(now.events);
        setVersion(now.version);
        setChanged(true);
        return null;
      }
    },
    onSuccess: (done) => {
      if (done === null) return;
      putWebhook(done.saved);
      if (webhook !== null) toasts.done('The endpoint was saved.');
      onSaved(done.saved, done.secret);
    },
  });
  const problems = fieldErrorsOf(error);
  return (
    <FormDialog
      title={webhook === null ? 'New endpoint' : 'Edit the endpoint'}
      submit={webhook === null ? 'Add' : isChanged ? 'Save on top of it' : 'Save'}
      isBusy={isPending}
      error={isPending ? null : error}
      onSubmit={mutate}
      onClose={onClose}
    >
      {isChanged && (
        <Alert severity="warning">
          It was changed while you edited it, and nothing was saved yet. What you did not touch shows what it
          is now.
        </Alert>
      )}
      <TextField
        label="URL"
        required
        autoFocus
        type="url"
        autoComplete="off"
        placeholder="https://shop.example.com/hooks"
        value={url}
        onChange={(event) => {
          setUrl(event.target.value);
        }}
        error={problems.url !== undefined}
        helperText={problems.url}
        slotProps={{ htmlInput: { maxLength: 2_000 } }}
      />
      <TextField
        label="Description"
        autoComplete="off"
        value={description}
        onChange={(event) => {
          setDescription(event.target.value);
        }}
        error={problems.description !== undefined}
        helperText={problems.description}
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
      <EventChoice events={events} onChange={setEvents} problem={problems.events} />
    </FormDialog>
  );
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((event) => other.includes(event));
}
