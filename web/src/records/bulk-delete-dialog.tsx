import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { newId } from '../client/new-id.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { ErrorNote, Loading } from '../ui/states.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { countSelected, deleteMany, type Selection } from './client.ts';
import { countOf, type KindView } from './kinds.ts';

interface BulkDeleteDialogProps {
  view: KindView;
  selection: Selection;
  /** The filter in words. */
  about: readonly string[];
  onClose: () => void;
}

/** Deletes many records by a job, after it was said how many they are. */
export function BulkDeleteDialog({ view, selection, about, onClose }: BulkDeleteDialogProps) {
  const { kind, plural } = view;
  const navigate = useNavigate();
  const toasts = useToasts();
  const [key] = useState(newId);
  const [typed, setTyped] = useState('');
  const isChosen = 'ids' in selection;
  const isAll = 'all' in selection;
  const counted = useQuery({
    queryKey: ['bulk-count', kind, selection],
    queryFn: ({ signal }) => countSelected(kind, selection, signal),
    enabled: !isChosen,
    staleTime: 0,
    gcTime: 0,
  });
  const count = isChosen ? selection.ids.length : counted.data;
  const { mutate, isPending, error } = useMutation({
    mutationFn: (reason: string | undefined) =>
      deleteMany(
        kind,
        // Of those that were chosen one may be gone by now; the job says so.
        { selection, reason, ...(isChosen || count === undefined ? {} : { confirm: count }) },
        key,
      ),
    onSuccess: async (job) => {
      toasts.done(`A job deletes ${countOf(view, job.counts.total ?? 0)}.`);
      await navigate(`/jobs/${job.id}`);
    },
    // There may be another number by now.
    onError: () => counted.refetch(),
  });
  return (
    <ConfirmDialog
      title={count === undefined ? `Delete ${plural}?` : `Delete ${countOf(view, count)}?`}
      confirm={count === undefined ? 'Delete' : `Delete ${countOf(view, count)}`}
      isDestructive
      asksReason
      isReady={count !== undefined && count > 0 && (!isAll || typed.replace(/\D/g, '') === String(count))}
      isBusy={isPending}
      error={error}
      onConfirm={mutate}
      onClose={onClose}
    >
      <Box sx={{ display: 'grid', gap: 1.5 }}>
        {isAll && <div>These are all {plural} there are.</div>}
        {!isAll && !isChosen && (
          <div>
            Those that fit the filter:
            <Box component="ul" sx={{ m: 0, pl: 2.5, overflowWrap: 'anywhere' }}>
              {about.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </Box>
          </div>
        )}
        {count === undefined && counted.error === null && <Loading what="Counting" />}
        {counted.error !== null && <ErrorNote error={counted.error} onRetry={() => void counted.refetch()} />}
        {count === 0 && <div>There are none. What an import wrote is found a short time after its end.</div>}
        {count !== undefined && count > 0 && (
          <div>
            A job deletes them, which you can follow, pause and cancel. As long as the job is kept, its undo
            brings them back.
          </div>
        )}
        {isAll && count !== undefined && count > 0 && (
          <TextField
            label={`Type ${String(count)} to go on`}
            value={typed}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.target.value);
            }}
            slotProps={{ htmlInput: { inputMode: 'numeric' } }}
          />
        )}
      </Box>
    </ConfirmDialog>
  );
}
