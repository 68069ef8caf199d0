import { mdiCheckCircleOutline, mdiCloseCircleOutline, mdiPower, mdiAlert, mdiTimerSand } from '@mdi/js';
import Chip, { type ChipProps } from '@mui/material/Chip';
import { Icon } from '../ui/icon.tsx';
import { type Delivery, DELIVERY_WORDS, type Webhook } from './words.ts';

interface Look {
  color: NonNullable<ChipProps['color']>;
  icon: string;
}

const DELIVERY_LOOKS: Record<Delivery['status'], Look> = {
  pending: { color: 'primary', icon: mdiTimerSand },
  delivered: { color: 'success', icon: mdiCheckCircleOutline },
  failed: { color: 'error', icon: mdiCloseCircleOutline },
};

export function DeliveryChip({ status }: { status: Delivery['status'] }) {
  return <Look {...DELIVERY_LOOKS[status]} words={DELIVERY_WORDS[status]} />;
}

/** Whether an endpoint is sent events, and whether it takes them. */
export function WebhookChip({ webhook }: { webhook: Webhook }) {
  const { active, disabledReason, failingSince } = webhook;
  if (!active) {
    return disabledReason === null ? (
      <Look color="default" icon={mdiPower} words="Off" />
    ) : (
      <Look color="error" icon={mdiPower} words="Switched off" />
    );
  }
  if (failingSince !== null) return <Look color="warning" icon={mdiAlert} words="Failing" />;
  return <Look color="success" icon={mdiCheckCircleOutline} words="On" />;
}

function Look({ color, icon, words }: Look & { words: string }) {
  return <Chip variant="outlined" color={color} icon={<Icon path={icon} />} label={words} />;
}
