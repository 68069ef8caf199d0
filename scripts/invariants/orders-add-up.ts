import { listForgottenQueue } from '../../prisma/repositories/order-import-invariants.ts';
import {
  listForgottenOrders,
  listUnbalancedOrders,
  listWrongStock,
  listWrongTimelines,
} from '../../prisma/repositories/order-invariants.ts';
import type { Invariant } from './invariant.ts';

export const ordersAddUp: Invariant = {
  id: 'I3',
  rule: 'Each order ends done, or compensated, or is parked: what was reserved, paid and sent adds up, and no stock is oversold.',
  check: async ({ db }) => [
    ...(await listWrongStock(db.pool)),
    ...(await listUnbalancedOrders(db.pool)),
    ...(await listWrongTimelines(db.pool)),
    ...(await listForgottenOrders(db.pool)),
    ...(await listForgottenQueue(db.pool)),
  ],
};
