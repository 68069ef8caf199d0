import {
  listBrokenPlans,
  listContradictions,
  listUnaccountedRows,
  listUpdatesWithoutChange,
  listWrongCounters,
  refreshStatistics,
} from '../../prisma/repositories/invariants.ts';
import { listWrongImportedOrders } from '../../prisma/repositories/order-import-invariants.ts';
import type { Invariant } from './invariant.ts';

const QUESTIONS = [
  listBrokenPlans,
  listWrongCounters,
  listUnaccountedRows,
  listUpdatesWithoutChange,
  listContradictions,
  listWrongImportedOrders,
];

export const oneEffectPerRow: Invariant = {
  id: 'I2',
  rule: 'Each row has at most one effect, and the total is the sum of the outcomes.',
  check: async ({ db }) => {
    await refreshStatistics(db.pool);
    const broken: string[] = [];
    for (const question of QUESTIONS) broken.push(...(await question(db.pool)));
    return broken;
  },
};
