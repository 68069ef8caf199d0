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
import Chip, { type ChipProps } from '@mui/material/Chip';
import { Icon } from '../ui/icon.tsx';
import { type Order, type OrderStatus, STATUS_WORDS } from './words.ts';

const LOOKS: Record<OrderStatus, { color: NonNullable<ChipProps['color']>; icon: string }> = {
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

/** An order's status by word, icon and colour. One that waits for an operator says so. */
export function OrderChip({ order }: { order: Pick<Order, 'status' | 'attention'> }) {
  const { color, icon } = LOOKS[order.status];
  const words = STATUS_WORDS[order.status];
  if (order.attention !== null) {
    return (
      <Chip variant="outlined" color="warning" icon={<Icon path={mdiAlert} />} label={`${words}, stuck`} />
    );
  }
  return <Chip variant="outlined" color={color} icon={<Icon path={icon} />} label={words} />;
}
