import {
  type JobType,
  type Outcome,
  OUTCOMES_OF,
  type OutcomeCounts,
  SETTLED_OUTCOMES,
} from '../contracts/words.ts';

/** Counts as they are shown: of the outcomes that a type of job has. */
export type ShownCounts = Pick<OutcomeCounts, 'failed' | 'pending'> & Partial<Record<Outcome, number>>;

/** Rows of which nothing has become are what the others leave of the total. */
export function withPending(sums: Omit<OutcomeCounts, 'pending'>): OutcomeCounts {
  const settled = Object.fromEntries(SETTLED_OUTCOMES.map((outcome) => [outcome, sums[outcome]])) as Record<
    (typeof SETTLED_OUTCOMES)[number],
    number
  >;
  const done = SETTLED_OUTCOMES.reduce((sum, outcome) => sum + sums[outcome], 0);
  return { ...settled, total: sums.total, pending: sums.total - done };
}

/** Those that the type of job has; all of them are 0 before it is known what there is to do. */
export function showCounts(type: JobType, counts: OutcomeCounts | null): ShownCounts {
  const shown: Partial<Record<Outcome, number>> = {};
  for (const outcome of OUTCOMES_OF[type]) shown[outcome] = counts?.[outcome] ?? 0;
  return { ...shown, failed: counts?.failed ?? 0, pending: counts?.pending ?? 0 };
}
