import {
  mdiAccountGroupOutline,
  mdiAlertOutline,
  mdiCartOutline,
  mdiFormatListBulleted,
  mdiHomeOutline,
  mdiPackageVariantClosed,
  mdiTrayArrowUp,
  mdiWebhook,
} from '@mdi/js';
import type { Role } from '../client/session.ts';

interface Place {
  to: string;
  title: string;
  icon: string;
  /** The lowest role that has use of it. */
  role: Role;
}

/** What the navigation shows, in order. A new view has a line here and one in routes.tsx. */
export const PLACES: readonly Place[] = [
  { to: '/', title: 'Home', icon: mdiHomeOutline, role: 'viewer' },
  { to: '/import', title: 'Import', icon: mdiTrayArrowUp, role: 'operator' },
  { to: '/jobs', title: 'Jobs', icon: mdiFormatListBulleted, role: 'viewer' },
  { to: '/attention', title: 'Attention', icon: mdiAlertOutline, role: 'viewer' },
  { to: '/orders', title: 'Orders', icon: mdiCartOutline, role: 'viewer' },
  { to: '/products', title: 'Products', icon: mdiPackageVariantClosed, role: 'viewer' },
  { to: '/customers', title: 'Customers', icon: mdiAccountGroupOutline, role: 'viewer' },
  { to: '/webhooks', title: 'Webhooks', icon: mdiWebhook, role: 'admin' },
];
