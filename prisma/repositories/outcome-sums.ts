import { OUTCOMES, type OutcomeCounts } from '../../contracts/words.ts';

const COUNTED = OUTCOMES.filter((outcome) => outcome !== 'pending');

/** Sums over chunks, as columns of a statement that has them. */
export const OUTCOME_SUMS = [
  'coalesce(sum(rows), 0)::int AS total',
  ...COUNTED.map((outcome) => `coalesce(sum(${outcome}), 0)::int AS ${outcome}`),
].join(', ');

/** Rows of which nothing has become are what the others leave of the total. */
export function withPending(sums: Omit<OutcomeCounts, 'pending'>): OutcomeCounts {
  const done = COUNTED.reduce((sum, outcome) => sum + sums[outcome], 0);
  const counts = Object.fromEntries(COUNTED.map((outcome) => [outcome, sums[outcome]]));
  return {
    ...(counts as Record<(typeof COUNTED)[number], number>),
    total: sums.total,
    pending: sums.total - done,
  };
}
