import {
  mdiAlert,
  mdiCancel,
  mdiCheckCircleOutline,
  mdiCloseCircleOutline,
  mdiPauseCircleOutline,
  mdiPlayCircleOutline,
  mdiTimerSand,
} from '@mdi/js';
import { type Look, LookChip } from '../ui/look-chip.tsx';
import { type JobStatus, STATUS_WORDS } from './words.ts';

const LOOKS: Record<JobStatus, Look> = {
  pending: { color: 'default', icon: mdiTimerSand },
  processing: { color: 'primary', icon: mdiPlayCircleOutline },
  paused: { color: 'secondary', icon: mdiPauseCircleOutline },
  needs_attention: { color: 'warning', icon: mdiAlert },
  completed: { color: 'success', icon: mdiCheckCircleOutline },
  failed: { color: 'error', icon: mdiCloseCircleOutline },
  cancelled: { color: 'default', icon: mdiCancel },
};

export function StatusChip({ status }: { status: JobStatus }) {
  return <LookChip look={LOOKS[status]} label={STATUS_WORDS[status]} />;
}
