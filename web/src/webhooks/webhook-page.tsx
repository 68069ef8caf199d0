import { mdiDeleteOutline, mdiKeyChange, mdiPencilOutline, mdiPower, mdiSend } from '@mdi/js';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate, useParams } from 'react-router';
import { api, bodyOf } from '../client/api.ts';
import { queryClient } from '../client/query-client.ts';
import { useAllowed } from '../client/session.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatTime } from '../ui/format.ts';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Empty, ErrorNote, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { keys, putWebhook, readDeliveriesAnew } from './cache.ts';
import { WebhookChip } from './chips.tsx';
import { Deliveries } from './deliveries.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { TestDialog } from './test-dialog.tsx';
import { WebhookForm } from './webhook-form.tsx';
import { DISABLED_WORDS, type Webhook } from './words.ts';

/** One endpoint: what it is sent, how it takes it, and what can be done with it. */
export default function WebhookPage() {
  const { id = '' } = useParams();
  const isAllowed = useAllowed('admin');
  const { data, error, refetch } = useQuery({
    queryKey: keys.webhook(id),
    queryFn: ({ signal }) =>
      bodyOf<Webhook>(api.GET('/api/webhooks/{id}', { params: { path: { id } }, signal })),
    enabled: isAllowed,
  });
  if (data !== undefined && error === null) return <Endpoint webhook={data} />;
  return (
    <Page title="Webhook">
      {!isAllowed ? (
        <Empty title="Only admins see webhooks">The URL of an endpoint may be as good as a password.</Empty>
      ) : error !== null ? (
        <ErrorNote error={error} onRetry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

type Asked = 'test' | 'edit' | 'rotate' | 'switch' | 'delete';

function Endpoint({ webhook }: { webhook: Webhook }) {
  const { id, url, description, events, active, disabledReason, disabledAt } = webhook;
  const { failingSince, heldUntil, previousSecretUntil, createdBy, createdAt } = webhook;
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const close = () => {
    setAsked(null);
  };
  const button = (what: Asked, words: string, icon: string, isDestructive = false) => (
    <Button
      variant="outlined"
      color={isDestructive ? 'error' : 'primary'}
      startIcon={<Icon path={icon} />}
      onClick={() => {
        setAsked(what);
      }}
    >
      {words}
    </Button>
  );
  return (
    <Page
      title={description ?? url}
      about={description === null ? undefined : url}
      fills
      actions={
        <>
          {button('test', 'Send a test', mdiSend)}
          {button('edit', 'Edit', mdiPencilOutline)}
          {button('rotate', 'New secret', mdiKeyChange)}
          {button('switch', active ? 'Switch off' : 'Switch on', mdiPower)}
          {button('delete', 'Delete', mdiDeleteOutline, true)}
        </>
      }
    >
      <Facts
        facts={{
          State: <WebhookChip webhook={webhook} />,
          Events: events.join(', '),
          'Failing since': failingSince === null ? null : <Time at={failingSince} />,
          'Asked for no more before': heldUntil === null ? null : formatTime(heldUntil),
          'Earlier secret good until': previousSecretUntil === null ? null : formatTime(previousSecretUntil),
          By: createdBy,
          Since: <Time at={createdAt} />,
        }}
      />
      {disabledReason !== null && (
        <Alert severity="error">
          Longshore switched it off{disabledAt === null ? '' : ` on ${formatTime(disabledAt)}`}:{' '}
          {DISABLED_WORDS[disabledReason]}. Switch it on again once it takes events.
        </Alert>
      )}
      <Deliveries webhook={webhook} />
      {asked === 'test' && <TestDialog id={id} onClose={close} />}
      {asked === 'edit' && <WebhookForm webhook={webhook} onClose={close} onSaved={close} />}
      {asked === 'rotate' && (
        <RotateDialog
          id={id}
          onClose={close}
          onRotated={(fresh) => {
            close();
            setSecret(fresh);
          }}
        />
      )}
      {asked === 'switch' && <SwitchDialog webhook={webhook} onClose={close} />}
      {asked === 'delete' && <DeleteDialog webhook={webhook} onClose={close} />}
      {secret !== null && (
        <SecretDialog
          secret={secret}
          onClose={() => {
            setSecret(null);
          }}
        />
      )}
    </Page>
  );
}

interface DialogProps {
  webhook: Webhook;
  onClose: () => void;
}

function SwitchDialog({ webhook: { id, active }, onClose }: DialogProps) {
  const toasts = useToasts();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () =>
      bodyOf<Webhook>(
        api.PATCH('/api/webhooks/{id}', { params: { path: { id } }, body: { active: !active } }),
      ),
    onSuccess: (webhook) => {
      putWebhook(webhook);
      readDeliveriesAnew(id);
      toasts.done(webhook.active ? 'The endpoint is switched on.' : 'The endpoint is switched off.');
      onClose();
    },
  });
  return (
    <ConfirmDialog
      title={active ? 'Switch the endpoint off?' : 'Switch the endpoint on?'}
      confirm={active ? 'Switch off' : 'Switch on'}
      isBusy={isPending}
      error={error}
      onConfirm={() => {
        mutate();
      }}
      onClose={onClose}
    >
      {active
        ? 'What is on its way to it is parked, and it hears nothing of what happens meanwhile. What is parked can be sent later.'
        : 'It is told of what happens from now on. What was parked is sent when you ask for it.'}
    </ConfirmDialog>
  );
}

function DeleteDialog({ webhook: { id, url }, onClose }: DialogProps) {
  const navigate = useNavigate();
  const toasts = useToasts();
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => api.DELETE('/api/webhooks/{id}', { params: { path: { id } } }),
    onSuccess: async () => {
      toasts.done('The endpoint was deleted.');
      void queryClient.invalidateQueries({ queryKey: keys.list() });
      await navigate('/webhooks', { replace: true });
      queryClient.removeQueries({ queryKey: keys.webhook(id) });
    },
  });
  return (
    <ConfirmDialog
      title="Delete the endpoint?"
      confirm="Delete"
      isDestructive
      isBusy={isPending}
      error={error}
      onConfirm={() => {
        mutate();
      }}
      onClose={onClose}
    >
      {url} goes, with its deliveries and its secret. What is on its way to it is not sent any more.
    </ConfirmDialog>
  );
}
