import {
  mdiAlert,
  mdiCancel,
  mdiCashRefund,
  mdiCloseCircleOutline,
  mdiCreditCardCheckOutline,
  mdiPackageVariantClosedCheck,
  mdiTimerSand,
  mdiTruckCheckOutline,
} from '@mdi/js';
import { type Look, LookChip } from '../ui/look-chip.tsx';
import { type Order, type OrderStatus, STATUS_WORDS } from './words.ts';

const LOOKS: Record<OrderStatus, Look> = {
  CREATED: { color: 'default', icon: mdiTimerSand },
  INVENTORY_RESERVED: { color: 'primary', icon: mdiPackageVariantClosedCheck },
  PAYMENT_AUTHORIZED: { color: 'primary', icon: mdiCreditCardCheckOutline },
  SHIPPED: { color: 'success', icon: mdiTruckCheckOutline },
  INVENTORY_FAILED: { color: 'error', icon: mdiCloseCircleOutline },
  PAYMENT_FAILED: { color: 'error', icon: mdiCloseCircleOutline },
  SHIPPING_FAILED: { color: 'error', icon: mdiCloseCircleOutline },
  REFUNDED: { color: 'secondary', icon: mdiCashRefund },
  CANCELLED: { color: 'default', icon: mdiCancel },
};

const STUCK: Look = { color: 'warning', icon: mdiAlert };

/** One that waits for an operator says so. */
export function OrderChip({ order }: { order: Pick<Order, 'status' | 'attention'> }) {
  const words = STATUS_WORDS[order.status];
  if (order.attention !== null) return <LookChip look={STUCK} label={`${words}, stuck`} />;
  return <LookChip look={LOOKS[order.status]} label={words} />;
}
