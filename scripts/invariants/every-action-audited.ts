import { listUnauditedActions } from '../../prisma/repositories/invariants.ts';
import { listUnauditedOrderVerbs } from '../../prisma/repositories/order-invariants.ts';
import type { Invariant } from './invariant.ts';

export const everyActionAudited: Invariant = {
  id: 'I7',
  rule: 'Every action of an operator is in the audit log once, with what it changed.',
  check: async ({ db }) => [
    ...(await listUnauditedActions(db.pool)),
    ...(await listUnauditedOrderVerbs(db.pool)),
  ],
};
