import type { Chunk } from './use-chunks.ts';

/** Rows per second in one span of a job's time. */
export interface RatePoint {
  at: Date;
  staged: number;
  applied: number;
}

const SPANS = 40;
const SHORTEST_SPAN_MS = 1_000;

/**
 * How fast a job checked and applied rows over its time, as the moments tell at which its chunks were done. A chunk counts
 * whole in the span in which it ended.
 *
 * @param fromMs when the job began
 * @param untilMs when it ended, or now
 */
export function ratesOf(chunks: readonly Chunk[], fromMs: number, untilMs: number): RatePoint[] {
  const spanMs = Math.max(SHORTEST_SPAN_MS, (untilMs - fromMs) / SPANS);
  const count = Math.max(1, Math.ceil((untilMs - fromMs) / spanMs));
  const points = Array.from({ length: count }, (_, index): RatePoint => ({
    at: new Date(fromMs + (index + 1) * spanMs),
    staged: 0,
    applied: 0,
  }));
  const add = (name: 'staged' | 'applied', iso: string | null, rows: number) => {
    if (iso === null) return;
    const index = Math.min(count - 1, Math.max(0, Math.floor((Date.parse(iso) - fromMs) / spanMs)));
    const point = points[index];
    if (point !== undefined) point[name] += rows / (spanMs / 1_000);
  };
  for (const { stagedAt, appliedAt, rows } of chunks) {
    add('staged', stagedAt, rows);
    add('applied', appliedAt, rows);
  }
  return points;
}
