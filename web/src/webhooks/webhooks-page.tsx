import { mdiPlus } from '@mdi/js';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, bodyOf } from '../client/api.ts';
import { useAllowed } from '../client/session.ts';
import { type Column, DataTable } from '../ui/data-table.tsx';
import { Icon } from '../ui/icon.tsx';
import { Page } from '../ui/page.tsx';
import { Empty } from '../ui/states.tsx';
import { TextLink } from '../ui/text-link.tsx';
import { Time } from '../ui/time.tsx';
import { useList } from '../ui/use-list.ts';
import { keys } from './cache.ts';
import { WebhookChip } from './chips.tsx';
import { SecretDialog } from './secret-dialog.tsx';
import { WebhookForm } from './webhook-form.tsx';
import type { Webhook } from './words.ts';

const COLUMNS: readonly Column<Webhook>[] = [
  { id: 'state', title: 'State', width: '130px', render: (webhook) => <WebhookChip webhook={webhook} /> },
  {
    id: 'url',
    title: 'URL',
    width: 'minmax(140px, 3fr)',
    render: ({ id, url }) => (
      <TextLink to={`/webhooks/${id}`} noWrap title={url} sx={{ display: 'block' }}>
        {url}
      </TextLink>
    ),
  },
  {
    id: 'description',
    title: 'Description',
    width: 'minmax(120px, 2fr)',
    from: 'md',
    render: ({ description }) => description,
  },
  {
    id: 'events',
    title: 'Events',
    width: 'minmax(120px, 2fr)',
    from: 'sm',
    render: ({ events }) => events.join(', '),
  },
  { id: 'by', title: 'By', width: '120px', from: 'lg', render: ({ createdBy }) => createdBy },
  {
    id: 'at',
    title: 'Since',
    width: '110px',
    from: 'md',
    render: ({ createdAt }) => <Time at={createdAt} />,
  },
];

/** The endpoints that are told of events. */
export default function WebhooksPage() {
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null);
  const navigate = useNavigate();
  const isAllowed = useAllowed('admin');
  const list = useList<Webhook>({
    queryKey: keys.list(),
    read: (cursor, signal) =>
      bodyOf(
        api.GET('/api/webhooks', {
          params: { query: { limit: 50, ...(cursor === undefined ? {} : { cursor }) } },
          signal,
        }),
      ),
    enabled: isAllowed,
  });
  return (
    <Page
      title="Webhooks"
      about="Other systems that are told what happens."
      fills
      actions={
        isAllowed && (
          <Button
            variant="contained"
            startIcon={<Icon path={mdiPlus} />}
            onClick={() => {
              setNew(true);
            }}
          >
            New endpoint
          </Button>
        )
      }
    >
      <DataTable
        label="Webhooks"
        columns={COLUMNS}
        keyOf={({ id }) => id}
        {...list}
        empty={
          isAllowed ? (
            <Empty title="No endpoints yet">Add one, and it is told of what happens from then on.</Empty>
          ) : (
            <Empty title="Only admins see webhooks">
              The URL of an endpoint may be as good as a password.
            </Empty>
          )
        }
      />
      {isNew && (
        <WebhookForm
          webhook={null}
          onClose={() => {
            setNew(false);
          }}
          onSaved={({ id }, secret) => {
            setNew(false);
            if (secret !== null) setMade({ id, secret });
          }}
        />
      )}
      {made !== null && (
        <SecretDialog
          secret={made.secret}
          onClose={() => {
            setMade(null);
            void navigate(`/webhooks/${made.id}`);
          }}
        />
      )}
    </Page>
  );
}
