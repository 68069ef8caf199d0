import {
  mdiAlert,
  mdiCancel,
  mdiCheckCircleOutline,
  mdiCloseCircleOutline,
  mdiPauseCircleOutline,
  mdiPlayCircleOutline,
  mdiTimerSand,
} from '@mdi/js';
import Chip, { type ChipProps } from '@mui/material/Chip';
import { Icon } from '../ui/icon.tsx';
import { type JobStatus, STATUS_WORDS } from './words.ts';

const LOOKS: Record<JobStatus, { color: NonNullable<ChipProps['color']>; icon: string }> = {
  pending: { color: 'default', icon: mdiTimerSand },
  processing: { color: 'primary', icon: mdiPlayCircleOutline },
  paused: { color: 'secondary', icon: mdiPauseCircleOutline },
  needs_attention: { color: 'warning', icon: mdiAlert },
  completed: { color: 'success', icon: mdiCheckCircleOutline },
  failed: { color: 'error', icon: mdiCloseCircleOutline },
  cancelled: { color: 'default', icon: mdiCancel },
};

/** A job's status by word, icon and colour: never by colour alone. */
export function StatusChip({ status }: { status: JobStatus }) {
  const { color, icon } = LOOKS[status];
  return <Chip variant="outlined" color={color} icon={<Icon path={icon} />} label={STATUS_WORDS[status]} />;
}
