import { listUndoneHalfway } from '../../prisma/repositories/invariants.ts';
import type { Invariant } from './invariant.ts';

export const onlyWhatWasAsked: Invariant = {
  id: 'I8',
  rule: 'An undo touches only what the job that it undoes has changed, and reports exactly what it did.',
  check: ({ db }) => listUndoneHalfway(db.pool),
};
