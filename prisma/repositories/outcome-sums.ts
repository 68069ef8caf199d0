import { SETTLED_OUTCOMES } from '../../contracts/words.ts';

/** Sums over chunks, as columns of a statement that has them. */
export const OUTCOME_SUMS = [
  'coalesce(sum(rows), 0)::int AS total',
  ...SETTLED_OUTCOMES.map((outcome) => `coalesce(sum(${outcome}), 0)::int AS ${outcome}`),
].join(', ');
