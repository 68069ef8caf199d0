import { listWrongDeletions } from '../../prisma/repositories/bulk-delete-invariants.ts';
import { listUndoneHalfway } from '../../prisma/repositories/invariants.ts';
import type { Invariant } from './invariant.ts';

export const onlyWhatWasAsked: Invariant = {
  id: 'I8',
  rule: 'An undo touches only what the job that it undoes has changed, a bulk delete only what was asked, and each reports exactly what it did.',
  check: async ({ db }) => [...(await listUndoneHalfway(db.pool)), ...(await listWrongDeletions(db.pool))],
};
