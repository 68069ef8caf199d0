import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogContentText from '@mui/material/DialogContentText';
import DialogTitle from '@mui/material/DialogTitle';
import Box from '@mui/material/Box';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'react';
import { api, bodyOf, type Schemas } from '../client/api.ts';
import { newId } from '../client/new-id.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Facts } from '../ui/facts.tsx';
import { formatCount, formatTime } from '../ui/format.ts';
import { TextLink } from '../ui/text-link.tsx';
import { dropRecord } from './cache.ts';

interface EraseDialogProps {
  id: string;
  onClose: () => void;
  onErased: () => void;
}

/** Forgets a person, and says afterwards what is left: files, which go with time. */
export function EraseDialog({ id, onClose, onErased }: EraseDialogProps) {
  // The API answers the same to the same one, however often it is asked.
  const [verbId] = useState(newId);
  const left = useRef(false);
  useEffect(() => {
    left.current = false;
    return () => {
      left.current = true;
    };
  }, []);
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: async (reason: string | undefined) => {
      for (;;) {
        const answer = await bodyOf<Schemas['Erasure'] | Schemas['RequestedErasure']>(
          api.POST('/api/customers/{id}/erase', {
            params: { path: { id } },
            body: { id: verbId, ...(reason === undefined ? {} : { reason }) },
          }),
        );
        // It takes longer than the API waits: asked again it waits on. It goes on also when nobody asks.
        if (!('requested' in answer)) return answer;
        if (left.current) return null;
      }
    },
    onSuccess: (erasure) => {
      if (erasure !== null) dropRecord('customers', id);
    },
  });
  if (data != null) return <Erased erasure={data} onClose={onErased} />;
  return (
    <ConfirmDialog
      title="Erase this person?"
      confirm="Erase for ever"
      isDestructive
      asksReason
      isBusy={isPending}
      error={error}
      onConfirm={mutate}
      onClose={onClose}
    >
      The customer goes, with every earlier value and everything that the rows of all jobs say of the person.
      This can not be undone. Uploaded files are not edited: afterwards you see which of them hold the person,
      and until when. Do not name the person in the reason.
    </ConfirmDialog>
  );
}

function Erased({ erasure, onClose }: { erasure: Schemas['Erasure']; onClose: () => void }) {
  const { erased, files, filesTotal } = erasure;
  const titleId = useId();
  return (
    <Dialog open onClose={onClose} aria-labelledby={titleId}>
      <DialogTitle id={titleId}>The person is erased</DialogTitle>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <Facts
          facts={{
            Record: erased.record ? 'erased' : 'had been deleted before',
            'Earlier values': formatCount(erased.changes),
            'Rows of files': formatCount(erased.stagedRows),
            'Outcomes of rows': formatCount(erased.outcomes),
          }}
        />
        <DialogContentText component="div">
          {filesTotal === 0 ? (
            'No uploaded file holds the person.'
          ) : (
            <>
              {formatCount(filesTotal)} uploaded {filesTotal === 1 ? 'file holds' : 'files hold'} the person,
              or may:
              <Box component="ul" sx={{ m: 0, pl: 2 }}>
                {files.map(({ jobId, holds, until }) => (
                  <li key={jobId}>
                    <TextLink to={`/jobs/${jobId}`} underline="always">
                      {jobId}
                    </TextLink>
                    {holds === 'unknown' ? ' (it may)' : ''},{' '}
                    {until === null ? 'as long as its job has not ended' : `until ${formatTime(until)}`}
                  </li>
                ))}
              </Box>
            </>
          )}
        </DialogContentText>
      </DialogContent>
      <DialogActions>
        <Button variant="contained" autoFocus onClick={onClose}>
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}
