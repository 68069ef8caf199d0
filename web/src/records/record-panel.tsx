import { mdiDeleteOutline, mdiEraserVariant, mdiPencilOutline } from '@mdi/js';
import Alert from '@mui/material/Alert';
import Button from '@mui/material/Button';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { ApiProblem } from '../client/problem.ts';
import { useAllowed } from '../client/session.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Facts } from '../ui/facts.tsx';
import { Icon } from '../ui/icon.tsx';
import { SidePanel } from '../ui/side-panel.tsx';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { Time } from '../ui/time.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { dropRecord, keys, putRecord } from './cache.ts';
import { deleteRecord, readRecord } from './client.ts';
import { EraseDialog } from './erase-dialog.tsx';
import { type AnyRecord, type KindView, nameOf, valueOf } from './kinds.ts';
import { MeanwhileNote } from './meanwhile-note.tsx';
import { rebase } from './rebase.ts';
import { RecordForm } from './record-form.tsx';
import { RecordHistory } from './record-history.tsx';
import { RecordValue, textsOf } from './record-value.tsx';
import { SourceLink } from './source-link.tsx';

interface RecordPanelProps {
  view: KindView;
  id: string;
  onClose: () => void;
}

/** One record: its values, what wrote them, its history, and what can be done with it. A deleted one still has its history. */
export function RecordPanel({ view, id, onClose }: RecordPanelProps) {
  const { kind, singular, isPerson } = view;
  const [asked, setAsked] = useState<'edit' | 'delete' | 'erase' | null>(null);
  const mayWrite = useAllowed('operator');
  const mayErase = useAllowed('admin') && isPerson;
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: keys.record(kind, id),
    queryFn: ({ signal }) => readRecord(kind, id, signal),
    // A form that is opened from here says which version it means.
    staleTime: 0,
  });
  const isGone = error instanceof ApiProblem && error.status === 404;
  const record = isGone ? undefined : data;
  const close = () => {
    setAsked(null);
  };
  return (
    <SidePanel
      title={record === undefined ? singular.charAt(0).toUpperCase() + singular.slice(1) : nameOf(record)}
      onClose={onClose}
      actions={
        (mayWrite || mayErase) && (record !== undefined || isGone) ? (
          <>
            {mayWrite && record !== undefined && (
              <>
                <Button
                  variant="outlined"
                  startIcon={<Icon path={mdiPencilOutline} />}
                  onClick={() => {
                    setAsked('edit');
                  }}
                >
                  Edit
                </Button>
                <Button
                  variant="outlined"
                  color="error"
                  startIcon={<Icon path={mdiDeleteOutline} />}
                  onClick={() => {
                    setAsked('delete');
                  }}
                >
                  Delete
                </Button>
              </>
            )}
            {mayErase && (
              <Button
                color="error"
                startIcon={<Icon path={mdiEraserVariant} />}
                onClick={() => {
                  setAsked('erase');
                }}
              >
                Erase the person
              </Button>
            )}
          </>
        ) : undefined
      }
    >
      {isGone && (
        <Alert severity="info">
          There is no such {singular} any more. What is kept of it is its history.
        </Alert>
      )}
      {error !== null && !isGone && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {data === undefined && isFetching && <Loading />}
      {record !== undefined && <Values view={view} record={record} />}
      {(record !== undefined || isGone) && <RecordHistory view={view} id={id} />}
      {asked === 'edit' && record !== undefined && (
        <RecordForm view={view} record={record} onClose={close} onSaved={close} />
      )}
      {asked === 'delete' && record !== undefined && (
        <DeleteDialog view={view} record={record} onClose={close} onDeleted={onClose} />
      )}
      {asked === 'erase' && <EraseDialog id={id} onClose={close} onErased={onClose} />}
    </SidePanel>
  );
}

function Values({ view, record }: { view: KindView; record: AnyRecord }) {
  const { row, source } = record.lastChange;
  const values = [...view.fields, ...view.derived].map(({ name, title, type }): [string, ReactNode] => [
    title,
    <RecordValue key={name} type={type} value={valueOf(record, name)} />,
  ]);
  return (
    <>
      <Facts facts={Object.fromEntries(values)} />
      <Facts
        facts={{
          'Last written': <Time at={record.updatedAt} />,
          Origin: <SourceLink source={source} row={row} />,
          Created: <Time at={record.createdAt} />,
          Version: record.version,
          Id: <code>{record.id}</code>,
        }}
      />
    </>
  );
}

interface DeleteDialogProps {
  view: KindView;
  record: AnyRecord;
  onClose: () => void;
  onDeleted: () => void;
}

function DeleteDialog({ view, record, onClose, onDeleted }: DeleteDialogProps) {
  const { kind, singular } = view;
  const toasts = useToasts();
  const [seen] = useState(record);
  const was = textsOf(view, seen);
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => {
      try {
        await deleteRecord(kind, record.id, record.version);
      } catch (problem) {
        // What it has become is shown then, and is what a second press means.
        if (problem instanceof ApiProblem && problem.status === 412)
          putRecord(kind, await readRecord(kind, record.id));
        throw problem;
      }
    },
    onSuccess: () => {
      dropRecord(kind, record.id);
      toasts.done(`${nameOf(record)} was deleted.`);
      onDeleted();
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${nameOf(record)}?`}
      confirm="Delete"
      isDestructive
      isBusy={isPending}
      error={seen.version === record.version ? error : null}
      onConfirm={() => {
        mutate();
      }}
      onClose={onClose}
    >
      The {singular} goes. Its history stays, with the values that it had.
      {seen.version !== record.version && (
        <MeanwhileNote
          view={view}
          title="It was changed while you looked at it. It was not deleted."
          meanwhile={rebase(was, textsOf(view, record), was).meanwhile}
        />
      )}
    </ConfirmDialog>
  );
}
