import {
  mdiCancel,
  mdiCheck,
  mdiPause,
  mdiPlay,
  mdiRefresh,
  mdiRestart,
  mdiSkipNext,
  mdiStopCircleOutline,
  mdiUndoVariant,
} from '@mdi/js';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import type { Job, Schemas } from '../client/api.ts';
import { useAllowed } from '../client/session.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { useToasts } from '../ui/toasts.tsx';
import { useVerb, type Verb } from './use-verbs.ts';
import { isEnded, nameOf } from './words.ts';

interface VerbLook {
  title: string;
  icon: string;
  isDestructive?: true;
  done: string;
}

const LOOKS: Record<Exclude<Verb, 'retry-rejected'>, VerbLook> = {
  retry: { title: 'Retry', icon: mdiRefresh, done: 'Tried again' },
  confirm: { title: 'Import for real', icon: mdiCheck, done: 'The import has begun' },
  resume: { title: 'Resume', icon: mdiPlay, done: 'Resumed' },
  skip: { title: 'Skip', icon: mdiSkipNext, isDestructive: true, done: 'Skipped' },
  abandon: { title: 'Abandon', icon: mdiStopCircleOutline, isDestructive: true, done: 'Abandoned' },
  pause: { title: 'Pause', icon: mdiPause, done: 'Paused' },
  cancel: { title: 'Cancel', icon: mdiCancel, isDestructive: true, done: 'Cancelled' },
  undo: { title: 'Undo', icon: mdiUndoVariant, isDestructive: true, done: 'The undo has begun' },
  reset: { title: 'Reset', icon: mdiRestart, isDestructive: true, done: 'The job runs again' },
};
type ShownVerb = keyof typeof LOOKS;

/** What helps most comes first. */
const ORDER = Object.keys(LOOKS) as ShownVerb[];

interface VerbButtonsProps {
  job: Job;
  /** What each verb would do now, as the API says; undefined until it has: no button comes in front of another later. */
  verbs: Schemas['Recovery']['verbs'] | undefined;
  /** Only these; all that are possible when missing. */
  only?: readonly ShownVerb[];
  /** A parked part that is meant. */
  part?: string;
}

/** What can be done to a job now. Each asks first, and says what will happen. */
export function VerbButtons({ job, verbs, only, part }: VerbButtonsProps) {
  const isOperator = useAllowed('operator');
  const isAdmin = useAllowed('admin');
  const navigate = useNavigate();
  const toasts = useToasts();
  const [open, setOpen] = useState<ShownVerb | null>(null);
  const [isUndone, setUndone] = useState(false);
  const verb = useVerb((made, { verb: done }) => {
    setOpen(null);
    toasts.done(
      'requested' in made ? 'Asked for; it has not taken effect yet' : LOOKS[done as ShownVerb].done,
    );
    if (made.id !== job.id) void navigate(`/jobs/${made.id}`);
  });
  if (!isOperator || verbs === undefined) return null;
  const possible = possibleVerbs(job, verbs, isAdmin)
    .filter(([name]) => only?.includes(name) ?? true)
    .sort(([one], [other]) => ORDER.indexOf(one) - ORDER.indexOf(other));
  const effect = possible.find(([name]) => name === open)?.[1] ?? '';
  return (
    <>
      {possible.map(([name]) => (
        <Button
          key={name}
          variant={name === 'reset' ? 'text' : 'outlined'}
          color={LOOKS[name].isDestructive === true ? 'error' : 'primary'}
          startIcon={<Icon path={LOOKS[name].icon} />}
          onClick={() => {
            verb.reset();
            setUndone(false);
            setOpen(name);
          }}
        >
          {LOOKS[name].title}
        </Button>
      ))}
      {open !== null && (
        <ConfirmDialog
          title={`${LOOKS[open].title}: ${part === undefined ? nameOf(job) : `${part} of ${nameOf(job)}`}`}
          confirm={LOOKS[open].title}
          isDestructive={LOOKS[open].isDestructive === true}
          asksReason
          isBusy={verb.isPending}
          error={verb.error}
          onConfirm={(reason) => {
            verb.mutate({ id: job.id, verb: open, part, reason, isUndone: open === 'cancel' && isUndone });
          }}
          onClose={() => {
            setOpen(null);
          }}
        >
          {effect}
          {open === 'cancel' && job.type === 'import' && (
            <FormControlLabel
              sx={{ display: 'flex', mt: 1 }}
              control={
                <Checkbox
                  checked={isUndone}
                  onChange={(_event, checked) => {
                    setUndone(checked);
                  }}
                />
              }
              label="Take back what was applied, by an undo of its own"
            />
          )}
        </ConfirmDialog>
      )}
    </>
  );
}

const RESET_EFFECT =
  'The workflow of the job is ended and started anew, at the last stage that it came to. What is done is noted and not done again: ' +
  'no row goes in twice. What is parked, and what a cancel or an abandon left undone, is done now. It is the last resort, for a job ' +
  'whose workflow is stuck: a retry is enough for a parked part.';

/** The verbs that the API says are possible, and those that make another job of an ended one. */
function possibleVerbs(
  job: Job,
  verbs: Schemas['Recovery']['verbs'],
  isAdmin: boolean,
): [ShownVerb, string][] {
  const said = verbs
    .filter(({ possible }) => possible)
    .map(({ verb, effect }): [ShownVerb, string] => [verb, effect]);
  // The API says of the rest why it can not be; a job that is through has nothing left to be done again.
  const isToReset = isAdmin && job.undoneBy === null && job.status !== 'completed' && job.startedAt !== null;
  if (isToReset) said.push(['reset', RESET_EFFECT]);
  if (!isEnded(job.status) || job.type === 'undo') return said;
  if (job.options?.dryRun === true) {
    if (job.status !== 'completed') return said;
    return [
      ...said,
      ['confirm', 'A new import brings the same file in, with the same options, and now changes records.'],
    ];
  }
  const { counts } = job;
  const changed =
    'deleted' in counts ? counts.deleted : 'created' in counts ? counts.created + counts.updated : 0;
  if (changed === 0 || job.undoneBy !== null || job.expired.includes('changes')) return said;
  if (job.type === 'bulk_delete') {
    return [
      ...said,
      [
        'undo',
        'A new job brings back the records that this one deleted, as they were. An undo can not be undone.',
      ],
    ];
  }
  if (job.kind === 'orders') {
    return [
      ...said,
      [
        'undo',
        'A new job cancels the orders that this import made, as far as that can still be: what has been shipped is kept, and listed. ' +
          'An undo can not be undone.',
      ],
    ];
  }
  return [
    ...said,
    [
      'undo',
      'A new job removes the records that this import created and gives those that it updated their earlier values. Records that were ' +
        'changed since are kept, and listed. An undo can not be undone: the file would have to be imported again.',
    ],
  ];
}
