import { mdiCheckCircleOutline, mdiCloseCircleOutline, mdiPower, mdiAlert, mdiTimerSand } from '@mdi/js';
import { type Look, LookChip } from '../ui/look-chip.tsx';
import { type Delivery, DELIVERY_WORDS, type Webhook } from './words.ts';

const DELIVERY_LOOKS: Record<Delivery['status'], Look> = {
  pending: { color: 'primary', icon: mdiTimerSand },
  delivered: { color: 'success', icon: mdiCheckCircleOutline },
  failed: { color: 'error', icon: mdiCloseCircleOutline },
};

export function DeliveryChip({ status }: { status: Delivery['status'] }) {
  return <LookChip look={DELIVERY_LOOKS[status]} label={DELIVERY_WORDS[status]} />;
}

/** Whether an endpoint is sent events, and whether it takes them. */
export function WebhookChip({
  webhook,
}: {
  webhook: Pick<Webhook, 'active' | 'disabledReason' | 'failingSince'>;
}) {
  const { active, disabledReason, failingSince } = webhook;
  if (!active) {
    return disabledReason === null ? (
      <LookChip look={{ color: 'default', icon: mdiPower }} label="Off" />
    ) : (
      <LookChip look={{ color: 'error', icon: mdiPower }} label="Switched off" />
    );
  }
  if (failingSince !== null) return <LookChip look={{ color: 'warning', icon: mdiAlert }} label="Failing" />;
  return <LookChip look={{ color: 'success', icon: mdiCheckCircleOutline }} label="On" />;
}
